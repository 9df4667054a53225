//! What regulators write where they have nothing to say, in another width, or of
//! something else: rows beside those of the example.

use std::sync::LazyLock;

use crate::csv_file::Row;
use crate::staged::Staged;

/// The example with the rows of all tests here.
static EDITED: LazyLock<Staged> = LazyLock::new(|| {
    Staged::edited(&mut |table, rows| {
        let more: &[&[(&str, &str)]] = match table {
            "cn_nmpa/domestic" => DOMESTIC,
            "cn_nmpa/imported" => IMPORTED,
            "eu_ema/medicine" => MEDICINES,
            "us_drugs_at_fda/applications" => &[&[("appl_no", "900001")]],
            "us_drugs_at_fda/products" => &[PRODUCT],
            "us_drugs_at_fda/submissions" => SUBMISSIONS,
            "us_orange_book/products" => &[ORANGE_BOOK],
            "eu_ctis/trial_detail" => &[CTIS_DETAIL],
            "eu_ctis/trial_member_state" => &[CTIS_STATE],
            "eu_ctis/trial_product" => &[CTIS_PRODUCT],
            "cn_drug_trials/trial" => &[&[("registration_number", TRIAL)]],
            "cn_drug_trials/trial_drug" => &[TRIAL_DRUG],
            _ => &[],
        };
        if table == "jp_pmda/approval" {
            let first = rows[0].clone();
            for (no, date) in (900..).zip(DATES) {
                let mut row = first.clone();
                row.insert("no".to_owned(), i32::to_string(&no));
                row.insert("approval_date".to_owned(), date.to_owned());
                rows.push(row);
            }
        }
        for cells in more {
            let cells = cells.iter();
            rows.push(cells.map(|(name, cell)| ((*name).into(), (*cell).into())).collect());
        }
    })
});

const DOMESTIC: &[&[(&str, &str)]] = &[
    &domestic("国药准字H20990001", "阿托伐他汀钙片", "北京甲药业有限公司", "————"),
    &domestic("国药准字H20990002", "布洛芬片", "上海乙药业有限公司", "————"),
    &domestic("国药准字Ｈ20990003", "阿托伐他汀钙片", "广州丙药业有限公司", "－－－－"),
    // Replaces two, one of which has a blank in it.
    &domestic(
        "国药准字H20990006",
        "氨氯地平片",
        "天津丁药业有限公司",
        "国药准字H20990004；国药准字 H20990005",
    ),
    &domestic("国药准字H20990004", "氨氯地平片", "天津戊药业有限公司", ""),
    &domestic("国药准字H20990005", "氨氯地平片", "天津己药业有限公司", "/"),
];

const fn domestic<'a>(
    number: &'a str,
    name: &'a str,
    holder: &'a str,
    former: &'a str,
) -> [(&'a str, &'a str); 5] {
    [
        ("approval_number", number),
        ("product_name", name),
        ("dosage_form", "片剂"),
        ("holder", holder),
        ("former_approval_number", former),
    ]
}

const IMPORTED: &[&[(&str, &str)]] = &[
    &[
        ("registration_number", "HJ20990011"),
        ("product_name", "美司娜注射液"),
        ("trade_name", "----"),
        ("trade_name_en", "UROMITEXAN"),
        ("dosage_form", "注射剂"),
        ("holder", "————"),
        ("holder_en", "Pfizer Inc."),
        ("manufacturer_en", "Catalent Germany Schorndorf GmbH"),
    ],
    &[
        ("registration_number", "----"),
        ("product_name", "美司娜注射液"),
        ("dosage_form", "注射剂"),
        ("holder", "／"),
        ("manufacturer_en", "Baxter Oncology GmbH"),
        ("drug_code", "86979096999999"),
    ],
];

const REFUSED: (&str, &str) = ("refusal_of_marketing_authorisation_date", "18/11/2006");
const ENDED: (&str, &str) =
    ("withdrawal_expiry_revocation_lapse_of_marketing_authorisation_date", "01/02/2015");

const MEDICINES: &[&[(&str, &str)]] = &[
    &[("medicine_key", "T1"), ("medicine_status", "Authorised"), REFUSED, HUMAN, NAME],
    &[("medicine_key", "T2"), ("medicine_status", "Withdrawn"), REFUSED, HUMAN, NAME],
    &[("medicine_key", "T3"), ("medicine_status", "Withdrawn"), REFUSED, ENDED, HUMAN, NAME],
    &[
        ("medicine_key", "T4"),
        ("medicine_status", "Application withdrawn"),
        ENDED,
        ("withdrawal_of_application_date", "21/02/2013"),
        HUMAN,
        NAME,
    ],
    &[("medicine_key", "T5"), ("medicine_status", "Refused"), REFUSED, HUMAN, NAME],
];
const HUMAN: (&str, &str) = ("category", "Human");
const NAME: (&str, &str) = ("name_of_medicine", "Testimab");

