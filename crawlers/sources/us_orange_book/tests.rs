//! The quirks of the Orange Book, each with a row made for it.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::us_orange_book::SPEC;

const PRODUCTS: &str = "Ingredient~DF;Route~Trade_Name~Applicant~Strength~Appl_Type~Appl_No~Product_No~TE_Code~Approval_Date~RLD~RS~Type~Applicant_Full_Name";
const PATENT: &str = "Appl_Type~Appl_No~Product_No~Patent_No~Patent_Expire_Date_Text~Drug_Substance_Flag~Drug_Product_Flag~Patent_Use_Code~Delist_Flag~Submission_Date";
const EXCLUSIVITY: &str = "Appl_Type~Appl_No~Product_No~Exclusivity_Code~Exclusivity_Date";
const VIRAMUNE: &str = "NEVIRAPINE~TABLET;ORAL~VIRAMUNE~BOEHRINGER INGELHEIM~200MG~N~020636~001~AB~Jun 21, 1996~Yes~No~RX~BOEHRINGER INGELHEIM PHARMACEUTICALS INC";

fn release(products: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in [
        ("EOBZIP/products.txt", products),
        ("EOBZIP/patent.txt", PATENT.as_bytes()),
        ("EOBZIP/exclusivity.txt", EXCLUSIVITY.as_bytes()),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(data).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn products(rows: &[u8]) -> (TextTable, Vec<Issue>) {
    let mut text = format!("{PRODUCTS}\r\n").into_bytes();
    text.extend_from_slice(rows);
    let mut parsed = parse(&SPEC, &release(&text)).unwrap();
    let at = parsed.tables.iter().position(|t| t.name == "products").unwrap();
    (parsed.tables.swap_remove(at), parsed.issues)
}

#[test]
fn a_row_without_line_end_and_a_quoted_name_are_read() {
    let rows = format!("{VIRAMUNE}\r\n{}", VIRAMUNE.replace("VIRAMUNE", "\"HY-PAM \"\"25\"\"\""));
    let (table, issues) = products(rows.as_bytes());
    let names: Vec<_> = table.column("trade_name").unwrap().iter().collect();
    assert_eq!(names, [Some("VIRAMUNE"), Some("HY-PAM \"25\"")]);
    assert_eq!(table.row_numbers, [2, 3]);
    assert_eq!(issues, []);
}

#[test]
fn a_short_row_is_reported_with_its_line_and_the_others_are_kept() {
    let rows = format!("{VIRAMUNE}\r\nNEVIRAPINE~TABLET;ORAL\r\n{VIRAMUNE}");
    let (table, issues) = products(rows.as_bytes());
    assert_eq!(table.row_numbers, [2, 4]);
    assert_eq!((issues[0].row_number, issues[0].kind.as_str()), (3, "field_count"));
    assert_eq!(issues[0].severity, Severity::Error);
}

#[test]
fn a_separator_too_many_at_the_end_costs_no_row() {
    let rows = format!("{VIRAMUNE}~\r\n{VIRAMUNE}~~lost");
    let (table, issues) = products(rows.as_bytes());
    assert_eq!(table.row_numbers, [2]);
    let kinds: Vec<_> = issues.iter().map(|i| (i.kind.as_str(), i.severity)).collect();
    assert_eq!(kinds, [("empty_tail", Severity::Note), ("field_count", Severity::Error)]);
}

#[test]
fn bytes_beyond_ascii_are_read_and_reported() {
    let mut row = VIRAMUNE.as_bytes().to_vec();
    row.extend_from_slice(b" \xc9");
    let (table, issues) = products(&row);
    assert!(table.column("applicant_full_name").unwrap().get(0).unwrap().ends_with("INC É"));
    assert_eq!(issues[0].kind, "not_ascii");
}

#[test]
fn a_member_in_utf16_is_read() {
    let text = format!("\u{feff}{PRODUCTS}\r\n{VIRAMUNE}\r\n");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let parsed = parse(&SPEC, &release(&wide)).unwrap();
    let table = parsed.tables.iter().find(|t| t.name == "products").unwrap();
    assert_eq!((table.len(), parsed.issues), (1, vec![]));
    assert_eq!(table.column("trade_name").unwrap().get(0), Some("VIRAMUNE"));
}

#[test]
fn a_missing_column_is_named_and_a_new_one_is_kept() {
    let renamed = release(PRODUCTS.replace("Trade_Name", "Brand").as_bytes());
    match parse(&SPEC, &renamed).unwrap_err() {
        ParseError::MissingColumn { table, column, .. } => {
            assert_eq!((table.as_str(), column.as_str()), ("products", "Trade_Name"));
        }
        other => panic!("{other}"),
    }
    let wider = release(format!("{PRODUCTS}~Biosimilar\r\n{VIRAMUNE}~No").as_bytes());
    let parsed = parse(&SPEC, &wider).unwrap();
    let table = parsed.tables.iter().find(|t| t.name == "products").unwrap();
    assert_eq!(table.new_columns, ["biosimilar"]);
    assert_eq!(table.column("biosimilar").unwrap().get(0), Some("No"));
}

#[test]
fn an_archive_without_a_file_is_refused_and_a_stranger_is_named() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("products.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(PRODUCTS.as_bytes()).unwrap();
    let body = zip.finish().unwrap().into_inner();
    assert!(parse(&SPEC, &body).unwrap_err().to_string().contains("exclusivity.txt"));
}

#[test]
fn of_two_files_of_one_name_the_second_is_named() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let rows = format!("{PRODUCTS}\r\n{VIRAMUNE}");
    for (name, data) in [
        ("products.txt", rows.as_str()),
        ("patent.txt", PATENT),
        ("exclusivity.txt", EXCLUSIVITY),
        ("old/Products.txt", PRODUCTS),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(data.as_bytes()).unwrap();
    }
    let parsed = parse(&SPEC, &zip.finish().unwrap().into_inner()).unwrap();
    assert_eq!(parsed.tables.iter().map(TextTable::len).sum::<usize>(), 1);
    assert_eq!(parsed.unread, ["Products.txt (another one was read)"]);
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&SPEC, &bytes);
        let mut text = format!("{PRODUCTS}\r\n").into_bytes();
        text.extend_from_slice(&bytes);
        let parsed = parse(&SPEC, &release(&text)).unwrap();
        let lines = parsed.tables.iter().map(TextTable::len).sum::<usize>() + parsed.issues.len();
        prop_assert!(lines <= bytes.len() + 1);
    }
}
