//! The quirks of `ChiCTR`, on the fixtures and on rows made for them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{Severity, TextTable};

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../../fixtures/cn_chictr/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What comes of a body: masked, then parsed, as in a crawl.
pub(super) fn read(request: &Request, body: &[u8]) -> Result<Parsed, ParseError> {
    let page = Page { request, content_type: None, last_modified: None, body };
    let masked = CnChictr.redact(&page).into_owned();
    let again = Page { body: &masked, ..page };
    assert_eq!(CnChictr.redact(&again), masked, "masking twice is masking once");
    CnChictr.parse(&again)
}

pub(super) fn saved(name: &str, body: &[u8]) -> Result<Parsed, ParseError> {
    let head = &body[..body.len().min(4096)];
    read(&CnChictr.import_request(name, head).unwrap(), body)
}

pub(super) fn table<'p>(parsed: &'p Parsed, name: &str) -> &'p TextTable {
    parsed.tables.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}"))
}

pub(super) fn cell<'p>(parsed: &'p Parsed, name: &str, column: &str, row: usize) -> &'p str {
    table(parsed, name).column(column).unwrap().get(row).unwrap_or("NULL")
}

fn detail(project: &str) -> Parsed {
    read(&detail_request(project), &fixture(&format!("day1/proj_{project}.html"))).unwrap()
}

#[test]
fn a_list_gives_rows_totals_details_and_the_next_page() {
    let parsed = read(&list_request(1), &fixture("day1/list_1.html")).unwrap();
    assert_eq!(table(&parsed, "trial_list").len(), 10);
    for (column, value) in [
        ("registration_number", "ChiCTR2500110467"),
        (
            "public_title",
            "氟泽雷塞治疗晚期KRAS G12C突变NSCLC疗效和安全性评估，一项多中心、非干预、观察性研究(IBI351-RWS-001)",
        ),
        ("institution", "中国医学科学院肿瘤医院"),
        ("study_type", "观察性研究"),
        ("registered", "2025/10/14"),
        ("project_id", "278703"),
    ] {
        assert_eq!(cell(&parsed, "trial_list", column, 1), value);
    }
    let totals: Vec<_> = parsed.totals.iter().map(|t| (t.table.as_str(), t.rows)).collect();
    assert_eq!(totals, [("trial_list", 12), ("trial", 12)]);
    assert_eq!(
        parsed.follow_ups[1].url.as_str(),
        "https://www.chictr.org.cn/showproj.html?proj=278703"
    );
    assert!(parsed.follow_ups[1].fingerprint.as_ref().unwrap().contains("2025/10/14"));
    assert_eq!(parsed.follow_ups[10], list_request(2));
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty());
    let last = read(&list_request(2), &fixture("day1/list_2.html")).unwrap();
    assert_eq!((table(&last, "trial_list").len(), last.follow_ups.len()), (2, 2));
}

#[test]
fn a_crawl_reaches_the_declared_totals() {
    let mut queue = vec![list_request(1)];
    let (mut trials, mut listed) = (BTreeSet::new(), 0);
    while let Some(request) = queue.pop() {
        let name = match parameter(&request, "page") {
            Some(page) => format!("day1/list_{page}.html"),
            None => format!("day1/proj_{}.html", parameter(&request, "proj").unwrap()),
        };
        let parsed = read(&request, &fixture(&name)).unwrap();
        assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{name}");
        if request.kind == DETAIL {
            trials.insert(cell(&parsed, "trial", "registration_number", 0).to_owned());
        } else {
            listed += table(&parsed, "trial_list").len();
        }
        queue.extend(parsed.follow_ups);
    }
    assert_eq!((trials.len(), listed), (12, 12));
}

#[test]
fn a_frame_without_rows_is_reported_and_ends_the_crawl() {
    let page = String::from_utf8(fixture("day1/list_2.html")).unwrap();
    let (head, rest) = page.split_once("</t-head>").unwrap();
    let (_, tail) = rest.rsplit_once("</tr>").unwrap();
    let parsed = read(&list_request(2), format!("{head}</t-head>{tail}").as_bytes()).unwrap();
    assert_eq!(
        (parsed.issues[0].kind.as_str(), parsed.issues[0].severity),
        ("empty_page", Severity::Error)
    );
    assert_eq!((parsed.totals[0].rows, parsed.follow_ups.len()), (12, 0));
    assert_eq!(table(&parsed, "trial_list").len(), 0);
}

#[test]
fn a_changed_row_has_another_fingerprint() {
    let prints = |day: &str| -> Vec<_> {
        let parsed = read(&list_request(1), &fixture(&format!("{day}/list_1.html"))).unwrap();
        parsed.follow_ups.into_iter().map(|r| r.fingerprint).collect()
    };
    let (first, second) = (prints("day1"), prints("day2"));
    let changed: Vec<_> = (0..first.len()).filter(|i| first[*i] != second[*i]).collect();
    assert_eq!(changed, [5]);
}