const PRODUCT: &[(&str, &str)] = &[
    ("appl_no", "900001"),
    ("product_no", "001"),
    ("form", "INJECTABLE;INJECTION"),
    ("active_ingredient", "MESNA"),
];
const SUBMISSIONS: &[&[(&str, &str)]] =
    &[&submission("12/9/2010 0:00"), &submission("4/9/1998 0:00"), &submission("1/1/1900 0:00")];

const fn submission(date: &str) -> [(&str, &str); 4] {
    [
        ("appl_no", "900001"),
        ("submission_type", "ORIG"),
        ("submission_status", "AP"),
        ("submission_status_date", date),
    ]
}

/// The same product in another form.
const ORANGE_BOOK: &[(&str, &str)] = &[
    ("appl_no", "900001"),
    ("product_no", "001"),
    ("appl_type", "N"),
    ("df_route", "POWDER;INTRAVENOUS"),
    ("ingredient", "MESNA"),
    ("applicant_full_name", "BAXTER HEALTHCARE CORP"),
    ("type", "RX"),
];

/// Details of a trial that the search does not have.
const CTIS: &str = "2099-599999-99-01";
const CTIS_DETAIL: &[(&str, &str)] = &[
    ("ct_number", CTIS),
    ("format", "current"),
    ("ct_public_status_code", "4"),
    ("full_title", "A Study of Osimertinib"),
    ("phase_code", "5"),
];
const CTIS_STATE: &[(&str, &str)] = &[
    ("ct_number", CTIS),
    ("msc_id", "1"),
    ("msc_name", "Spain"),
    ("msc_public_status_code", "4"),
    ("first_decision_date", "2024-04-24T15:14:59.077"),
];
const CTIS_PRODUCT: &[(&str, &str)] = &[
    ("ct_number", CTIS),
    ("product_id", "1"),
    ("role_name", "Test"),
    ("active_substance_name", "OSIMERTINIB"),
    ("pharm_form", "FILM-COATED TABLET"),
];

const TRIAL: &str = "CTR20990999";
const TRIAL_DRUG: &[(&str, &str)] = &[
    ("registration_number", TRIAL),
    ("role", "试验药"),
    ("drug_number", "1"),
    ("generic_name", "左乙拉西坦缓释片"),
    ("dosage_form", "片剂"),
];

/// Forms in which a cell of the workbook may hold 19 May 2025.
const DATES: [&str; 7] = [
    "2025.5.19",
    "2025-05-19",
    "2025/5/19",
    "2025年5月19日",
    "R7.5.19",
    "令和7年5月19日",
    "２０２５．５．１９",
];

/// The listing whose record or number ends so.
fn listing(end: &str) -> Row {
    let listings = EDITED.table("listing");
    let ends =
        |row: &Row| ["record_id", "application_number"].iter().any(|c| row[*c].ends_with(end));
    let mut found = listings.into_iter().filter(ends);
    let row = found.next().unwrap_or_else(|| panic!("no listing {end}"));
    assert!(found.next().is_none(), "several listings {end}");
    row
}

#[test]
fn r4_r13_marks_that_stand_for_nothing_are_no_number_that_products_share() {
    for number in ["H20990001", "H20990002", "H20990003"] {
        let row = listing(number);
        assert_eq!(row["product_number"], format!("国药准字{number}"));
        assert_eq!(
            (row["former_number"].as_str(), row["marketing_category"].as_str()),
            ("", "chemical")
        );
        assert_eq!(row["company"], row["market_company"], "{number}");
    }
    let imported = EDITED.table("listing");
    let unnumbered =
        imported.iter().filter(|row| row["company_raw"].starts_with("Baxter Oncology"));
    let numbers: Vec<_> = unnumbered.map(|row| row["product_number"].as_str()).collect();
    assert_eq!(numbers, [""]);
}

#[test]
fn r13_an_approval_may_replace_several() {
    let rows = ["H20990004", "H20990005", "H20990006"].map(listing);
    for row in &rows {
        assert_eq!(row["product_number"], rows[0]["product_number"]);
    }
    let historical: Vec<String> = EDITED
        .table("record_company")
        .into_iter()
        .filter(|row| row["record_id"].contains("H2099000") && row["role"] == "historical")
        .map(|row| row["company_raw"].clone())
        .collect();
    for former in ["天津戊药业有限公司", "天津己药业有限公司"] {
        assert!(historical.iter().any(|name| name == former), "{former}: {historical:?}");
    }
}

