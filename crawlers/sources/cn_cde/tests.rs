//! The lists of the CDE, against the fixtures' site and a larger one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::RequestBody;
use crate::test_crawl::{Crawled, crawl, damaged, fixture, real_day};

fn form(request: &Request) -> BTreeMap<String, String> {
    match &request.body {
        Some(RequestBody::Form(fields)) => fields.iter().cloned().collect(),
        other => panic!("no form: {other:?}"),
    }
}

fn seeds() -> Vec<Request> {
    CnCde.seeds(&Window { today: jiff::civil::date(2021, 6, 5), since: None })
}

fn site(request: &Request, day: &str) -> Option<Vec<u8>> {
    let form = form(request);
    assert_eq!(form["pageSize"], "50");
    let read =
        |file: &str| fixture("cn_cde", day, file).or_else(|| fixture("cn_cde", "day1", file));
    match request.context["table"].as_str() {
        "acceptance" => {
            read(&format!("acceptance_{}.json", form["year"])).or_else(|| read("empty.json"))
        }
        table => read(&format!("{table}.json")),
    }
}

fn crawl_day(day: &str) -> Crawled {
    crawl(&CnCde, seeds(), |request| site(request, day)).unwrap()
}

#[test]
fn every_list_becomes_a_table() {
    let crawled = crawl_day("day1");
    // 22 years of acceptances, and four other lists.
    assert_eq!(crawled.requests.len(), 22 + 4);
    for (table, rows) in
        [("acceptance", 13), ("post_market", 4), ("clinical_permission", 2), ("priority_review", 1)]
    {
        assert_eq!((crawled.rows(table), crawled.declared(table)), (rows, rows), "{table}");
    }
    // A 404: an answer, and no table.
    assert!(crawled.tables.iter().all(|t| t.name != "breakthrough"));
    assert_eq!(crawled.kinds(), BTreeMap::new());
    let companies = crawled.column("acceptance", "companies");
    assert!(
        companies.contains(&Some("Janssen-Cilag International NV；Cilag AG；西安杨森制药有限公司"))
    );
    assert!(companies.contains(&Some("AstraZeneca AB\n阿斯利康投资（中国）有限公司")));
    assert!(companies.contains(&None));
    assert_eq!(crawled.column("priority_review", "notice_date"), [Some("2019-07-01")]);
    assert_eq!(crawl_day("day2").rows("acceptance"), 14);
}

/// Answers from 120 acceptances of 2020; one more comes after `grows` pages.
fn large(request: &Request, served: &mut u32, grows: u32) -> Vec<u8> {
    let form = form(request);
    *served += 1;
    let total = match form.get("year").map(String::as_str) {
        Some("2020") => 150 + u64::from(*served > grows),
        _ => 0,
    };
    let page: u64 = form["pageNum"].parse().unwrap();
    let records: Vec<Value> = (1..=total)
        .rev()
        .skip(usize::try_from((page - 1) * 50).unwrap())
        .take(50)
        .map(|i| json!({"acceptid": format!("CYHS20{i:05}"), "drgnamecn": "某片", "companys": "甲;乙"}))
        .collect();
    json!({"code": 200, "data": {"records": records, "total": total}}).to_string().into()
}

#[test]
fn pages_are_followed_to_the_total_and_beyond_it_when_the_list_grows() {
    let year: Vec<_> = seeds().into_iter().filter(|r| r.context["year"] == "2020").collect();
    let mut served = 0;
    let crawled = crawl(&CnCde, year.clone(), |r| Some(large(r, &mut served, 99))).unwrap();
    assert_eq!((crawled.rows("acceptance"), crawled.declared("acceptance")), (150, 150));
    assert_eq!(served, 3);
    // The new row pushes one to each next page, and to a fourth.
    let mut served = 0;
    let crawled = crawl(&CnCde, year, |r| Some(large(r, &mut served, 1))).unwrap();
    assert_eq!((crawled.rows("acceptance"), crawled.declared("acceptance")), (151, 151));
    assert_eq!((served, crawled.kinds()), (4, BTreeMap::from([("repeated_key", 1)])));
}

