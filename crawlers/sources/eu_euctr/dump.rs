//! The register's protocols as researchers publish them: one CSV with a line
//! for each, whose columns are the labels of the register's pages in
//! snake_case, cut at 63 characters.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::fields::{Field, Protocol};
use super::{literal, protocol};
use crate::csv_quotes::{open_quote, still_open};
use crate::privacy::{FIELD_MASK, mask_contacts};
use crate::records::row_number;
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec, TextTable};

pub(super) const KIND: &str = "dump";

/// Number with country: `2015-000590-12-DE`, `2015-000590-12-3rd`.
const WITH_COUNTRY: &str = "eudract_number_with_country";
const SPONSORS: &str = "sponsors";
const PRODUCTS: &str = "imps";

/// Column, code and label of the field that it is.
const COLUMNS: [(&str, &str, &str); 44] = [
    ("eudract_number", "", "EudraCT Number"),
    ("national_competent_authority", "", "National Competent Authority"),
    ("clinical_trial_type", "", "Clinical Trial Type"),
    ("trial_status", "", "Trial Status"),
    (
        "date_on_which_this_record_was_first_entered_in_the_eudract_data",
        "",
        "Date on which this record was first entered in the EudraCT database",
    ),
    ("meta_source", "", "Link"),
    ("member_state_concerned", "A.1", ""),
    ("full_title_of_the_trial", "A.3", ""),
    ("title_of_the_trial_for_lay_people_in_easily_understood_i_e_non_", "A.3.1", ""),
    ("name_or_abbreviated_title_of_the_trial_where_available", "A.3.2", ""),
    ("sponsor_s_protocol_code_number", "A.4.1", ""),
    ("isrctn_international_standard_randomised_controlled_trial_numbe", "A.5.1", ""),
    ("us_nct_clinicaltrials_gov_registry_number", "A.5.2", ""),
    ("who_universal_trial_reference_number_utrn", "A.5.3", ""),
    ("other_identifiers", "A.5.4", ""),
    ("trial_is_part_of_a_paediatric_investigation_plan", "A.7", ""),
    ("ema_decision_number_of_paediatric_investigation_plan", "A.8", ""),
    ("trial_medical_condition_s_being_investigated", "E.1.1", ""),
    ("trial_medical_condition_in_easily_understood_language", "E.1.1.1", ""),
    ("trial_therapeutic_area", "E.1.1.2", ""),
    ("trial_term", "E.1.2", "Term"),
    ("trial_condition_being_studied_is_a_rare_disease", "E.1.3", ""),
    ("trial_main_objective_of_the_trial", "E.2.1", ""),
    ("trial_bioequivalence", "E.6.8", ""),
    ("trial_human_pharmacology_phase_i", "E.7.1", ""),
    ("trial_first_administration_to_humans", "E.7.1.1", ""),
    ("trial_bioequivalence_study", "E.7.1.2", ""),
    ("trial_therapeutic_exploratory_phase_ii", "E.7.2", ""),
    ("trial_therapeutic_confirmatory_phase_iii", "E.7.3", ""),
    ("trial_therapeutic_use_phase_iv", "E.7.4", ""),
    ("trial_controlled", "E.8.1", "Controlled"),
    ("trial_randomised", "E.8.1.1", ""),
    ("trial_open", "E.8.1.2", ""),
    ("trial_single_blind", "E.8.1.3", ""),
    ("trial_double_blind", "E.8.1.4", ""),
    ("subject_in_the_member_state", "F.4.1", ""),
    ("subject_in_the_eea", "F.4.2.1", ""),
    ("subject_in_the_whole_clinical_trial", "F.4.2.2", ""),
    ("competent_authority_decision", "N", "Competent Authority Decision"),
    ("date_of_competent_authority_decision", "N", "Date of Competent Authority Decision"),
    (
        "ethics_committee_opinion_of_the_trial_application",
        "N",
        "Ethics Committee Opinion of the trial application",
    ),
    ("date_of_ethics_committee_opinion", "N", "Date of Ethics Committee Opinion"),
    ("end_of_trial_status", "P", "End of Trial Status"),
    ("date_of_the_global_end_of_the_trial", "P", "Date of the global end of the trial"),
];

