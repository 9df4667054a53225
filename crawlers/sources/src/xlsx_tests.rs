//! Workbooks made by hand, member by member.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;

#[test]
fn entities_that_a_workbook_defines_are_not_expanded() {
    let row = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&a29;&file;</t></is></c></row>";
    let book = workbook(&[("Sheet", row)], "<si><t>&a29;</t></si>");
    let mut bomb = String::from("<!DOCTYPE x [<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let inner = format!("&a{};", level - 1).repeat(10);
        write!(bomb, "<!ENTITY a{level} \"{inner}\">").unwrap();
    }
    bomb.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">]>");
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut file, &mut text).unwrap();
        // Behind the declaration, where there is one.
        let at = if text.starts_with("<?xml") { text.find("?>").unwrap() + 2 } else { 0 };
        text.insert_str(at, &bomb);
        let name = file.name().unwrap().into_owned();
        members.push((name, text));
    }
    let members: Vec<_> = members.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    if let Ok(sheets) = read_workbook(&self::archive(&members), XlsxLimits::default()) {
        let shown = format!("{sheets:?}");
        assert!(shown.len() < 2_000 && !shown.contains("root"), "{shown}");
    }
}

pub(crate) const OFFICE: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A zip of these members.
pub(crate) fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A fixture's workbook, kept as the folder of its members.
pub(crate) fn fixture_workbook(source: &str, day: &str, name: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(source);
    let root = root.join(day).join(format!("{name}.d"));
    let mut members = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()? {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let member = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                members.push((member, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let members: Vec<_> = members.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Some(archive(&members))
}

/// A workbook of sheets given by name and the XML of their rows, with the
/// shared strings given as XML of `<si>` elements.
pub(crate) fn workbook(sheets: &[(&str, &str)], strings: &str) -> Vec<u8> {
    let mut tabs = String::new();
    let mut links = String::new();
    let mut members = Vec::new();
    for (i, (name, rows)) in sheets.iter().enumerate() {
        let _ = write!(tabs, r#"<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>"#);
        let _ = write!(
            links,
            r#"<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>"#
        );
        members.push((
            format!("xl/worksheets/sheet{i}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let _ = write!(
        links,
        r#"<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>
        <Relationship Id="f" Type="{OFFICE}/styles" Target="styles.xml"/>"#
    );
    members
        .push(("xl/workbook.xml".into(), format!("<workbook><sheets>{tabs}</sheets></workbook>")));
    members.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!("<Relationships>{links}</Relationships>"),
    ));
    members.push(("xl/sharedStrings.xml".into(), format!("<sst>{strings}</sst>")));
    let styles = r#"<styleSheet><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    members.push(("xl/styles.xml".into(), styles.into()));
    let members: Vec<_> = members.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    archive(&members)
}

fn read(body: &[u8]) -> Result<Vec<Sheet>, ParseError> {
    read_workbook(body, XlsxLimits::default())
}

fn cells(rows: &str, strings: &str) -> Vec<SheetRow> {
    read(&workbook(&[("A", rows)], strings)).unwrap().swap_remove(0).rows
}

#[test]
fn furigana_is_not_read_and_runs_are_joined() {
    let strings = "<si><t>販売名</t><rPh sb=\"0\" eb=\"1\"><t>ハン</t></rPh><phoneticPr/></si>\
        <si><r><t xml:space=\"preserve\">錠5 </t></r><r><t>µ</t></r><r><t>g</t></r></si><si/>";
    let rows = "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"C3\" t=\"s\"><v>1</v></c>\
        <c r=\"D3\" t=\"s\"><v>2</v></c><c r=\"E3\" s=\"1\"/></row>";
    let rows = cells(rows, strings);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].number, rows[0].width()), (3, 4));
    assert_eq!(
        [0, 1, 2, 3, 4].map(|c| rows[0].get(c)),
        [Some("販売名"), None, Some("錠5 µg"), Some(""), None]
    );
}

#[test]
fn every_type_of_cell_is_read() {
    let rows = "<row><c t=\"inlineStr\"><is><t>a&amp;b&#10;c_x000D_</t></is></c>\
        <c><v>79.59999999999999</v></c><c s=\"1\"><v>45796</v></c><c t=\"b\"><v>1</v></c>\
        <c t=\"str\"><f>A1</f><v>x</v></c><c t=\"e\"><v>#N/A</v></c><c t=\"n\"><v/></c></row>";
    let row = &cells(rows, "")[0];
    let texts: Vec<_> = row.cells.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["a&b\nc\r", "79.6", "2025-05-19", "TRUE", "x", "#N/A"]);
}

#[test]
fn a_pointer_to_nowhere_is_a_problem_of_its_row() {
    let rows = "<row r=\"7\"><c t=\"s\"><v>99</v></c><c><v>1</v></c></row>";
    let sheet = read(&workbook(&[("A", rows)], "")).unwrap().swap_remove(0);
    assert_eq!(sheet.problems[0].0, 7);
    assert_eq!(sheet.rows[0].cells, [(1, "1".into())]);
}

#[test]
fn a_header_is_found_below_a_title() {
    let rows = "<row><c t=\"inlineStr\"><is><t>title</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>販　売　名\n(会社名)</t></is></c>\
        <c t=\"inlineStr\"><is><t>承認</t></is></c></row>";
    let sheet = &read(&workbook(&[("A", rows)], "")).unwrap()[0];
    assert_eq!(sheet.find_header(9, &["販売名", "承認"]), Some(1));
    assert_eq!(sheet.find_header(1, &["販売名"]), None);
    assert_eq!(sheet.find_header(9, &["成分名"]), None);
}

#[test]
fn damage_is_an_error_and_nothing_is_allocated_for_a_claim() {
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    assert_eq!(cells(far, "")[0].cells, [(16_383, "1".into())]);
    for bad in [
        "<row r=\"1048577\"><c><v>1</v></c></row>",
        "<row r=\"0\"><c><v>1</v></c></row>",
        "<row><c r=\"XFE1\"><v>1</v></c></row>",
        "<row><c r=\"1\"><v>1</v></c></row>",
        "<row><c r=\"ZZZZZZZZZ1\"><v>1</v></c></row>",
        "<row><c><v>&nothing;</v></c></row>",
        "<row><c></row>",
        "<row><c><v>1</v></c></row><!--",
    ] {
        assert!(read(&workbook(&[("A", bad)], "")).is_err(), "{bad}");
    }
    let claim = archive(&[
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"a\"/></sheets></workbook>"),
        ("xl/sharedStrings.xml", "<sst uniqueCount=\"99999999999999\"/>"),
    ]);
    assert!(read(&claim).is_err());
    assert!(read(b"PK\x03\x04").is_err());
    let whole = workbook(&[("A", far)], "");
    assert!(read(&whole[..whole.len() / 2]).is_err());
}

