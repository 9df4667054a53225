//! What counts as an approval, of what, and when: rows beside those of the example.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::csv_file::Row;
use crate::incremental::{NEXT_DAY, Place};
use crate::raw_lake;
use crate::staged::{Staged, rows};

type Cells = &'static [(&'static str, &'static str)];

/// The example with the rows of all tests here.
static EDITED: LazyLock<Staged> = LazyLock::new(|| {
    Staged::edited(&mut |table, rows| {
        let more: &[Cells] = match table {
            "us_drugs_at_fda/applications" => APPLICATIONS,
            "us_drugs_at_fda/products" => PRODUCTS,
            "us_drugs_at_fda/marketing_status" => STATUSES,
            "us_drugs_at_fda/submissions" => SUBMISSIONS,
            "us_orange_book/products" => &[ORANGE_BOOK, LATER_PRODUCT, IRON],
            "us_purple_book/products" => &[PURPLE_BOOK],
            "jp_pmda/approval_english" => ENGLISH,
            "cn_nmpa/domestic" => &[EXCIPIENT],
            _ => &[],
        };
        for cells in more {
            let cells = cells.iter();
            rows.push(cells.map(|(name, cell)| ((*name).into(), (*cell).into())).collect());
        }
    })
});

const APPLICATIONS: &[Cells] = &[
    &[("appl_no", "910013"), ("appl_type", "ANDA"), ("sponsor_name", "MICRO LABS")],
    &[("appl_no", "910014"), ("appl_type", "ANDA"), ("sponsor_name", "MICRO LABS")],
    &[("appl_no", "910015"), ("appl_type", "NDA"), ("sponsor_name", "MICRO LABS")],
    &[("appl_no", "910016"), ("appl_type", "NDA"), ("sponsor_name", "MICRO LABS")],
    &[("appl_no", "903532"), ("appl_type", "BLA"), ("sponsor_name", "GENENTECH")],
    &[("appl_no", "903533"), ("appl_type", "BLA"), ("sponsor_name", "GENENTECH")],
];
const PRODUCTS: &[Cells] = &[
    &[
        ("appl_no", "910013"),
        ("product_no", "001"),
        ("form", "TABLET;ORAL"),
        ("active_ingredient", "APIXABAN"),
    ],
    &[
        ("appl_no", "910014"),
        ("product_no", "001"),
        ("form", "TABLET;ORAL"),
        ("active_ingredient", "EDOXABAN"),
    ],
    &[
        ("appl_no", "910015"),
        ("product_no", "008"),
        ("form", "SOLUTION;ORAL"),
        ("active_ingredient", "IOHEXOL"),
    ],
    &[
        ("appl_no", "910016"),
        ("product_no", "001"),
        ("form", "INJECTABLE;INJECTION"),
        ("active_ingredient", "IRON SUCROSE"),
    ],
    &[
        ("appl_no", "903532"),
        ("product_no", "001"),
        ("form", "VIAL"),
        ("active_ingredient", "DORNASE ALFA"),
    ],
    &[
        ("appl_no", "903533"),
        ("product_no", "001"),
        ("form", "VIAL"),
        ("active_ingredient", "SACROSIDASE"),
    ],
];
/// 4 is a tentative approval.
const STATUSES: &[Cells] = &[
    &[("marketing_status_id", "4"), ("appl_no", "910013"), ("product_no", "001")],
    &[("marketing_status_id", "4"), ("appl_no", "910014"), ("product_no", "001")],
    &[("marketing_status_id", "1"), ("appl_no", "910015"), ("product_no", "008")],
];
/// The Orange Book's name of iron sucrose, and of other irons.
const IRON: Cells = &[
    ("appl_no", "910016"),
    ("product_no", "001"),
    ("appl_type", "N"),
    ("df_route", "INJECTABLE;INTRAVENOUS"),
    ("ingredient", "FERRIC OXYHYDROXIDE"),
    ("applicant_full_name", "MICRO LABS LTD"),
    ("approval_date", "Nov 6, 2000"),
    ("type", "RX"),
];
const SUBMISSIONS: &[Cells] = &[
    &original("910013", "TA", "2019-02-01 00:00:00"),
    &original("910014", "TA", "2020-03-02 00:00:00"),
    &original("910015", "AP", "1985-12-26 00:00:00"),
];

