//! The quirks of CTIS, each with an answer made for it.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{RequestBody, TextTable};

fn read(kind: &str, context: &[(&str, &str)], body: &[u8]) -> Result<Parsed, ParseError> {
    let mut request = Request::get(SPEC.url("search"), kind, BodyKind::Json);
    for (name, value) in context {
        request = request.with(name, *value);
    }
    let page = Page { request: &request, content_type: None, last_modified: None, body };
    let masked = EuCtis.redact(&page).into_owned();
    EuCtis.parse(&Page { body: &masked, ..page })
}

fn cell<'a>(table: &'a TextTable, column: &str, row: usize) -> Option<&'a str> {
    table.column(column).unwrap_or_else(|| panic!("{column}")).get(row)
}

pub(super) fn search_row(number: &str, status: u8) -> Value {
    json!({
        "ctNumber": number, "ctStatus": status, "ctTitle": "A trial of osimertinib",
        "trialCountries": ["Germany:8", "Greece:4", "Narnia:13"],
        "decisionDate": "DE: 03/08/2022, GR: 17/06/2024", "sponsor": "AstraZeneca AB",
        "trialPhase": "Therapeutic confirmatory  (Phase III)", "product": "Tagrisso",
        "lastUpdated": "19/08/2025",
    })
}

pub(super) fn answer(total: usize, rows: &[Value]) -> Vec<u8> {
    json!({"showWarning": false, "pagination": {"totalRecords": total}, "data": rows})
        .to_string()
        .into_bytes()
}

#[test]
fn rows_become_trials_and_countries_and_lead_to_details() {
    let body = answer(1, &[search_row("2023-508143-51-01", 5)]);
    let parsed = read("rows", &[], &body).unwrap();
    let (trials, countries) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!(cell(trials, "trial_number", 0), Some("2023-508143-51"));
    assert_eq!(cell(trials, "resubmission", 0), Some("01"));
    assert_eq!(cell(trials, "trial_phase", 0), Some("Therapeutic confirmatory  (Phase III)"));
    assert_eq!(countries.len(), 3);
    assert_eq!(cell(countries, "decision_date", 1), Some("17/06/2024"));
    assert_eq!(cell(countries, "status_code", 0), Some("8"));
    let kinds: Vec<_> = parsed.issues.iter().map(|i| i.kind.as_str()).collect();
    assert_eq!(kinds, ["unknown_country", "unknown_status"]);
    let details = &parsed.follow_ups[0];
    assert!(details.url.as_str().ends_with("/ctis-public-api/retrieve/2023-508143-51-01"));
    let state = "19/08/2025|5|DE: 03/08/2022, GR: 17/06/2024";
    assert_eq!(details.fingerprint.as_deref(), Some(state));
}

#[test]
fn odd_rows_are_reported_and_a_missing_key_is_named() {
    let mut row = search_row("2023-508143", 13);
    row["surprise"] = json!(["a", "b"]);
    let parsed = read("rows", &[], &answer(1, &[row])).unwrap();
    let kinds: Vec<_> =
        parsed.issues.iter().map(|i| (i.kind.as_str(), i.column.as_str())).collect();
    assert!(
        kinds.contains(&("ct_number", "ct_number"))
            && kinds.contains(&("unknown_status", "ct_status"))
    );
    assert_eq!(parsed.tables[0].new_columns, ["surprise"]);
    assert!(parsed.follow_ups.is_empty());
    let body = String::from_utf8(answer(1, &[search_row("2023-508143-51-01", 5)])).unwrap();
    // Of trials without a decision a page may have none.
    let undecided = ["decisionDate", "product"]
        .iter()
        .fold(body.clone(), |b, key| b.replace(&format!("\"{key}\""), "\"renamed\""));
    let parsed = read("rows", &[], undecided.as_bytes()).unwrap();
    assert_eq!(parsed.tables[0].len(), 1);
    for key in ["ctNumber", "ctStatus", "ctTitle", "trialCountries", "totalRecords", "data"] {
        let body = body.replace(&format!("\"{key}\""), "\"renamed\"");
        let error = read("rows", &[], body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(key) && error.contains("is missing"), "{error}");
    }
    assert!(read("rows", &[], b"<html>").is_err());
}

