//! Exports as XML.

use super::tests::{cell, fixture, saved, table};
use super::*;
use crate::Severity;

#[test]
fn an_xml_export_is_read() {
    let parsed = saved("ChiCTR2000034346.xml", &fixture("import/export.xml")).unwrap();
    assert_eq!(table(&parsed, "trial").len(), 2);
    for (column, value) in [
        ("registration_number", "ChiCTR2000034346"),
        ("registered", "2020-07-02"),
        ("public_title", "NULL"),
        ("recruiting_status_en", "Completed"),
        ("primary_sponsor_en", "NULL"),
        ("inclusion_criteria_en", "Age < 80 & consent"),
        ("phase_en", "Retrospective study"),
        ("target_size", "2019 Y:2418;2020 Y:821;"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value, "{column}");
    }
    assert_eq!(cell(&parsed, "trial", "public_title_en", 1), "Osimertinib ≥ 80 mg");
    assert_eq!(table(&parsed, "trial_intervention").len(), 4);
    assert_eq!(cell(&parsed, "trial_intervention", "intervention_en", 3), "gefitinib");
    assert_eq!(cell(&parsed, "trial_intervention", "sample_size", 1), "821");
    assert_eq!(table(&parsed, "trial_country").len(), 1);
    let sponsors: Vec<_> =
        table(&parsed, "trial_sponsor").column("sponsor_en").unwrap().iter().flatten().collect();
    assert_eq!(sponsors, ["Hospital of University A", "AstraZeneca"]);
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{:?}", parsed.unread);
}

#[test]
fn a_masked_export_names_no_person_and_says_so_unmasked() {
    let body = fixture("import/export.xml");
    let request = CnChictr.import_request("x.xml", &body).unwrap();
    let page = Page { request: &request, content_type: None, last_modified: None, body: &body };
    let masked = String::from_utf8(CnChictr.redact(&page).into_owned()).unwrap();
    for person in ["San Zhang", "Wu Wang", "138 0000", "example.com", "Some Road"] {
        assert!(!masked.contains(person), "{person}");
    }
    assert!(masked.contains("<primary_sponsor>Hospital of University A</primary_sponsor>"));
    // What is not masked is left out all the same.
    let parsed = CnChictr.parse(&page).unwrap();
    assert_eq!(
        (parsed.issues[0].kind.as_str(), parsed.issues[0].severity),
        ("person", Severity::Note)
    );
    assert!(!format!("{parsed:?}").contains("San Zhang"));
}

#[test]
fn xml_that_asks_for_too_much_is_refused() {
    let error = |xml: &str| saved("x.xml", xml.as_bytes()).unwrap_err().to_string();
    assert!(error("<trials><!DOCTYPE a [<!ENTITY b \"c\">]></trials>").contains("document type"));
    assert!(error(&format!("<trials>{}", "<a>".repeat(100))).contains("levels"));
    assert!(error("<trials><Triall>").contains("the end of trials"));
    assert!(error("<trials></trials>").contains("Triall"));
    assert!(error("<trials><a></b></trials>").contains("well-formed"));
    let unknown = "<trials subjects=\"3\"><Triall><main><trial_id>ChiCTR2099000010</trial_id>\
        <public_title>a &nbsp; &lt;b&gt; & c</public_title><new>x</new></main></Triall></trials>";
    let parsed = saved("x.xml", unknown.as_bytes()).unwrap();
    assert_eq!(cell(&parsed, "trial", "public_title_en", 0), "a &nbsp; <b> & c");
    assert_eq!(parsed.unread, ["element new"]);
    assert!(parsed.issues[0].message.contains("declares 3 trials and holds 1"));
}
