//! Trials as CSV, with or without a header: an export that operators make of
//! the site's pages, one row per trial.

use super::detail::{applicant_table, drug_table, split_applicants};
use super::is_registration_number;
use crate::cell_mask::{CELL_MASK, fold_label};
use crate::csv_quotes::{open_quote, still_open};
use crate::labelled_page::{LabelIndex, damaged_text, trim};
use crate::{Issue, ParseError, Parsed, Severity, SourceSpec, TextTable};

/// The columns of an export without a header.
const LAYOUT: &[&str] = &[
    "ctr_no",
    "status",
    "detail_status",
    "requestor",
    "sponsor",
    "publication_date",
    "related_trial_no",
    "drug_name",
    "drug_previous_name",
    "drug_type",
    "clinical_register_no",
    "indication",
    "phase",
    "standard_phase",
    "category",
    "scope",
    "age",
    "gender",
    "planned_size",
    "actual_size",
    "final_size",
    "inclusion_criteria",
    "exclusion_criteria",
    "icf_date",
    "fpi_date",
    "close_date",
    "purpose",
    "official_name",
    "common_name",
    "test_drugs",
    "control_drugs",
    "scheme_no",
    "standard_scheme_no",
    "scheme_version",
    "version_date",
    "drug_combination",
    "design_type",
    "randomization",
    "blinding",
    "healthy_volunteer",
    "monitor_committee",
    "injury_insurance",
    "standard_scope",
];

/// Columns that an export must have.
const REQUIRED: &[&str] =
    &["registration_number", "status", "drug_name", "indication", "public_title"];

/// The beginning of a file is that of such an export.
pub(super) fn is_export(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default();
    let cell = trim(first.split(',').next().unwrap_or_default()).trim_matches('"');
    is_registration_number(cell) || matches!(fold_label(cell).as_str(), "ctrno" | "登记号")
}

/// Reads the trials of an export, their applicants and drugs.
pub(super) fn parse(spec: &SourceSpec, text: &str) -> Result<Parsed, ParseError> {
    let index = LabelIndex::new(spec.table("trial"));
    let mut export = Export {
        spec,
        index: &index,
        names: Vec::new(),
        trials: index.table("trial"),
        others: Vec::new(),
        issues: Vec::new(),
    };
    for (record, row_number) in records(text).zip(1_u32..) {
        let cells = match record {
            Ok(cells) => cells,
            Err(e) => {
                export.error("csv", row_number, format!("no CSV: {e}"));
                continue;
            }
        };
        if export.names.is_empty() {
            let (names, is_row) = header_of(&cells)?;
            check_header(&index, &names)?;
            export.names = names;
            if !is_row {
                continue;
            }
        }
        export.read_row(&cells, row_number);
    }
    if export.names.is_empty() {
        return Err(ParseError::shape("export", "trials as CSV", "an empty file"));
    }
    let unread = unknown(spec, &index, &export.names);
    let Export { trials, others, mut issues, .. } = export;
    issues.extend(damaged_text(text, &trials));
    issues.extend(open_quote(text.as_bytes(), &trials));
    let tables = std::iter::once(trials).chain(others).collect();
    Ok(Parsed { tables, issues, unread, ..Parsed::default() })
}

/// An export under way.
struct Export<'s> {
    spec: &'s SourceSpec,
    index: &'s LabelIndex,
    names: Vec<String>,
    trials: TextTable,
    others: Vec<TextTable>,
    issues: Vec<Issue>,
}

impl Export<'_> {
    fn read_row(&mut self, cells: &[String], row_number: u32) {
        // Little of a row is quoted: a contact person may have slipped anywhere.
        let first: String = cells.first().map(|c| c.chars().take(20).collect()).unwrap_or_default();
        if cells.len() != self.names.len() {
            let (expected, found) = (self.names.len(), cells.len());
            let message = format!("expected {expected} values, found {found}: {first:?}, …");
            self.error("field_count", row_number, message);
            return;
        }
        let mut row = self.index.row();
        for (name, cell) in self.names.iter().zip(cells) {
            if let Some(position) = self.index.find(name).filter(|_| !is_person(name)) {
                row.set_at(position, trim(cell));
            }
        }
        let number = row.get("registration_number").unwrap_or_default().to_owned();
        if !is_registration_number(&number) {
            let message = format!("expected CTR and 8 digits, found {first:?}");
            self.error("registration_number", row_number, message);
            return;
        }
        row.push_to(&mut self.trials, row_number);
        let applicants = split_applicants(row.get("applicants").unwrap_or_default());
        let texts = [
            ("试验药", row.get("test_drugs").unwrap_or_default()),
            ("对照药", row.get("control_drugs").unwrap_or_default()),
        ];
        for table in [
            applicant_table(self.spec, &number, &applicants),
            drug_table(self.spec, &number, &texts),
        ] {
            append(&mut self.others, &table, row_number);
        }
    }

    fn error(&mut self, kind: &str, row_number: u32, message: String) {
        self.issues.push(Issue::row(Severity::Error, kind, &self.trials, row_number, message));
    }
}