#[test]
fn r14_a_disagreement_names_what_won() {
    let market = EDITED.table("market_listing");
    let row = market.iter().find(|row| row["record_ids"].contains("H20990006")).unwrap();
    let said = &row["disagreements"];
    assert!(
        said.contains("holder: 天津丁药业有限公司 (cn_nmpa, the newer approval) over 天津"),
        "{said}"
    );
}

#[test]
fn r12_r31_what_stands_for_nothing_lets_the_next_column_speak() {
    let row = listing("HJ20990011");
    assert_eq!((row["company_raw"].as_str(), row["flags"].as_str()), ("Pfizer Inc.", ""));
    assert_eq!(row["brand_name"], "UROMITEXAN");
    let listings = EDITED.table("listing");
    let filled = listings.iter().find(|row| row["company_raw"] == "Baxter Oncology GmbH").unwrap();
    assert_eq!(filled["flags"], "filled_from_manufacturer");
}

#[test]
fn r38_the_date_of_a_status_is_that_of_no_other() {
    for (key, since) in
        [("T1", ""), ("T2", ""), ("T3", "2015-02-01"), ("T4", "2013-02-21"), ("T5", "2006-11-18")]
    {
        assert_eq!(listing(&format!("eu_ema:{key}"))["status_date"], since, "{key}");
    }
}

#[test]
fn r16_dates_of_a_workbook_are_read_in_each_of_their_forms() {
    let listings = EDITED.table("listing");
    let ours: Vec<&Row> = listings
        .iter()
        .filter(|row| row["source_id"] == "jp_pmda" && row["approval_date"] == "2025-05-19")
        .collect();
    assert_eq!(ours.len() % DATES.len(), 0, "{}", ours.len());
    assert!(!ours.is_empty());
    let rejected = EDITED.table("rejected");
    let unread = rejected.iter().filter(|row| row["kind"] == "unreadable_date");
    assert_eq!(unread.count(), 0);
}

#[test]
fn r14_the_earliest_submission_counts_however_its_date_is_written() {
    assert_eq!(listing("us_drugs_at_fda:900001-001")["approval_date"], "1998-04-09");
}

#[test]
fn r14_where_data_sets_disagree_about_the_form_that_of_the_stronger_one_counts() {
    let market: Vec<Row> = EDITED
        .table("market_listing")
        .into_iter()
        .filter(|row| row["record_ids"].contains("900001"))
        .collect();
    let [row] = market.as_slice() else { panic!("{market:?}") };
    assert_eq!(
        (row["generic"].as_str(), row["dosage_form"].as_str(), row["products"].as_str()),
        ("mesna", "powder_for_injection", "1")
    );
    let said = "form: powder_for_injection (us_orange_book, the stronger source) over \
                \"INJECTABLE;INJECTION\" (us_drugs_at_fda)";
    assert!(row["disagreements"].contains(said), "{}", row["disagreements"]);
    let weaker = listing("us_drugs_at_fda:900001-001");
    assert_eq!(
        (weaker["dosage_form_raw"].as_str(), weaker["dosage_form_match"].as_str()),
        ("INJECTABLE;INJECTION", "stronger_source")
    );
}

#[test]
fn r24_details_of_a_trial_that_the_search_does_not_have_speak_for_it() {
    let trials = EDITED.table("trial");
    let trial = trials.iter().find(|row| row["registry_number"] == "2099-599999-99").unwrap();
    assert_eq!(
        (trial["phase"].as_str(), trial["status"].as_str(), trial["raw_table"].as_str()),
        ("phase_3", "recruiting", "trial_detail")
    );
    let states = EDITED.table("trial_country");
    let state = states.iter().find(|row| row["trial_id"] == trial["trial_id"]).unwrap();
    assert_eq!((state["country"].as_str(), state["status"].as_str()), ("ES", "recruiting"));
    let products = EDITED.table("trial_product");
    let product = products.iter().find(|row| row["trial_id"] == trial["trial_id"]).unwrap();
    assert_eq!(
        (product["generic"].as_str(), product["dosage_form"].as_str()),
        ("osimertinib", "tablet")
    );
}

#[test]
fn r6_the_name_of_a_product_tells_which_form_of_a_family_it_is() {
    let products = EDITED.table("trial_product");
    let product = products.iter().find(|row| row["trial_id"].ends_with(TRIAL)).unwrap();
    assert_eq!(product["dosage_form"], "extended_release_tablet");
    assert_eq!(
        (product["dosage_form_match"].as_str(), product["dosage_form_raw"].as_str()),
        ("name", "片剂")
    );
}