#[test]
fn a_short_page_is_reported() {
    let rows: Vec<Value> = (0..3).map(|n| search_row(&format!("2023-50000{n}-00-00"), 8)).collect();
    let parsed = read("page", &[("page", "1"), ("size", "100")], &answer(250, &rows)).unwrap();
    assert!(
        parsed
            .issues
            .iter()
            .any(|i| i.kind == "short_page" && i.message.contains("3 rows, 100 of 250"))
    );
    assert_eq!(parsed.totals[0].rows, 250);
}

fn details(current: bool) -> Value {
    let application = json!({
        "authorizedPartI": {
            "products": [{
                "id": 7, "part1MpRoleTypeCode": "1", "productName": "Tagrisso 80 mg", "routes": ["ORAL USE"],
                "pharmaceuticalFormDisplay": "FILM-COATED TABLET", "orphanDrugEdit": false,
                "productDictionaryInfo": {"prodName": "TAGRISSO", "activeSubstanceName": "OSIMERTINIB MESILATE", "mrpNumber": "EMEA/H/C/004124"},
            }],
            "productRoleGroupInfos": [{"productRoleCode": "1", "productRoleName": "Test", "products": [{"id": 7}]}],
            "sponsors": [{
                "id": 1, "primary": true, "commercial": "Commercial",
                "organisation": {"name": "AstraZeneca AB", "type": "Pharmaceutical company", "businessKey": "ORG-100000000"},
                "addresses": [{"address": {"oneLine": "Street 1", "countryName": "Sweden"}, "phone": "+46 8 553 26 000", "email": "a.b@c.example"}],
                "publicContacts": [{"functionalName": "Jane Roe", "functionalEmailAddress": "jane.roe@c.example", "telephone": "+46855326000"}],
                "contactPointForUnion": {"person": {"firstName": "John", "lastName": "Doe", "note": "call John", "address": {"addressLine1": "x", "country": 1}}},
            }],
            "medicalConditions": [{"medicalCondition": "NSCLC"}, {"medicalCondition": "EGFR"}],
            "trialDetails": {"clinicalTrialIdentifiers": {"fullTitle": "Write to jane.roe@c.example", "secondaryIdentifyingNumbers": {"nctNumber": {"number": "NCT02296125"}}}},
        },
        "authorizedPartsII": [{"mscId": 3, "mscInfo": {"id": 3, "activeTrialPeriod": {"trialStartDate": "2021-01-29"}}, "recruitmentSubjectCount": 7,
            "trialSites": [{"personInfo": {"id": 5, "title": "1", "firstName": "Ann", "lastName": "Poe", "telephone": 46855, "email": "ann@d.example"}, "departmentName": "Oncology"}]}],
        "memberStatesConcerned": [{"mscName": "Spain", "mscId": 3, "firstDecisionDate": "2024-04-24", "mscPublicStatusCode": 4}],
        "eudraCt": {"isTransitioned": true, "eudraCtCode": "2014-002694-11"},
    });
    let mut body = json!({"ctNumber": "2024-510663-34-00", "ctStatus": 4, "surprise": 1});
    if current {
        body["authorizedApplication"] = application;
    } else {
        body.as_object_mut().unwrap().extend(application.as_object().unwrap().clone());
    }
    body
}

#[test]
fn both_shapes_of_details_give_the_same_rows() {
    for (current, format) in [(true, "current"), (false, "2024")] {
        let body = details(current).to_string();
        let parsed =
            read("retrieve", &[("ct_number", "2024-510663-34-00")], body.as_bytes()).unwrap();
        let [detail, state, sponsor, product] = &parsed.tables[..] else { panic!() };
        assert_eq!(cell(detail, "format", 0), Some(format));
        assert_eq!(cell(detail, "eudra_ct_code", 0), Some("2014-002694-11"));
        assert_eq!(cell(detail, "nct_number", 0), Some("NCT02296125"));
        assert_eq!(cell(detail, "medical_conditions", 0), Some("NSCLC; EGFR"));
        assert_eq!(cell(state, "trial_start_date", 0), Some("2021-01-29"));
        assert_eq!(cell(state, "site_count", 0), Some("1"));
        assert_eq!(cell(sponsor, "name", 0), Some("AstraZeneca AB"));
        assert_eq!(cell(sponsor, "country", 0), Some("Sweden"));
        assert_eq!(cell(product, "mrp_number", 0), Some("EMEA/H/C/004124"));
        assert_eq!(cell(product, "role_name", 0), Some("Test"));
        assert_eq!(cell(product, "routes", 0), Some("ORAL USE"));
        assert_eq!(parsed.issues, []);
        assert!(parsed.unread.contains(&"details: surprise".to_owned()));
    }
}

