//! The quirks of the PMDA's lists, each with a row made for it.

use proptest::prelude::*;

use super::*;
use crate::jp_pmda::JpPmda;
use crate::xlsx::tests::{fixture_workbook, workbook};
use crate::{Source, TextTable};

const HOST: &str = "https://www.pmda.go.jp/";

fn answer(kind: &str, path: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let request = Request::get(format!("{HOST}{path}").parse().unwrap(), kind, BodyKind::Html);
    JpPmda.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

/// A row of inline strings.
fn row(number: u32, cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .enumerate()
        .filter(|(_, text)| **text != "-")
        .map(|(i, text)| {
            let column = char::from(b'A' + u8::try_from(i).unwrap());
            format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        })
        .collect();
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

const TITLE: &[&str] = &["承認品目一覧（新医薬品：2025年5月)"];
const HEADER: &[&str] = &[
    "分野",
    "承認日",
    "No.",
    "販　　売　　名\n(　会　社　名、　法　人　番　号)",
    "承認",
    "成  分  名\n(下線:新有効成分)",
    "効能・効果等",
];
const TAGRISSO: &[&str] = &[
    "抗悪",
    "2025.5.19",
    "6",
    "タグリッソ錠40 mg\n　　同　　錠80 mg\n(アストラゼネカ㈱、9120001073652)",
    "一　変\n一　変",
    "オシメルチニブメシル酸塩",
    "非小細胞肺癌における維持療法を効能・効果とする新効能医薬品",
];

fn list(rows: &str) -> Parsed {
    let sheet = row(1, TITLE) + &row(3, HEADER) + rows;
    answer(WORKBOOK, "files/000276012.xlsx", &workbook(&[("承認品目5月分", &sheet)], "")).unwrap()
}

fn texts<'a>(table: &'a TextTable, column: &str) -> Vec<&'a str> {
    table.column(column).unwrap().iter().map(Option::unwrap_or_default).collect()
}

#[test]
fn the_index_leads_to_the_years_and_a_year_to_its_workbook() {
    let index = "<ul><li><a href='0039.html'>2025年度</a><li><a href='0038.html'>令和６年度</a>\
        <li><a href='/about/0001.html'>PMDAについて</a></ul>";
    let parsed = answer(INDEX, "p-drugs/0010.html", index.as_bytes()).unwrap();
    let years: Vec<_> =
        parsed.follow_ups.iter().map(|r| (r.url.path(), r.context[FISCAL_YEAR].as_str())).collect();
    assert_eq!(years, [("/p-drugs/0039.html", "2025"), ("/p-drugs/0038.html", "2024")]);

    let year = "<p><a class=excel href=/files/000276012.xlsx>2025年度承認品目一覧［84.77KB］</a>\
        <a href=/files/000276013.pdf>2025年度承認品目一覧</a>";
    let parsed = answer(YEAR, "p-drugs/0039.html", year.as_bytes()).unwrap();
    assert_eq!(parsed.follow_ups[0].url.as_str(), "https://www.pmda.go.jp/files/000276012.xlsx");
    assert_eq!(parsed.follow_ups[0].expect, BodyKind::Xlsx);
    assert_eq!((parsed.follow_ups.len(), parsed.unread.len()), (1, 0));

    let old = "<a href=/files/000153000.pdf>平成16年度承認品目一覧</a>";
    let parsed = answer(YEAR, "p-drugs/0003.html", old.as_bytes()).unwrap();
    assert_eq!((parsed.follow_ups.len(), parsed.unread.len()), (0, 1));
    for kind in [INDEX, YEAR, ENGLISH_INDEX] {
        let error = answer(kind, "x.html", b"<a href=/>top</a>").unwrap_err().to_string();
        assert!(error.contains("link"), "{error}");
    }
}

#[test]
fn an_english_pdf_is_named_and_a_table_is_fetched() {
    let page = b"<a href=/files/000274000.pdf>April 2004 - March 2025</a>";
    let parsed = answer(ENGLISH_INDEX, "english/0002.html", page).unwrap();
    assert_eq!(parsed.unread.len(), 1);
    let page = b"<a href=list.csv>List of approved products (CSV)</a>";
    let parsed = answer(ENGLISH_INDEX, "english/0002.html", page).unwrap();
    assert_eq!(parsed.follow_ups[0].url.path(), "/english/list.csv");
}

