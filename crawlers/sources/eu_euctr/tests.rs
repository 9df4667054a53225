//! The quirks of the register, each with a record made for it.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::tests_page::TRIAL_PAGE;
use super::*;
use crate::{Severity, TextTable};

const SUMMARY: &str = "\r\n\r\nEudraCT Number:          2011-005279-18\r\nSponsor Protocol Number: MPN-1\r\nSponsor Name:            Universit\u{e4}tsklinikum Ulm\r\nFull Title:              A study of something very ...\r\nStart Date:              2012-02-08\r\nMedical condition:       Polycythaemia vera\nAlso called: Vaquez disease\r\nDisease:                 Version: 19.0, SOC Term: 10029104 - Neoplasms, Classification Code: 10036057, Term: Polycythaemia vera, Level: PT\r\nDisease:                 Version: 19.0, SOC Term: 1, Classification Code: 2, Term: x, Level: LLT\r\nPopulation Age:          Adults, Elderly\r\nGender:                  Male, Female\r\nTrial protocol:          GB(GB - no longer in EU/EEA) ES(Prematurely Ended) Outside EU/EEA DE() \r\nLink:                    https://www.clinicaltrialsregister.eu/ctr-search/search?query=eudract_number:2011-005279-18\n\r\n\r\nEudraCT Number:          2006-001095-21\r\nSponsor Protocol Number: A5I16\r\nSponsor Name:            Sanofi Pasteur Inc.\r\nFull Title:              x\r\nStart Date:              2016-04-19\r\nMedical condition:       Pertussis\r\nDisease:\r\nPopulation Age:          Under 18\r\nGender:                  Male, Female\r\nTrial protocol:          FR(Sleeping) ??? SE(Ongoing)\r\nLink:                    https://example.org/\r\n";

const FULL: &str = "This file contains full details on each clinical trial selected for download.\n\nSummary\nEudraCT Number: 2022-002568-62\nSponsor's Protocol Code Number: AVB-PGRN-001\nNational Competent Authority: Spain - AEMPS\nClinical Trial Type: EEA CTA\nTrial Status: Ongoing\nDate on which this record was first entered in the EudraCT database: 2023-01-16\nLink: https://www.clinicaltrialsregister.eu/ctr-search/trial/2022-002568-62/ES/\n\nA. Protocol Information\nA.1 Member State Concerned: Spain - AEMPS\nA.2 EudraCT number: 2022-002568-62\nA.3 Full title of the trial: A Phase 1/2 study: the title\nA.3 Full title of the trial (es): Estudio\n\nB. Sponsor Information\nSponsor 1\nB.1.1 Name of Sponsor: AviadoBio Ltd\nB.1.3.4\tCountry: United Kingdom\nB.3.1 and B.3.2\tStatus of the sponsor: Commercial\nB.5 Contact point designated by the sponsor for further information on the trial\nB.5.1 Name of organisation: Medpace\nB.5.2 Functional name of contact point: Jane Roe\nB.5.3 Address\nB.5.3.1 Street Address: 1 Some Street\nSecond Floor\nB.5.3.3 Post code: 20123\nB.5.4 Telephone number: +390212345678\nB.5.6 E-mail: jane.roe@example.org\nSponsor 2\nB.1.1 Name of Sponsor: Second Ltd\nB.1.3.4\tCountry: France\n\nD. IMP Identification\nD.IMP: 1\nD.1.2 and D.1.3 IMP Role: Test\nD.2.1 IMP to be used in the trial has a marketing authorisation: Yes\nD.2.1.1.1 Trade name: Viramune\nD.3.4 Pharmaceutical form: Tablet\nD.3.7 Routes of administration for this IMP:\nOral use\nBuccal use\nD.3.8 to D.3.10 IMP Identification Details (Active Substances)\nD.3.8 INN - Proposed INN: lamivudine\nD.3.10.3 Concentration number: 150\nD.3.8 INN - Proposed INN: zidovudine\nD.3.10.3 Concentration number: 300\nD.IMP: 2\nD.1.2 and D.1.3 IMP Role: Comparator\n\nE. General Information on the Trial\nE.3 Principal inclusion criteria: write to b@example.org\n\nSummary\nof the criteria\nE.7.1 Human pharmacology (Phase I): Yes\nE.7.2 Therapeutic exploratory (Phase II): Yes\nE.7.3 Therapeutic confirmatory (Phase III): Maybe\nE.7.4 Therapeutic use (Phase IV): No\n\nN. Competent Authority Decision: Authorised\nN. Ethics Committee Opinion: Reason(s) for unfavourable opinion:\nN. Date of Ethics Committee Opinion: 2023-02-03\n\nP. End of Trial Status: Ongoing\n";