/// What is read of a sponsor. Its `country` is not: contact point and supporter
/// have one too, and the dump has the last of them under that name.
const OF_SPONSOR: [(&str, &str); 2] =
    [("name_of_sponsor", "B.1.1"), ("status_of_the_sponsor", "B.3.1")];

/// What is read of a product; long names are told by their beginning.
const OF_PRODUCT: [(&str, &str); 23] = [
    ("imp_role", "D.1.2"),
    ("imp_to_be_used_in_the_trial_has_a_marketing_authorisation", "D.2.1"),
    ("trade_name", "D.2.1.1.1"),
    ("name_of_the_marketing_authorisation_holder", "D.2.1.1.2"),
    ("country_which_granted_the_marketing_authorisation", "D.2.1.2"),
    ("the_imp_has_been_designated_in_this_indication_as_an_orphan", "D.2.5"),
    ("orphan_drug_designation_number", "D.2.5.1"),
    ("product_name", "D.3.1"),
    ("product_code", "D.3.2"),
    ("pharmaceutical_form", "D.3.4"),
    ("specific_paediatric_formulation", "D.3.4.1"),
    ("routes_of_administration_for_this_imp", "D.3.7"),
    ("inn_proposed_inn", "D.3.8"),
    ("cas_number", "D.3.9.1"),
    ("current_sponsor_code", "D.3.9.2"),
    ("other_descriptive_name", "D.3.9.3"),
    ("ev_substance_code", "D.3.9.4"),
    ("concentration_unit", "D.3.10.1"),
    ("concentration_type", "D.3.10.2"),
    ("concentration_number", "D.3.10.3"),
    ("active_substance_of_chemical_origin", "D.3.11.1"),
    ("active_substance_of_biological_biotechnological_origin", "D.3.11.2"),
    ("advanced_therapy_imp_atimp", "D.3.11.3"),
];
/// From this length on the dump may have cut a name.
const LONG: usize = 40;

/// The head of a file says that it is a dump.
pub(super) fn is_dump(head: &str) -> bool {
    let header = head.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let names: Vec<&str> = header.split(',').map(|n| n.trim().trim_matches('"')).collect();
    let is_known = |name: &str| COLUMNS.iter().any(|(column, _, _)| *column == name);
    let known = names.iter().filter(|name| is_known(name)).count();
    // Nothing else has the register's labels; the head may end within the header.
    names.iter().any(|n| n.starts_with("eudract_number")) && known >= 3
}

/// The protocols of a dump and their products. Trials are not in it.
pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let mut reader = reader(text.trim_start_matches('\u{feff}'));
    let header = reader.headers().map_err(no_csv)?.clone();
    for needed in ["eudract_number", "full_title_of_the_trial"] {
        if !header.iter().any(|name| name == needed) {
            return Err(ParseError::MissingColumn {
                table: "protocol".to_owned(),
                column: needed.to_owned(),
                header: header.iter().take(60).map(|h| h.chars().take(60).collect()).collect(),
            });
        }
    }
    let mut protocols = Vec::new();
    let mut unread = Vec::new();
    let mut torn = Vec::new();
    for record in reader.records() {
        let record = record.map_err(no_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let line = row_number(usize::try_from(line).unwrap_or(usize::MAX));
        if record.len() != header.len() {
            torn.push((line, record.len()));
        }
        let mut fields = Vec::new();
        for (column, value) in header.iter().zip(&record) {
            match column {
                SPONSORS | PRODUCTS if !value.trim().is_empty() => match objects(value) {
                    Some(objects) => fields.extend(of_objects(column, &objects)),
                    None => unread.push((line, column.to_owned())),
                },
                WITH_COUNTRY => fields.extend(country(value)),
                _ => fields.extend(field(column, value)),
            }
        }
        protocols.push(Protocol { line, fields });
    }
    let mut parsed = protocol::tables_of(spec, page, &protocols)?;
    let table = parsed.tables.first().cloned().unwrap_or_else(|| TextTable::new("", "", []));
    for (line, column) in unread {
        let what = "expected a list in JSON or Python, found other text".to_owned();
        let issue = Issue::row(Severity::Warning, "unread_list", &table, line, what);
        parsed.issues.push(issue.in_column(&column));
    }
    for (line, found) in torn {
        let what = format!("expected {} values, found {found}; read from the left", header.len());
        parsed.issues.push(Issue::row(Severity::Warning, "field_count", &table, line, what));
    }
    parsed.issues.extend(open_quote(text.as_bytes(), &table));
    Ok(parsed)
}

