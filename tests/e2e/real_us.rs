//! The two FDA sources on their real files. The numbers are facts of these
//! files, counted independently.

use regatta_tests::{Realsite, Regatta};
use serde_json::{Value, json};

const US: [&str; 4] = ["--source", "us_orange_book", "--source", "us_drugs_at_fda"];

fn refresh(regatta: &Regatta) -> Value {
    let mut arguments = vec!["refresh"];
    arguments.extend(US);
    regatta.json(&arguments)
}

fn counts(report: &Value, source: &str) -> Value {
    let mut counts = json!({});
    for change in report["changes"].as_array().unwrap() {
        if change["source_id"] == source && change["entity"] == "listing" {
            counts[change["change"].as_str().unwrap()] = change["count"].clone();
        }
    }
    counts
}

#[test]
fn three_days_of_the_real_orange_book_and_drugs_at_fda() {
    let Some(site) = Realsite::start("three_days_of_the_real_orange_book_and_drugs_at_fda") else {
        return;
    };
    let regatta = Regatta::new(&site.url(), false);
    let orange = "SELECT count(*) FROM listing WHERE source_id = 'us_orange_book'";

    let day1 = refresh(&regatta);
    assert_eq!(day1["outcome"], "published");
    assert_eq!(regatta.ask(orange), "44572");
    for (table, rows) in [
        ("us_orange_book_products", 44_572),
        ("us_orange_book_patent", 18_048),
        ("us_orange_book_exclusivity", 1_934),
        ("us_drugs_at_fda_products", 39_473),
        ("us_drugs_at_fda_applications", 23_267),
        ("us_drugs_at_fda_submissions", 156_942),
        ("us_drugs_at_fda_marketing_status", 39_788),
        ("us_drugs_at_fda_te", 18_250),
    ] {
        assert_eq!(
            regatta.ask(&format!("SELECT count(*) FROM raw.{table}")),
            rows.to_string(),
            "{table}"
        );
        assert_eq!(
            regatta.ask(&format!("SELECT count(DISTINCT record_key) FROM raw.{table}")),
            rows.to_string(),
            "keys of {table}"
        );
    }
    assert_eq!(regatta.ask("SELECT count(*) - count(DISTINCT record_id) FROM listing"), "0");
    // Every listing leads to a raw row and to bytes that the lake holds.
    assert_eq!(
        regatta.ask(
            "SELECT count(*) FROM listing l ANTI JOIN \
             (SELECT source_id || ':' || record_key AS record_id, body_sha256, row_number \
              FROM raw.us_orange_book_products UNION ALL \
              SELECT source_id || ':' || record_key, body_sha256, row_number \
              FROM raw.us_drugs_at_fda_products) r USING (record_id, body_sha256, row_number)"
        ),
        "0"
    );
    // Every dosage form of the real files is known.
    assert_eq!(
        regatta.ask("SELECT count(*) FROM listing WHERE dosage_form_match = 'unmatched'"),
        "0"
    );

    // The drugs that the issue names.
    let forms = regatta.ask(
        "SELECT string_agg(DISTINCT dosage_form, ' ' ORDER BY dosage_form) FROM drug WHERE generic = 'nevirapine'",
    );
    // The dispersible tablet is one that the FDA approved tentatively.
    assert_eq!(forms, "dispersible_tablet extended_release_tablet oral_suspension tablet");
    let hits = regatta.json(&["search", "lamivudine zidovudine"]);
    assert_eq!(hits[0]["generic"], "lamivudine / zidovudine");

    // A second refresh transfers no body and publishes nothing.
    let _ = site.take_requests();
    let again = refresh(&regatta);
    assert_eq!(again["outcome"], "unchanged");
    for request in site.take_requests() {
        assert_eq!((request["status"].as_u64(), request["bytes"].as_u64()), (Some(304), Some(0)));
        let headers = request["headers"].to_string().to_lowercase();
        assert!(headers.contains("if-none-match"), "{headers}");
    }

    site.day("day2");
    let day2 = refresh(&regatta);
    assert_eq!(regatta.ask(orange), "44678");
    assert_eq!(
        counts(&day2, "us_orange_book"),
        json!({"appeared": 108, "changed": 382, "vanished": 2})
    );

    site.day("day3");
    let day3 = refresh(&regatta);
    assert_eq!(regatta.ask(orange), "44820");
    assert_eq!(
        counts(&day3, "us_orange_book"),
        json!({"appeared": 143, "changed": 635, "vanished": 1})
    );
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}
