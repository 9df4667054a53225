//! The quirks of the price list, each with a row made for it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::list::UNNAMED;
use super::super::{JpMhlwPrice, pages};
use super::*;
use crate::xlsx::tests::{fixture_workbook, workbook};
use crate::{Source, TextTable};

fn answer(kind: &str, path: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let url = format!("https://www.mhlw.go.jp/topics/2025/04/{path}").parse().unwrap();
    let request = Request::get(url, kind, BodyKind::Html);
    JpMhlwPrice.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

const HEADER: [&str; 15] = [
    "区分",
    "薬価基準収載医薬品コード",
    "成分名",
    "規格",
    "",
    "",
    "",
    "品名",
    "メーカー名",
    "診療報酬において加算等の算定対象となる後発医薬品",
    "先発医薬品",
    "同一剤形・規格の後発医薬品がある先発医薬品",
    "薬価",
    "経過措置による使用期限",
    "備考",
];
const VIRAMUNE: [&str; 15] = [
    "内用薬",
    "6250013F1023",
    "ネビラピン",
    "２００ｍｇ１錠",
    "",
    "",
    "",
    "ビラミューン錠２００",
    "日本ベーリンガーインゲルハイム",
    "",
    "先発品",
    "",
    "615.9",
    "R8.3.31まで",
    "",
];

/// A row as the ministry writes it: nothing where there is no value, numbers as
/// numbers.
fn row(number: u32, cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(i, text)| {
            let column = char::from(b'A' + u8::try_from(i).unwrap());
            let place = format!("r=\"{column}{number}\"");
            match text.parse::<f64>() {
                Ok(_) => format!("<c {place} t=\"n\"><v>{text}</v></c>"),
                Err(_) => format!("<c {place} t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            }
        })
        .collect();
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

fn list(rows: &str) -> Parsed {
    let body = workbook(&[("内用薬", &(row(1, &HEADER) + rows))], "");
    answer(WORKBOOK, "xls/tp20250613-01_01.xlsx", &body).unwrap()
}

fn texts<'a>(table: &'a TextTable, column: &str) -> Vec<Option<&'a str>> {
    table.column(column).unwrap().iter().collect()
}

/// Of 2014: 品名 is one cell over four columns, the name is in the fourth.
const OLD_HEADER: [&str; 9] =
    ["区分", "薬価基準収載医薬品コード", "成分名", "規格", "品名", "", "", "", "メーカー名"];
const REST: [&str; 6] = [
    "診療報酬において加算等の算定対象となる後発医薬品",
    "先発医薬品",
    "同一剤形・規格の後発医薬品がある先発医薬品",
    "薬価",
    "経過措置による使用期限",
    "備考",
];

#[test]
fn a_header_over_four_columns_has_the_name_in_the_fourth() {
    let header = [&OLD_HEADER[..], &REST[..]].concat();
    let rows = [
        [
            "内用薬",
            "1121001X1018",
            "ブロモバレリル尿素",
            "１ｇ",
            "局",
            "",
            "※",
            "ブロモバレリル尿素",
            "",
        ],
        [
            "内用薬",
            "1124001F1022",
            "エスタゾラム",
            "１ｍｇ１錠",
            "",
            "",
            "",
            "ユーロジン１ｍｇ錠",
            "武田薬品工業",
        ],
    ];
    let sheet: String = (2..).zip(&rows).map(|(n, cells)| row(n, cells)).collect();
    let body = workbook(&[("内用薬", &(row(1, &header) + &sheet))], "");
    let from_workbook = answer(WORKBOOK, "xls/tp20141128-01_01.xlsx", &body).unwrap();
    let joined = |header: &[&str]| {
        let lines = rows.iter().map(|cells| cells.join(","));
        let text = std::iter::once(header.join(",")).chain(lines).collect::<Vec<_>>().join("\n");
        answer(CSV, "20141128.csv", text.as_bytes()).unwrap()
    };
    let named = header.join(",").replace("品名,,,,", "品名,麻薬,業者名追記,Unnamed: 7,");
    for parsed in [from_workbook, joined(&header), joined(&named.split(',').collect::<Vec<_>>())] {
        let table = &parsed.tables[0];
        let text = |column: &str| texts(table, column);
        assert_eq!(text("brand_name"), [Some("ブロモバレリル尿素"), Some("ユーロジン１ｍｇ錠")]);
        assert_eq!(text("pharmacopoeia"), [Some("局"), None]);
        assert_eq!(text("company_added"), [Some("※"), None]);
        assert_eq!(text("maker")[1], Some("武田薬品工業"));
        assert_eq!((parsed.issues, table.new_columns.len()), (vec![], 0));
    }
}

#[test]
fn a_name_in_a_column_of_its_own_is_taken_where_its_place_is_empty() {
    let header = HEADER.join(",").replace("規格,,,,", "規格,日本薬局方,麻薬,業者名追記,");
    let line = |cells: &str| format!("歯科用薬剤,2760803X1026,x,１ｇ,{cells},,,,10,,");
    let text = format!(
        "{header},Unnamed: 7\n{},\n{},テトラ\n{},オキシ\n",
        line(",,,歯科用,作る会社"),
        line(",,,,"),
        line(",,※,局,")
    );
    let parsed = answer(CSV, "20200401.csv", text.as_bytes()).unwrap();
    let table = &parsed.tables[0];
    assert_eq!(texts(table, "brand_name"), [Some("歯科用"), Some("テトラ"), Some("オキシ")]);
    assert_eq!(texts(table, "pharmacopoeia"), [None, None, Some("局")]);
    assert_eq!(texts(table, "company_added"), [None, None, Some("※")]);
    assert_eq!((parsed.issues, table.new_columns.len()), (vec![], 0));
}

#[test]
fn rows_without_a_name_are_reported_and_a_list_of_them_is_refused() {
    let mut nameless = VIRAMUNE;
    nameless[7] = "";
    let parsed = list(&(row(2, &VIRAMUNE) + &row(3, &nameless)));
    assert_eq!((parsed.issues[0].kind.as_str(), parsed.issues[0].row_number), ("no_name", 3));
    assert_eq!(parsed.tables[0].len(), 2);
    nameless[7] = "局";
    let sheet = row(1, &HEADER) + &row(2, &nameless) + &row(3, &nameless) + &row(4, &VIRAMUNE);
    let body = workbook(&[("内用薬", &sheet)], "");
    let error = answer(WORKBOOK, "xls/x.xlsx", &body).unwrap_err().to_string();
    assert!(error.contains("局, in 2 of 3 rows"), "{error}");
}

#[test]
fn the_newest_revision_and_the_newest_workbooks_are_asked_for() {
    let index = "<a href=/topics/2024/04/tp20240401-01.html>令和6年4月1日以降</a>\
        <a href=/topics/2025/04/tp20250401-01.html>令和7年4月1日以降</a>\
        <a href=/topics/2025/04/tp20250401-02.html>other</a>";
    let parsed = answer(pages::INDEX, "index.html", index.as_bytes()).unwrap();
    assert_eq!(parsed.follow_ups[0].url.path(), "/topics/2025/04/tp20250401-01.html");

    let names = [
        "tp20250521-01_01.xlsx",
        "tp20250613-01_01.xlsx",
        "tp20250613-01_02.xlsx",
        "tp20250613-01_03.xlsx",
        "tp20250613-01_04.xlsx",
        "tp20250613-01_05.xlsx",
        "20250613.csv",
    ];
    let page = names.map(|n| format!("<a href=xls/{n}>{n}</a>")).concat();
    let parsed = answer(pages::LIST, "tp20250401-01.html", page.as_bytes()).unwrap();
    let asked: Vec<_> =
        parsed.follow_ups.iter().map(|r| r.url.path().rsplit('/').next().unwrap()).collect();
    assert_eq!(asked, names[1..5]);
    assert_eq!(parsed.unread, ["tp20250613-01_05.xlsx (tp20250613-01_05.xlsx)"]);

    let missing = page.replace("01_03.xlsx>", "01_33.xlsx>");
    let error = answer(pages::LIST, "x.html", missing.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("外用薬"), "{error}");
    assert!(answer(pages::INDEX, "index.html", b"<a href=x.html>x</a>").is_err());
}

#[test]
fn columns_without_a_header_are_named_by_their_place() {
    let mut narcotic = VIRAMUNE;
    narcotic[1] = "8114005X1149";
    (narcotic[4], narcotic[5], narcotic[6]) = ("局", "麻", "※");
    narcotic[12] = "79.59999999999999";
    let parsed = list(&(row(2, &VIRAMUNE) + &row(3, &narcotic)));
    let table = &parsed.tables[0];
    assert_eq!((parsed.issues.len(), table.new_columns.len()), (0, 0));
    assert_eq!(table.member, "tp20250613-01_01.xlsx/内用薬");
    assert_eq!(texts(table, "pharmacopoeia"), [None, Some("局")]);
    assert_eq!(texts(table, "narcotic"), [None, Some("麻")]);
    assert_eq!(texts(table, "company_added"), [None, Some("※")]);
    assert_eq!(texts(table, "price"), [Some("615.9"), Some("79.6")]);
    assert_eq!(texts(table, "transitional_until")[0], Some("R8.3.31まで"));
}

#[test]
fn an_unexpected_gap_in_the_header_is_reported() {
    let mut header = HEADER.to_vec();
    header.remove(4);
    let body = workbook(&[("内用薬", &(row(1, &header) + &row(2, &["内用薬"])))], "");
    let parsed = answer(WORKBOOK, "xls/tp20250613-01_01.xlsx", &body).unwrap();
    assert_eq!(parsed.issues[0].kind, "unnamed_columns");
    assert_eq!(parsed.tables[0].new_columns, ["column_5", "column_6"]);
}

#[test]
fn the_csv_gives_the_same_rows() {
    let mut header = HEADER;
    header[4..7].copy_from_slice(&UNNAMED);
    let text = format!("{}\n{}\n", header.join(","), VIRAMUNE.join(","));
    let parsed = answer(CSV, "20250613.csv", text.as_bytes()).unwrap();
    let from_workbook = list(&row(2, &VIRAMUNE));
    assert_eq!(parsed.tables[0].columns, from_workbook.tables[0].columns);
    assert_eq!(parsed.tables[0].row_numbers, [2]);
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let parsed = answer(CSV, "20250613.csv", &shift_jis).unwrap();
    assert_eq!(parsed.tables[0].columns, from_workbook.tables[0].columns);
}

#[test]
fn rows_that_are_no_product_are_reported() {
    let mut odd = VIRAMUNE;
    odd[1] = "6250013F102";
    let mut wide = VIRAMUNE.to_vec();
    wide.push("新");
    let rows = row(2, &odd) + &row(3, &["注：局は日本薬局方"]) + &row(4, &wide) + &row(5, &[" "]);
    let parsed = list(&rows);
    assert_eq!(parsed.tables[0].row_numbers, [2, 4]);
    let kinds: Vec<_> = parsed.issues.iter().map(|i| (i.row_number, i.kind.as_str())).collect();
    assert_eq!(kinds, [(2, "code_format"), (3, "no_product"), (4, "value_without_column")]);
}

#[test]
fn a_missing_column_is_named_and_a_new_one_kept() {
    let mut header = HEADER;
    header[8] = "製造販売業者";
    let body = workbook(&[("内用薬", &row(1, &header))], "");
    let error = answer(WORKBOOK, "xls/a.xlsx", &body).unwrap_err().to_string();
    assert!(error.contains("メーカー名"), "{error}");
    let body = workbook(&[("内用薬", &row(1, &["何か"]))], "");
    let error = answer(WORKBOOK, "xls/a.xlsx", &body).unwrap_err().to_string();
    assert!(error.contains("品名"), "{error}");
    let mut header = HEADER.to_vec();
    header.push("長期収載品");
    let sheet = row(1, &["令和7年6月13日適用"]) + &row(3, &header) + &row(4, &VIRAMUNE);
    let body = workbook(&[("内用薬", &sheet), ("参考", &row(1, &["x"]))], "");
    let parsed = answer(WORKBOOK, "xls/a.xlsx", &body).unwrap();
    assert_eq!(parsed.tables[0].new_columns, ["長期収載品"]);
    assert_eq!(parsed.tables[0].row_numbers, [4]);
    assert_eq!(parsed.unread, ["a.xlsx/参考"]);
}

#[test]
fn files_of_an_operator_are_told() {
    let kind = |name: &str, head: &[u8]| JpMhlwPrice.import_request(name, head).map(|r| r.kind);
    assert_eq!(kind("tp20250613-01_01.xlsx", b"PK\x03\x04").as_deref(), Some(WORKBOOK));
    let mut csv = HEADER.join(",").into_bytes();
    assert_eq!(kind("20250613.csv", &csv).as_deref(), Some(CSV));
    // The head that a source sees may end within a character.
    csv.extend_from_slice(b"\n\xe5\x86");
    assert_eq!(kind("20250613.csv", &csv).as_deref(), Some(CSV));
    assert_eq!(kind("20250613.csv", b"a,b"), None);
    assert_eq!(kind("all.zip", b"PK\x03\x04"), None);
}

#[path = "tests_odd.rs"]
mod odd;

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in "[,\"\n0-9A-Z品名規格薬価<>=/ ]{0,200}",
        flip in any::<(proptest::sample::Index, u8)>(),
    ) {
        for kind in [pages::INDEX, pages::LIST, WORKBOOK, CSV] {
            let _ = answer(kind, "x", &bytes);
            let _ = answer(kind, "x", text.as_bytes());
        }
        let _ = answer(CSV, "x", format!("{}\n{text}", HEADER.join(",")).as_bytes());
        let mut body = workbook(&[("内用薬", &(row(1, &HEADER) + &row(2, &VIRAMUNE)))], "");
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
    let window = crate::Window { today: jiff::civil::date(2025, 7, 16), since: None };
    crawl(&JpMhlwPrice, JpMhlwPrice.seeds(&window), |request| {
        match request.url.path().rsplit('/').next()? {
            "0000078916.html" => file("jp_mhlw_price", "day1", "index.html"),
            "tp20250401-01.html" => file("jp_mhlw_price", day, "list.html"),
            workbook => fixture_workbook("jp_mhlw_price", day, workbook),
        }
    })
    .unwrap()
}