#[test]
fn a_record_keeps_its_cells_and_ghost_rows_are_none() {
    let ghosts: String = (5..1390).map(|n| row(n, &["", "", "-", "\n", "", "", ""])).collect();
    let parsed = list(&(row(4, TAGRISSO) + &ghosts));
    let table = &parsed.tables[0];
    assert_eq!(parsed.issues, []);
    assert_eq!((table.row_numbers.as_slice(), table.new_columns.len()), ([4].as_slice(), 0));
    assert_eq!(table.member, "000276012.xlsx/承認品目5月分");
    for (column, value) in [
        ("sheet", "承認品目5月分"),
        ("month", "2025-05"),
        ("category", "抗悪"),
        ("approval_date", "2025.5.19"),
        ("no", "6"),
        ("brand_name", TAGRISSO[3]),
        ("approval", "一　変\n一　変"),
        ("ingredient", "オシメルチニブメシル酸塩"),
    ] {
        assert_eq!(texts(table, column), [value], "{column}");
    }
}

#[test]
fn furigana_of_a_header_and_of_a_name_is_not_read() {
    let strings = "<si><t>販売名(会社名、法人番号)</t><rPh sb=\"7\" eb=\"8\"><t>ホウ</t></rPh></si>\
        <si><t>ライブリバント点滴静注350 mg</t><rPh sb=\"10\" eb=\"11\"><t>チュウ</t></rPh></si>";
    let shared = |number: u32, cells: &[&str], index: usize| {
        let cell = format!("<c r=\"D{number}\" t=\"s\"><v>{index}</v></c><c r=\"E");
        row(number, cells).replacen("<c r=\"E", &cell, 1)
    };
    let mut header = HEADER.to_vec();
    header[3] = "-";
    let mut values = TAGRISSO.to_vec();
    values[3] = "-";
    let sheet = row(1, TITLE) + &shared(3, &header, 0) + &shared(4, &values, 1);
    let body = workbook(&[("承認品目5月分", &sheet)], strings);
    let parsed = answer(WORKBOOK, "files/1.xlsx", &body).unwrap();
    assert_eq!(texts(&parsed.tables[0], "brand_name"), ["ライブリバント点滴静注350 mg"]);
}

#[test]
fn values_out_of_place_are_reported() {
    let mut stray = TAGRISSO.to_vec();
    stray.extend(["-", "※"]);
    let mut nameless = TAGRISSO.to_vec();
    nameless[0] = " ";
    let mut dateless = nameless.clone();
    dateless[1] = "";
    let note = ["注）希少疾病用医薬品", "", "", "", "", "", ""];
    let mut undated = TAGRISSO.to_vec();
    undated[1] = "45796";
    let rows = row(4, &stray) + &row(5, &nameless) + &row(6, &dateless) + &row(7, HEADER);
    let parsed = list(&(rows + &row(8, &note) + &row(9, &undated)));
    // A category may stand in one cell over several rows.
    assert_eq!(parsed.tables[0].row_numbers, [4, 5, 9]);
    let issues = parsed.issues.iter().map(|i| (i.row_number, i.kind.as_str(), i.severity.code()));
    assert_eq!(
        issues.collect::<Vec<_>>(),
        [
            (4, "value_without_column", "warning"),
            (5, "no_category", "warning"),
            (6, "no_category", "error"),
            (8, "no_product", "error"),
            (9, "date_form", "warning"),
        ]
    );
}

#[test]
fn sheets_of_other_shapes_are_named_and_a_missing_column_stops() {
    let note = row(1, &["注意"]);
    let sheet = row(1, TITLE) + &row(3, HEADER) + &row(4, TAGRISSO);
    let body = workbook(&[("注", &note), ("空", ""), ("承認品目6月分", &sheet)], "");
    let parsed = answer(WORKBOOK, "files/1.xlsx", &body).unwrap();
    assert_eq!((parsed.tables.len(), parsed.unread), (1, vec!["1.xlsx: sheet 注".to_owned()]));

    let error = answer(WORKBOOK, "files/1.xlsx", &workbook(&[("注", &note)], "")).unwrap_err();
    assert!(error.to_string().contains("分野"), "{error}");
    let mut header = HEADER.to_vec();
    header[4] = "承認_renamed";
    let body = workbook(&[("a", &row(3, &header))], "");
    match answer(WORKBOOK, "files/1.xlsx", &body).unwrap_err() {
        ParseError::MissingColumn { column, .. } => assert_eq!(column, "承認"),
        other => panic!("{other}"),
    }
}

const ENGLISH: &str = ",Review Category,Approval Date,No.,Brand Name (Applicant Company),New Approval/Partial Change,Active Ingredient (underlined: new active ingredient),Indications";