/// The dump without contact points: of sponsors only what is read stays.
pub(super) fn redact(body: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(body);
    let mut reader = reader(text.trim_start_matches('\u{feff}'));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let header = reader.headers().cloned().unwrap_or_default();
    let mut written = writer.write_record(&header).is_ok();
    for record in reader.records() {
        // What is no CSV is refused when it is read; nothing of it is kept.
        let Ok(record) = record else { break };
        let cells = header.iter().map(Some).chain(std::iter::repeat(None)).zip(&record);
        let cells = cells.map(|(column, cell)| match column {
            Some(SPONSORS) => Cow::Owned(without_contacts(cell)),
            _ => mask_contacts(cell),
        });
        let cells: Vec<Cow<'_, str>> = cells.collect();
        written &= writer.write_record(cells.iter().map(|c| c.as_bytes())).is_ok();
    }
    match writer.into_inner() {
        Ok(masked) if written => Cow::Owned(still_open(text.as_bytes(), masked)),
        _ => Cow::Owned(Vec::new()),
    }
}

fn without_contacts(cell: &str) -> String {
    if cell.trim().is_empty() {
        return String::new();
    }
    let Some(sponsors) = objects(cell) else { return FIELD_MASK.to_owned() };
    let kept = sponsors.into_iter().map(|mut sponsor| {
        sponsor.retain(|name, _| OF_SPONSOR.iter().any(|(known, _)| known == name));
        Value::Object(sponsor)
    });
    Value::Array(kept.collect()).to_string()
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes())
}

// For `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "used as a function of the error")]
fn no_csv(error: csv::Error) -> ParseError {
    ParseError::shape("dump of protocols", "a CSV file", error.to_string())
}

fn objects(cell: &str) -> Option<Vec<Map<String, Value>>> {
    let Value::Array(items) = literal::read(cell)? else { return None };
    let object = |item| if let Value::Object(members) = item { Some(members) } else { None };
    items.into_iter().map(object).collect()
}

fn of_objects(column: &str, objects: &[Map<String, Value>]) -> Vec<Field> {
    let names: &[(&str, &str)] = if column == SPONSORS { &OF_SPONSOR } else { &OF_PRODUCT };
    let mut fields = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        if column == PRODUCTS {
            fields.push(coded("D.IMP", "", &number.to_string()));
        }
        // In the order of the register, whatever the order of the cell.
        for (name, code) in names {
            let member = object
                .iter()
                .find(|(key, _)| *key == name || (name.len() >= LONG && key.starts_with(name)));
            let value = member.and_then(|(_, value)| crate::records::json_text(value));
            fields.extend(value.map(|value| coded(code, "", &said(&value))));
        }
    }
    fields
}

fn field(column: &str, value: &str) -> Option<Field> {
    let (_, code, label) = COLUMNS.iter().find(|(name, _, _)| *name == column)?;
    // A value that is not there is none: the dump does not tell it from an
    // empty one.
    (!value.trim().is_empty()).then(|| coded(code, label, &said(value)))
}

/// The country behind the number.
fn country(value: &str) -> Option<Field> {
    let code = value.trim().get(14..)?.strip_prefix('-')?.to_ascii_uppercase();
    matches!(code.as_str().len(), 2 | 3).then(|| coded("", "Country Code", &code))
}

fn coded(code: &str, label: &str, value: &str) -> Field {
    Field { code: code.to_owned(), label: label.to_owned(), value: value.to_owned() }
}

/// A value as the register writes it: flags are Yes and No, and of a text in
/// several languages the first is kept (the rows of a table in between left
/// three line ends).
fn said(value: &str) -> String {
    match value.trim() {
        "t" | "True" | "true" => "Yes".to_owned(),
        "f" | "False" | "false" => "No".to_owned(),
        text => {
            let first = text.split("\n \n \n").next().unwrap_or(text);
            let lines = first.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}