/// The export without contact persons; `None` where it is no such export.
pub(super) fn without_persons(text: &str) -> Option<Vec<u8>> {
    // A record that is no CSV could hold anything, and is left out.
    let mut rows = records(text).filter_map(Result::ok).peekable();
    let first = rows.peek()?;
    let (names, is_row) = header_of(first).ok()?;
    let persons: Vec<bool> = names.iter().map(|n| is_person(n)).collect();
    let header = if is_row { None } else { rows.next() };
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    if let Some(header) = header {
        writer.write_record(&header).ok()?;
    }
    for mut cells in rows {
        // In a row of another length the person may be in any cell but the first.
        let whole = cells.len() == persons.len();
        for (place, cell) in cells.iter_mut().enumerate() {
            let is_person = if whole { persons.get(place) == Some(&true) } else { place > 0 };
            if is_person && !trim(cell).is_empty() {
                CELL_MASK.clone_into(cell);
            }
        }
        writer.write_record(&cells).ok()?;
    }
    Some(still_open(text.as_bytes(), writer.into_inner().ok()?))
}

fn records(text: &str) -> impl Iterator<Item = Result<Vec<String>, csv::Error>> + '_ {
    let reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.into_records().map(|record| Ok(record?.iter().map(str::to_owned).collect()))
}

/// The names of the columns, and whether the first record is a trial already.
fn header_of(first: &[String]) -> Result<(Vec<String>, bool), ParseError> {
    let cell = trim(first.first().map(String::as_str).unwrap_or_default());
    if !is_registration_number(cell) {
        return Ok((first.iter().map(|c| trim(c).to_owned()).collect(), false));
    }
    if first.len() != LAYOUT.len() {
        return Err(ParseError::shape(
            "export without a header",
            format!("{} columns", LAYOUT.len()),
            first.len().to_string(),
        ));
    }
    Ok((LAYOUT.iter().map(|c| (*c).to_owned()).collect(), true))
}

fn check_header(index: &LabelIndex, names: &[String]) -> Result<(), ParseError> {
    let mut row = index.row();
    for name in names.iter().filter_map(|n| index.find(n)) {
        row.set_at(name, "here");
    }
    match REQUIRED.iter().find(|column| row.get(column).is_none()) {
        None => Ok(()),
        Some(column) => Err(ParseError::MissingColumn {
            table: "trial".to_owned(),
            column: (*column).to_owned(),
            header: names.iter().take(60).map(|n| n.chars().take(60).collect()).collect(),
        }),
    }
}

/// Names of columns that no column of the catalogue takes.
fn unknown(spec: &SourceSpec, index: &LabelIndex, names: &[String]) -> Vec<String> {
    let ignored = |name: &str| {
        is_person(name) || spec.ignored.keys().any(|i| fold_label(i) == fold_label(name))
    };
    names
        .iter()
        .filter(|n| index.find(n).is_none() && !ignored(n))
        .map(|n| format!("column {:?}", n.chars().take(40).collect::<String>()))
        .collect()
}

fn is_person(name: &str) -> bool {
    let folded = fold_label(name);
    folded == "requestor" || super::redact::is_personal(&folded)
}

/// Appends the rows of `table`, all from one row of the export, to the table of
/// the same name.
fn append(tables: &mut Vec<TextTable>, table: &TextTable, row_number: u32) {
    let known = match tables.iter().position(|t| t.name == table.name) {
        Some(known) => known,
        None if table.is_empty() => return,
        None => {
            let columns = table.columns.iter().map(|c| c.name.as_str());
            tables.push(TextTable::new(&table.name, "", columns));
            tables.len() - 1
        }
    };
    if let Some(known) = tables.get_mut(known) {
        for row in 0..table.len() {
            known.push(row_number, table.columns.iter().map(|c| c.get(row)));
        }
    }
}