#[test]
fn the_fixtures_are_crawled_from_the_index() {
    let day1 = fixture("day1");
    assert_eq!((day1.rows("price"), day1.issues.len()), (32, 0));
    assert!(day1.keys["price"].contains(&"6250013F1023".to_owned()));
    assert_eq!(day1.requests.len(), 6);
    let day2 = fixture("day2");
    assert_eq!(day2.rows("price"), 35);
}

/// A real file beside the checkout, where there are any.
fn real(name: &str) -> Option<Vec<u8>> {
    let day1 = crate::test_crawl::real_day("jp_mhlw_price", "day1")?;
    std::fs::read(day1.parent()?.join(name)).ok()
}

/// The rows of some tables as one list of lists.
fn rows(tables: &[TextTable]) -> Vec<Vec<Option<String>>> {
    let of = |table: &TextTable, row: usize| -> Vec<Option<String>> {
        table.columns.iter().map(|c| c.get(row).map(str::to_owned)).collect()
    };
    tables.iter().flat_map(|t| (0..t.len()).map(move |row| of(t, row))).collect()
}

#[test]
fn the_real_lists_have_a_row_a_code_and_equal_their_csv() {
    for (day, date, counts) in [
        ("day1", "20250613", [6_937, 3_484, 1_980, 28]),
        ("day2", "20250716", [6_940, 3_486, 1_980, 28]),
    ] {
        let mut tables = Vec::new();
        for (class, count) in (1..).zip(counts) {
            let name = format!("tp{date}-01_0{class}.xlsx");
            let Some(body) = real(&format!("{day}/{name}")) else { return };
            let parsed = answer(WORKBOOK, &format!("xls/{name}"), &body).unwrap();
            assert_eq!((parsed.issues.len(), parsed.unread.len()), (0, 0));
            assert_eq!(parsed.tables.iter().map(TextTable::len).sum::<usize>(), count);
            tables.extend(parsed.tables);
        }
        let codes = tables.iter().flat_map(|t| texts(t, "price_code").into_iter().flatten());
        let codes: BTreeSet<&str> = codes.collect();
        assert_eq!(codes.len(), counts.iter().sum::<usize>());
        let Some(body) = real(&format!("{day}/{date}.csv")) else { return };
        let csv = answer(CSV, &format!("{date}.csv"), &body).unwrap();
        assert_eq!(csv.issues, []);
        assert_eq!(rows(&csv.tables), rows(&tables));
    }
}