#[test]
fn pages_of_another_shape_are_named() {
    let page = String::from_utf8(fixture("day1/list_1.html")).unwrap();
    let error =
        |request: &Request, body: &str| read(request, body.as_bytes()).unwrap_err().to_string();
    assert!(
        error(&list_request(1), &page.replace("注册号</th>", "编号</th>"))
            .contains("\"注册号\" is missing")
    );
    assert!(error(&list_request(1), &page.replace(">12<", ">many<")).contains("#data-total"));
    assert!(error(&list_request(1), &page.replace("table1", "table2")).contains("table.table1"));
    let slider = String::from_utf8(fixture("import/slider.html")).unwrap();
    for request in [list_request(1), detail_request("1")] {
        assert!(error(&request, &slider).contains("a verification page titled \"滑动验证页面\""));
    }
    let trial = String::from_utf8(fixture("day1/proj_900001.html")).unwrap();
    assert!(
        error(&detail_request("1"), &trial.replace("注册题目", "题目"))
            .contains("\"注册题目\" is missing")
    );
    let asked = detail_request("1").with("registration_number", "ChiCTR2000034346");
    assert!(error(&asked, &trial).contains("the trial ChiCTR2000034346, found ChiCTR2099000001"));
    assert!(error(&detail_request("1"), "<html><title>x</title></html>").contains("td.left_title"));
}

#[test]
fn rows_that_cannot_be_used_are_reported_with_their_number() {
    let page = String::from_utf8(fixture("day1/list_1.html")).unwrap();
    let broken = page
        .replacen("<td>ChiCTR2500111173</td>", "<td>ChiCTR</td>", 1)
        .replacen("showproj.html?proj=278703", "index.html", 1)
        .replacen("<td>2024/05/28</td>", "", 1);
    let parsed = read(&list_request(1), broken.as_bytes()).unwrap();
    let found: Vec<_> = parsed.issues.iter().map(|i| (i.kind.as_str(), i.row_number)).collect();
    assert_eq!(found, [("registration_number", 1), ("no_detail_link", 2), ("field_count", 3)]);
}

#[test]
fn a_detail_page_is_read_by_its_labels_in_both_languages() {
    let parsed = detail("173420");
    for (column, value) in [
        ("registration_number", "ChiCTR2400084905"),
        ("project_id", "173420"),
        ("last_refreshed", "2024-05-28 08:56:14"),
        ("registered", "2024-05-28 00:00:00"),
        ("registration_status", "预注册"),
        ("registration_status_en", "Prospective registration"),
        ("public_title_en", "SUNRAY-01, A Global Pivotal Study of LY3537982"),
        ("applicant_institution", "吉林省肿瘤医院"),
        ("applicant_institution_en", "Institution of ChiCTR2400084905"),
        ("ethics_number", "202311-105-02；202311-105-01"),
        ("ethics_committee", "吉林省肿瘤医院伦理委员会"),
        ("primary_sponsor", "吉林省肿瘤医院"),
        ("funding_en", "self-funded"),
        ("study_type", "干预性研究"),
        ("phase", "III期临床试验"),
        ("phase_en", "3"),
        ("study_start", "2024-06-01 00:00:00"),
        ("study_end", "2029-10-01 00:00:00"),
        ("recruiting_start", "2024-06-01 00:00:00"),
        ("recruiting_end", "NULL"),
        ("recruiting_status", "尚未开始"),
        ("recruiting_status_en", "Not yet recruiting"),
        ("age_min", "18"),
        ("age_max", ""),
        ("sex", "男女均可"),
        ("sex_en", "Both"),
        ("blinding", "双盲"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value, "{column}");
    }
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{:?}", parsed.unread);
}

#[test]
fn a_page_with_a_few_labels_is_a_trial() {
    let line = |label: &str, value: &str| {
        format!(
            "<tr><td class=\"left_title\"><p class=\"cn\">{label}：</p></td><td>{value}</td></tr>\n"
        )
    };
    let lines = [
        ("注册号", "ChiCTR2500111173"),
        ("注册时间", "2025/10/27"),
        ("注册题目", "SUNRAY-02"),
        ("研究类型", "干预性研究"),
        ("申请人所在单位", "广东省人民医院（广东省医学科学院）"),
    ];
    let rows: String = lines.iter().map(|(label, value)| line(label, value)).collect();
    let page = format!(
        "<!DOCTYPE html><html><body><div class=\"project-ms\"><table>{rows}</table></div></body></html>"
    );
    let request = detail_request("274313").with("list_institution", "广东省人民医院");
    let parsed = read(&request, page.as_bytes()).unwrap();
    assert_eq!((parsed.tables.len(), parsed.issues.len()), (1, 0));
    assert_eq!(
        cell(&parsed, "trial", "applicant_institution", 0),
        "广东省人民医院（广东省医学科学院）"
    );
    assert_eq!(cell(&parsed, "trial", "project_id", 0), "274313");
    assert_eq!(cell(&parsed, "trial", "list_institution", 0), "广东省人民医院");
}

