//! Answers of other shapes than those that CTIS gives today.

use serde_json::{Value, json};

use super::*;

fn read(kind: &str, body: &Value) -> Parsed {
    let body = body.to_string();
    let request = Request::get(SPEC.url("search"), kind, BodyKind::Json);
    let page =
        Page { request: &request, content_type: None, last_modified: None, body: body.as_bytes() };
    EuCtis.parse(&page).unwrap()
}

fn kinds(parsed: &Parsed) -> Vec<&str> {
    parsed.issues.iter().map(|i| i.kind.as_str()).collect()
}

#[test]
fn lists_that_are_not_there_are_reported() {
    let mut trial = json!({
        "ctNumber": "2022-500001-11-00",
        "ctPublicStatusCode": 8,
        "authorizedApplication": {
            "authorizedPartI": {
                "products": [{"id": 1, "productName": "Tagrisso"}],
                "sponsors": [{"id": 2, "organisation": {"name": "A"}}],
            },
            "memberStatesConcerned": [{"mscId": 3, "mscName": "Spain"}],
        },
    });
    assert_eq!(kinds(&read("retrieve", &trial)), [""; 0]);
    trial["authorizedApplication"]["authorizedPartI"] = json!({"medicines": [], "sponsors": []});
    trial["authorizedApplication"]["memberStatesConcerned"] = json!(null);
    trial["ctPublicStatusCode"] = json!("Ended");
    assert_eq!(
        kinds(&read("retrieve", &trial)),
        ["no_products", "no_sponsors", "no_member_states", "unknown_status"]
    );
}

#[test]
fn a_search_is_known_by_its_rows_before_its_paging() {
    let kind = |head: &str| EuCtis.import_request("a.json", head.as_bytes()).unwrap().kind;
    assert_eq!(kind("{\n \"data\" : [ {\"ctNumber\": \"2022-500001-11-00\""), "rows");
    assert_eq!(kind("{\"ctNumber\": \"2022-500001-11-00\", \"data\": ["), "retrieve");
}

#[test]
fn a_country_that_is_no_text_is_reported() {
    let countries = json!(["Germany:8", {"name": "Spain"}]);
    let row = json!({"ctNumber": "2022-500001-11-00", "ctStatus": 8, "trialCountries": countries});
    let search = search::country_texts(row.as_object().unwrap());
    assert_eq!(search, ["Germany:8", "{\"name\":\"Spain\"}"]);
}
