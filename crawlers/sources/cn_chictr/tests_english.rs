//! The English page of a trial, and the sponsors of the English export.

use super::tests::{cell, saved};
use super::*;

#[test]
fn the_english_page_fills_the_same_columns() {
    let line = |label: &str, value: &str| {
        format!(
            "<tr><td class=\"left_title\">\n<p class=\"en\">{label}：</p></td><td>{value}</td></tr>\n"
        )
    };
    let inner = |cells: [&str; 4]| {
        let cells = cells.map(|c| format!("<td><p class=\"en\">{c}</p></td>"));
        format!("<table><tr>{}{}</tr><tr>{}{}</tr></table>", cells[0], cells[1], cells[2], cells[3])
    };
    let group = inner(["Group：", "placebo", "Sample size：", "192"]);
    let hospital = inner(["Country：", "China", "Institution hospital：", "Hospital A"]);
    let site = inner(["Country：", "China", "City：", "Tianjin"]);
    let ages = "<table><tr><td><span class=\"cn\">最小</span><span class=\"en\">Min age</span></td>\
        <td>18</td></tr></table>";
    let lines = [
        ("Registration number", "ChiCTR2099000011&nbsp;"),
        ("Date of Registration", "2024-05-28 00:00:00"),
        ("Public title", "SUNRAY-01"),
        ("Study leader", "San Zhang"),
        ("Applicant telephone", "+86 10 0000 0000"),
        ("Applicant's institution", "Hospital of A"),
        ("Study type", "Interventional study"),
        ("Study phase", "3"),
        ("Primary sponsor", "Hospital A"),
        ("Secondary sponsor", &hospital),
        ("Interventions", &group),
        ("Countries of recruitment and research settings", &site),
        ("Study execute time", "<p>From 2024-06-01 00:00:00</p><p>To 2029-10-01 00:00:00</p>"),
        ("Recruiting time", "<p>From 2024-06-02 00:00:00</p><p>To </p>"),
        ("Participant age", ages),
    ];
    let rows: String = lines.iter().map(|(label, value)| line(label, value)).collect();
    let page = format!(
        "<!DOCTYPE html><html><body><table>{rows}<tr><td class=\"left_title\"> </td><td> </td></tr>\
         </table></body></html>"
    );
    let parsed = saved("showprojEN.html", page.as_bytes()).unwrap();
    for (column, value) in [
        ("registration_number", "ChiCTR2099000011"),
        ("registered", "2024-05-28 00:00:00"),
        ("public_title", "NULL"),
        ("public_title_en", "SUNRAY-01"),
        ("applicant_institution_en", "Hospital of A"),
        ("study_type_en", "Interventional study"),
        ("phase_en", "3"),
        ("study_start", "2024-06-01 00:00:00"),
        ("study_end", "2029-10-01 00:00:00"),
        ("recruiting_start", "2024-06-02 00:00:00"),
        ("recruiting_end", "NULL"),
        ("age_min", "18"),
    ] {
        assert_eq!(cell(&parsed, "trial", column, 0), value, "{column}");
    }
    assert_eq!(cell(&parsed, "trial_sponsor", "sponsor_en", 1), "Hospital A");
    assert_eq!(cell(&parsed, "trial_intervention", "group_name_en", 0), "placebo");
    assert_eq!(cell(&parsed, "trial_country", "city_en", 0), "Tianjin");
    assert!(parsed.issues.is_empty() && parsed.unread.is_empty(), "{:?}", parsed.unread);
    assert!(!format!("{parsed:?}").contains("San Zhang"));
    let untitled = page.replace("Public title", "Title");
    let error = saved("a.html", untitled.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("\"Public title\" is missing"), "{error}");
    // The mask takes the persons of this page, too.
    let request = CnChictr.import_request("a.html", page.as_bytes()).unwrap();
    let body = page.as_bytes();
    let page = Page { request: &request, content_type: None, last_modified: None, body };
    let masked = String::from_utf8(CnChictr.redact(&page).into_owned()).unwrap();
    assert!(!masked.contains("San Zhang") && !masked.contains("0000 0000"));
}

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
