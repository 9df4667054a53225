//! The quirks of the EMA's feeds, workbooks and documents.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::test_crawl::real_day;
use crate::{Issue, Severity, TextTable};

fn read(request: &Request, body: &[u8]) -> Result<Parsed, ParseError> {
    EuEma.parse(&Page { request, content_type: None, last_modified: None, body })
}

/// A workbook with one sheet. A cell `=7` is the number 7, `@44853.9` a date.
fn workbook(sheet: &str, rows: &[(u32, Vec<&str>)]) -> Vec<u8> {
    let mut xml = String::new();
    for (number, cells) in rows {
        write!(xml, "<row r=\"{number}\">").unwrap();
        for cell in cells {
            let text = cell.replace('&', "&amp;").replace('<', "&lt;");
            match (cell.strip_prefix('='), cell.strip_prefix('@')) {
                (Some(value), _) => write!(xml, "<c><v>{value}</v></c>"),
                (_, Some(value)) => write!(xml, "<c s=\"1\"><v>{value}</v></c>"),
                _ if cell.is_empty() => write!(xml, "<c/>"),
                _ => write!(xml, "<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            }
            .unwrap();
        }
        xml.push_str("</row>");
    }
    crate::xlsx::tests::workbook(&[(sheet, &xml)], "")
}

/// A file of a real day beside the checkout, where there is one.
fn real_file(source: &str, day: &str, file: &str) -> Option<Vec<u8>> {
    std::fs::read(real_day(source, day)?.join(file)).ok()
}

fn seed(first: bool) -> Request {
    let day = jiff::civil::date(2026, 11, 23);
    let since = (!first).then_some(day);
    EuEma.seeds(&Window { today: day, since }).remove(0)
}

fn keys() -> Vec<String> {
    let columns = SPEC.table("medicine").columns.iter().map(|c| c.name.clone());
    columns.filter(|name| name != "medicine_key").collect()
}

fn medicine(values: &[(&str, &str)]) -> Map<String, Value> {
    let mut row: Map<String, Value> = keys().into_iter().map(|k| (k, json!(""))).collect();
    let usual = [
        ("category", "Human"),
        ("name_of_medicine", "Tagrisso"),
        ("ema_product_number", "EMEA/H/C/004124"),
        ("medicine_status", "Authorised"),
        ("revision_number", "22"),
        ("last_updated_date", "09/01/2025"),
        ("medicine_url", "https://www.ema.europa.eu/en/medicines/human/EPAR/tagrisso"),
    ];
    for (key, value) in usual.iter().chain(values) {
        row.insert((*key).to_owned(), json!(value));
    }
    row
}

fn feed(total: u64, rows: &[Map<String, Value>]) -> Vec<u8> {
    let meta = json!({"total_records": total, "timestamp": "2025-07-15T18:00:00Z"});
    json!({"meta": meta, "data": rows}).to_string().into_bytes()
}

fn column(table: &TextTable, name: &str) -> Vec<String> {
    table.column(name).unwrap().iter().map(|c| c.unwrap_or("<null>").to_owned()).collect()
}

fn kinds(issues: &[Issue]) -> Vec<(u32, &str, &str)> {
    issues.iter().map(|i| (i.row_number, i.kind.as_str(), i.column.as_str())).collect()
}

#[test]
fn a_feed_with_a_byte_order_mark_is_read_and_its_total_is_passed_on() {
    let mut body = b"\xef\xbb\xbf".to_vec();
    body.extend(feed(2, &[medicine(&[]), medicine(&[("ema_product_number", "H/C/WS2451")])]));
    let parsed = read(&seed(true), &body).unwrap();
    let table = &parsed.tables[0];
    assert_eq!(parsed.totals[0].rows, 2);
    assert_eq!(column(table, "medicine_key"), ["EMEA/H/C/004124", "tagrisso"]);
    assert_eq!(column(table, "opinion_status"), ["<null>", "<null>"]);
    assert_eq!(table.new_columns, Vec::<String>::new());
    assert_eq!(kinds(&parsed.issues), [(2, "product_number_form", "ema_product_number")]);
}

#[test]
fn a_renamed_key_is_named_and_an_alias_is_known() {
    let renamed = |from: &str, to: &str| {
        let mut row = medicine(&[]);
        let value = row.remove(from).unwrap();
        row.insert(to.to_owned(), value);
        read(&seed(true), &feed(1, &[row]))
    };
    let error = renamed("medicine_status", "medicine_status_renamed").unwrap_err().to_string();
    assert!(error.contains("\"medicine_status\" is missing"), "{error}");
    let parsed = renamed("generic", "generic_or_hybrid").unwrap();
    assert!(parsed.tables[0].new_columns.is_empty());
    let mut row = medicine(&[]);
    row.insert("shortage".to_owned(), json!("No"));
    let parsed = read(&seed(true), &feed(1, &[row])).unwrap();
    assert_eq!(parsed.tables[0].new_columns, ["shortage"]);
    let error = read(&seed(true), b"{\"meta\": {}, \"data\": []}").unwrap_err().to_string();
    assert!(error.contains("total_records"), "{error}");
}

#[test]
fn flags_may_be_truth_values() {
    let mut row = medicine(&[]);
    row.insert("biosimilar".to_owned(), json!(true));
    row.insert("orphan_medicine".to_owned(), json!(false));
    let parsed = read(&seed(true), &feed(1, &[row])).unwrap();
    let flag = |name: &str| parsed.tables[0].column(name).unwrap().get(0);
    assert_eq!((flag("biosimilar"), flag("orphan_medicine")), (Some("Yes"), Some("No")));
}

#[test]
fn values_that_were_not_seen_before_are_reported() {
    let rows = [
        medicine(&[("category", "Herbal"), ("medicine_status", "Pending")]),
        medicine(&[("last_updated_date", "45666")]),
        medicine(&[("last_updated_date", "01/31/2025")]),
        medicine(&[("last_updated_date", "2025-01-09T00:00:00Z")]),
    ];
    let parsed = read(&seed(true), &feed(4, &rows)).unwrap();
    let updated = parsed.tables[0].column("last_updated_date").unwrap();
    assert_eq!(updated.get(3), Some("09/01/2025"));
    assert_eq!(
        kinds(&parsed.issues),
        [
            (1, "unknown_category", "category"),
            (1, "unknown_status", "medicine_status"),
            (2, "date_form", "last_updated_date"),
            (3, "date_form", "last_updated_date")
        ]
    );
}

#[test]
fn bytes_that_are_no_text_are_reported_and_the_other_rows_stay() {
    let mut body =
        feed(2, &[medicine(&[]), medicine(&[("ema_product_number", "EMEA/H/C/000183")])]);
    let at = body.windows(8).position(|w| w == b"Tagrisso").unwrap();
    body[at + 2] = 0xff;
    let parsed = read(&seed(true), &body).unwrap();
    assert_eq!(parsed.tables[0].len(), 2);
    assert_eq!(kinds(&parsed.issues), [(1, "not_utf8", "name_of_medicine")]);
}

#[test]
fn the_workbook_gives_the_rows_of_the_feed() {
    let label = |key: &String| match key.as_str() {
        "international_non_proprietary_name_common_name" => {
            "International non-proprietary name (INN) / common name".to_owned()
        }
        "species_veterinary" => "Species\n(veterinary)".to_owned(),
        "generic" => "Generic or hybrid".to_owned(),
        other => other.replace('_', " "),
    };
    let mut header: Vec<String> = keys().iter().map(label).collect();
    header[0] = "Category".to_owned();
    let row = medicine(&[("active_substance", "osimertinib mesilate")]);
    let cells: Vec<String> = keys()
        .iter()
        .map(|k| match row[k].as_str().unwrap() {
            number if k == "revision_number" => format!("={number}"),
            text => text.to_owned(),
        })
        .collect();
    let rows = [
        (1, vec!["Content type:", "Medicine"]),
        (9, header.iter().map(String::as_str).collect()),
        (10, cells.iter().map(String::as_str).collect()),
    ];
    let body = workbook("Medicine", &rows);
    let request = EuEma.import_request("medicines.xlsx", &body).unwrap();
    let from_file = read(&request, &body).unwrap();
    let from_feed = read(&seed(true), &feed(1, &[row])).unwrap();
    assert_eq!(from_file.tables[0].row_numbers, [10]);
    assert_same(&from_file.tables[0], &from_feed.tables[0]);
    assert_eq!((from_file.issues, from_file.follow_ups.len()), (vec![], 0));
}

#[test]
fn the_layout_before_2023_is_read_with_its_leaking_dates() {
    let header = vec![
        "Category",
        "Medicine name",
        "Therapeutic area",
        "International non-proprietary name (INN) / common name",
        "Active substance",
        "Product number",
        "Patient safety",
        "Authorisation status",
        "Generic",
        "Marketing authorisation date",
        "Marketing authorisation holder/company name",
        "Condition / indication",
        "First published",
        "URL",
    ];
    let row = vec![
        "Human",
        "Viramune",
        "HIV Infections",
        "nevirapine",
        "nevirapine",
        "EMEA/H/C/000183",
        "no",
        "Authorised",
        "no",
        "@35829.958333333336",
        "Boehringer",
        "Text",
        "@43221",
        "https://www.ema.europa.eu/en/medicines/human/EPAR/viramune",
    ];
    let body = workbook("Worksheet 1", &[(9, header), (10, row)]);
    let request = EuEma.import_request("old.xlsx", &body).unwrap();
    let parsed = read(&request, &body).unwrap();
    let table = &parsed.tables[0];
    // 1998-02-03 23:00 in UTC is the fourth in Amsterdam.
    assert_eq!(column(table, "marketing_authorisation_date"), ["04/02/1998"]);
    assert_eq!(column(table, "first_published_date"), ["01/05/2018"]);
    assert_eq!(column(table, "patient_safety"), ["no"]);
    assert_eq!(column(table, "medicine_key"), ["EMEA/H/C/000183"]);
    assert_eq!(column(table, "medicine_status"), ["Authorised"]);
    assert_eq!(kinds(&parsed.issues), [(10, "date_leak", "Marketing authorisation date")]);
    assert_eq!(parsed.issues[0].severity, Severity::Note);
}

fn documents(rows: &[Value]) -> Vec<u8> {
    let meta = json!({"total_records": rows.len()});
    json!({"meta": meta, "data": rows}).to_string().into_bytes()
}

fn listed(folder: &str, product: &str, updated: &str) -> Value {
    json!({
        "id": "1", "name": "a document", "type": folder, "last_updated_date": updated,
        "document_url": format!(
            "https://www.ema.europa.eu/en/documents/{folder}/{product}-epar-{folder}_en.pdf"
        ),
    })
}

#[test]
fn documents_of_authorised_human_products_are_followed() {
    let rows = [
        medicine(&[]),
        medicine(&[
            ("name_of_medicine", "Viramune"),
            ("ema_product_number", "EMEA/H/C/000183"),
            ("medicine_url", "https://www.ema.europa.eu/en/medicines/human/EPAR/viramune"),
        ]),
        medicine(&[
            ("medicine_status", "Withdrawn"),
            ("ema_product_number", "EMEA/H/C/000107"),
            ("medicine_url", "https://www.ema.europa.eu/en/medicines/human/EPAR/epivir"),
        ]),
        medicine(&[
            ("category", "Veterinary"),
            ("ema_product_number", "EMEA/V/C/000107"),
            ("medicine_url", "https://www.ema.europa.eu/en/medicines/veterinary/EPAR/revatio"),
        ]),
    ];
    let parsed = read(&seed(false), &feed(4, &rows)).unwrap();
    let asked: Vec<_> = parsed.follow_ups.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!(asked, ["documents", "product_information", "product_information"]);
    assert!(parsed.follow_ups.iter().all(|r| r.optional));
    assert_eq!(
        parsed.follow_ups[1].fingerprint.as_deref(),
        Some("revision 22, updated 09/01/2025")
    );
    let body = documents(&[
        listed("product-information", "tagrisso", "2025-01-09T10:00:00Z"),
        listed("all-authorised-presentations", "tagrisso", "2024-01-09T10:00:00Z"),
        listed("product-information", "viramune", "2025-03-04T10:00:00Z"),
        listed("all-authorised-presentations", "epivir", "2025-01-09T10:00:00Z"),
        listed("assessment-report", "tagrisso", "2025-01-09T10:00:00Z"),
        json!({"id": "9", "document_url": "https://example.org/all-authorised-presentations/tagrisso-epar-x_en.pdf"}),
    ]);
    let parsed = read(&parsed.follow_ups[0], &body).unwrap();
    let asked: Vec<_> = parsed
        .follow_ups
        .iter()
        .map(|r| (r.url.path().rsplit('/').next().unwrap(), r.fingerprint.as_deref().unwrap()))
        .collect();
    assert_eq!(
        asked,
        [
            ("viramune-epar-product-information_en.pdf", "2025-03-04T10:00:00Z"),
            ("tagrisso-epar-all-authorised-presentations_en.pdf", "2024-01-09T10:00:00Z")
        ]
    );
    assert_eq!(parsed.tables[0].len(), 6);
    assert_eq!(kinds(&parsed.issues), [(6, "document_url", "document_url")]);
}

#[test]
fn the_first_run_asks_for_few_documents_and_the_next_for_all() {
    let name = |n: usize| format!("EMEA/H/C/{n:06}");
    let url = |n: usize| format!("https://www.ema.europa.eu/en/medicines/human/EPAR/product-{n}");
    let rows: Vec<_> = (0..60)
        .map(|n| medicine(&[("ema_product_number", &name(n)), ("medicine_url", &url(n))]))
        .collect();
    let body = documents(
        &(0..60)
            .map(|n| {
                listed("product-information", &format!("product-{n}"), &format!("2025-01-{n:02}"))
            })
            .collect::<Vec<_>>(),
    );
    for (first, expected) in [(true, follow::FIRST_RUN_DOCUMENTS), (false, 60)] {
        let parsed = read(&seed(first), &feed(60, &rows)).unwrap();
        let parsed = read(&parsed.follow_ups[0], &body).unwrap();
        assert_eq!(parsed.follow_ups.len(), expected);
        assert!(parsed.follow_ups[0].url.path().contains("product-59-"), "newest first");
    }
}

#[test]
fn files_are_told_by_name_and_first_bytes() {
    let import = |name: &str, head: &[u8]| EuEma.import_request(name, head).map(|r| r.kind);
    assert_eq!(import("x.json", &feed(1, &[medicine(&[])])).as_deref(), Some("medicines_json"));
    assert_eq!(
        import("documents-output-epar_documents_json-report_en.json", b"{\"meta\":").as_deref(),
        Some("documents")
    );
    assert_eq!(import("notes.json", b"{\"a\": 1}"), None);
    assert_eq!(import("a.zip", b"PK\x03\x04"), None);
    let pdf = EuEma
        .import_request("Viramune-epar-all-authorised-presentations_en.pdf", b"%PDF-1.7")
        .unwrap();
    assert_eq!((pdf.kind.as_str(), pdf.context["product"].as_str()), ("presentations", "viramune"));
    assert_eq!(import("leaflet.pdf", b"%PDF-1.7"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let good = feed(1, &[medicine(&[])]);
        let mut flipped = good.clone();
        flipped[at.index(good.len())] ^= byte;
        for kind in ["medicines_json", "medicines_xlsx", "documents", "presentations"] {
            let mut request = seed(true);
            request.kind = kind.to_owned();
            for body in [&bytes, &flipped, &good[..at.index(good.len())].to_vec()] {
                let _ = read(&request, body);
            }
        }
    }
}

fn assert_same(a: &TextTable, b: &TextTable) {
    assert_eq!(a.len(), b.len());
    for column in &a.columns {
        let other = b.column(&column.name).unwrap();
        for (row, (x, y)) in column.iter().zip(other.iter()).enumerate() {
            assert_eq!(x, y, "{} {row}", column.name);
        }
    }
}

#[test]
fn the_real_feeds_and_workbooks_give_the_same_rows() {
    let days = [("day1", 2433, 2096, 5), ("day2", 2433, 2096, 5), ("day3", 2576, 2210, 0)];
    for (day, rows, human, odd_numbers) in days {
        let json = "medicines-output-medicines_json-report_en.json";
        let xlsx = "medicines_output_medicines_en.xlsx";
        let json = real_file("eu_ema", day, json);
        let (Some(json), Some(xlsx)) = (json, real_file("eu_ema", day, xlsx)) else { return };
        let from_feed = read(&seed(true), &json).unwrap();
        let request = EuEma.import_request("medicines.xlsx", &xlsx).unwrap();
        let from_file = read(&request, &xlsx).unwrap();
        let table = &from_feed.tables[0];
        assert_eq!((table.len(), from_feed.totals[0].rows), (rows, rows as u64));
        assert_same(&from_file.tables[0], table);
        assert!(table.new_columns.is_empty() && from_file.tables[0].new_columns.is_empty());
        assert_eq!(column(table, "category").iter().filter(|c| *c == "Human").count(), human);
        let keys: std::collections::BTreeSet<_> =
            column(table, "medicine_key").into_iter().collect();
        assert_eq!(keys.len(), rows);
        assert_eq!(from_feed.issues.len(), odd_numbers, "{:?}", from_feed.issues);
        assert_eq!(from_file.issues.len(), odd_numbers);
        println!("{day}: {} follow-ups", from_feed.follow_ups.len());
    }
}
