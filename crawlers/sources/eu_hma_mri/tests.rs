//! The quirks of the MRI index, each with a row made for it.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::test_crawl::{crawl, fixture, real_day};
use crate::{Issue, TextTable};

const HEADER: [&str; 20] = [
    "MrNumber",
    "Productlink",
    "Name",
    "Domain",
    "Outcome",
    "DateOfOutcome",
    "UpdatedAt",
    "MAHolder",
    "RMS",
    "ActiveSubstances",
    "AtcCodes",
    "CMS",
    "DoseForms",
    "Documents",
    "WithdrawalReasons",
    "Typelevel1",
    "Typelevel2",
    "Typelevel3",
    "Typelevel4",
    "Typelevel5",
];

const SILDENAFIL: [&str; 20] = [
    "NL/H/2901/002",
    "https://mri.cts-mrp.eu/portal/details?productnumber=NL/H/2901/002",
    "Sildenafil 50 mg",
    "h",
    "Positive",
    "2013-06-19T00:00:00Z",
    "2022-02-14T07:50:53.667Z",
    "Holder B.V._x000D_\nStreet 1_x000D_\nLeiden",
    "Netherlands",
    "sildenafil citrate 50 mg",
    "G04BE03 sildenafil",
    "Sildenafil Holder (AT), (DK),Sildenafil, comprimidos (ES)",
    "Film-coated tablet",
    "",
    "N/A",
    "Abridged",
    "Initial Application",
    "[not specified]",
    "Chemical Substance",
    "Prescription Only",
];

fn read(request: &Request, body: &[u8]) -> Result<Parsed, ParseError> {
    EuHmaMri.parse(&Page { request, content_type: None, last_modified: None, body })
}

/// A workbook with one sheet of texts.
fn workbook(sheet: &str, rows: &[(u32, Vec<&str>)]) -> Vec<u8> {
    let mut xml = String::new();
    for (number, cells) in rows {
        write!(xml, "<row r=\"{number}\">").unwrap();
        for cell in cells {
            let text = cell.replace('&', "&amp;").replace('<', "&lt;");
            write!(xml, "<c t=\"inlineStr\"><is><t>{text}</t></is></c>").unwrap();
        }
        xml.push_str("</row>");
    }
    crate::xlsx::tests::workbook(&[(sheet, &xml)], "")
}

/// A file of a real day beside the checkout, where there is one.
fn real_file(source: &str, day: &str, file: &str) -> Option<Vec<u8>> {
    std::fs::read(real_day(source, day)?.join(file)).ok()
}

fn export(rows: &[[&str; 20]]) -> (Vec<TextTable>, Vec<Issue>) {
    let mut sheet = vec![(1, HEADER.to_vec())];
    sheet.extend((2..).zip(rows.iter().map(|r| r.to_vec())));
    let body = workbook("table", &sheet);
    let request = EuHmaMri.import_request("export.xlsx", &body).unwrap();
    let parsed = read(&request, &body).unwrap();
    (parsed.tables, parsed.issues)
}

fn item() -> Value {
    json!({
        "productKey": "NL/H/2901/002", "name": "Sildenafil 50 mg", "domainKey": "h",
        "outcome": "Positive", "dateOfOutcome": "2013-06-19T00:00:00Z",
        "updatedAt": "2022-02-14T07:50:53.667Z",
        "maHolder": "Holder B.V.\r\nStreet 1\r\nLeiden",
        "rms": {"countryName": "Netherlands", "isoCode": "NL"},
        "activeSubstances": [{"innName": "sildenafil", "saltName": "citrate", "amount": "50", "unit": "mg"}],
        "atcCodes": [{"code": "G04BE03", "atcCodeName": "sildenafil"}],
        "cms": [
            {"isoCode": "AT", "productName": "Sildenafil Holder"}, {"isoCode": "DK", "productName": null},
            {"isoCode": "ES", "productName": "Sildenafil, comprimidos"}
        ],
        "doseForms": [{"doseFormName": "Film-coated tablet"}], "documents": [],
        "withdrawalReasons": ["N/A"],
        "typeLevel": {"level1": "Abridged", "level2": "Initial Application",
            "level3": "[not specified]", "level4": "Chemical Substance", "level5": "Prescription Only"}
    })
}

fn answer(count: u64, items: &[Value]) -> Vec<u8> {
    json!({"@odata.context": "x", "@odata.count": count, "value": items}).to_string().into_bytes()
}

fn column(table: &TextTable, name: &str) -> Vec<String> {
    table.column(name).unwrap().iter().map(|c| c.unwrap_or("<null>").to_owned()).collect()
}

