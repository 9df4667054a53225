//! Rows that are none, and rows that were damaged on their way.

use super::*;

#[test]
fn a_remark_below_the_codes_is_no_product() {
    let rows = row(2, &VIRAMUNE) + &row(3, &VIRAMUNE) + &row(4, &["※", "注：備考"]);
    let parsed = list(&rows);
    assert_eq!(parsed.tables[0].row_numbers, [2, 3]);
    let issue = &parsed.issues[0];
    assert_eq!((issue.row_number, issue.kind.as_str()), (4, "no_product"));
    assert_eq!((issue.severity, parsed.issues.len()), (Severity::Error, 1));
    assert!(issue.message.ends_with("※ | 注：備考"), "{}", issue.message);
}

#[test]
fn a_code_is_read_however_it_is_written() {
    for written in ["６２５００１３Ｆ１０２３", "6250013f1023", "\u{a0}6250013F1023\u{200b}"]
    {
        let mut cells = VIRAMUNE;
        cells[1] = written;
        let parsed = list(&row(2, &cells));
        assert_eq!(texts(&parsed.tables[0], "price_code"), [Some("6250013F1023")]);
        assert_eq!(parsed.issues[0].kind, "code_format");
        assert!(parsed.issues[0].message.ends_with("read as 6250013F1023"), "{written}");
    }
}

#[test]
fn a_torn_csv_is_reported() {
    let mut header = HEADER;
    header[4..7].copy_from_slice(&UNNAMED);
    let (header, whole) = (header.join(","), VIRAMUNE.join(","));
    let kinds = |rows: &str| {
        let parsed = answer(CSV, "a.csv", format!("{header}\n{rows}").as_bytes()).unwrap();
        let kinds = parsed.issues.into_iter().map(|i| (i.row_number, i.kind));
        (parsed.tables[0].len(), kinds.collect::<Vec<_>>())
    };
    let torn: Vec<&str> = whole.rsplitn(4, ',').collect();
    let expected = vec![(3, "field_count".to_owned())];
    assert_eq!(kinds(&format!("{whole}\n{}", torn[3])), (2, expected));
    assert_eq!(kinds(&format!("{whole}\n\0\0")), (1, vec![]));
    let open = whole.replacen("ビラミューン", "\"ビラミューン", 1);
    let (_, found) = kinds(&format!("{whole}\n{open}\n{whole}\n{whole}\n"));
    assert!(found.contains(&(3, "open_quote".to_owned())), "{found:?}");
    assert!(found.contains(&(3, "swallowed_rows".to_owned())), "{found:?}");
}