const fn original<'a>(number: &'a str, status: &'a str, date: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("appl_no", number),
        ("submission_type", "ORIG"),
        ("submission_status", status),
        ("submission_status_date", date),
    ]
}

/// A product that was approved long after the first one of its application.
const LATER_PRODUCT: Cells = &[
    ("appl_no", "910015"),
    ("product_no", "008"),
    ("appl_type", "N"),
    ("df_route", "SOLUTION;ORAL"),
    ("ingredient", "IOHEXOL"),
    ("applicant_full_name", "MICRO LABS LTD"),
    ("approval_date", "Apr 17, 2018"),
    ("type", "RX"),
];
const ORANGE_BOOK: Cells = &[
    ("appl_no", "910013"),
    ("product_no", "001"),
    ("appl_type", "A"),
    ("df_route", "TABLET;ORAL"),
    ("ingredient", "APIXABAN"),
    ("applicant_full_name", "MICRO LABS LTD"),
    ("approval_date", "Dec 23, 2019"),
    ("type", "RX"),
];
const PURPLE_BOOK: Cells = &[
    ("bla_number", "903532"),
    ("bla_number_padded", "903532"),
    ("product_number_padded", "001"),
    ("product_number", "001"),
    ("proper_name", "dornase alfa"),
    ("applicant", "Genentech, Inc."),
    ("dosage_form", "Solution"),
    ("route_of_administration", "Inhalation"),
    ("status", "Rx"),
    ("licensure", "Licensed"),
];

const ENGLISH: &[Cells] = &[
    &[
        ("approval_date", "Mar. 20, 2015"),
        ("no", "940"),
        (
            "brand_name",
            "Daklinza Tablets 60 mg (Bristol-Myers K.K.)\nSunvepra Capsules 100 mg (Bristol-Myers K.K.)",
        ),
        ("approval", "Change\nApproval"),
        ("ingredient", "Daclatasvir hydrochloride\nAsunaprevir"),
    ],
    &[
        ("approval_date", "Mar. 20, 2015"),
        ("no", "941"),
        (
            "brand_name",
            "Opdivo Intravenous Infusion 20 mg (Ono Co., Ltd.)\nYervoy Injection 50 mg (Bristol-Myers K.K.)",
        ),
        ("approval", "Change\nChange"),
        ("ingredient", "Nivolumab\nIpilimumab"),
    ],
    &[
        ("approval_date", "Mar. 20, 2015"),
        ("no", "943"),
        (
            "brand_name",
            "CellCept Capsules 250 (Chugai Pharmaceutical Co., Ltd.)\nMycophenolate Mofetil \
             Capsules 250 mg \"Teva\" (Teva Pharma Japan Inc.)",
        ),
        ("approval", "Change\nChange"),
        ("ingredient", "Mycophenolate mofetil"),
    ],
    &[
        ("approval_date", "Mar. 20, 2015"),
        ("no", "944"),
        (
            "brand_name",
            "Januvia Tablets 25 mg (MSD K.K.)\nGlactiv Tablets 25 mg (Ono Pharmaceutical Co., Ltd.)",
        ),
        ("approval", "Change\nChange"),
        ("ingredient", "Sitagliptin phosphate hydrate"),
    ],
    &[
        ("approval_date", "Mar. 20, 2015"),
        ("no", "942"),
        (
            "brand_name",
            "Omepral Tablets 10 (A K.K.)\nSawacillin Tablets 250 (B K.K.)\nClarith Tablets 200 (C K.K.)",
        ),
        ("approval", "Change\nChange\nChange"),
        ("ingredient", "Omeprazole\nAmoxicillin"),
    ],
];

const EXCIPIENT: Cells = &[
    ("approval_number", "国药准字F20990001"),
    ("product_name", "蛋黄卵磷脂"),
    ("holder", "北京甲药业有限公司"),
];