pub(super) fn read(
    kind: &str,
    context: &[(&str, &str)],
    body: &[u8],
) -> Result<Parsed, ParseError> {
    let mut request = Request::get(SPEC.url("search"), kind, BodyKind::Text);
    for (name, value) in context {
        request = request.with(name, *value);
    }
    let page = Page { request: &request, content_type: None, last_modified: None, body };
    let masked = EuEuctr.redact(&page).into_owned();
    EuEuctr.parse(&Page { body: &masked, ..page })
}

pub(super) fn cell<'a>(table: &'a TextTable, column: &str, row: usize) -> &'a str {
    let column = table.column(column).unwrap_or_else(|| panic!("{column}"));
    column.get(row).unwrap_or("(null)")
}

pub(super) fn kinds(parsed: &Parsed) -> Vec<&str> {
    parsed.issues.iter().map(|i| i.kind.as_str()).collect()
}

#[test]
fn the_search_page_tells_how_many_pages_there_are() {
    let page = "<html><a id='ui-id-1'>\n Trials with a EudraCT protocol (44,123)\n</a>";
    let parsed = read("search", &[], page.as_bytes()).unwrap();
    assert_eq!(parsed.totals[0].rows, 44_123);
    assert_eq!(parsed.follow_ups.len(), 2_207);
    let last = parsed.follow_ups.last().unwrap();
    assert_eq!(last.url.query(), Some("query=&page=2207&mode=current_page"));
    assert_eq!(last.context["due"], "3");
    for page in ["<html>Trials with a EudraCT protocol ()", "", "<html>Trials (5)"] {
        let error = read("search", &[], page.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("Trials with a EudraCT protocol (N)"), "{error}");
    }
}

#[test]
fn a_summary_is_read_label_by_label() {
    let parsed = read("summary", &[], SUMMARY.as_bytes()).unwrap();
    let (trials, countries) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!(trials.row_numbers, [3, 18]);
    assert_eq!(cell(trials, "sponsor_name", 0), "Universit\u{e4}tsklinikum Ulm");
    assert_eq!(
        cell(trials, "medical_condition", 0),
        "Polycythaemia vera\nAlso called: Vaquez disease"
    );
    assert_eq!(cell(trials, "disease", 0).lines().count(), 2);
    assert_eq!(cell(trials, "disease", 1), "");
    assert!(cell(trials, "link", 0).ends_with("2011-005279-18"));
    let row = |n| (cell(countries, "country_code", n), cell(countries, "status", n));
    assert_eq!(row(0), ("GB", "GB - no longer in EU/EEA"));
    assert_eq!(row(1), ("ES", "Prematurely Ended"));
    assert_eq!(row(2), ("3RD", "(null)"));
    assert_eq!(row(3), ("DE", "(null)"));
    assert_eq!(row(5), ("SE", "Ongoing"));
    assert_eq!(kinds(&parsed), ["trial_protocol", "unknown_status"]);
}

#[test]
fn the_full_text_is_asked_for_again_only_when_the_summaries_changed() {
    let context = [("page", "4"), ("due", "20")];
    let parsed = read("summary", &context, SUMMARY.as_bytes()).unwrap();
    assert!(kinds(&parsed).contains(&"short_page"));
    let full = &parsed.follow_ups[0];
    assert_eq!(full.url.query(), Some("query=&page=4&mode=current_page"));
    assert!(full.url.path().ends_with("/rest/download/full") && full.optional);
    assert_eq!(full.context["trials"], "2011-005279-18 2006-001095-21");
    let changed = read("summary", &context, SUMMARY.replace("Ongoing", "Completed").as_bytes());
    assert_ne!(changed.unwrap().follow_ups[0].fingerprint, full.fingerprint);
}

#[test]
fn an_empty_page_gives_no_rows_and_a_renamed_label_is_named() {
    let parsed = read("summary", &[("page", "9"), ("due", "20")], b"").unwrap();
    assert_eq!((parsed.tables[0].len(), kinds(&parsed)), (0, vec!["short_page"]));
    assert!(parsed.follow_ups.is_empty());
    for label in ["EudraCT Number", "Trial protocol"] {
        let text = SUMMARY.replace(label, "Renamed");
        let error = read("summary", &[], text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("{label:?} is missing")), "{error}");
    }
    let text = SUMMARY.replace("2006-001095-21", "2006-1095");
    assert!(kinds(&read("summary", &[], text.as_bytes()).unwrap()).contains(&"eudract_number"));
}

