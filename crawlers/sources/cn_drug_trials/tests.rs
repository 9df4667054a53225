//! The quirks of the trial registry, on the fixtures and on rows made for them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{Method, TextTable};

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../../fixtures/cn_drug_trials/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What comes of a body: masked, then parsed, as in a crawl.
pub(super) fn read(request: &Request, body: &[u8]) -> Result<Parsed, ParseError> {
    let page = Page { request, content_type: None, last_modified: None, body };
    let masked = CnDrugTrials.redact(&page).into_owned();
    let again = Page { body: &masked, ..page };
    assert_eq!(CnDrugTrials.redact(&again), masked, "masking twice is masking once");
    CnDrugTrials.parse(&again)
}

pub(super) fn saved(name: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let head = &body[..body.len().min(4096)];
    read(&CnDrugTrials.import_request(name, head).unwrap(), body)
}

fn detail(number: &str) -> Parsed {
    let body = fixture(&format!("day1/{number}.html"));
    let request = detail_request("0")
        .with("registration_number", number)
        .with("list_status", "进行中\u{a0}招募中");
    read(&request, &body).unwrap()
}

pub(super) fn table<'p>(parsed: &'p Parsed, name: &str) -> &'p TextTable {
    parsed.tables.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}"))
}

pub(super) fn cell<'p>(parsed: &'p Parsed, name: &str, column: &str, row: usize) -> &'p str {
    table(parsed, name).column(column).unwrap().get(row).unwrap_or("NULL")
}

#[test]
fn the_seed_is_the_form_of_the_site_with_all_states_and_no_keyword() {
    let window = Window { today: jiff::civil::date(2026, 1, 1), since: None };
    let seeds = CnDrugTrials.seeds(&window);
    assert_eq!((seeds.len(), seeds[0].method), (1, Method::Post));
    for (field, value) in [("currentpage", "1"), ("keywords", ""), ("state", ""), ("rule", "CTR")] {
        assert_eq!(form_field(&seeds[0], field), Some(value));
    }
}

#[test]
fn a_list_gives_rows_totals_details_and_the_next_page() {
    let parsed = read(&list_request(1), &fixture("day1/list_1.html")).unwrap();
    assert_eq!(table(&parsed, "trial_list").len(), 6);
    assert_eq!(cell(&parsed, "trial_list", "status", 0), "进行中\u{a0}尚未招募");
    assert_eq!(cell(&parsed, "trial_list", "list_number", 0), "1");
    assert_eq!(cell(&parsed, "trial_list", "ckm_index", 5), "6");
    let totals: Vec<_> = parsed.totals.iter().map(|t| (t.table.as_str(), t.rows)).collect();
    assert_eq!(totals, [("trial_list", 9), ("trial", 9)]);
    let (details, next) = parsed.follow_ups.split_at(6);
    let first = &details[0];
    assert_eq!(form_field(first, "id"), Some(cell(&parsed, "trial_list", "detail_id", 0)));
    assert_eq!(first.context["list_status"], "进行中\u{a0}尚未招募");
    assert!(
        first
            .fingerprint
            .as_ref()
            .unwrap()
            .starts_with("CTR20251739|进行中\u{a0}尚未招募|HS-10529片|")
    );
    assert_eq!(next, [list_request(2)]);
    assert_eq!((parsed.issues.len(), parsed.unread.len()), (0, 0));
}

#[test]
fn a_crawl_of_each_day_reaches_the_declared_totals() {
    for (day, declared) in [("day1", 9), ("day2", 10)] {
        let mut queue = vec![list_request(1)];
        let (mut trials, mut listed) = (BTreeSet::new(), 0);
        while let Some(request) = queue.pop() {
            let name = match form_field(&request, "currentpage") {
                Some(page) => format!("list_{page}.html"),
                None => format!("{}.html", request.context["registration_number"]),
            };
            let parsed = read(&request, &on_day(day, &name)).unwrap();
            assert!(parsed.issues.is_empty() && parsed.unread.is_empty());
            assert!(parsed.totals.iter().all(|t| t.rows == declared));
            if request.kind == DETAIL {
                trials.insert(cell(&parsed, "trial", "registration_number", 0).to_owned());
            } else {
                listed += table(&parsed, "trial_list").len();
            }
            queue.extend(parsed.follow_ups);
        }
        assert_eq!((trials.len() as u64, listed as u64), (declared, declared), "{day}");
    }
}