#[test]
fn sponsors_interventions_and_places_have_tables() {
    let parsed = detail("173420");
    let sponsors = table(&parsed, "trial_sponsor");
    let roles: Vec<_> = sponsors.column("role").unwrap().iter().flatten().collect();
    assert_eq!(roles, ["primary", "secondary"]);
    assert_eq!(cell(&parsed, "trial_sponsor", "sponsor", 1), "吉林省肿瘤医院");
    assert_eq!(cell(&parsed, "trial_sponsor", "country_en", 1), "China");
    assert_eq!(table(&parsed, "trial_intervention").len(), 2);
    for (column, value) in [
        ("group_number", "2"),
        ("group_name", "对照组（A部分）"),
        ("group_name_en", "control group（Part A）"),
        ("sample_size", "192"),
        ("intervention", "安慰剂联合帕博利珠单抗"),
        ("intervention_en", "placebo with pembrolizumab"),
        ("intervention_code", ""),
    ] {
        assert_eq!(cell(&parsed, "trial_intervention", column, 1), value, "{column}");
    }
    assert_eq!(table(&parsed, "trial_country").len(), 2);
    assert_eq!(cell(&parsed, "trial_country", "institution", 1), "天津市肿瘤医院");
    assert_eq!(cell(&parsed, "trial_country", "province_en", 1), "Tianjing");
    assert_eq!(cell(&parsed, "trial_country", "institution_level_en", 1), "Tertiary A");
}

#[test]
fn several_groups_in_one_table_are_several_rows_and_strangers_are_named() {
    let body = String::from_utf8(fixture("day1/proj_900001.html")).unwrap();
    let start = body.find("Interventions").unwrap();
    let (head, tail) = body.split_at(start);
    let one = tail.replacen("</tbody></table>\n<table width=\"780\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" class=\"noComma\"><tbody>\n", "", 1);
    let body = format!("{head}{one}").replace("盲法", "新栏目").replace(">Blinding：", ">New：");
    let parsed = read(&detail_request("900001"), body.as_bytes()).unwrap();
    assert_eq!(table(&parsed, "trial_intervention").len(), 2);
    assert_eq!(cell(&parsed, "trial_intervention", "group_name", 1), "对照组");
    assert_eq!(parsed.unread, ["label \"New：\"", "label \"新栏目：\""]);
}

#[test]
fn no_person_is_in_a_masked_page_and_everything_else_is() {
    let body = fixture("day1/proj_173420.html");
    let request = detail_request("173420");
    let page = Page { request: &request, content_type: None, last_modified: None, body: &body };
    let masked = String::from_utf8(CnChictr.redact(&page).into_owned()).unwrap();
    for person in [
        "张三",
        "李四",
        "王五",
        "San Zhang",
        "Si Li",
        "Wu Wang",
        "0000 0000",
        "6555",
        "8555",
        "example.com",
        "某路1",
        "某路2",
        "某路4",
    ] {
        assert!(!masked.contains(person), "{person}");
    }
    let tables = |body: &[u8]| CnChictr.parse(&Page { body, ..page }).unwrap().tables;
    assert_eq!(tables(masked.as_bytes()), tables(&body), "the mask changes nothing that is read");
}

#[test]
fn saved_pages_are_told_apart_by_what_they_hold() {
    let list = saved("list.html", &fixture("day1/list_1.html")).unwrap();
    assert_eq!(table(&list, "trial_list").len(), 10);
    let totals: Vec<_> = list.totals.iter().map(|t| (t.table.as_str(), t.rows)).collect();
    assert_eq!((totals, list.follow_ups.len()), (vec![("trial_list", 12)], 0));
    let trial = saved("showproj.html", &fixture("day1/proj_900001.html")).unwrap();
    assert_eq!(cell(&trial, "trial", "project_id", 0), "900001");
    assert!(saved("slider.html", &fixture("import/slider.html")).is_err());
    assert!(CnChictr.import_request("a.xlsx", b"PK\x03\x04").is_none());
}

#[test]
fn numbers_of_every_age_are_known() {
    for (number, known) in [
        ("ChiCTR2500111173", true),
        ("ChiCTR-IPR-17013579", true),
        ("ChiCTR-TRC-09000001", true),
        ("ChiCTR1800015011", true),
        ("ChiCTR", false),
        ("NCT04185883", false),
        ("ChiCTR25001111七三", false),
    ] {
        assert_eq!(is_registration_number(number), known, "{number}");
    }
}

fn requests() -> [Request; 4] {
    let import = |name: &str, head: &[u8]| CnChictr.import_request(name, head).unwrap();
    [list_request(1), detail_request("1"), import("a.html", b""), import("a.xml", b"<trials>")]
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
        which in 0_usize..3, cut in 0_usize..30_000, flips in proptest::collection::vec((0_usize..30_000, any::<u8>()), 0..20)
    ) {
        let name = ["day1/list_1.html", "day1/proj_173420.html", "import/export.xml"][which];
        let mut body = fixture(name);
        for (at, byte) in flips {
            let length = body.len();
            body[at % length] = byte;
        }
        body.truncate(cut);
        for request in requests() {
            let _ = read(&request, &body);
        }
    }
}