#[test]
fn one_long_text_in_many_cells_meets_the_limit() {
    let strings = format!("<si><t>{}</t></si>", "x".repeat(10_000));
    let rows = format!("<row>{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(1_000));
    let body = workbook(&[("A", &rows)], &strings);
    let limits = XlsxLimits { text_bytes: 1 << 20, ..XlsxLimits::default() };
    assert!(read_workbook(&body, limits).is_err());
    let limits = XlsxLimits { total_bytes: 1_000, ..XlsxLimits::default() };
    assert!(matches!(read_workbook(&body, limits), Err(ParseError::TooLarge { .. })));
}

#[test]
fn links_are_resolved() {
    for (folder, target, path) in [
        ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("xl/a", "../b.xml", "xl/b.xml"),
        ("", "../../etc/passwd", "etc/passwd"),
    ] {
        assert_eq!(resolve(folder, target), path);
    }
}

proptest! {
    #[test]
    fn any_sheet_gives_rows_or_an_error(
        rows in "[<>/rcvtis=\" 0-9A-Zn&;#_x\u{20}-\u{7e}あ]{0,200}",
        flip in any::<(proptest::sample::Index, u8)>(),
    ) {
        let _ = read(&workbook(&[("A", &rows)], &rows));
        let mut body = workbook(&[("A", "<row><c t=\"s\"><v>0</v></c></row>")], "<si><t>a</t></si>");
        let at = flip.0.index(body.len());
        body[at] ^= flip.1;
        let _ = read(&body);
        body.truncate(at);
        let _ = read(&body);
    }
}