/// The listings whose id holds this, by generic and form.
fn listings(of: &str) -> BTreeMap<(String, String), Row> {
    let rows = EDITED.table("listing").into_iter().filter(|row| row["record_id"].contains(of));
    rows.map(|row| ((row["generic"].clone(), row["dosage_form"].clone()), row)).collect()
}

#[test]
fn r17_the_day_of_a_tentative_approval_is_not_that_of_the_approval() {
    let market = EDITED.table("market_listing");
    let row = market.iter().find(|row| row["record_ids"].contains("910013")).unwrap();
    assert_eq!(row["first_approval_date"], "2019-12-23");
    let of_record = EDITED.progress_by_record();
    let row = of_record.iter().find(|row| row["record_id"].contains("drugs_at_fda:910013"));
    let row = row.unwrap();
    assert_eq!(
        (row["progress"].as_str(), row["progress_date"].as_str()),
        ("marketed", "2019-12-23")
    );
}

#[test]
fn r17_a_tentative_approval_dates_the_status_and_no_approval() {
    let rows = listings("drugs_at_fda:910014");
    let row = rows.values().next().unwrap();
    assert_eq!(
        (row["approval_date"].as_str(), row["status_date"].as_str()),
        ("", "2020-03-02"),
        "{row:?}"
    );
    let of_record = EDITED.progress_by_record();
    let row = of_record.iter().find(|row| row["record_id"].contains("910014")).unwrap();
    assert_eq!((row["progress"].as_str(), row["progress_date"].as_str()), ("filed", "2020-03-02"));
    let market = EDITED.table("market_listing");
    let row = market.iter().find(|row| row["record_ids"].contains("910014")).unwrap();
    assert_eq!(row["first_approval_date"], "");
}

#[test]
fn r14_a_product_was_approved_on_the_day_that_the_stronger_set_has() {
    let of_record = EDITED.progress_by_record();
    let row = of_record.iter().find(|row| row["record_id"].contains("910015-008")).unwrap();
    assert_eq!(row["progress_date"], "2018-04-17");
    let market = EDITED.table("market_listing");
    let row = market.iter().find(|row| row["record_ids"].contains("910015")).unwrap();
    assert_eq!(row["first_approval_date"], "2018-04-17");
    // What the weaker set says stands in its own row.
    let rows = listings("drugs_at_fda:910015");
    assert_eq!(rows.values().next().unwrap()["approval_date"], "1985-12-26");
}

#[test]
fn r5_a_name_of_several_substances_takes_the_generic_of_the_product() {
    let rows: Vec<Row> = EDITED
        .table("listing")
        .into_iter()
        .filter(|row| row["product_number"] == "910016/001")
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["generic"] == "iron sucrose"), "{rows:?}");
    let of = |source: &str| rows.iter().find(|row| row["source_id"] == source).unwrap();
    assert_eq!(of("us_orange_book")["generic_match"], "same_product");
    assert_eq!(of("us_orange_book")["generic_raw"], "FERRIC OXYHYDROXIDE");
}

#[test]
fn r6a_a_vial_is_no_form() {
    let of = |number: &str| {
        let rows = listings(&format!("drugs_at_fda:{number}")).into_values();
        let rows: Vec<_> = rows
            .map(|row| (row["dosage_form"].clone(), row["dosage_form_match"].clone()))
            .collect();
        rows
    };
    let is = |form: &str, how: &str| vec![(form.to_owned(), how.to_owned())];
    assert_eq!(of("903532"), is("inhalation_solution", "same_product"));
    assert_eq!(of("903533"), is("unspecified", "unspecified"));
}