#[test]
fn a_protocol_and_its_products_are_read_by_their_codes() {
    let parsed = read("full", &[], FULL.as_bytes()).unwrap();
    let (protocols, products) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!((protocols.len(), products.len()), (1, 2));
    assert_eq!(cell(protocols, "country_code", 0), "ES");
    assert_eq!(cell(protocols, "full_title", 0), "A Phase 1/2 study: the title");
    assert_eq!(cell(protocols, "sponsor_name", 0), "AviadoBio Ltd; Second Ltd");
    assert_eq!(cell(protocols, "sponsor_country", 0), "United Kingdom; France");
    assert_eq!(cell(protocols, "phase_2", 0), "Yes");
    assert_eq!(cell(protocols, "ethics_committee_opinion_date", 0), "2023-02-03");
    assert_eq!(cell(protocols, "end_of_trial_status", 0), "Ongoing");
    assert_eq!(cell(products, "routes", 0), "Oral use; Buccal use");
    assert_eq!(cell(products, "inn", 0), "lamivudine; zidovudine");
    assert_eq!(cell(products, "concentration_number", 0), "150; 300");
    assert_eq!(cell(products, "role", 1), "Comparator");
    assert_eq!(cell(products, "inn", 1), "(null)");
    assert_eq!(kinds(&parsed), ["phase_flag"]);
}

#[test]
fn protocols_that_were_not_asked_for_are_not_used() {
    let asked = [("trials", "2022-002568-62 2011-005279-18")];
    let parsed = read("full", &asked, FULL.as_bytes()).unwrap();
    assert_eq!((parsed.tables[0].len(), kinds(&parsed)), (1, vec!["phase_flag", "no_protocol"]));
    let parsed = read("full", &[("trials", "2011-005279-18")], FULL.as_bytes()).unwrap();
    assert_eq!((parsed.tables[0].len(), kinds(&parsed)), (0, vec!["not_asked_for", "no_protocol"]));
    assert_eq!(parsed.issues[0].severity, Severity::Error);
    assert!(read("full", &[], b"Some other text").is_err());
    let renamed = FULL.replace("E.7.3", "E.7.9");
    let parsed = read("full", &[], renamed.as_bytes()).unwrap();
    assert_eq!(kinds(&parsed), ["absent_field"]);
    assert_eq!(parsed.issues[0].column, "phase_3");
}

#[test]
fn a_full_text_that_is_cut_off_is_reported() {
    for end in ["N. Competent", "P. End of Trial Status"] {
        let (cut, _) = FULL.split_once(end).unwrap();
        let parsed = read("full", &[], cut.as_bytes()).unwrap();
        assert_eq!((parsed.tables[0].len(), kinds(&parsed)), (1, vec!["phase_flag", "cut_off"]));
        // The end of the protocol before it is not that of the last one.
        let parsed = read("full", &[], format!("{FULL}\n{cut}").as_bytes()).unwrap();
        assert_eq!(parsed.issues.last().unwrap().row_number, parsed.tables[0].row_numbers[1]);
        assert_eq!(kinds(&parsed).last(), Some(&"cut_off"));
    }
}

#[test]
fn contact_points_are_masked_in_text_and_page() {
    for (kind, body) in [("full", FULL), ("saved_page", TRIAL_PAGE)] {
        let request = Request::get(SPEC.url("search"), kind, BodyKind::Text);
        let page = |body| Page { request: &request, content_type: None, last_modified: None, body };
        let masked = EuEuctr.redact(&page(body.as_bytes())).into_owned();
        let text = String::from_utf8(masked.clone()).unwrap();
        for personal in ["@", "Jane", "Roe", "Some Street", "Second Floor", "+39", "20123"] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
        assert!(text.contains("MASKED") && text.lines().count() == body.lines().count());
        assert_eq!(EuEuctr.redact(&page(&masked)).into_owned(), masked);
    }
}

#[test]
fn files_of_an_operator_are_told_apart() {
    let kind =
        |name: &str, body: &str| EuEuctr.import_request(name, body.as_bytes()).map(|r| r.kind);
    assert_eq!(kind("trials-summary.txt", SUMMARY).as_deref(), Some("summary"));
    assert_eq!(kind("trials-full.txt", FULL).as_deref(), Some("full"));
    assert_eq!(kind("2004.html", TRIAL_PAGE).as_deref(), Some("saved_page"));
    assert_eq!(kind("x.csv", "a,b"), None);
}

/// A file that was served, where it is at hand.
fn real(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var("REGATTA_SHARED").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join("real/eu_euctr/day1").join(name);
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        println!("skipped: {} is not here", path.display());
    }
    body
}

#[test]
fn the_real_summary_gives_the_counts_that_were_counted_by_hand() {
    let Some(body) = real("trials-summary.txt") else { return };
    let parsed = read("summary", &[], &body).unwrap();
    let (trials, countries) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!(parsed.issues, []);
    assert_eq!((trials.len(), trials.new_columns.len()), (100, 0));
    let count =
        |status| countries.column("status").unwrap().iter().filter(|s| *s == status).count();
    assert_eq!(count(Some("Completed")), 90);
    assert_eq!(count(Some("Ongoing")), 15);
    assert_eq!(count(Some("Prematurely Ended")), 14);
    assert_eq!(count(Some("GB - no longer in EU/EEA")), 8);
    assert_eq!(count(Some("Temporarily Halted")), 1);
    let diseases: usize =
        trials.column("disease").unwrap().iter().flatten().map(|d| d.lines().count()).sum();
    println!("{} countries, {diseases} diseases, {} without status", countries.len(), count(None));
}