fn english(rows: &str) -> Parsed {
    answer(ENGLISH_LIST, "english/l.csv", format!("{ENGLISH}\n{rows}").as_bytes()).unwrap()
}

#[test]
fn english_records_are_kept_raw() {
    let parsed = english(
        "904,1-Mar,\"Jul. 4, 2016\",28,Vimpat Tablets 50 mg Vimpat Tablets 100 mg (UCB Japan),\"Approval\nApproval\",Lacosamide,x\n\
         2228,In vivo,20-Apr-06,,57 Bothdel Oral Solution 10 (Meiji),Approval,Manganese,y\n",
    );
    let table = &parsed.tables[0];
    assert_eq!(parsed.issues, []);
    assert_eq!(table.row_numbers, [2, 4]);
    assert_eq!(texts(table, "approval"), ["Approval\nApproval", "Approval"]);
    assert_eq!(texts(table, "review_category"), ["1-Mar", "In vivo"]);
    assert_eq!(texts(table, "list_position"), ["904", "2228"]);
}

#[test]
fn an_english_list_in_another_encoding_is_read() {
    let text = format!("{ENGLISH}\n7,1,\"Jul. 2, 2018\",2,Café® Tablets (A),Approval,B,C\n");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let parsed = answer(ENGLISH_LIST, "l.csv", &latin).unwrap();
    assert_eq!(texts(&parsed.tables[0], "brand_name"), ["Café® Tablets (A)"]);
    assert_eq!((parsed.issues.len(), parsed.issues[0].kind.as_str()), (1, "not_utf8"));
    let parsed = english("7,1,\"Jul. 2, 2018\",2,A Tablets (B),Approval,\"C,D\n8,1,x\n\0");
    assert!(parsed.issues.iter().any(|i| i.kind == "open_quote" && i.row_number == 2));
}

#[test]
fn rows_that_go_on_are_joined_in_the_order_of_the_list() {
    let parsed = english(
        "7,4,\"Jun. 18, 2010\",46,Zovirax Granules 40%,Change,Aciclovir,x\n\
         8,4,\"Jun. 18, 2010\",46,(GlaxoSmithKline K.K.),,Aciclovir,x\n\
         11,,,,(Taiyo Yakuhin),,,\n\
         20,,,,Lost Tablets,Change,,\n\
         10,,,,Calsil Suppositories,Change,,\n\
         9,4,\"Jun. 18, 2010\",46,Zobiclobill,Change,Another,x\n\
         21,Category,approval,,(name of company),Change,(Underlined),Note\n",
    );
    let table = &parsed.tables[0];
    assert_eq!(
        texts(table, "brand_name"),
        [
            "Zovirax Granules 40%\n(GlaxoSmithKline K.K.)",
            "Zobiclobill\nCalsil Suppositories\n(Taiyo Yakuhin)",
        ]
    );
    assert_eq!(texts(table, "approval"), ["Change", "Change\nChange"]);
    assert_eq!(texts(table, "ingredient"), ["Aciclovir", "Another"]);
    assert_eq!(texts(table, "no"), ["46", "46"]);
    let issues: Vec<_> = parsed.issues.iter().map(|i| (i.row_number, i.kind.as_str())).collect();
    assert_eq!(
        issues,
        [(3, "continued"), (6, "continued"), (4, "continued"), (5, "no_date"), (8, "no_record")]
    );
}

#[test]
fn without_positions_the_order_of_the_file_counts() {
    let header = ENGLISH.trim_start_matches(',');
    let text = format!("{header}\n1,26-May-06,,A Tablets (B K.K.),Approval,C,D\n,,,E,Change,,\n");
    let parsed = answer(ENGLISH_LIST, "l.csv", text.as_bytes()).unwrap();
    assert_eq!(texts(&parsed.tables[0], "brand_name"), ["A Tablets (B K.K.)\nE"]);
    assert!(parsed.tables[0].new_columns.is_empty());
}

