//! Saved pages of trials and the dump of protocols, with values made for it.

use proptest::prelude::*;

use super::tests::{cell, kinds, read};
use super::*;

/// The page of a protocol in the frame of the register: the form of the
/// search above it, codes `N.` and `P.`, texts and terms in tables of their own.
pub(super) const TRIAL_PAGE: &str = r##"<!DOCTYPE html><html><head><title> Clinical Trials Register </title></head><body>
<div class="container_12"><span>The EU Clinical Trials Register currently displays <strong><span id="total">33875</span></strong> clinical trials with a EudraCT protocol, of which</span></div>
<form id="search-form" action="/ctr-search/search" method="get"><input id="query" name="query" value=""/>
<table id="advancedSearch"><tr><td><strong>Advanced Search:</strong></td><td><a id="advanced-link" href="#">Search tools</a></td></tr></table></form>
<div class="detail"><a name="summary"></a><table class="section summary"><thead><tr><th colspan="2"><div class="title">Summary</div></th></tr></thead><tbody>
<tr><td class="cellGrey" width="35%">EudraCT Number:</td><td class="cellLighterGrey">2004-000029-31</td></tr>
<tr><td class="cellGrey" width="35%">Sponsor's Protocol Code Number:</td><td class="cellLighterGrey">1100.1368</td></tr>
<tr><td class="cellGrey" width="35%">National Competent Authority:</td><td class="cellLighterGrey">Germany - BfArM</td></tr>
<tr><td class="cellGrey" width="35%">Clinical Trial Type:</td><td class="cellLighterGrey">EEA CTA</td></tr>
<tr><td class="cellGrey" width="35%">Trial Status:</td><td class="cellLighterGrey">Completed</td></tr>
<tr><td class="cellGrey" width="35%">Date on which this record was first entered in the EudraCT database:</td><td class="cellLighterGrey">2015-07-01</td></tr>
<tr><td class="cellGrey" width="35%">Trial results</td><td class="cellLighterGrey"></td></tr></tbody></table>
<table class="section index"><tbody><tr><td><a href="#A">A. PROTOCOL INFORMATION</a></td></tr></tbody></table>
<table id="section-a" class="section content"><thead><tr><th colspan="3"><div class="title"> A. Protocol Information </div></th></tr></thead><tbody>
<tr class="tricell"><td class="first">A.1</td><td class="second">Member State Concerned</td><td class="third">Germany - BfArM</td></tr>
<tr class="tricell"><td class="first">A.2</td><td class="second">EudraCT number</td><td class="third">2004-000029-31</td></tr>
<tr class="tricell"><td class="first">A.3</td><td class="second">Full title of the trial</td><td class="third">
<table border="1" width="100%"><tr><td width="90%">A title </td></tr><tr><td width="90%">Ein Titel</td></tr></table>
</td></tr>
<tr class="tricell"><td class="first">A.7</td><td class="second">Trial is part of a Paediatric Investigation Plan</td><td class="third"> No </td></tr></tbody></table>
<table id="section-b" class="section content"><tbody><tr><td colspan="3" class="cellBlue">B.Sponsor: 1</td></tr>
<tr class="tricell"><td class="first">B.1.1</td><td class="second">Name of Sponsor</td><td class="third">Boehringer Ingelheim</td></tr>
<tr class="tricell"><td class="first">B.1.3.4</td><td class="second">Country</td><td class="third">Germany</td></tr>
<tr class="tricell"><td class="first">B.3.1 and B.3.2</td><td class="second">Status of the sponsor</td><td class="third">Commercial</td></tr>
<tr><td colspan="3" class="cellBlue"> B.5 Contact point designated by the sponsor for further information on the trial </td></tr>
<tr class="tricell"><td class="first">B.5.2</td><td class="second">Functional name of contact point</td><td class="third">Jane Roe</td></tr>
<tr><td width="5%" class="cellYellow">B.5.3</td><td colspan="2"> Address: </td></tr>
<tr class="tricell"><td class="first">B.5.3.1</td><td class="second">Street Address</td><td class="third">1 Some Street</td></tr>
<tr class="tricell"><td class="first">B.5.6</td><td class="second">E-mail</td><td class="third">jane.roe@example.org</td></tr></tbody></table>
<table id="section-d" class="section content"><tbody><tr><td colspan="3" class="cellBlue">D.IMP: 1</td></tr>
<tr class="tricell"><td class="first">D.1.2 and D.1.3</td><td class="second">IMP Role</td><td class="third">Test</td></tr>
<tr><td width="5%" class="cellYellow">D.2</td><td colspan="2"> Status of the IMP to be used in the clinical trial </td></tr>
<tr class="tricell"><td class="first">D.2.1</td><td class="second">IMP to be used in the trial has a marketing authorisation</td><td class="third"> Yes </td></tr>
<tr class="tricell"><td class="first">D.3.4</td><td class="second">Pharmaceutical form </td><td class="third">Oral suspension</td></tr>
<tr class="tricell"><td class="first">D.3.7</td><td class="second">Routes of administration for this IMP</td><td class="third">Oral use<br>
Buccal use<br></td></tr>
<tr><td colspan="3" class="cellBlue">D.3.8 to D.3.10 IMP Identification Details (Active Substances)</td></tr>
<tr class="tricell"><td class="first">D.3.8</td><td class="second">INN - Proposed INN</td><td class="third">nevirapine</td></tr>
<tr class="tricell"><td class="first">D.3.10.3</td><td class="second">Concentration number</td><td class="third">50</td></tr></tbody></table>
<table id="section-d8" class="section content"><tbody><tr><td colspan="3" class="cellBlue">D.8 Placebo: 1</td></tr>
<tr class="tricell"><td class="first">D.8.3</td><td class="second">Pharmaceutical form of the placebo</td><td class="third">Tablet</td></tr></tbody></table>
<table id="section-e" class="section content"><tbody><tr><td colspan="3"><table width="100%">
<tr class="tricell"><td class="first">E.1.2</td><td class="second">Version </td><td class="third">18.0</td></tr>
<tr class="tricell"><td class="first">E.1.2</td><td class="second">Term </td><td class="third">HIV infection</td></tr></table></td></tr>
<tr class="tricell"><td class="first">E.7.1</td><td class="second">Human pharmacology (Phase I)</td><td class="third"> No </td></tr>
<tr class="tricell"><td class="first">E.7.2</td><td class="second">Therapeutic exploratory (Phase II)</td><td class="third"> No </td></tr>
<tr class="tricell"><td class="first">E.7.3</td><td class="second">Therapeutic confirmatory (Phase III)</td><td class="third"> Yes </td></tr>
<tr class="tricell"><td class="first">E.7.4</td><td class="second">Therapeutic use (Phase IV)</td><td class="third"> No </td></tr>
<tr class="tricell"><td class="first">E.8.1</td><td class="second">Controlled</td><td class="third"> Yes </td></tr></tbody></table>
<table id="section-f" class="section content"><tbody><tr class="tricell"><td class="first">F.4.1</td><td class="second">In the member state</td><td class="third">744</td></tr></tbody></table>
<table id="section-n" class="section content"><tbody>
<tr class="tricell"><td class="first">N.</td><td class="second">Competent Authority Decision </td><td class="third">Authorised</td></tr>
<tr class="tricell"><td class="first">N.</td><td class="second">Date of Competent Authority Decision</td><td class="third">2015-07-30</td></tr>
<tr class="tricell"><td class="first">N.</td><td class="second">Ethics Committee Opinion of the trial application</td><td class="third">Favourable</td></tr>
<tr class="tricell"><td class="first">N.</td><td class="second">Ethics Committee Opinion: Reason(s) for unfavourable opinion</td><td class="third"><table border="1" width="100%"></table></td></tr>
<tr class="tricell"><td class="first">N.</td><td class="second">Date of Ethics Committee Opinion</td><td class="third">2015-09-03</td></tr></tbody></table>
<table id="section-p" class="section content"><tbody>
<tr class="tricell"><td class="first">P.</td><td class="second">End of Trial Status</td><td class="third">Completed</td></tr>
<tr class="tricell"><td class="first">P.</td><td class="second">Date of the global end of the trial</td><td class="third">2018-01-31</td></tr></tbody></table></div></body></html>"##;

