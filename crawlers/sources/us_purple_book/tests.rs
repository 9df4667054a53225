//! The quirks of the Purple Book, each with a row made for it.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::us_purple_book::{SPEC, UsPurpleBook};
use crate::{Source, record_keys};

const HEADER: &str = "N/R/U,Applicant,BLA Number,Proprietary Name,Proper Name,BLA Type,Strength,Dosage Form,Route of Administration,Product Presentation,Status,Licensure,Approval Date,Ref. Product Proper Name,Ref. Product Proprietary Name,Supplement Number,Submission Type,License Number,Product Number,Center,Date of First Licensure,Exclusivity Expiration Date,First Interchangeable Exclusivity Exp. Date,Ref. Product Exclusivity Exp. Date,Orphan Exclusivity Exp. Date";
const NUTROPIN: &str = "U,\"Genentech, Inc.\",20168,Nutropin,somatropin,351(a),10MG/VIAL,For Injection,Subcutaneous,Multi-Dose Vial,Disc*,Licensed,2-Dec-87, ,,,Original,1048,1,CDER,,,,,";
const HYRIMOZ: &str = ",Sandoz Inc.,761071,Hyrimoz,adalimumab-adaz,351(k) Biosimilar,\"\n40MG/0.8ML\",Injection ,Subcutaneous,Autoinjector,Rx,Licensed,10/30/2018,adalimumab,Humira,,Original,2003,2,CDER,,,Date TBD,,";
const TITLES: &str = "Purple Book Monthly Historical Data Changes Report - January 2023,,\n,,\nNewly Approved Products (N)  / Updated Products (U),,\n";

fn file(changes: &str, list: &str) -> String {
    format!("\u{feff}{TITLES}{HEADER}\n{changes}\n,,,\n{HEADER}\n{list}")
}

fn read(body: &[u8]) -> (TextTable, Option<TextTable>, Vec<Issue>) {
    let mut parsed = parse(&SPEC, body).unwrap();
    let products = parsed.tables.pop().unwrap();
    assert_eq!(products.name, "products");
    (products, parsed.tables.pop(), parsed.issues)
}

fn cell<'a>(table: &'a TextTable, column: &str, row: usize) -> &'a str {
    table.column(column).unwrap().get(row).unwrap()
}

#[test]
fn the_full_list_is_what_follows_the_last_header() {
    let text = file(NUTROPIN, &format!("{HYRIMOZ}\n{NUTROPIN}"));
    let (products, changes, issues) = read(text.as_bytes());
    assert_eq!((products.len(), changes.unwrap().len()), (2, 1));
    assert_eq!(issues, []);
    assert_eq!(products.row_numbers, [8, 10]);
    let (products, changes, _) = read(format!("{HEADER}\r\n{NUTROPIN}\r\n").as_bytes());
    assert_eq!((products.len(), changes), (1, None));
}

#[test]
fn a_header_is_known_whatever_its_spaces() {
    let header =
        HEADER.replace("BLA Number", "BLA\u{a0} number").replace("Applicant", " Applicant");
    let text = format!("{header}\n{HYRIMOZ}\n{NUTROPIN}\n");
    let (products, _, issues) = read(text.as_bytes());
    assert_eq!((products.len(), issues.len()), (2, 0));
    assert_eq!(cell(&products, "bla_number_padded", 1), "020168");
    assert!(UsPurpleBook.import_request("a.csv", text.as_bytes()).is_some());
    assert!(UsPurpleBook.import_request("a.csv", b"<html>BLA Number</html>").is_none());
}

#[test]
fn the_changes_alone_are_not_taken_for_the_list() {
    let text = format!("{TITLES}{HEADER}\n{NUTROPIN}\n{NUTROPIN}\n");
    let error = parse(&SPEC, text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("the full list below the changes"), "{error}");
}

#[test]
fn rows_that_a_quote_swallows_are_not_lost_in_silence() {
    let torn = NUTROPIN.replace(",10MG/VIAL,", ",\"10MG/VIAL,");
    let rows = format!("{HYRIMOZ}\n{torn}\n{NUTROPIN}\n{HYRIMOZ}\n");
    let (_, _, issues) = read(file("", &rows).as_bytes());
    let errors = issues.iter().filter(|i| i.severity == Severity::Error);
    let kinds: Vec<_> = errors.map(|i| i.kind.as_str()).collect();
    assert!(kinds.contains(&"swallowed_rows"), "{issues:?}");
    let (_, _, issues) = read(file("", &format!("{HYRIMOZ}\n{torn}\n")).as_bytes());
    assert!(issues.iter().any(|i| i.kind == "open_quote" && i.row_number == 10), "{issues:?}");
}

#[test]
fn values_stay_as_they_are_and_the_number_gets_its_zeros_back() {
    let (products, _, _) = read(file("", &format!("{HYRIMOZ}\n{NUTROPIN}")).as_bytes());
    assert_eq!(cell(&products, "strength", 0), "\n40MG/0.8ML");
    assert_eq!(cell(&products, "dosage_form", 0), "Injection ");
    assert_eq!(cell(&products, "proper_name", 0), "adalimumab-adaz");
    assert_eq!(cell(&products, "first_interchangeable_exclusivity_exp_date", 0), "Date TBD");
    assert_eq!(cell(&products, "applicant", 1), "Genentech, Inc.");
    assert_eq!(cell(&products, "bla_number", 1), "20168");
    assert_eq!(cell(&products, "bla_number_padded", 1), "020168");
    assert_eq!(cell(&products, "status", 1), "Disc*");
    assert_eq!(cell(&products, "approval_date", 1), "2-Dec-87");
    assert_eq!(cell(&products, "ref_product_proper_name", 1), " ");
}