#[test]
fn the_real_full_text_and_search_page_give_what_they_hold() {
    let Some(body) = real("test_error_trials_euctr.txt") else { return };
    let parsed = read("full", &[], &body).unwrap();
    assert_eq!((parsed.tables[0].len(), parsed.tables[1].len()), (10, 17));
    assert_eq!(parsed.issues, []);
    assert_eq!(cell(&parsed.tables[0], "end_of_trial_status", 9), "Ongoing");
    let Some(body) = real("search_2015-000590-12.html") else { return };
    assert_eq!(read("search", &[], &body).unwrap().totals[0].rows, 1);
    assert_eq!(EuEuctr.import_request("x.html", &body[..4096]).unwrap().kind, "saved_page");
    let parsed = read("saved_page", &[], &body).unwrap();
    let (trials, countries) = (&parsed.tables[0], &parsed.tables[1]);
    assert_eq!(cell(trials, "eudract_number", 0), "2015-000590-12");
    assert_eq!(cell(trials, "start_date", 0), "2015-09-03");
    assert!(cell(trials, "disease", 0).starts_with("Version: 18.0, SOC Term: 100000004865, "));
    assert_eq!(
        (cell(countries, "country_code", 0), cell(countries, "status", 0)),
        ("DE", "Completed")
    );
}

/// A file of this source's fixtures.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/eu_euctr/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

#[test]
fn the_fixtures_read_as_they_were_meant() {
    let search = read("search", &[], &fixture("day1/search.html")).unwrap();
    assert_eq!((search.totals[0].rows, search.follow_ups.len()), (7, 1));
    let context: Vec<_> =
        search.follow_ups[0].context.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    for day in ["day1", "day2"] {
        let summary = read("summary", &context, &fixture(&format!("{day}/summary.txt"))).unwrap();
        assert_eq!((summary.tables[0].len(), summary.tables[1].len()), (7, 15));
        assert_eq!(summary.issues, []);
        let asked = summary.follow_ups[0].context["trials"].as_str();
        let full = fixture(&format!("{day}/full.txt"));
        let full = read("full", &[("trials", asked)], &full).unwrap();
        assert_eq!((full.tables[0].len(), full.tables[1].len()), (13, 18));
        assert_eq!(kinds(&full), ["no_protocol"]);
    }
}

#[test]
fn labels_without_end_are_read_in_good_time() {
    let padded = |label: &str, value: &str| format!("{:<25}{value}\n", format!("{label}:"));
    let labels: Vec<String> = (0..100_000).map(|i| padded(&format!("L{i}"), "x")).collect();
    let labels = labels.concat();
    let request = |kind: &str| Request::get(SPEC.url("search"), kind, BodyKind::Text);
    let read = |kind: &str, body: &str| {
        let page = Page {
            request: &request(kind),
            content_type: None,
            last_modified: None,
            body: body.as_bytes(),
        };
        EuEuctr.parse(&page)
    };
    let summary = padded("EudraCT Number", "2015-000590-12")
        + &padded("Trial protocol", "DE(Ongoing)")
        + &labels;
    // The columns of the register are missing; that is all that is said.
    assert!(read("summary", &summary).unwrap_err().to_string().contains("is missing"));
    let full = format!("Summary\nEudraCT Number: 2015-000590-12\n{labels}");
    assert!(read("full", &full).unwrap_err().to_string().contains("is missing"));
}

proptest! {
    #[test]
    fn any_bytes_give_rows_issues_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ["search", "summary", "full", "saved_page", "dump"] {
            let _ = read(kind, &[("page", "2"), ("due", "20"), ("trials", "a b")], &bytes);
        }
    }

    #[test]
    fn a_damaged_page_does_no_harm(at in 0usize..6000, byte: u8, cut in 0usize..6000) {
        for (kind, page) in [("summary", SUMMARY), ("full", FULL), ("saved_page", TRIAL_PAGE)] {
            let mut body = page.as_bytes().to_vec();
            let len = body.len();
            body[at % len] = byte;
            let _ = read(kind, &[], &body);
            body.truncate(cut % len);
            let _ = read(kind, &[], &body);
        }
    }

    #[test]
    fn countries_are_read_or_reported(text in "[A-Z()/ a-z0-9é]{0,40}") {
        let (found, rest) = summary::protocols(&text);
        prop_assert!(found.len() + rest.len() <= text.len());
    }
}