#[test]
fn the_page_of_a_trial_gives_the_same_columns() {
    let parsed = read("saved_page", &[], TRIAL_PAGE.as_bytes()).unwrap();
    let (protocols, products) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!((protocols.len(), products.len(), kinds(&parsed)), (1, 1, vec![]));
    for (column, expected) in [
        ("eudract_number", "2004-000029-31"),
        ("country_code", "DE"),
        ("sponsor_protocol_code", "1100.1368"),
        ("date_first_entered", "2015-07-01"),
        ("full_title", "A title"),
        ("paediatric_investigation_plan", "No"),
        ("sponsor_country", "Germany"),
        ("sponsor_status", "Commercial"),
        ("meddra_terms", "HIV infection"),
        ("phase_3", "Yes"),
        ("controlled", "Yes"),
        ("subjects_member_state", "744"),
        ("competent_authority_decision", "Authorised"),
        ("competent_authority_decision_date", "2015-07-30"),
        ("ethics_committee_opinion", "Favourable"),
        ("ethics_committee_opinion_date", "2015-09-03"),
        ("end_of_trial_status", "Completed"),
        ("global_end_date", "2018-01-31"),
    ] {
        assert_eq!(cell(protocols, column, 0), expected, "{column}");
    }
    for (column, expected) in [
        ("imp_number", "1"),
        ("role", "Test"),
        ("authorised", "Yes"),
        ("pharmaceutical_form", "Oral suspension"),
        ("routes", "Oral use; Buccal use"),
        ("inn", "nevirapine"),
        ("concentration_number", "50"),
    ] {
        assert_eq!(cell(products, column, 0), expected, "{column}");
    }
}