/// A page as it stood on a day, or on the day before.
fn on_day(day: &str, name: &str) -> Vec<u8> {
    let folder = format!("{}/../../fixtures/cn_drug_trials", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(format!("{folder}/{day}/{name}"))
        .unwrap_or_else(|_| fixture(&format!("day1/{name}")))
}

#[test]
fn the_last_page_asks_for_no_other_and_a_changed_row_has_another_fingerprint() {
    let first = read(&list_request(2), &fixture("day1/list_2.html")).unwrap();
    assert!(first.follow_ups.iter().all(|r| r.kind == DETAIL) && first.follow_ups.len() == 3);
    let second = read(&list_request(2), &fixture("day2/list_2.html")).unwrap();
    let print = |parsed: &Parsed, number: &str| {
        let of = |r: &&Request| r.context["registration_number"] == number;
        parsed.follow_ups.iter().find(of).map(|r| (r.key(), r.fingerprint.clone())).unwrap()
    };
    // One place further down the list, with another status.
    let (key, before) = print(&first, "CTR20990103");
    let (same_key, after) = print(&second, "CTR20990103");
    assert_eq!(key, same_key);
    assert_ne!(before, after);
    assert_eq!(print(&first, "CTR20990104"), print(&second, "CTR20990104"));
}

#[test]
fn a_frame_without_rows_is_reported_and_ends_the_crawl() {
    let page = String::from_utf8(fixture("day1/list_1.html")).unwrap();
    let (head, rest) = page.split_once("<tr style").unwrap();
    let (_, tail) = rest.rsplit_once("</tr>").unwrap();
    let parsed = read(&list_request(1), format!("{head}{tail}").as_bytes()).unwrap();
    assert_eq!(parsed.issues[0].kind, "empty_page");
    assert_eq!((parsed.totals[0].rows, parsed.follow_ups.len()), (9, 0));
    let none = format!("{head}<tr><td colspan=\"6\">暂无数据...</td></tr>{tail}")
        .replace("共 <i>9</i> 条记录", "共 <i>0</i> 条记录");
    let parsed = read(&list_request(1), none.as_bytes()).unwrap();
    assert_eq!((parsed.issues.len(), parsed.totals[0].rows), (0, 0));
}

#[test]
fn rows_that_cannot_be_used_are_reported_with_their_number() {
    let page = String::from_utf8(fixture("day1/list_1.html")).unwrap();
    let broken = page.replacen("<td height=\"40\" >&nbsp;1</td>", "", 1);
    let parsed = read(&list_request(1), broken.as_bytes()).unwrap();
    assert!(parsed.issues.iter().any(|i| i.kind == "field_count" && i.row_number == 1));
    let wrong = page.replacen("\t\t\t\t\t\tCTR20241931", "\t\t\t\t\t\tCTR-1", 1);
    let parsed = read(&list_request(1), wrong.as_bytes()).unwrap();
    let issue = &parsed.issues[0];
    assert_eq!(
        (issue.kind.as_str(), issue.row_number, issue.column.as_str()),
        ("registration_number", 2, "registration_number")
    );
}

#[test]
fn pages_of_another_shape_are_named() {
    let page = String::from_utf8(fixture("day1/list_1.html")).unwrap();
    let error =
        |request: &Request, body: &str| read(request, body.as_bytes()).unwrap_err().to_string();
    assert!(error(&list_request(2), &page).contains("expected page 2, found page 1"));
    let renamed = page.replace("登记号</th>", "编号</th>");
    assert!(error(&list_request(1), &renamed).contains("\"登记号\" is missing"));
    assert!(error(&list_request(1), &page.replace("条记录", "")).contains("pageInfo"));
    let other = "<html><title>首页</title></html>";
    assert!(error(&list_request(1), other).contains("首页"));
    assert!(error(&detail_request("x"), other).contains("searchDetailTable"));
    let trial = String::from_utf8(fixture("day1/CTR20201763.html")).unwrap();
    let renamed = trial.replace("<th>药物名称</th>", "<th>名称</th>");
    assert!(error(&detail_request("x"), &renamed).contains("\"药物名称\" is missing"));
    let asked = detail_request("x").with("registration_number", "CTR20990101");
    assert!(error(&asked, &trial).contains("the trial CTR20990101, found CTR20201763"));
}

#[test]
fn a_detail_page_is_read_by_its_labels() {
    let parsed = detail("CTR20201763");
    for (column, value) in [
        ("registration_number", "CTR20201763"),
        ("list_status", "进行中\u{a0}招募中"),
        ("status", "进行中"),
        ("status_detail", "进行中 （尚未招募）"),
        ("first_published", "2020-08-31"),
        ("applicants", "湖南华纳大药厂股份有限公司"),
        ("related_registration_numbers", ""),
        ("drug_name", "吗替麦考酚酯胶囊 曾用名:"),
        ("drug_type", "化学药物"),
        ("filing_number", "B202000189-01"),
        ("acceptance_number", "NULL"),
        ("public_title", "吗替麦考酚酯胶囊人体生物等效性试验"),
        ("protocol_number", "JY-BE-MMF-2019-01"),
        ("protocol_version", "1.1"),
        ("protocol_version_date", "2020-07-17"),
        ("is_combination", "否"),
        ("objective", "评价吗替麦考酚酯胶囊的安全性和有效性。"),
        ("phase", "其它 BE试验"),
        ("age", "18岁(最小年龄)至 60岁(最大年龄)"),
        ("inclusion_criteria", "1 年龄在18周岁至60周岁（含边界值）\n2 自愿签署知情同意书"),
        ("has_data_monitoring_committee", "无"),
        ("has_insurance", "有"),
        ("target_enrolment", "国内: 48 人；"),
        ("completed", "国内：登记人暂未填写该信息；"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value, "{column}");
    }
    assert_eq!((parsed.issues.len(), parsed.unread.len()), (0, 0), "{:?}", parsed.unread);
}

#[test]
fn applicants_drugs_and_sites_have_tables_without_persons() {
    let parsed = detail("CTR20990103");
    let applicants: Vec<_> =
        table(&parsed, "trial_applicant").column("applicant").unwrap().iter().collect();
    assert_eq!(applicants, [Some("AstraZeneca AB"), Some("阿斯利康投资（中国）有限公司")]);
    assert_eq!(table(&parsed, "trial_drug").len(), 2);
    for (column, value) in [
        ("role", "试验药"),
        ("drug_number", "1"),
        ("generic_name", "甲磺酸奥希替尼片"),
        ("generic_name_en", "Osimertinib Mesylate Tablets"),
        ("trade_name", "泰瑞沙"),
        ("dosage_form", "片剂"),
        ("strength", "80mg"),
        ("dosage", "口服，每日一次"),
        ("duration", "至疾病进展"),
    ] {
        assert_eq!(cell(&parsed, "trial_drug", column, 0), value);
    }
    assert_eq!(cell(&parsed, "trial_drug", "duration", 1), "4周期");
    let sites = table(&parsed, "trial_site");
    assert_eq!(sites.len(), 2);
    assert_eq!(cell(&parsed, "trial_site", "institution", 1), "庚医院");
    assert_eq!(cell(&parsed, "trial_site", "country", 1), "中国");
    assert_eq!(sites.columns.len(), 6);
    // The header of older pages says 国家, a trial may have no site yet.
    assert_eq!(cell(&detail("CTR20201763"), "trial_site", "country", 0), "中国");
    assert!(detail("CTR20990105").tables.iter().all(|t| t.name != "trial_site"));
}

#[test]
fn a_page_with_nothing_but_the_background_is_a_trial() {
    let page = "<!DOCTYPE html><html><body><div id=\"collapseOne\"><table class=\"searchDetailTable\"><tr>\
        <th>登记号</th><td>CTR20251739</td><th>试验状态</th><td>进行中&nbsp;尚未招募</td></tr></table></div>\
        <div class=\"searchDetailPartTit\">一、题目和背景信息</div><table class=\"searchDetailTable\">\
        <tr><th>登记号</th><td>CTR20251739</td></tr><tr><th>药物名称</th><td>HS-10529片</td></tr>\
        <tr><th>适应症</th><td>KRAS G12D突变的晚期实体瘤</td></tr>\
        <tr><th>试验通俗题目</th><td>HS-10529在晚期实体瘤患者中的I期研究</td></tr></table></body></html>";
    let parsed =
        read(&detail_request("2a4386bd51ca49f0b29bf45eab500a74"), page.as_bytes()).unwrap();
    assert_eq!(parsed.tables.len(), 1);
    assert_eq!(cell(&parsed, "trial", "status", 0), "进行中\u{a0}尚未招募");
    assert_eq!(cell(&parsed, "trial", "detail_id", 0), "2a4386bd51ca49f0b29bf45eab500a74");
    assert_eq!(cell(&parsed, "trial", "phase", 0), "NULL");
}

#[test]
fn ends_of_trials_have_columns_of_their_own_and_strangers_are_named() {
    assert_eq!(cell(&detail("CTR20990104"), "trial", "terminated", 0), "国内：2099-01-31；");
    assert_eq!(cell(&detail("CTR20990105"), "trial", "suspended", 0), "国内：2099-01-31；");
    let body = String::from_utf8(fixture("day1/CTR20201763.html")).unwrap();
    let body = body
        .replace("<th>随机化</th>", "<th>基因型</th>")
        .replace("<th>机构名称</th>", "<th>名称</th>");
    let parsed = saved("x.html", body.as_bytes()).unwrap();
    assert_eq!(parsed.unread[0], "label \"基因型\"");
    assert!(parsed.unread[1].starts_with("table of 序号, 名称"));
}

#[test]
fn no_person_is_in_a_masked_page_and_everything_else_is() {
    let body = fixture("day1/CTR20201763.html");
    let request = detail_request("x");
    let page = Page { request: &request, content_type: None, last_modified: None, body: &body };
    let masked = String::from_utf8(CnDrugTrials.redact(&page).into_owned()).unwrap();
    for person in [
        "张三",
        "李四",
        "研究者1",
        "13800000000",
        "65550100",
        "85550100",
        "example.com",
        "某路",
        "410000",
    ] {
        assert!(!masked.contains(person), "{person}");
    }
    assert!(
        masked.contains("湘雅博爱康复医院")
            && masked.contains("value=\"湖南华纳大药厂股份有限公司\"")
    );
    let cells = |body: &[u8]| -> Vec<_> {
        let again = Page { body, ..page };
        CnDrugTrials.parse(&again).unwrap().tables
    };
    assert_eq!(cells(masked.as_bytes()), cells(&body), "the mask changes nothing that is read");
}

#[test]
fn saved_pages_are_told_apart_by_what_they_hold() {
    let list = saved("查询结果.html", &fixture("day1/list_2.html")).unwrap();
    assert_eq!(table(&list, "trial_list").len(), 3);
    let totals: Vec<_> = list.totals.iter().map(|t| t.table.as_str()).collect();
    assert_eq!((totals, list.follow_ups.len()), (vec!["trial_list"], 0));
    let trial = saved("a.htm", &fixture("day1/CTR20990101.html")).unwrap();
    assert_eq!(cell(&trial, "trial", "detail_id", 0).len(), 32);
    assert_eq!(cell(&trial, "trial", "list_status", 0), "NULL");
    assert!(CnDrugTrials.import_request("a.xlsx", b"PK\x03\x04").is_none());
    assert!(CnDrugTrials.import_request("a.csv", b"a,b\n1,2\n").is_none());
    let keys =
        ["a.html", "b.html"].map(|n| CnDrugTrials.import_request(n, b"<html>").unwrap().key());
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn bytes_that_are_not_utf_8_are_reported() {
    let mut body = fixture("day1/CTR20990101.html");
    let at = body.windows(7).position(|w| w == b"NVP-BE-").unwrap();
    body.splice(at..at, *b"\xff\xfe\xc3\x28\x80");
    let parsed = saved("a.html", &body).unwrap();
    assert_eq!(parsed.issues[0].kind, "bad_encoding");
    assert!(cell(&parsed, "trial", "protocol_number", 0).ends_with("NVP-BE-01"));
}

fn requests() -> [Request; 4] {
    let import = |name: &str| CnDrugTrials.import_request(name, b"CTR20990101,").unwrap();
    [list_request(1), detail_request("x"), import("a.html"), import("a.csv")]
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for request in requests() {
            let _ = read(&request, &bytes);
        }
    }

    #[test]
    fn a_damaged_page_gives_rows_issues_or_an_error(
        which in 0_usize..3, cut in 0_usize..20_000, flips in proptest::collection::vec((0_usize..20_000, any::<u8>()), 0..20)
    ) {
        let name = ["day1/list_1.html", "day1/CTR20990103.html", "import/trial_info.csv"][which];
        let mut body = fixture(name);
        for (at, byte) in flips {
            let length = body.len();
            body[at % length] = byte;
        }
        body.truncate(body.len().max(1).min(cut));
        for request in requests() {
            let _ = read(&request, &body);
        }
    }
}