#[test]
fn files_of_an_operator_are_told() {
    let kind = |name: &str, head: &[u8]| JpPmda.import_request(name, head).map(|r| r.kind);
    assert_eq!(kind("承認品目.xlsx", b"PK\x03\x04").as_deref(), Some(WORKBOOK));
    assert_eq!(kind("list.csv", ENGLISH.as_bytes()).as_deref(), Some(ENGLISH_LIST));
    assert_eq!(kind("list.csv", b"a,b,c"), None);
    assert_eq!(kind("all.zip", b"PK\x03\x04"), None);
    assert_eq!(kind("0010.html", b"<!DOCTYPE html><html>"), None);
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in "[,\"\n0-9A-Za（年月度承認<>=/ ]{0,200}",
        flip in any::<(proptest::sample::Index, u8)>(),
    ) {
        for kind in [INDEX, YEAR, WORKBOOK, ENGLISH_INDEX, ENGLISH_LIST] {
            let _ = answer(kind, "x", &bytes);
            let _ = answer(kind, "x", text.as_bytes());
        }
        let _ = answer(ENGLISH_LIST, "x", format!("{ENGLISH}\n{text}").as_bytes());
        let sheet = row(1, TITLE) + &row(3, HEADER) + &row(4, TAGRISSO);
        let mut body = workbook(&[("承認品目5月分", &sheet)], "");
        let at = flip.0.index(body.len());
        body[at] ^= flip.1;
        let _ = answer(WORKBOOK, "x", &body);
        body.truncate(at);
        let _ = answer(WORKBOOK, "x", &body);
    }
}

/// The fixtures as the site serves them on a day.
fn fixture(day: &str) -> crate::test_crawl::Crawled {
    use crate::test_crawl::{crawl, fixture as file};
    let window = crate::Window { today: jiff::civil::date(2025, 9, 16), since: None };
    crawl(&JpPmda, JpPmda.seeds(&window), |request| {
        match request.url.path().rsplit('/').next()? {
            "0010.html" => file("jp_pmda", "day1", "index.html"),
            "0039.html" => file("jp_pmda", "day1", "year_2025.html"),
            "0003.html" => file("jp_pmda", "day1", "year_2004.html"),
            "0002.html" => file("jp_pmda", "day1", "english_index.html"),
            "english_list.csv" => file("jp_pmda", "day1", "english_list.csv"),
            workbook => fixture_workbook("jp_pmda", day, workbook),
        }
    })
    .unwrap()
}

#[test]
fn the_fixtures_are_crawled_from_the_two_pages() {
    let day1 = fixture("day1");
    assert_eq!((day1.rows("approval"), day1.rows("approval_english")), (10, 15));
    assert_eq!(day1.keys["approval"][0], "2025-05-3");
    assert_eq!(day1.kinds(), [("continued", 5), ("no_record", 1)].into());
    let day2 = fixture("day2");
    assert_eq!(day2.rows("approval"), 14);
    assert_eq!(day2.column("approval", "month").last(), Some(&Some("2025-08")));
}

/// A real file beside the checkout, where there are any.
fn real(name: &str) -> Option<Vec<u8>> {
    let day1 = crate::test_crawl::real_day("jp_pmda", "day1")?;
    std::fs::read(day1.parent()?.join(name)).ok()
}

#[test]
fn the_real_workbook_has_42_records() {
    let Some(body) = real("day1/000276012.xlsx") else { return };
    let parsed = answer(WORKBOOK, "files/000276012.xlsx", &body).unwrap();
    let rows: Vec<_> = parsed.tables.iter().map(TextTable::len).collect();
    assert_eq!(rows, [10, 19, 13]);
    assert_eq!((parsed.issues.as_slice(), parsed.unread.len()), ([].as_slice(), 0));
    let months: Vec<_> = parsed.tables.iter().map(|t| texts(t, "month")[0]).collect();
    assert_eq!(months, ["2025-05", "2025-06", "2025-08"]);
    assert!(parsed.tables.iter().all(|t| t.new_columns.is_empty()));
    let june = &parsed.tables[1];
    let at = june.row_numbers.iter().position(|n| *n == 19).unwrap();
    let nesp = june.column("brand_name").unwrap().get(at).unwrap();
    assert!(nesp.starts_with("①ネスプ注射液5 µgプラシリンジ\n　　同　注射液10 µgプラシリンジ\n"));
    let may = &parsed.tables[0];
    assert_eq!(
        may.column("brand_name").unwrap().get(9).unwrap(),
        "ライブリバント点滴静注350 mg\n(ヤンセンファーマ㈱、4010001089128)"
    );
}

#[test]
fn the_real_english_list_is_joined_to_records() {
    let Some(body) = real("english_list_2007_2018.csv") else { return };
    let parsed = answer(ENGLISH_LIST, "english/l.csv", &body).unwrap();
    let table = &parsed.tables[0];
    let of = |kind: &str| parsed.issues.iter().filter(|i| i.kind == kind).count();
    assert_eq!((table.len(), of("continued")), (1572, 168));
    assert_eq!((of("no_record"), of("no_date")), (1, 0));
    assert!(texts(table, "approval_date").iter().all(|d| !d.is_empty()));
}
