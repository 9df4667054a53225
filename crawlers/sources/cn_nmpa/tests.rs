//! The quirks of the registers, each with a row made for it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::test_crawl::{Crawled, crawl, damaged, fixture, real_day};

const DOMESTIC: &str = "ff80808183cad75001840881f848179f";

fn window() -> Window {
    Window { today: jiff::civil::date(2025, 10, 18), since: None }
}

pub(super) fn asked(request: &Request) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

/// What the fixtures' site answers.
fn site(request: &Request, day: &str) -> Option<Vec<u8>> {
    let query = asked(request);
    let register = |id: Option<&String>| {
        if id.is_some_and(|id| id == DOMESTIC) { "domestic" } else { "imported" }
    };
    let file = match request.kind.as_str() {
        "menu" => "NMPA_DATA.json".to_owned(),
        "labels" => format!("labels_{}.json", request.context["table"]),
        "search" => {
            let register = register(query.get("itemId"));
            assert_eq!((query["searchValue"].as_str(), query["pageSize"].as_str()), ("", "20"));
            format!("search_{register}_{}.json", query["pageNum"])
        }
        _ => format!("details/{}.json", query["id"]),
    };
    fixture("cn_nmpa", day, &file).or_else(|| fixture("cn_nmpa", "day1", &file))
}

fn crawl_day(day: &str) -> Crawled {
    crawl(&CnNmpa, CnNmpa.seeds(&window()), |request| site(request, day)).unwrap()
}

#[test]
fn menu_labels_pages_and_details_make_two_tables() {
    let crawled = crawl_day("day1");
    assert_eq!((crawled.rows("domestic"), crawled.declared("domestic")), (11, 11));
    assert_eq!((crawled.rows("imported"), crawled.declared("imported")), (22, 22));
    // Menu, two label files, one and two search pages, a detail per row.
    assert_eq!(crawled.requests.len(), 1 + 2 + 3 + 33);
    assert_eq!(crawled.kinds(), BTreeMap::from([("no_detail", 1)]));
    let numbers = crawled.column("imported", "registration_number");
    let at = numbers.iter().position(|n| *n == Some("H20170166")).unwrap();
    assert_eq!(crawled.column("imported", "company_en")[at], Some("AstraZeneca AB"));
    assert_eq!(crawled.column("imported", "trade_name_en")[at], Some("TAGRISSO"));
    assert_eq!(crawled.column("imported", "record_id")[at].unwrap().len(), 32);
    // The record that is gone keeps what the list says.
    let at = numbers.iter().position(|n| *n == Some("S20170002")).unwrap();
    assert_eq!(crawled.column("imported", "product_name")[at], Some("利妥昔单抗注射液"));
    assert_eq!(crawled.column("imported", "company_en")[at], None);
    let strengths = crawled.column("domestic", "strength");
    assert!(strengths.contains(&Some("－－－－")));
}

#[test]
fn a_detail_is_asked_again_only_when_its_list_row_has_changed() {
    let fingerprints = |crawled: &Crawled| {
        let details = crawled.requests.iter().filter(|r| r.kind == "detail");
        details.map(|r| (r.key(), r.fingerprint.clone().unwrap())).collect::<BTreeMap<_, _>>()
    };
    let (first, second) = (crawl_day("day1"), crawl_day("day2"));
    let before = fingerprints(&first);
    let fetched = fingerprints(&second).into_iter().filter(|(k, f)| before.get(k) != Some(f));
    // A re-registration (a new record) and a drug code that was filled in.
    assert_eq!(fetched.count(), 2);
    let former = second.column("imported", "former_registration_number");
    assert!(former.contains(&Some("H20170166")));
}

fn parse_as(kind: &str, context: &[(&str, &str)], body: &[u8]) -> Result<Parsed, ParseError> {
    let mut request = Request::get(SPEC.url("search"), kind, BodyKind::Json);
    for (name, value) in context {
        request = request.with(name, *value);
    }
    CnNmpa.parse(&Page { request: &request, content_type: None, last_modified: None, body })
}

