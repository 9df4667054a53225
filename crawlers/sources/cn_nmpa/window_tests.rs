//! The window of the search, against a server that has one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use super::tests::asked;
use super::*;
use crate::test_crawl::{Crawled, crawl, fixture};

/// A server with a window: `(number, name, code)` rows, at most 1,000 pages.
struct Capped {
    rows: Vec<(String, String, String)>,
    needs_term: bool,
    heeds_term: bool,
    found: BTreeMap<String, Vec<usize>>,
}

impl Capped {
    fn new(rows: Vec<(String, String, String)>) -> Self {
        Self { rows, needs_term: false, heeds_term: true, found: BTreeMap::new() }
    }

    fn search(&mut self, request: &Request) -> Vec<u8> {
        let query = asked(request);
        let term = query["searchValue"].clone();
        let page: usize = query["pageNum"].parse().unwrap();
        assert!(page <= 1_000, "page {page} is beyond the window");
        if self.needs_term && term.is_empty() {
            return r#"{"code":500,"message":"参数异常","data":null}"#.into();
        }
        let (rows, heeds) = (&self.rows, self.heeds_term);
        let hits = self.found.entry(term.clone()).or_insert_with(|| {
            let hit = |(n, name, code): &(String, String, String)| {
                !heeds || n.contains(&term) || name.contains(&term) || code.contains(&term)
            };
            (0..rows.len()).filter(|i| hit(&rows[*i])).collect()
        });
        let mut list = String::new();
        for i in hits.iter().skip((page - 1) * 20).take(20) {
            let (number, name, code) = &rows[*i];
            let row = if request.context["table"] == "domestic" {
                json!({"f0": number, "f1": name, "f2": "某公司", "f3": code, "f4": i.to_string()})
            } else {
                json!({"f0": number, "f1": name, "f2": code, "f3": i.to_string()})
            };
            let _ = write!(list, "{}{row}", if list.is_empty() { "" } else { "," });
        }
        format!(r#"{{"code":200,"data":{{"list":[{list}],"total":{}}}}}"#, hits.len()).into()
    }

    /// Crawls one register of this server from its label file on.
    fn crawl(&mut self, table: &str) -> Result<Crawled, ParseError> {
        let mut labels = Request::get(SPEC.url("config"), "labels", BodyKind::Json);
        labels = labels.with("table", table).with("item_id", "x");
        crawl(&CnNmpa, vec![labels], |request| {
            Some(match request.kind.as_str() {
                "labels" => fixture("cn_nmpa", "day1", &format!("labels_{table}.json")).unwrap(),
                "search" => self.search(request),
                _ => r#"{"code":200,"data":{"detail":{"f9":"Some Company"}}}"#.into(),
            })
        })
    }
}

#[test]
fn a_register_beyond_the_window_is_split_until_each_part_fits() {
    let mut rows = Vec::new();
    for i in 0..30_000 {
        rows.push((format!("国药准字H2{i:07}"), "某片".to_owned(), format!("869{i:011}")));
    }
    for i in 0..15_000 {
        // The name holds another number: the parts of that number find it too.
        let name = format!("某丸 原国药准字H20{i:06}");
        rows.push((format!("国药准字Z19{i:06}"), name, String::new()));
    }
    rows.push(("国药准字HJ20170166".to_owned(), "甲磺酸奥希替尼片".to_owned(), String::new()));
    let mut server = Capped::new(rows);
    let crawled = server.crawl("domestic").unwrap();
    assert_eq!((crawled.rows("domestic"), crawled.declared("domestic")), (45_001, 45_001));
    let keys: BTreeSet<_> = crawled.keys["domestic"].iter().collect();
    assert_eq!((keys.len(), crawled.issues.len()), (45_001, 0));
    assert!(crawled.requests.iter().all(|r| r.kind != "detail"), "45,001 are too many details");
    let terms: BTreeSet<_> = server.found.keys().map(String::as_str).collect();
    for term in ["", "国药准字H", "国药准字H2", "国药准字H20", "国药准字HJ", "国药准字Z"]
    {
        assert!(terms.contains(term), "{term} was not asked for");
    }
}

#[test]
fn a_number_that_no_part_finds_leaves_the_register_incomplete() {
    let number = |i: usize| {
        if i == 7 { "卫药准字Z1".to_owned() } else { format!("国药准字H{i:08}") }
    };
    let rows = (0..20_100).map(|i| (number(i), "某片".to_owned(), String::new())).collect();
    let crawled = Capped::new(rows).crawl("domestic").unwrap();
    assert_eq!((crawled.rows("domestic"), crawled.declared("domestic")), (20_099, 20_100));
}

#[test]
fn where_a_term_is_needed_the_parts_are_asked_for_at_once() {
    let imported = |number: &str, name: &str, code: &str| {
        (number.to_owned(), name.to_owned(), code.to_owned())
    };
    let mut rows: Vec<_> = (0..50)
        .map(|i| imported(&format!("H2015{i:04}"), "某片", &format!("869{i:011}")))
        .collect();
    rows.push(imported("国药准字J20171030", "拉米夫定片", "86901503000279"));
    rows.push(imported("国药准字HJ20170166", "甲磺酸奥希替尼片", "86979096002024"));
    rows.push(imported("S20170002", "利妥昔单抗注射液(H)", "86979436000383"));
    rows.push(imported("", "玻璃酸钠滴眼液", "86978986000154"));
    rows.push(imported("BH20020623", "硝酸异山梨酯喷雾剂", ""));
    let expected = rows.len() as u64;
    let mut server = Capped { needs_term: true, ..Capped::new(rows) };
    let crawled = server.crawl("imported").unwrap();
    assert_eq!(crawled.rows("imported"), expected);
    assert_eq!(crawled.declared("imported"), expected);
    assert_eq!(crawled.kinds(), BTreeMap::new());
    // Few enough for details, also without a total of the whole.
    assert!(crawled.column("imported", "company_en").iter().all(|c| *c == Some("Some Company")));
}

#[test]
fn a_server_that_does_not_heed_the_term_is_an_error_and_no_endless_crawl() {
    let rows = (0..20_100).map(|i| (format!("国药准字H2{i:07}"), String::new(), String::new()));
    let mut server = Capped { heeds_term: false, ..Capped::new(rows.collect()) };
    let error = server.crawl("domestic").unwrap_err().to_string();
    assert!(error.contains("can be split"), "{error}");
}