#[test]
fn a_product_has_the_same_key_however_a_release_writes_its_number() {
    for (written, padded) in [("1", "001"), ("001", "001"), ("12", "012"), ("A1", "A1")] {
        let row = NUTROPIN.replace(",1,CDER", &format!(",{written},CDER"));
        let (products, changes, mut issues) = read(file(&row, &row).as_bytes());
        assert_eq!(cell(&products, "product_number", 0), written);
        assert_eq!(cell(&products, "product_number_padded", 0), padded);
        for table in [products, changes.unwrap()] {
            let (spec, mut seen) = (SPEC.table(&table.name), std::collections::HashMap::new());
            let keys = record_keys(spec, &table, &mut seen, &mut issues);
            assert_eq!(keys, [format!("020168-{padded}")]);
        }
    }
    let none = NUTROPIN.replace(",1,CDER", ",,CDER");
    let (products, _, _) = read(file("", &none).as_bytes());
    assert_eq!(products.column("product_number_padded").unwrap().get(0).unwrap_or(""), "");
}

#[test]
fn the_layout_of_2026_has_the_same_columns_and_three_more() {
    let header =
        HEADER.replace("BLA Type", "License Type").replace(",Status,", ",Marketing Status,")
            + ",Inter. Approval Date,Inter. Supplement Number,Patent List Provided,Surprise";
    let text = format!("{header}\n{NUTROPIN},\"September 25, 2009\",7,No,x\n");
    let (products, _, issues) = read(text.as_bytes());
    assert_eq!(issues, []);
    assert_eq!(cell(&products, "bla_type", 0), "351(a)");
    assert_eq!(cell(&products, "status", 0), "Disc*");
    assert_eq!(cell(&products, "inter_approval_date", 0), "September 25, 2009");
    assert_eq!(cell(&products, "patent_list_provided", 0), "No");
    assert_eq!(products.new_columns, ["surprise"]);
}

#[test]
fn rows_that_do_not_fit_are_reported() {
    let none = NUTROPIN.replace("20168", "");
    let odd = NUTROPIN.replace("20168", "BN2017");
    let mut text = file("", &format!("{none}\n{odd}\nU,Short,125514\nFootnote\n")).into_bytes();
    text.extend_from_slice(HYRIMOZ.replace("Sandoz", "Sandoz S.").as_bytes());
    let at = text.len() - HYRIMOZ.len();
    text[at] = 0xe9;
    let (products, _, issues) = read(&text);
    let found: Vec<_> = issues.iter().map(|i| (i.kind.as_str(), i.row_number)).collect();
    assert_eq!(
        found,
        [("no_bla_number", 8), ("bla_number", 9), ("field_count", 10), ("not_utf8", 12)]
    );
    assert_eq!(products.len(), 3);
}

#[test]
fn a_missing_column_is_named() {
    for column in ["Product Number", "BLA Number"] {
        let text = file(NUTROPIN, HYRIMOZ).replace(column, "Renamed");
        let error = parse(&SPEC, text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("{column:?} is missing")), "{error}");
    }
    assert!(parse(&SPEC, b"").is_err());
}

#[test]
fn a_file_of_an_operator_is_known_by_its_header() {
    let text = file(NUTROPIN, HYRIMOZ);
    let request = UsPurpleBook.import_request("january.csv", text.as_bytes()).unwrap();
    assert_eq!((request.kind.as_str(), request.url.fragment()), ("csv", Some("january.csv")));
    assert_eq!(UsPurpleBook.import_request("x.csv", b"Ingredient~DF;Route"), None);
}

#[test]
fn the_real_file_gives_the_counts_that_were_counted_by_hand() {
    let root = std::env::var("REGATTA_SHARED").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join("real/us_purple_book/day1/purplebook-search-january-data-download.csv");
    let Ok(body) = std::fs::read(&path) else {
        println!("skipped: {} is not here", path.display());
        return;
    };
    let (products, changes, mut issues) = read(&body);
    assert_eq!((products.len(), changes.unwrap().len()), (1811, 33));
    assert_eq!(issues, []);
    let numbers: std::collections::BTreeSet<_> =
        products.column("bla_number_padded").unwrap().iter().collect();
    assert_eq!(numbers.len(), 690);
    let keys = record_keys(
        SPEC.table("products"),
        &products,
        &mut std::collections::HashMap::new(),
        &mut issues,
    );
    assert!(issues.is_empty() && keys.contains(&"020168-001".to_owned()));
}

/// A file of this source's fixtures.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/us_purple_book/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

#[test]
fn the_fixtures_read_without_a_problem() {
    for (file, listed, changed) in [("day1/january.csv", 15, 6), ("day2/february.csv", 16, 2)] {
        let (products, changes, issues) = read(&fixture(file));
        assert_eq!((products.len(), changes.unwrap().len()), (listed, changed), "{file}");
        assert_eq!(issues, []);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&SPEC, &bytes);
        let mut text = format!("{HEADER}\n").into_bytes();
        text.extend_from_slice(&bytes);
        let _ = parse(&SPEC, &text);
        let base = "https://purplebooksearch.fda.gov/downloads".parse().unwrap();
        let _ = crate::us_purple_book::downloads::parse(&base, &bytes);
    }

    #[test]
    fn a_damaged_file_does_no_harm(at in 0usize..2000, byte: u8, cut in 0usize..2000) {
        let mut text = file(NUTROPIN, HYRIMOZ).into_bytes();
        let len = text.len();
        text[at % len] = byte;
        let _ = parse(&SPEC, &text);
        text.truncate(cut % len);
        let _ = parse(&SPEC, &text);
    }
}