const LIST: &str = r#"[["f0","批准文号"],["f1","产品名称"],["f9","新字段"],["f4","NMPA_DK"]]"#;

#[test]
fn labels_rule_the_columns_and_strangers_are_kept() {
    let context = [("table", "domestic"), ("list_labels", LIST), ("details", "no")];
    let body = r#"{"code":"200","data":{"total":"3","list":[
        {"f0":"国药准字H20203470","f1":"利伐沙班片","f9":"a","f7":8,"f4":"x"}, 5,
        {"f0":"国药准字S20083021","f1":"人血白蛋白"}]}}"#;
    let parsed = parse_as("search", &context, body.as_bytes()).unwrap();
    let table = &parsed.tables[0];
    assert_eq!(table.row_numbers, [1, 3]);
    assert_eq!(table.new_columns, ["新字段", "f7"]);
    assert_eq!(table.column("f7").unwrap().get(0), Some("8"));
    assert_eq!(table.column("record_id").unwrap().get(1), None);
    assert_eq!(parsed.issues[0].kind, "not_an_object");
    assert_eq!(parsed.totals[0].rows, 3);

    let renamed = LIST.replace("批准文号", "文号");
    let context = [("table", "domestic"), ("list_labels", renamed.as_str()), ("details", "no")];
    match parse_as("search", &context, body.as_bytes()).unwrap_err() {
        ParseError::MissingColumn { column, .. } => assert_eq!(column, "批准文号"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_page_that_is_not_the_answer_is_an_error() {
    let context = [("table", "domestic"), ("list_labels", LIST), ("page", "2")];
    for (body, expected) in [
        (r#"{"code":500,"message":"请求超时","data":null}"#, "请求超时"),
        (r#"{"code":200,"data":{"total":3}}"#, "data.list"),
        (r#"{"code":200,"data":{"list":[]}}"#, "data.total"),
        ("<html>", "JSON"),
    ] {
        let error = parse_as("search", &context, body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = parse_as("detail", &context, br#"{"code":500,"message":"x"}"#).unwrap_err();
    assert!(error.to_string().contains("data.detail"), "{error}");
}

#[test]
fn the_registers_are_found_by_either_name_and_missed_by_none() {
    let menu = |first: &str| {
        let items = json!([{"itemList": [{"itemId": "a1", "itemName": first},
            {"itemId": "b2", "itemName": "境外生产药品备案信息公示"},
            {"itemId": "c3", "itemName": "境外生产药品"}]}]);
        parse_as("menu", &[], items.to_string().as_bytes())
    };
    for name in ["境内生产药品", "国产药品"] {
        let ids: Vec<_> =
            menu(name).unwrap().follow_ups.iter().map(|r| r.context["item_id"].clone()).collect();
        assert_eq!(ids, ["a1", "c3"]);
    }
    let error = menu("境内生产药品备案信息公示").unwrap_err().to_string();
    assert!(error.contains("境内生产药品 or 国产药品"), "{error}");
}

fn import(files: &[(&str, Vec<u8>)]) -> Crawled {
    let bodies: BTreeMap<String, Vec<u8>> = files
        .iter()
        .map(|(name, body)| {
            let request = CnNmpa.import_request(name, &body[..body.len().min(4096)]);
            (request.unwrap().key(), body.clone())
        })
        .collect();
    let requests = files
        .iter()
        .filter_map(|(name, body)| CnNmpa.import_request(name, &body[..body.len().min(4096)]));
    crawl(&CnNmpa, requests.collect(), |request| {
        Some(bodies.get(&request.key()).cloned().unwrap_or_else(|| panic!("{request:?}")))
    })
    .unwrap()
}

#[test]
fn saved_files_are_told_by_their_first_bytes() {
    let file = |name: &str| fixture("cn_nmpa", "day1", name).unwrap();
    let crawled = import(
        &[
            ("NMPA_DATA.json", b"[{\"itemList\": []}]".to_vec()),
            ("1.json", file("search_domestic_1.json")),
            ("进口 1.json", file("search_imported_1.json")),
            ("进口 2.json", file("search_imported_2.json")),
            ("a.html", file("register_001.html")),
            ("b.html", file("register_002.html")),
        ][1..],
    );
    for (table, rows) in [("domestic", 11), ("imported", 22), ("imported_register_2019", 11)] {
        assert_eq!((crawled.rows(table), crawled.declared(table)), (rows, rows), "{table}");
    }
    let menu = CnNmpa.import_request("NMPA_DATA.json", &file("NMPA_DATA.json")).unwrap();
    assert_eq!(menu.kind, "menu");
    assert_eq!(CnNmpa.import_request("x.csv", b"a,b"), None);
    assert_eq!(CnNmpa.import_request("x.html", b"<html><body>captcha"), None);
}

#[test]
fn saved_details_of_either_register_are_read() {
    let domestic = json!({"code": 200, "data": {"detail": {
        "f0": "国药准字H20203470", "f1": "利伐沙班片", "f4": "片剂", "f14": "x",
        "f15": "ffff62bbec9b6ea4172d3482a81f292b"}}});
    let imported = json!({"code": 200, "data": {"detail": {
        "f0": "国药准字HJ20170166", "f1": "H20170166", "f14": "甲磺酸奥希替尼片",
        "f36": "0569966b4f2a2a6c402b4fc94a7b24c4"}}});
    let crawled =
        import(&[("1.json", domestic.to_string().into()), ("2.json", imported.to_string().into())]);
    assert_eq!(crawled.column("domestic", "dosage_form"), [Some("片剂")]);
    assert_eq!(crawled.column("imported", "product_name"), [Some("甲磺酸奥希替尼片")]);
    assert_eq!(crawled.column("imported", "former_registration_number"), [Some("H20170166")]);
    // The record id stands behind all that the catalogue names.
    for (table, id) in [
        ("domestic", "ffff62bbec9b6ea4172d3482a81f292b"),
        ("imported", "0569966b4f2a2a6c402b4fc94a7b24c4"),
    ] {
        assert_eq!(crawled.column(table, "record_id"), [Some(id)]);
    }
    assert!(crawled.tables.iter().all(|table| table.new_columns.is_empty()));
}

#[test]
fn pages_of_the_old_register_declare_their_total() {
    let page = fixture("cn_nmpa", "day1", "register_001.html").unwrap();
    let parsed = parse_as("register_page", &[], &page).unwrap();
    let table = &parsed.tables[0];
    assert_eq!((table.len(), parsed.totals[0].rows), (8, 11));
    assert_eq!(table.column("registration_number").unwrap().get(4), None);
    assert_eq!(table.column("product_name").unwrap().get(2), Some("阿仑膦酸钠维D3片(Ⅱ)"));
    let text = String::from_utf8(page).unwrap();
    let other = text.replace("tableId=36", "tableId=25");
    assert!(parse_as("register_page", &[], other.as_bytes()).is_err());
    let without = text.replace("条", "");
    let error = parse_as("register_page", &[], without.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("条记录"), "{error}");
}

#[test]
fn the_real_register_of_imports_is_complete() {
    let Some(folder) = real_day("cn_nmpa", "day1") else { return };
    let mut pages: Vec<_> = std::fs::read_dir(folder.join("import_2019"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(p).unwrap()))
        .collect();
    pages.sort();
    let files: Vec<_> = pages.iter().map(|(name, body)| (name.as_str(), body.clone())).collect();
    let crawled = import(&files);
    let table = "imported_register_2019";
    assert_eq!((files.len(), crawled.rows(table), crawled.declared(table)), (272, 4071, 4071));
    let missing =
        |column: &str| crawled.column(table, column).iter().filter(|c| c.is_none()).count();
    assert_eq!((missing("registration_number"), missing("drug_code")), (18, 215));
    assert_eq!((missing("product_name"), missing("company")), (0, 0));
    assert_eq!(crawled.kinds(), BTreeMap::new());
    let positions: Vec<u32> = crawled.tables.iter().flat_map(|t| t.row_numbers.clone()).collect();
    assert!(positions.iter().copied().eq(1..=4071));
}

#[test]
fn the_real_menu_and_labels_lead_to_the_real_numbers() {
    let Some(folder) = real_day("cn_nmpa", "day1") else { return };
    let rows: Vec<Value> = std::fs::read_to_string(folder.join("domestic_S.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let crawled = crawl(&CnNmpa, CnNmpa.seeds(&window()), |request| {
        let query = asked(request);
        let config = |name: &str| std::fs::read(folder.join("config").join(name)).unwrap();
        Some(match request.kind.as_str() {
            "menu" => config("NMPA_DATA.json"),
            "labels" => config(&format!("{}.json", request.context["item_id"])),
            "search" if query["itemId"] != DOMESTIC => {
                br#"{"code":200,"data":{"list":[],"total":0}}"#.to_vec()
            }
            "search" => {
                let page: usize = query["pageNum"].parse().unwrap();
                let list: Vec<Value> = (0..rows.len())
                    .skip((page - 1) * 20)
                    .take(20)
                    .map(|i| json!({"f0": rows[i]["code"], "f1": rows[i]["zh"], "f4": i.to_string()}))
                    .collect();
                json!({"code": 200, "data": {"list": list, "total": rows.len()}}).to_string().into()
            }
            _ => {
                let row = &rows[query["id"].parse::<usize>().unwrap()];
                let detail = json!({"f0": row["code"], "f1": row["zh"], "f2": row["en"]});
                json!({"code": 200, "data": {"detail": detail}}).to_string().into()
            }
        })
    })
    .unwrap();
    assert_eq!((crawled.rows("domestic"), crawled.declared("domestic")), (1718, 1718));
    assert_eq!((crawled.rows("imported"), crawled.declared("imported")), (0, 0));
    let keys: BTreeSet<_> = crawled.keys["domestic"].iter().collect();
    assert_eq!((keys.len(), crawled.kinds()), (1718, BTreeMap::new()));
    let english = crawled.column("domestic", "product_name_en");
    assert_eq!(english.iter().filter(|e| e.is_some_and(str::is_empty)).count(), 173);
    assert!(crawled.tables.iter().all(|t| t.new_columns.is_empty()));
}

#[test]
fn saved_answers_in_gbk_are_read() {
    let row = json!({"f0": "国药准字H20083021", "f1": "布洛芬片", "f2": "某药业", "f4": "1"});
    let text = json!({"code": 200, "data": {"list": [row], "total": 1}}).to_string();
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    let request = CnNmpa.import_request("a.json", &gbk).unwrap();
    let context: Vec<_> =
        request.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let parsed = parse_as(&request.kind, &context, &gbk).unwrap();
    assert_eq!(parsed.tables[0].name, "domestic");
    assert_eq!(parsed.tables[0].column("product_name").unwrap().get(0), Some("布洛芬片"));
    assert_eq!(parsed.issues, []);
}

const KINDS: [&str; 5] = ["menu", "labels", "search", "detail", "register_page"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_rows_issues_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        text in "[\\[\\]{}:,\"a-z0-9(国药准字条共)]{0,120}",
    ) {
        let context = [("table", "imported"), ("list_labels", LIST), ("detail_labels", LIST)];
        for kind in KINDS {
            let _ = parse_as(kind, &context, &bytes);
            let _ = parse_as(kind, &context, text.as_bytes());
        }
        let _ = CnNmpa.import_request(&text, &bytes);
        let _ = CnNmpa.import_request("x.json", text.as_bytes());
    }

    #[test]
    fn damaged_search_pages_are_survived(
        page in damaged(fixture("cn_nmpa", "day1", "search_imported_1.json").unwrap()),
    ) {
        let context = [("table", "imported"), ("list_labels", LIST), ("detail_labels", LIST)];
        if let Ok(parsed) = parse_as("search", &context, &page) {
            prop_assert!(parsed.tables.iter().map(crate::TextTable::len).sum::<usize>() <= 20);
        }
    }

    #[test]
    fn damaged_register_pages_are_survived(
        page in damaged(fixture("cn_nmpa", "day1", "register_001.html").unwrap()),
    ) {
        let _ = parse_as("register_page", &[], &page);
    }
}