#[test]
fn both_formats_give_the_same_rows() {
    let (from_file, file_issues) = export(&[SILDENAFIL]);
    let parsed = read(&search(0, ""), &answer(1, &[item()])).unwrap();
    assert_eq!(file_issues, []);
    assert_eq!(parsed.issues, []);
    for (a, b) in from_file.iter().zip(&parsed.tables) {
        for column in &a.columns {
            let other = b.column(&column.name).unwrap();
            // Only the search has the code of the reference member state.
            if column.name != "rms_code" {
                assert!(column.iter().eq(other.iter()), "{} {}", a.name, column.name);
            }
        }
    }
    assert_eq!(column(&parsed.tables[1], "country_code"), ["AT", "DK", "ES"]);
    assert_eq!(
        column(&parsed.tables[1], "product_name"),
        ["Sildenafil Holder", "<null>", "Sildenafil, comprimidos"]
    );
    assert_eq!(column(&from_file[2], "salt_name"), ["citrate"]);
    assert_eq!(column(&from_file[0], "ma_holder"), ["Holder B.V.\r\nStreet 1\r\nLeiden"]);
}

#[test]
fn paging_goes_on_until_the_declared_count() {
    let parsed = read(&search(0, ""), &answer(3, &[item(), item()])).unwrap();
    assert_eq!(parsed.totals[0].rows, 3);
    let next = &parsed.follow_ups[0];
    assert!(next.url.as_str().contains("$skip=2&"), "{}", next.url);
    assert!(next.url.as_str().contains("(domainKey%20eq%20%27h%27)"), "{}", next.url);
    let parsed = read(next, &answer(3, &[item()])).unwrap();
    assert_eq!(parsed.tables[0].row_numbers, [3]);
    assert_eq!(parsed.follow_ups, []);
    // An empty page ends the walk; the totals tell what is missing.
    assert_eq!(read(next, &answer(3, &[])).unwrap().follow_ups, []);
    assert!(read(&search(0, ""), b"{\"value\": []}").unwrap_err().to_string().contains("count"));
}

#[test]
fn odd_values_are_reported_with_row_and_column() {
    let mut odd = SILDENAFIL;
    odd[0] = "NL-H-2901";
    odd[4] = "Pending";
    odd[9] = "no amount";
    odd[11] = "Sildenafil (AT), no country";
    let (tables, issues) = export(&[SILDENAFIL, odd]);
    let found: Vec<_> =
        issues.iter().map(|i| (i.row_number, i.kind.as_str(), i.column.as_str())).collect();
    assert_eq!(
        found,
        [
            (3, "mr_number_form", "mr_number"),
            (3, "unknown_outcome", "outcome"),
            (3, "substance_form", "active_substances"),
            (3, "cms_form", "cms")
        ]
    );
    assert_eq!(tables[0].len(), 2);
    assert_eq!(column(&tables[2], "substance_text")[1], "no amount");
}

#[test]
fn a_missing_column_is_named_and_a_new_one_is_kept() {
    let mut renamed = item();
    let name = renamed.as_object_mut().unwrap().remove("outcome").unwrap();
    renamed["outcome_renamed"] = name;
    let error = read(&search(0, ""), &answer(1, &[renamed])).unwrap_err();
    assert!(error.to_string().contains("\"Outcome\" is missing"), "{error}");
    let mut wider = item();
    wider["procedureType"] = json!("DCP");
    let parsed = read(&search(0, ""), &answer(1, &[wider])).unwrap();
    assert_eq!(parsed.tables[0].new_columns, ["procedure_type"]);
    let body = workbook("Sheet1", &[(1, vec!["Number", "Name"])]);
    let request = EuHmaMri.import_request("x.xlsx", &body).unwrap();
    assert!(read(&request, &body).unwrap_err().to_string().contains("MrNumber"));
}

#[test]
fn files_are_told_by_name_and_first_bytes() {
    assert_eq!(EuHmaMri.import_request("a.zip", b"PK\x03\x04"), None);
    assert_eq!(EuHmaMri.import_request("a.html", b"<html>"), None);
    let page = answer(200, &[item()]);
    let request = EuHmaMri.import_request("page1.json", &page).unwrap();
    let parsed = read(&request, &page).unwrap();
    assert_eq!((parsed.totals[0].rows, parsed.follow_ups.len()), (200, 0));
    let other = EuHmaMri.import_request("page2.json", &page).unwrap();
    assert_ne!(request.key(), other.key());
}