fn parse_as(table: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let request =
        Request::get(SPEC.url("acceptance"), list::KIND, BodyKind::Json).with("table", table);
    CnCde.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

#[test]
fn answers_of_another_shape_are_errors_that_say_why() {
    for (body, expected) in [
        (r#"{"code":500,"msg":"系统异常","data":null}"#, "系统异常"),
        (r#"{"code":200,"data":{"total":1}}"#, "data.records"),
        (r#"{"code":200,"data":{"records":[]}}"#, "data.total"),
        (r#"{"code":200,"data":{"records":[],"total":99999999}}"#, "pages"),
        (
            r#"{"code":200,"data":{"records":[{"acceptid_renamed":"x","drgnamecn":"y"}],"total":1}}"#,
            "acceptid",
        ),
        ("<html>", "JSON"),
    ] {
        let error = parse_as("acceptance", body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn new_keys_are_kept_and_odd_records_reported() {
    let body = r#"{"code":"200","data":{"total":"3","records":[
        {"acceptid":"CXHS2000009","drgnamecn":"a","companys":"b","files":[1]}, null,
        {"acceptid":"CXHS2000010","drgnamecn":"c","companys":null}]}}"#;
    let parsed = parse_as("acceptance", body.as_bytes()).unwrap();
    let table = &parsed.tables[0];
    assert_eq!((table.len(), table.new_columns.as_slice()), (2, ["files".to_owned()].as_slice()));
    assert_eq!(table.column("files").unwrap().get(0), Some("[1]"));
    assert_eq!((parsed.issues[0].kind.as_str(), parsed.issues[0].row_number), ("not_an_object", 2));
}

fn import(files: &[(&str, Vec<u8>)]) -> Crawled {
    let ask = |(name, body): &(&str, Vec<u8>)| {
        (CnCde.import_request(name, &body[..body.len().min(4096)]).unwrap(), body.clone())
    };
    let asked: Vec<_> = files.iter().map(ask).collect();
    let bodies: BTreeMap<_, _> = asked.iter().map(|(r, body)| (r.key(), body.clone())).collect();
    let requests = asked.into_iter().map(|(request, _)| request).collect();
    crawl(&CnCde, requests, |request| bodies.get(&request.key()).cloned()).unwrap()
}

#[test]
fn saved_answers_are_told_by_their_keys_or_their_name() {
    let file = |name: &str| fixture("cn_cde", "day1", name).unwrap();
    let crawled = import(&[
        ("1.json", file("acceptance_2020.json")),
        ("getMenuListHc (2).json", file("acceptance_2019.json")),
        ("3.json", file("post_market.json")),
        ("4.json", file("clinical_permission.json")),
        ("5.json", file("priority_review.json")),
        ("6.html", file("review_queue.html")),
    ]);
    for (table, rows) in [
        ("acceptance", 8),
        ("post_market", 4),
        ("clinical_permission", 2),
        ("priority_review", 1),
        ("review_queue", 2),
    ] {
        assert_eq!(crawled.rows(table), rows, "{table}");
    }
    assert_eq!(crawled.declared("acceptance"), 8);
    assert_eq!(CnCde.import_request("x.json", b"{}"), None);
    assert_eq!(CnCde.import_request("x.html", b"<html><table>"), None);
}

#[test]
fn an_old_list_is_known_by_a_long_head_and_in_gbk() {
    let page = String::from_utf8(fixture("cn_cde", "day1", "review_queue.html").unwrap()).unwrap();
    let (before, table) = page.split_at(page.find("<table").unwrap());
    assert!(before.is_empty() || !before.contains("审评状态"));
    let scripts = "<script src=\"/styles/js/lib.js\"></script>\n".repeat(200);
    let title = "<title>国家药品监督管理局药品审评中心</title>";
    let long = format!("<html><head>{title}{scripts}</head><body>{table}</body></html>");
    assert_eq!(import(&[("a.html", long.into_bytes())]).rows("review_queue"), 2);
    let gbk = format!("<html><head><meta charset=\"gbk\"></head><body>{table}</body></html>");
    let (gbk, _, _) = encoding_rs::GBK.encode(&gbk);
    let crawled = import(&[("a.html", gbk.into_owned())]);
    assert_eq!(crawled.column("review_queue", "review_status")[0], Some("排队待审评"));
}

#[test]
fn lamps_of_the_old_list_are_kept_by_name() {
    let crawled = import(&[("a.html", fixture("cn_cde", "day1", "review_queue.html").unwrap())]);
    let cells = |column: &str| crawled.column("review_queue", column)[0];
    assert_eq!(cells("acceptance_number"), Some("JXHL2101079"));
    assert_eq!(cells("review_status"), Some("排队待审评"));
    let lamps = ["pharmacology_lamp", "clinical_lamp", "quality_lamp"].map(cells);
    assert_eq!(lamps, [Some("lamp_y"), Some("lamp"), Some("lamp_shut")]);
    assert_eq!(cells("note"), Some(""));
}

#[test]
fn an_old_list_of_another_shape_is_an_error() {
    let request = Request::get(SPEC.url("review_queue"), old_list::KIND, BodyKind::Html);
    let parse = |body: &str| {
        let body = body.as_bytes();
        CnCde.parse(&Page { request: &request, content_type: None, last_modified: None, body })
    };
    assert!(parse("<p>受理号").unwrap_err().to_string().contains("序号"));
    let page = String::from_utf8(fixture("cn_cde", "day1", "review_queue.html").unwrap()).unwrap();
    match parse(&page.replace("<th>受理号", "<th>号")).unwrap_err() {
        ParseError::MissingColumn { column, .. } => assert_eq!(column, "受理号"),
        other => panic!("{other}"),
    }
    let parsed = parse(&page.replacen("<td align=\"center\"> JXHL2101079 </td>", "", 1)).unwrap();
    assert_eq!((parsed.tables[0].len(), parsed.issues[0].kind.as_str()), (1, "field_count"));
}

#[test]
fn answers_and_lists_that_are_cut_off_are_no_whole_ones() {
    let answer = fixture("cn_cde", "day1", "acceptance_2020.json").unwrap();
    let error = parse_as("acceptance", &answer[..answer.len() / 2]).unwrap_err().to_string();
    assert!(error.contains("EOF"), "{error}");
    let page = String::from_utf8(fixture("cn_cde", "day1", "review_queue.html").unwrap()).unwrap();
    let (cut, _) = page.split_once("CXHL2101175").unwrap();
    let kinds = |page: &str| {
        let crawled = import(&[("a.html", page.as_bytes().to_vec())]);
        crawled.issues.into_iter().map(|issue| issue.kind).collect::<Vec<_>>()
    };
    assert!(kinds(cut).contains(&"cut_off".to_owned()));
    assert_eq!(kinds(&page), [""; 0]);
}

#[test]
fn the_real_rows_are_read() {
    let Some(folder) = real_day("cn_cde", "day1") else { return };
    let rows: Vec<Value> =
        serde_json::from_slice(&std::fs::read(folder.join("acceptance_rows.json")).unwrap())
            .unwrap();
    let crawled = crawl(&CnCde, seeds(), |request| {
        let form = form(request);
        let table = request.context["table"].as_str();
        let wanted = |row: &&Value| match table {
            "acceptance" => row["year"].as_i64() == form["year"].parse().ok(),
            "post_market" => !row["approvalNumber"].is_null(),
            "clinical_permission" => row["acceptid"].as_str().unwrap().chars().nth(3) == Some('L'),
            _ => false,
        };
        if request.optional {
            return None;
        }
        let records: Vec<&Value> = rows.iter().filter(wanted).collect();
        Some(
            json!({"code": 200, "data": {"total": records.len(), "records": records}})
                .to_string()
                .into(),
        )
    })
    .unwrap();
    for (table, rows) in [("acceptance", 51), ("post_market", 19), ("clinical_permission", 2)] {
        assert_eq!((crawled.rows(table), crawled.declared(table)), (rows, rows), "{table}");
    }
    assert_eq!(crawled.kinds(), BTreeMap::new());
    let old = import(&[("old.html", std::fs::read(folder.join("hyspxl_list_2021.html")).unwrap())]);
    assert_eq!(old.rows("review_queue"), 2);
    assert_eq!(
        old.column("review_queue", "received_date"),
        [Some("2021-06-03"), Some("2021-06-04")]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        text in "[\\[\\]{}:,\"a-z0-9]{0,120}",
    ) {
        let _ = parse_as("acceptance", &bytes);
        let _ = parse_as("acceptance", text.as_bytes());
        let request = Request::get(SPEC.url("review_queue"), old_list::KIND, BodyKind::Html);
        let page = Page { request: &request, content_type: None, last_modified: None, body: &bytes };
        let _ = CnCde.parse(&page);
        let _ = CnCde.import_request("x.json", &bytes);
    }

    #[test]
    fn damaged_answers_are_survived(
        page in damaged(fixture("cn_cde", "day1", "acceptance_2020.json").unwrap()),
        old in damaged(fixture("cn_cde", "day1", "review_queue.html").unwrap()),
    ) {
        let _ = parse_as("acceptance", &page);
        let request = Request::get(SPEC.url("review_queue"), old_list::KIND, BodyKind::Html);
        let page = Page { request: &request, content_type: None, last_modified: None, body: &old };
        let _ = CnCde.parse(&page);
    }
}