#[test]
fn an_unknown_number_is_an_issue_and_another_trial_too() {
    let parsed = read("retrieve", &[("ct_number", "2024-000000-00-00")], b"{}").unwrap();
    assert_eq!((parsed.issues[0].kind.as_str(), parsed.tables.len()), ("unknown_trial", 4));
    let body = details(true).to_string();
    let parsed = read("retrieve", &[("ct_number", "2024-000000-00-00")], body.as_bytes()).unwrap();
    assert_eq!(parsed.issues[0].kind, "other_trial");
    assert!(read("retrieve", &[], b"[]").is_err());
    assert!(read("retrieve", &[], br#"{"ctnr":1}"#).unwrap_err().to_string().contains("ctNumber"));
}

#[test]
fn no_person_reaches_the_archive() {
    let body = details(true).to_string();
    let masked = redact::body(body.as_bytes()).into_owned();
    let text = String::from_utf8(masked.clone()).unwrap();
    for personal in ["@", "Jane", "John", "Doe", "Ann", "Poe", "4685", "+46", "Street 1"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    for kept in ["AstraZeneca AB", "Sweden", "Oncology", "OSIMERTINIB", "\"country\":1"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert_eq!(redact::body(&masked).into_owned(), masked);
    assert_eq!(redact::body(b"mail a@b.example").into_owned(), b"mail [e-mail]");
    let cut = redact::body(&body.as_bytes()[..body.len() - 9]).into_owned();
    let text = String::from_utf8(cut).unwrap();
    for personal in ["@", "Jane", "Doe", "Ann", "Poe", "+46", "Street 1"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    let mut broken = body.replace("Oncology", "Onco?ogy").into_bytes();
    let at = broken.iter().position(|b| *b == b'?').unwrap();
    broken[at] = 0xff;
    assert!(!String::from_utf8_lossy(&redact::body(&broken)).contains("Jane"));
    assert!(matches!(redact::body(b"{\"a\":  1}"), Cow::Borrowed(_)));
}

#[test]
fn files_of_an_operator_are_told_apart() {
    let kind = |head: &[u8]| EuCtis.import_request("f.json", head).map(|r| r.kind);
    assert_eq!(kind(&answer(0, &[])).as_deref(), Some("rows"));
    assert_eq!(kind(details(true).to_string().as_bytes()).as_deref(), Some("retrieve"));
    assert_eq!(kind(b"<html>"), None);
}

#[test]
fn the_real_details_give_the_counts_that_were_counted_by_hand() {
    let root = std::env::var("REGATTA_SHARED").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let day = root.join("real/eu_ctis/day1");
    for (number, states, sponsors, products, mrp) in [
        ("2022-500244-37-00", 1, 1, 4, None),
        ("2023-505613-24-00", 3, 1, 3, Some("EMEA/H/C/000610")),
        ("2023-508143-51-01", 1, 1, 1, Some("BE/H/0152/002")),
        ("2024-510663-34-00", 2, 1, 1, Some("EMEA/H/C/004102")),
    ] {
        let Ok(body) = std::fs::read(day.join(format!("retrieve_{number}.json"))) else {
            println!("skipped: {} is not here", day.display());
            return;
        };
        let parsed = read("retrieve", &[("ct_number", number)], &body).unwrap();
        let counts: Vec<_> = parsed.tables.iter().map(TextTable::len).collect();
        assert_eq!(counts, [1, states, sponsors, products], "{number}");
        assert_eq!(parsed.issues, [], "{number}");
        assert_eq!(parsed.unread, Vec::<String>::new(), "{number}");
        let numbers: Vec<_> = parsed.tables[3].column("mrp_number").unwrap().iter().collect();
        assert!(mrp.is_none() || numbers.contains(&mrp), "{number}: {numbers:?}");
    }
}

/// A file of this source's fixtures.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/eu_ctis/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

#[test]
fn the_fixtures_read_as_they_were_meant() {
    for day in ["day1", "day2"] {
        let count = read("count", &[], &fixture(&format!("{day}/count.json"))).unwrap();
        let probe = &count.follow_ups[0];
        let page =
            [("page", probe.context["page"].as_str()), ("size", probe.context["size"].as_str())];
        let rows = read("probe", &page, &fixture(&format!("{day}/search.json"))).unwrap();
        assert_eq!((rows.tables[0].len(), rows.tables[1].len(), rows.follow_ups.len()), (6, 8, 6));
        assert_eq!(rows.issues, []);
    }
    for (file, products) in
        [("zanamivir", 1), ("baclofen", 1), ("osimertinib", 2), ("sildenafil", 2)]
    {
        let parsed = read("retrieve", &[], &fixture(&format!("day1/{file}.json"))).unwrap();
        assert_eq!((parsed.tables[3].len(), parsed.issues.len()), (products, 0), "{file}");
        assert!(parsed.unread.is_empty(), "{:?}", parsed.unread);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ["count", "probe", "page", "rows", "retrieve"] {
            let _ = read(kind, &[("page", "3"), ("size", "7")], &bytes);
        }
    }

    #[test]
    fn a_damaged_answer_does_no_harm(at in 0usize..4000, byte: u8, cut in 0usize..4000) {
        for body in [details(true).to_string().into_bytes(), answer(9, &[search_row("2023-508143-51-01", 5)])] {
            let mut body = body;
            let len = body.len();
            body[at % len] = byte;
            for kind in ["count", "probe", "rows", "retrieve"] {
                let _ = read(kind, &[("page", "1"), ("size", "100")], &body);
            }
            body.truncate(cut % len);
            let _ = read("retrieve", &[], &body);
        }
    }

    #[test]
    fn numbers_beyond_belief_end_somewhere(total: u64, page: u64, size: u64) {
        let body = json!({"pagination": {"totalRecords": total}, "data": []}).to_string();
        for kind in ["count", "probe", "page"] {
            let context = [("page", page.to_string()), ("size", size.to_string())];
            let context: Vec<_> = context.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let parsed = read(kind, &context, body.as_bytes()).unwrap();
            prop_assert!(parsed.follow_ups.len() < 2_000);
        }
    }
}

#[test]
fn the_feed_leads_to_the_row_of_each_trial_and_a_link_without_a_number_is_reported() {
    let body = b"<rss><channel><item><title>One</title><link>https://euclinicaltrials.eu/\
        search-for-clinical-trials/?lang=en&amp;EUCT=2024-516838-35-00</link></item>\
        <item><link>https://euclinicaltrials.eu/</link></item></channel></rss>";
    let parsed = read("feed", &[], body).unwrap();
    assert_eq!(parsed.issues[0].kind, "feed_entry");
    let [request] = &parsed.follow_ups[..] else { panic!("{:?}", parsed.follow_ups) };
    let Some(RequestBody::Json(asked)) = &request.body else { panic!("{request:?}") };
    let asked: Value = serde_json::from_str(asked).unwrap();
    assert_eq!(asked["searchCriteria"], json!({"number": "2024-516838-35-00"}));
    // Another text of the entry is another state of the trial.
    let state = request.fingerprint.clone();
    assert!(state.is_some());
    let other = String::from_utf8_lossy(body).replace("One", "Two");
    let other = read("feed", &[], other.as_bytes()).unwrap();
    assert_ne!(other.follow_ups[0].fingerprint, state);
    assert_eq!(other.follow_ups[0].key(), request.key());
    // The answer is read as any other page of rows.
    assert_eq!(request.kind, "rows");
    assert!(read("feed", &[], b"{\"data\":[]}").is_err());
}
