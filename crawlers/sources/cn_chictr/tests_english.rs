//! The English page of a trial, and the sponsors of the English export.

use super::tests::{cell, saved};
use super::*;

#[test]
fn a_company_that_is_known_by_its_name_is_no_person() {
    let sponsor = |name: &str| {
        let xml = format!(
            "<trials><Triall><main><trial_id>ChiCTR2099000010</trial_id>\
             <primary_sponsor>{name}</primary_sponsor></main></Triall></trials>"
        );
        let parsed = saved("x.xml", xml.as_bytes()).unwrap();
        cell(&parsed, "trial", "primary_sponsor_en", 0).to_owned()
    };
    for company in ["Novartis", "AstraZeneca AB", "Merck KGaA"] {
        assert_eq!(sponsor(company), company);
    }
    for person in ["San Zhang", "Vincent Zhang", "Wang AB", "Lilly Zhang"] {
        assert_eq!(sponsor(person), "NULL");
    }
}