#[test]
fn lists_written_as_in_the_export_are_read() {
    let mut texts = item();
    texts["activeSubstances"] = json!("dimeticone null 125 mg,loperamide hydrochloride 2 mg");
    texts["cms"] = json!("Name (AT), (DK)");
    texts["doseForms"] = json!("Tablet");
    let mut items = item();
    items["activeSubstances"] = json!(["mirtazapine null 15 mg"]);
    items["cms"] = json!(["AT", "DK"]);
    items["doseForms"] = json!({"doseFormName": "Tablet"});
    let body = json!([texts, items]).to_string();
    let request = EuHmaMri.import_request("rows.json", body.as_bytes()).unwrap();
    let parsed = read(&request, body.as_bytes()).unwrap();
    let table = |name: &str| parsed.tables.iter().find(|t| t.name == name).unwrap();
    let column = |name: &str, column: &str| -> Vec<Option<String>> {
        table(name).column(column).unwrap().iter().map(|v| v.map(str::to_owned)).collect()
    };
    let owned = |texts: &[&str]| texts.iter().map(|t| Some((*t).to_owned())).collect::<Vec<_>>();
    let names = owned(&["dimeticone", "loperamide", "mirtazapine"]);
    assert_eq!(column("product_substance", "inn_name"), names);
    assert_eq!(column("product_cms", "country_code"), owned(&["AT", "DK", "AT", "DK"]));
    assert_eq!(column("product", "dose_forms"), owned(&["Tablet", "Tablet"]));
    assert_eq!(parsed.issues, []);
}

#[test]
fn a_heading_may_have_spaces() {
    let mut header = HEADER;
    header[0] = "MR Number";
    let body = workbook("table", &[(1, header.to_vec()), (2, HEADER.to_vec())]);
    let request = EuHmaMri.import_request("export.xlsx", &body).unwrap();
    let parsed = read(&request, &body).unwrap();
    assert_eq!(parsed.tables[0].column("mr_number").unwrap().get(0), Some("MrNumber"));
    assert!(parsed.issues.iter().any(|i| i.message.contains("found \"MrNumber\"")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let file = workbook("table", &[(1, HEADER.to_vec()), (2, SILDENAFIL.to_vec())]);
        let request = EuHmaMri.import_request("a.xlsx", &file).unwrap();
        for (request, good) in [(search(0, ""), answer(9, &[item()])), (request, file)] {
            let _ = read(&request, &bytes);
            let mut flipped = good.clone();
            flipped[at.index(good.len())] ^= byte;
            let _ = read(&request, &flipped);
            let _ = read(&request, &good[..at.index(good.len())]);
        }
    }
}

#[test]
fn the_real_files_are_read() {
    let Some(export) = real_file("eu_hma_mri", "day1", "mri_export_merged.xlsx") else {
        return;
    };
    let request = EuHmaMri.import_request("mri_export_merged.xlsx", &export).unwrap();
    let from_file = read(&request, &export).unwrap();
    let rows: Vec<usize> = from_file.tables.iter().map(TextTable::len).collect();
    assert_eq!(rows, [145, 248, 145]);
    assert_eq!(from_file.issues, []);
    let Some(items) = real_file("eu_hma_mri", "day1", "product_search.json") else {
        return;
    };
    let items: Vec<Value> = serde_json::from_slice(&items).unwrap();
    let from_search = read(&search(0, ""), &answer(145, &items)).unwrap();
    for (a, b) in from_file.tables.iter().zip(&from_search.tables) {
        assert_eq!(a.len(), b.len(), "{}", a.name);
        for column in &a.columns {
            // The search has null for what the export calls not specified.
            if !column.name.starts_with("typelevel") && column.name != "rms_code" {
                let other = b.column(&column.name).unwrap();
                for (row, (x, y)) in column.iter().zip(other.iter()).enumerate() {
                    assert_eq!(x, y, "{} {} {row}", a.name, column.name);
                }
            }
        }
    }
    let keys: std::collections::BTreeSet<_> =
        column(&from_file.tables[0], "mr_number").into_iter().collect();
    assert_eq!(keys.len(), 145);
}

#[test]
fn the_fixtures_are_crawled_to_their_declared_count() {
    let day = jiff::civil::date(2026, 11, 23);
    let seeds = EuHmaMri.seeds(&Window { today: day, since: None });
    let crawled = crawl(&EuHmaMri, seeds, |request| {
        let url = request.url.as_str();
        let file = if url.contains("$skip=0&") {
            "product_search_1.json"
        } else {
            assert!(url.contains("$skip=6&"), "{url}");
            "product_search_2.json"
        };
        fixture("eu_hma_mri", "day1", file)
    })
    .unwrap();
    assert_eq!((crawled.rows("product"), crawled.declared("product")), (10, 10));
    assert_eq!((crawled.rows("product_cms"), crawled.rows("product_substance")), (15, 12));
    assert_eq!(crawled.issues, []);
    assert!(
        crawled
            .column("product_cms", "product_name")
            .contains(&Some("Lamivudine, Zidovudine Example 150 mg/300 mg, comprimé pelliculé"))
    );
}