#[test]
fn r16_drugs_that_are_taken_together_are_no_combination() {
    let forms = |of: &str| listings(of).into_keys().collect::<Vec<_>>();
    let pair = |generic: &str, form: &str| (generic.to_owned(), form.to_owned());
    assert_eq!(forms("2015-940-"), [pair("asunaprevir", "capsule"), pair("daclatasvir", "tablet")]);
    // Of one form.
    assert_eq!(
        forms("2015-941-"),
        [pair("ipilimumab", "injection"), pair("nivolumab", "injection")]
    );
    let nivolumab = &listings("2015-941-")[&pair("nivolumab", "injection")];
    assert!(nivolumab["company_raw"].starts_with("Ono"), "{}", nivolumab["company_raw"]);
    assert_eq!(nivolumab["brand_name"], "Opdivo Intravenous Infusion 20 mg");
    // Three brands of two ingredients: whole, unpaired and flagged.
    let open = listings("2015-942-");
    let row = &open[&pair("omeprazole; amoxicillin", "tablet")];
    assert_eq!(open.len(), 1);
    assert_eq!(
        (row["generic_match"].as_str(), row["flags"].as_str()),
        ("unmatched", "split:ingredient_count")
    );
}

#[test]
fn r16_partners_share_a_record_and_makers_of_generics_do_not() {
    let companies = |of: &str| -> Vec<String> {
        let rows = EDITED.table("listing").into_iter();
        rows.filter(|row| row["record_id"].contains(of))
            .map(|row| row["company_raw"].clone())
            .collect()
    };
    let competitors = companies("2015-943-");
    assert_eq!(competitors.len(), 2, "{competitors:?}");
    let partners = companies("2015-944-");
    assert_eq!(partners.len(), 1, "{partners:?}");
}

#[test]
fn r16_a_change_of_an_approval_says_that_it_was_approved_before() {
    let listings = listings("2015-940-");
    let dated = |generic: &str, form: &str| {
        let row = &listings[&(generic.to_owned(), form.to_owned())];
        (row["approval_date"].clone(), row["approval_date_precision"].clone())
    };
    let day = |precision: &str| ("2015-03-20".to_owned(), precision.to_owned());
    assert_eq!(dated("asunaprevir", "capsule"), day("day"));
    assert_eq!(dated("daclatasvir", "tablet"), day("before"));
}

#[test]
fn r12_auxiliary_materials_are_excipients() {
    let listings = listings("国药准字F20990001");
    assert_eq!(listings.keys().next().unwrap().1, "excipient");
}

#[test]
fn r13_a_former_holder_is_kept_in_every_market_and_links_in_china_alone() {
    let place = Place::new();
    let mut changed = Vec::new();
    raw_lake::fill_day(&place.lake, &crate::folder(), NEXT_DAY, &mut |table, rows| {
        let (column, holder) = match table {
            "us_orange_book/products" => ("applicant_full_name", "SOMEBODY ELSE INC"),
            "eu_ema/medicine" => {
                ("marketing_authorisation_developer_applicant_holder", "Jemand GmbH")
            }
            "cn_nmpa/domestic" => ("holder", "某某药业有限公司"),
            _ => return,
        };
        let row = rows.iter_mut().find(|row| !row[column].is_empty()).unwrap();
        changed.push((table.split('/').next().unwrap().to_owned(), row[column].clone()));
        row.insert(column.to_owned(), holder.to_owned());
    });
    place.staged(regatta_transform::Recompute::Touched);
    let table = |name: &str| rows(&place.lake.staged_dir().join(format!("{name}.parquet")));
    let former: Vec<Row> = table("record_company")
        .into_iter()
        .filter(|row| row["origin"] == "former_holder")
        .collect();
    assert_eq!(changed.len(), 3);
    for (source, was) in changed {
        let row = former.iter().find(|row| row["source_id"] == source).expect(&source);
        assert_eq!(
            (row["company_raw"].as_str(), row["role"].as_str()),
            (was.as_str(), "historical")
        );
        assert_eq!(row["links"], (source == "cn_nmpa").to_string(), "{source}");
        assert_eq!(row["since"], "2026-11-21");
        let drug_of = table("drug_record");
        let drug = drug_of.iter().find(|r| r["record_id"] == row["record_id"]).unwrap();
        let drugs = table("drug");
        let drug = drugs.iter().find(|d| d["drug_id"] == drug["drug_id"]).unwrap();
        assert!(drug["historical_companies"].contains(&row["company"]), "{source}: {drug:?}");
    }
}
