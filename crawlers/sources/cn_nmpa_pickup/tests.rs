//! The quirks of the notices, each with a row made for it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::test_crawl::{Crawled, crawl, damaged, fixture, real_day};

const FILE: &str = "20200911083851127.html";

fn crawl_files(read: impl Fn(&str) -> Option<Vec<u8>>) -> Crawled {
    let window = Window { today: jiff::civil::date(2020, 9, 14), since: None };
    crawl(&CnNmpaPickup, CnNmpaPickup.seeds(&window), |request| {
        read(request.url.path().rsplit('/').next().unwrap())
    })
    .unwrap()
}

fn crawl_day(day: &str) -> Crawled {
    crawl_files(|f| {
        fixture("cn_nmpa_pickup", day, f).or_else(|| fixture("cn_nmpa_pickup", "day1", f))
    })
}

fn parse_as(kind: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let request = Request::get(SPEC.url("index"), kind, BodyKind::Html);
    CnNmpaPickup.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

fn notice(change: impl Fn(String) -> String) -> Result<Parsed, ParseError> {
    let page = String::from_utf8(fixture("cn_nmpa_pickup", "day1", FILE).unwrap()).unwrap();
    parse_as("notice", change(page).as_bytes())
}

#[test]
fn index_and_notice_make_two_tables() {
    let crawled = crawl_day("day1");
    assert_eq!((crawled.rows("notice"), crawled.rows("document")), (1, 9));
    assert_eq!(crawled.kinds(), BTreeMap::new());
    let numbers = crawled.column("document", "acceptance_number");
    assert_eq!((numbers[0], numbers[3]), (Some("CXHS2000009国"), Some("CYHS1201240苏")));
    let approvals = crawled.column("document", "approval_number");
    assert_eq!(
        (approvals[1], approvals[2], approvals[6]),
        (Some("－－－－"), Some(""), Some("————"))
    );
    let applicants = crawled.column("document", "applicant");
    assert_eq!(applicants[7], Some("无\u{a0} 无\u{a0} 阿斯利康投资（中国）有限公司"));
    let parties = crawled.column("document", "applicant_parties");
    assert_eq!(parties[5], Some("上海迪赛诺生物医药有限公司"));
    assert_eq!(parties[8], Some("Janssen-Cilag International NV; Cilag AG; 西安杨森制药有限公司"));
    assert_eq!(crawled.column("document", "signed_date")[0], Some("2020年9月8日"));
    assert_eq!(crawled.column("notice", "published_at"), [Some("2020-09-11 08:38")]);
    assert_eq!(crawled.column("notice", "site_column"), [Some("药品批件发布")]);
    let title = crawled.column("document", "notice_title")[0].unwrap();
    assert!(title.contains("药品批准证明文件"), "{title}");
}

#[test]
fn a_notice_of_another_kind_has_other_columns() {
    let crawled = crawl_day("day2");
    assert_eq!((crawled.rows("notice"), crawled.rows("document")), (2, 11));
    let names = crawled.column("document", "product_name");
    assert_eq!(names[0], Some("奈韦拉平片"));
    assert_eq!(crawled.column("document", "approval_number")[0], None);
    // The first notice is not fetched again.
    let fingerprint = |crawled: &Crawled| {
        let old = crawled.requests.iter().find(|r| r.url.path().ends_with(FILE)).unwrap();
        old.fingerprint.clone().unwrap()
    };
    assert_eq!(fingerprint(&crawled), fingerprint(&crawl_day("day1")));
}

#[test]
fn index_pages_are_followed() {
    let page = r#"<html><title>x</title><li><a href="./20200911083851127.html">t</a>(2020-09-11)</li>
        <a href="/zwfw/other/20200911083851128.html">elsewhere</a><a href="index_3.html">4</a>
        <script>createPageHTML(3, 0, "index", "html")</script>"#;
    let parsed = parse_as("index", page.as_bytes()).unwrap();
    let paths: Vec<_> =
        parsed.follow_ups.iter().map(|r| r.url.path().rsplit('/').next().unwrap()).collect();
    assert_eq!(paths, [FILE, "index_1.html", "index_2.html", "index_3.html"]);
    let error = parse_as("index", b"<html><title>404</title>").unwrap_err().to_string();
    assert!(error.contains("links to notices") && error.contains("404"), "{error}");
}

#[test]
fn rows_that_do_not_fit_are_reported_and_the_others_are_kept() {
    let parsed = notice(|page| {
        let (before, row) = page.split_once("CYHB2004956").unwrap();
        let (_, row) = row.split_once("</td>").unwrap();
        let (_, row) = row.split_once("</td>").unwrap();
        format!("{before}{row}")
            .replace("CYHB2005027</span><span style=\"color: black; font-family: 宋体;\">国", "")
    })
    .unwrap();
    let kinds: Vec<_> = parsed.issues.iter().map(|i| (i.kind.as_str(), i.row_number)).collect();
    assert_eq!(kinds, [("field_count", 3), ("no_acceptance_number", 4)]);
    assert_eq!(parsed.tables[1].len(), 8);
}

#[test]
fn pages_that_are_cut_off_are_reported() {
    let kinds = |parsed: &Parsed| {
        parsed.issues.iter().map(|i| i.kind.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let cut = |mark: &'static str| {
        notice(move |page| page.split_once(mark).map(|(before, _)| before.to_owned()).unwrap())
    };
    let parsed = cut("CYHS1201240").unwrap();
    assert!(kinds(&parsed).contains("cut_off") && parsed.tables[1].len() == 3, "{parsed:?}");
    let parsed = cut("ContentEnd").unwrap();
    assert_eq!(parsed.tables[1].len(), 9);
    assert!(kinds(&parsed).iter().eq(["cut_off"]));
    let index = fixture("cn_nmpa_pickup", "day1", "index.html").unwrap();
    assert_eq!(parse_as("index", &index).unwrap().issues, []);
    let whole = String::from_utf8(index).unwrap();
    let parsed = parse_as("index", whole.split_once("</body>").unwrap().0.as_bytes()).unwrap();
    assert!(kinds(&parsed).iter().eq(["cut_off"]));
}

#[test]
fn pages_of_another_shape_are_errors_that_name_what_is_missing() {
    for column in ["受理号", "品名", "申请单位"] {
        let error = notice(|page| page.replace(&format!(">{column}<"), ">改名<")).unwrap_err();
        match error {
            ParseError::MissingColumn { column: named, .. } => assert_eq!(named, column),
            other => panic!("{other}"),
        }
    }
    let error = notice(|page| page.replace("ContentStart", "x")).unwrap_err().to_string();
    assert!(error.contains("ContentStart"), "{error}");
    let prose = notice(|page| {
        let (before, rest) = page.split_once("<table width=\"799\"").unwrap();
        let (_, after) = rest.split_once("</table>").unwrap();
        format!("{before}见附件{after}")
    })
    .unwrap();
    assert_eq!((prose.tables[0].len(), prose.tables[1].len()), (1, 0));
    assert_eq!(prose.issues[0].kind, "no_table");
}

#[test]
fn a_page_that_is_cut_off_gives_the_rows_that_came() {
    let parsed = notice(|page| page.split_once("JYHB2001024").unwrap().0.to_owned()).unwrap();
    assert_eq!(parsed.tables[1].len(), 6);
    assert_eq!(parsed.issues[0].kind, "field_count");
}

#[test]
fn a_cell_over_two_rows_is_of_both() {
    let table = |rows: &str| {
        let head = "<tr><th rowspan=2>受理号</th><th rowspan=2>品名</th><th rowspan=2>申请单位</th>\
            <th>批准</th></tr><tr><th>批准文号</th></tr>";
        format!(
            "<html><head><meta name=\"ArticleTitle\" content=\"x\"></head><body>\
             <meta name=\"ContentStart\"><table>{head}{rows}</table><meta name=\"ContentEnd\">"
        )
    };
    let page = table(
        "<tr><td>CXHS2000009国</td><td>a</td><td rowspan=2>甲公司</td><td>1</td></tr>\
         <tr><td>CXHS2000010国</td><td>b</td><td>2</td></tr>",
    );
    let parsed = parse_as("notice", page.as_bytes()).unwrap();
    let applicants: Vec<_> = parsed.tables[1].column("applicant").unwrap().iter().collect();
    assert_eq!(applicants, [Some("甲公司"); 2]);
    assert_eq!(parsed.issues, []);
}

#[test]
fn every_table_of_a_notice_is_read() {
    let header = "<tr><td>受理号</td><td>药品名称</td><td>企业名称</td></tr>";
    let row = |number: &str| format!("<tr><td>{number}</td><td>a片</td><td>甲公司</td></tr>");
    let page = format!(
        "<html><head><meta name=\"ArticleTitle\" content=\"x\"></head><body>\
         <meta name=\"ContentStart\"><table>{header}{}{}</table><table><tr><td>附</td></tr></table>\
         <table>{header}{}<tr><td>y</td></tr></table><meta name=\"ContentEnd\">",
        row("CYHS1900123国"),
        row("JXHS1900012国"),
        row("CYHS1900999国"),
    );
    let parsed = parse_as("notice", page.as_bytes()).unwrap();
    let documents: Vec<_> = parsed.tables.iter().filter(|t| t.name == "document").collect();
    let numbers: Vec<_> = documents
        .iter()
        .flat_map(|t| t.column("acceptance_number").unwrap().iter().zip(&t.row_numbers))
        .map(|(number, row)| (number.unwrap(), *row))
        .collect();
    assert_eq!(numbers, [("CYHS1900123国", 2), ("JXHS1900012国", 3), ("CYHS1900999国", 5)]);
    let issues: Vec<_> = parsed.issues.iter().map(|i| (i.kind.as_str(), i.row_number)).collect();
    assert_eq!(issues, [("field_count", 6)]);
}

#[test]
fn saved_pages_are_told_by_their_metas() {
    let body = fixture("cn_nmpa_pickup", "day1", FILE).unwrap();
    let head = &body[..body.len().min(4096)];
    let request = CnNmpaPickup.import_request(FILE, head).unwrap();
    assert_eq!(
        (request.kind.as_str(), request.url.path().rsplit('/').next()),
        ("notice", Some(FILE))
    );
    let renamed = CnNmpaPickup.import_request("公告.html", head).unwrap();
    assert_eq!(renamed.kind, "notice");
    assert_ne!(renamed.key(), request.key());
    // Two files that are called alike are two notices, one under two names is one.
    let other = String::from_utf8_lossy(head).replace("2020-09-11", "2020-09-12");
    let other = CnNmpaPickup.import_request("公告.html", other.as_bytes()).unwrap();
    assert_ne!(other.key(), renamed.key());
    assert_eq!(CnNmpaPickup.import_request("x.html", head).unwrap().key(), renamed.key());
    let index = fixture("cn_nmpa_pickup", "day1", "index.html").unwrap();
    assert_eq!(CnNmpaPickup.import_request("index.html", &index).unwrap().kind, "index");
    assert_eq!(CnNmpaPickup.import_request("x.html", b"<html>captcha"), None);
    assert_eq!(CnNmpaPickup.import_request("x.json", b"{}"), None);
}

#[test]
fn the_real_notice_has_its_49_rows() {
    let Some(folder) = real_day("cn_nmpa_pickup", "day1") else { return };
    let crawled = crawl_files(|file| std::fs::read(folder.join(file)).ok());
    assert_eq!((crawled.rows("notice"), crawled.rows("document")), (1, 49));
    assert_eq!(crawled.kinds(), BTreeMap::new());
    let sequence = crawled.column("document", "sequence_number");
    assert!(sequence.iter().map(|n| n.unwrap().parse::<u32>().unwrap()).eq(1..=49));
    let approvals = crawled.column("document", "approval_number");
    let count = |test: fn(&str) -> bool| approvals.iter().filter(|a| test(a.unwrap())).count();
    assert_eq!(count(|a| a.starts_with("国药准字")), 19);
    assert_eq!(count(|a| matches!(a, "————" | "－－－－")), 10);
    assert_eq!(count(str::is_empty), 20);
    let parties = crawled.column("document", "applicant_parties");
    assert_eq!(parties[46], Some("Janssen-Cilag International NV; Cilag AG; 西安杨森制药有限公司"));
    assert!(
        parties
            .iter()
            .all(|p| p.is_some_and(|p| !p.is_empty() && p.split("; ").all(|p| p != "无")))
    );
    let dates = crawled.column("document", "signed_date");
    assert!(dates.iter().all(|d| d.unwrap().starts_with("2020年")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ["index", "notice"] {
            let _ = parse_as(kind, &bytes);
        }
        let _ = CnNmpaPickup.import_request("20200911083851127.html", &bytes);
    }

    #[test]
    fn damaged_pages_are_survived(page in damaged(fixture("cn_nmpa_pickup", "day1", FILE).unwrap())) {
        let _ = parse_as("notice", &page);
        let _ = parse_as("index", &page);
    }
}
