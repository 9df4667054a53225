//! The quirks of Drugs@FDA, each with a row made for it.

use proptest::prelude::*;

use super::*;
use crate::us_drugs_at_fda::SPEC;

const HEADER: &str = "ApplNo\tProductNo\tForm\tStrength\tReferenceDrug\tDrugName\tActiveIngredient\tReferenceStandard";

fn member(basename: &str, data: &[u8]) -> ZipMember {
    ZipMember { basename: basename.to_owned(), data: data.to_vec() }
}

fn products(rows: &[u8]) -> (TextTable, Vec<Issue>) {
    let mut data = format!("{HEADER}\r\n").into_bytes();
    data.extend_from_slice(rows);
    let mut issues = vec![];
    let table =
        parse_member(&SPEC, "products", &member("Products.txt", &data), &mut issues).unwrap();
    (table, issues)
}

fn row(table: &TextTable, row: usize) -> Vec<Option<&str>> {
    table.columns.iter().map(|c| c.get(row)).collect()
}

#[test]
fn a_stray_tab_before_the_flag_is_taken_out() {
    let (table, issues) =
        products(b"021001\t001\tTABLET;ORAL\t200MG\t\t1\tVIRAMUNE\tNEVIRAPINE\t0\r\n");
    assert_eq!(row(&table, 0)[4..7], [Some("1"), Some("VIRAMUNE"), Some("NEVIRAPINE")]);
    assert_eq!((issues[0].kind.as_str(), issues[0].severity), ("stray_tab", Severity::Note));
}

#[test]
fn a_stray_tab_at_the_end_keeps_the_first_eight_values() {
    let (table, issues) =
        products(b"206029\t001\tTABLET;ORAL\tEQ 1MG BASE\t0\tP\tPITAVASTATIN CALCIUM\t\t");
    assert_eq!(row(&table, 0)[6..8], [Some("PITAVASTATIN CALCIUM"), Some("")]);
    assert_eq!(issues.len(), 1);
    let (_, issues) = products(b"206029\t001\tTABLET;ORAL\t1MG\t0\tP\tX\t0\tlost");
    assert_eq!(issues[0].severity, Severity::Warning);
    assert!(issues[0].message.contains("lost"));
}

#[test]
fn quotes_are_undoubled_and_windows_1252_is_read() {
    let (table, issues) =
        products(b"011111\t001\tTABLET;ORAL\t5MG\t0\tHY-PAM \"\"25\"\"\tCAF\xc9\t0\r\n");
    assert_eq!(row(&table, 0)[5..7], [Some("HY-PAM \"25\""), Some("CAFÉ")]);
    assert_eq!(issues, []);
    let utf8 = "011111\t001\tTABLET;ORAL\t5MG\t0\tX\tCAFÉ\t0\r\n";
    assert_eq!(row(&products(utf8.as_bytes()).0, 0)[6], Some("CAFÉ"));
}

#[test]
fn a_list_inside_a_note_is_no_row() {
    let header = "ApplNo\tSubmissionClassCodeID\tSubmissionType\tSubmissionNo\tSubmissionStatus\tSubmissionStatusDate\tSubmissionsPublicNotes\tReviewPriority";
    let rows = "020636\t\tSUPPL\t1\tAP\t2001-01-01 00:00:00\tFor two uses:\r\n1) the first use\r\n2) the second\t\r\n\
        020636\t\tSUPPL\t2\tAP\t2002-01-01 00:00:00\t\t\r\n";
    let data = format!("{header}\r\n{rows}");
    let mut issues = vec![];
    let file = member("Submissions.txt", data.as_bytes());
    let table = parse_member(&SPEC, "submissions", &file, &mut issues).unwrap();
    let numbers: Vec<_> = table.column("appl_no").unwrap().iter().collect();
    assert_eq!(numbers, [Some("020636"), Some("020636")]);
    let note = table.column("submissions_public_notes").unwrap().get(0).unwrap();
    assert_eq!(note, "For two uses:\r\n1) the first use\r\n2) the second");
    assert_eq!(issues.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>(), ["line_break_in_value"]);
}

#[test]
fn columns_are_found_whatever_their_order_and_case() {
    let data = b"PRODUCTNO\tapplno\tForm\tStrength\tReferenceDrug\tDrugName\tActiveIngredient\r\n001\t020636\tTABLET;ORAL\t200MG\t1\tVIRAMUNE\tNEVIRAPINE\r\n";
    let table =
        parse_member(&SPEC, "products", &member("Products.txt", data), &mut vec![]).unwrap();
    assert_eq!(table.column("appl_no").unwrap().get(0), Some("020636"));
    assert_eq!(table.column("reference_standard").unwrap().get(0), None);
}

#[test]
fn rows_that_begin_with_a_text_are_rows() {
    let data = b"DrugName\tForm\tStrength\tProductNo\tApplNo\tReferenceDrug\tActiveIngredient\r\n\
        VIRAMUNE\tTABLET;ORAL\t200MG\t001\t020636\t1\tNEVIRAPINE\r\n\
        EPIVIR\tTABLET;ORAL\t150MG\t001\t020564\t1\tLAMIVUDINE\r\n";
    let mut issues = vec![];
    let file = member("Products.txt", data);
    let table = parse_member(&SPEC, "products", &file, &mut issues).unwrap();
    let numbers: Vec<_> = table.column("appl_no").unwrap().iter().collect();
    assert_eq!((numbers, issues), (vec![Some("020636"), Some("020564")], vec![]));
}

#[test]
fn a_number_that_lost_its_zeros_begins_a_row() {
    let (table, issues) = products(
        b"020636\t001\tTABLET;ORAL\t200MG\t1\tVIRAMUNE\tNEVIRAPINE\t0\r\n\
          4782\t001\tTABLET;ORAL\t0.3MG\t1\tPREMARIN\tESTROGENS\t0\r\n",
    );
    let numbers: Vec<_> = table.column("appl_no").unwrap().iter().collect();
    assert_eq!(numbers, [Some("020636"), Some("4782")]);
    assert_eq!(issues[0].message, "expected 6 digits, found \"4782\"");
    assert_eq!((issues.len(), issues[0].row_number), (1, 3));
}

#[test]
fn a_note_over_two_lines_stays_one_row() {
    let data = b"ApplNo\tSubmissionClassCodeID\tSubmissionType\tSubmissionNo\tSubmissionStatus\tSubmissionStatusDate\tSubmissionsPublicNotes\tReviewPriority\r\n020636\t7\tORIG      \t1\tAP\t1996-06-21 00:00:00\tfirst line\r\nsecond line\tPRIORITY\r\n020636\t2\tSUPPL\t2\tAP\t1998-09-11 00:00:00\t\t\r\n";
    let mut issues = vec![];
    let table =
        parse_member(&SPEC, "submissions", &member("Submissions.txt", data), &mut issues).unwrap();
    assert_eq!(table.row_numbers, [2, 4]);
    assert_eq!(
        table.column("submissions_public_notes").unwrap().get(0),
        Some("first line\r\nsecond line")
    );
    assert_eq!(issues[0].kind, "line_break_in_value");
}

#[test]
fn a_renamed_column_is_named() {
    let data = HEADER.replace("ActiveIngredient", "Substance");
    let error =
        parse_member(&SPEC, "products", &member("Products.txt", data.as_bytes()), &mut vec![])
            .unwrap_err();
    assert!(error.to_string().contains("\"ActiveIngredient\" is missing"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&SPEC, &bytes);
        let (table, _) = products(&bytes);
        prop_assert!(table.len() <= bytes.len());
    }
}