#[test]
fn a_page_may_lack_any_field_but_number_and_title() {
    let kept = |line: &&str| !["E.7", "A.1", "B.1.1"].iter().any(|code| line.contains(code));
    let page: Vec<&str> = TRIAL_PAGE.lines().filter(kept).collect();
    let parsed = read("saved_page", &[], page.join("\n").as_bytes()).unwrap();
    assert_eq!(cell(&parsed.tables[0], "phase_1", 0), "(null)");
    assert_eq!(cell(&parsed.tables[0], "country_code", 0), "DE");
    assert_eq!(kinds(&parsed), ["absent_field"; 6]);
    let page = TRIAL_PAGE.replace("A.3", "A.9");
    let error = read("saved_page", &[], page.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("\"Full Title\" is missing"), "{error}");
}

#[test]
fn a_page_that_is_cut_off_is_reported() {
    let (cut, _) = TRIAL_PAGE.split_once("</body>").unwrap();
    assert_eq!(kinds(&read("saved_page", &[], cut.as_bytes()).unwrap()), ["cut_off"]);
}

#[test]
fn a_page_that_is_neither_trial_nor_search_is_refused() {
    for (page, words) in [
        ("<html><body>Moved", "neither"),
        ("<html><form id='search-form'></form>", "neither"),
        ("<html><a>Trials with a EudraCT protocol (0)</a>", "table.result"),
    ] {
        let error = read("saved_page", &[], page.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// As `COPY … TO CSV` writes it, but for the cell of sponsors in the second
/// line, which is as pandas writes it.
const DUMP: &str = "eudract_number_with_country,date_of_competent_authority_decision,member_state_concerned,end_of_trial_status,national_competent_authority,eudract_number,meta_source,trial_human_pharmacology_phase_i,trial_therapeutic_confirmatory_phase_iii,trial_therapeutic_exploratory_phase_ii,trial_therapeutic_use_phase_iv,trial_main_objective_of_the_trial,trial_status,full_title_of_the_trial,sponsors,imps,trial_secondary_end_point_s\n\
2004-000029-31-DE,2015-07-30,Germany - BfArM,Completed,Germany - BfArM,2004-000029-31,https://www.clinicaltrialsregister.eu/ctr-search/trial/2004-000029-31/DE,f,t,f,f,\"First\r line\",Completed,\"A \"\"title\"\" \n \n \n Ein Titel\",\"[{\"\"e_mail\"\": \"\"jane.roe@example.org\"\", \"\"country\"\": \"\"Italy\"\", \"\"name_of_sponsor\"\": \"\"Boehringer, Ingelheim\"\", \"\"status_of_the_sponsor\"\": \"\"Commercial\"\", \"\"functional_name_of_contact_point\"\": \"\"Jane Roe\"\"}, {\"\"name_of_sponsor\"\": \"\"Second\"\"}]\",\"[{\"\"imp_role\"\": \"\"Test\"\", \"\"inn_proposed_inn\"\": \"\"nevirapine\"\", \"\"the_imp_has_been_designated_in_this_indication_as_an_orphan_dru\"\": \"\"No\"\"}, {\"\"imp_role\"\": \"\"Comparator\"\"}]\",ask b@example.org\n\
2012-000905-53-3rd,,,,,2012-000905-53,,True,False,False,,,,x,\"[{'name_of_sponsor': \"\"Kids' Fund\"\", 'street_address': 'Some Street 1'}]\",[broken,\n";

#[test]
fn a_dump_of_protocols_gives_the_same_columns() {
    let parsed = read("dump", &[], DUMP.as_bytes()).unwrap();
    let (protocols, products) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!((protocols.len(), products.len()), (2, 2));
    for (column, first, second) in [
        ("eudract_number", "2004-000029-31", "2012-000905-53"),
        ("country_code", "DE", "3RD"),
        ("full_title", "A \"title\"", "x"),
        ("sponsor_name", "Boehringer, Ingelheim; Second", "Kids' Fund"),
        ("sponsor_status", "Commercial", "(null)"),
        ("phase_1", "No", "Yes"),
        ("phase_3", "Yes", "No"),
        ("phase_4", "No", "(null)"),
        ("competent_authority_decision_date", "2015-07-30", "(null)"),
        ("end_of_trial_status", "Completed", "(null)"),
        // The last country of a sponsor may be that of its contact point.
        ("sponsor_country", "(null)", "(null)"),
    ] {
        assert_eq!(cell(protocols, column, 0), first, "{column}");
        assert_eq!(cell(protocols, column, 1), second, "{column}");
    }
    assert_eq!(cell(products, "inn", 0), "nevirapine");
    assert_eq!(cell(products, "orphan", 0), "No");
    assert_eq!((cell(products, "imp_number", 1), cell(products, "role", 1)), ("2", "Comparator"));
    assert_eq!(kinds(&parsed), ["unread_list"]);
    assert_eq!(parsed.issues[0].row_number, 6);
}

#[test]
fn a_dump_is_known_by_its_header_and_keeps_no_contacts() {
    let kind = |body: &str| EuEuctr.import_request("x.csv", body.as_bytes()).map(|r| r.kind);
    assert_eq!(kind(&DUMP[..120]).as_deref(), Some("dump"));
    assert_eq!(kind("eudract_number,title,date"), None);
    let request = Request::get(SPEC.url("search"), "dump", BodyKind::Text);
    let page = |body| Page { request: &request, content_type: None, last_modified: None, body };
    let masked = EuEuctr.redact(&page(DUMP.as_bytes())).into_owned();
    let text = String::from_utf8(masked.clone()).unwrap();
    for personal in ["@", "Jane", "Some Street", "Italy"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert_eq!(EuEuctr.redact(&page(&masked)).into_owned(), masked);
    let error = read("dump", &[], b"a,b\n1,2\n").unwrap_err().to_string();
    assert!(error.contains("\"eudract_number\" is missing"), "{error}");
}

#[test]
fn a_torn_row_of_a_dump_is_reported() {
    let (cut, _) = DUMP.split_once("[broken").unwrap();
    let parsed = read("dump", &[], cut.as_bytes()).unwrap();
    assert_eq!((parsed.tables[0].len(), kinds(&parsed)), (2, vec!["field_count"]));
    assert_eq!(parsed.issues[0].row_number, 6);
}

#[test]
fn a_quote_that_is_open_in_a_dump_is_reported_though_contacts_are_masked() {
    let open = DUMP.to_owned() + "x,\"jane.roe@example.org\n1,2\n";
    let request = Request::get(SPEC.url("search"), "dump", BodyKind::Text);
    let page = |body| Page { request: &request, content_type: None, last_modified: None, body };
    let masked = EuEuctr.redact(&page(open.as_bytes())).into_owned();
    assert!(!String::from_utf8_lossy(&masked).contains("jane.roe"));
    assert_eq!(kinds(&read("dump", &[], &masked).unwrap()).last(), Some(&"open_quote"));
    assert!(!kinds(&read("dump", &[], DUMP.as_bytes()).unwrap()).contains(&"open_quote"));
    assert_eq!(EuEuctr.redact(&page(&masked)).into_owned(), masked);
}

proptest! {
    #[test]
    fn a_damaged_dump_does_no_harm(at in 0..DUMP.len(), byte: u8, cut in 0..DUMP.len()) {
        let mut body = DUMP.as_bytes().to_vec();
        body[at] = byte;
        let _ = read("dump", &[], &body);
        body.truncate(cut);
        let _ = read("dump", &[], &body);
    }
}
