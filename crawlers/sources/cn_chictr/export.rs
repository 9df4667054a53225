//! The XML export: `<trials><Triall>`, in English.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::detail::{Row, numbered, role_rows, table_of};
use super::is_registration_number;
use super::organisations::names_organisation;
use crate::cell_mask::{CELL_MASK, fold_label};
use crate::labelled_page::{LabelIndex, LabelledRow, damaged_text, one_line, trim};
use crate::{Issue, ParseError, Parsed, Severity, SourceSpec, TextTable};

/// Elements inside elements; a real export has five levels.
const MAX_DEPTH: usize = 32;
/// Bytes of an export; a trial has some 5 kB.
const MAX_BYTES: u64 = 64 << 20;

/// Sections that name persons.
const PERSONS: &[&str] = &["contacts", "ethics_reviews"];

/// The beginning of a file is that of an export.
pub(super) fn is_export(head: &str) -> bool {
    let head = head.trim_start();
    let body = match head.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, body)| body.trim_start()),
        None => head,
    };
    body.get(..7).is_some_and(|tag| tag.eq_ignore_ascii_case("<trials"))
}

/// Reads the trials of an export. A document type is refused, so that nothing
/// can be expanded; other entities than those of XML stay as they are written.
pub(super) fn parse(spec: &SourceSpec, text: &str) -> Result<Parsed, ParseError> {
    if text.len() as u64 > MAX_BYTES {
        return Err(ParseError::TooLarge { what: "export".to_owned(), limit: MAX_BYTES });
    }
    let index = LabelIndex::new(spec.table("trial"));
    let mut export = Export {
        spec,
        index: &index,
        trials: index.table("trial"),
        others: Vec::new(),
        issues: Vec::new(),
        unread: BTreeSet::new(),
        path: Vec::new(),
        value: String::new(),
        trial: None,
        declared: None,
        number: 0,
    };
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let event = reader.read_event().map_err(|e| {
            let found = format!("{e} at byte {}", reader.error_position());
            ParseError::shape("export", "well-formed XML", found)
        })?;
        match event {
            Event::Eof => break,
            event => export.take(&event)?,
        }
    }
    export.finish(text)
}

/// A trial under way.
struct Trial<'i> {
    row: LabelledRow<'i>,
    sponsors: Vec<Row>,
    countries: Vec<Row>,
}

struct Export<'i> {
    spec: &'i SourceSpec,
    index: &'i LabelIndex,
    trials: TextTable,
    others: Vec<TextTable>,
    issues: Vec<Issue>,
    unread: BTreeSet<String>,
    /// Names of the open elements.
    path: Vec<String>,
    /// Text of the innermost one.
    value: String,
    trial: Option<Trial<'i>>,
    /// How many trials the root says there are.
    declared: Option<u32>,
    number: u32,
}

impl Export<'_> {
    fn take(&mut self, event: &Event<'_>) -> Result<(), ParseError> {
        match event {
            Event::Start(start) => {
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                if self.path.is_empty() {
                    if !name.eq_ignore_ascii_case("trials") {
                        return Err(ParseError::shape("export", "the root element trials", name));
                    }
                    let subjects = start.try_get_attribute("subjects").ok().flatten();
                    self.declared = subjects
                        .and_then(|a| String::from_utf8_lossy(&a.value).trim().parse().ok());
                }
                self.open(name)?;
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.value.push_str(&String::from_utf8_lossy(text)),
            Event::CData(text) => self.value.push_str(&String::from_utf8_lossy(text)),
            Event::GeneralRef(entity) => push_entity(&mut self.value, entity),
            Event::DocType(_) => {
                return Err(ParseError::shape("export", "no document type", "one"));
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, name: String) -> Result<(), ParseError> {
        if self.path.len() >= MAX_DEPTH {
            let expected = format!("at most {MAX_DEPTH} levels");
            return Err(ParseError::shape("export", expected, "more"));
        }
        self.path.push(name);
        self.value.clear();
        if self.path.len() == 2 {
            self.number += 1;
            let (sponsors, countries) = (Vec::new(), Vec::new());
            self.trial = Some(Trial { row: self.index.row(), sponsors, countries });
        }
        Ok(())
    }

    fn close(&mut self) {
        let value = std::mem::take(&mut self.value);
        let is_person = self.path.iter().any(|p| PERSONS.iter().any(|n| p.eq_ignore_ascii_case(n)));
        let depth = self.path.len();
        let Some(name) = self.path.pop() else { return };
        if depth == 2 {
            self.end_trial();
        } else if depth > 2 && !is_person && !trim(&value).is_empty() {
            self.field(&name, trim(&value));
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        let Some(trial) = &mut self.trial else { return };
        if value == CELL_MASK {
            return;
        }
        match name {
            "country2" => trial.countries.push(vec![("country_en".to_owned(), value.to_owned())]),
            "sponsor_name" => {
                trial.sponsors.push(vec![("sponsor_en".to_owned(), value.to_owned())]);
            }
            "primary_sponsor" if !names_organisation(value) => {
                let message = "primary_sponsor may name a person and is left out".to_owned();
                let issue =
                    Issue::row(Severity::Note, "person", &self.trials, self.number, message);
                self.issues.push(issue.in_column("primary_sponsor_en"));
            }
            _ => {
                if let Some(column) = self.index.find(name) {
                    // Elements that come several times: outcomes, numbers.
                    let joined = match trial.row.value_at(column).filter(|v| !v.is_empty()) {
                        Some(before) => format!("{before}; {value}"),
                        None => value.to_owned(),
                    };
                    trial.row.replace_at(column, joined);
                    return;
                }
                let folded = fold_label(name);
                if !self.spec.ignored.keys().any(|i| fold_label(i) == folded) {
                    self.unread.insert(format!("element {name}"));
                }
            }
        }
    }

    fn end_trial(&mut self) {
        let Some(trial) = self.trial.take() else { return };
        let number = one_line(trial.row.get("registration_number").unwrap_or_default());
        if !is_registration_number(&number) {
            let message = format!("expected a ChiCTR number in trial_id, found {number:?}");
            let issue = Issue::row(
                Severity::Error,
                "registration_number",
                &self.trials,
                self.number,
                message,
            );
            self.issues.push(issue.in_column("registration_number"));
            return;
        }
        trial.row.push_to(&mut self.trials, self.number);
        let primary = trial
            .row
            .get("primary_sponsor_en")
            .map(|n| vec![("sponsor_en".to_owned(), n.to_owned())]);
        let mut sponsors = role_rows("primary", primary.into_iter().collect());
        sponsors.extend(role_rows("secondary", trial.sponsors));
        let groups = groups(trial.row.get("interventions_en"), trial.row.get("target_size"));
        for (name, rows) in [
            ("trial_sponsor", sponsors),
            ("trial_intervention", numbered("group_number", groups)),
            ("trial_country", numbered("place_number", trial.countries)),
        ] {
            let Some(table) = table_of(self.spec, name, &number, &rows) else { continue };
            match self.others.iter_mut().find(|t| t.name == name) {
                None => self.others.push(table),
                Some(known) => {
                    for (row, number) in table.row_numbers.iter().enumerate() {
                        known.push(*number, table.columns.iter().map(|c| c.get(row)));
                    }
                }
            }
        }
    }

    fn finish(mut self, text: &str) -> Result<Parsed, ParseError> {
        if let Some(open) = self.path.first() {
            return Err(ParseError::shape(
                "export",
                format!("the end of {open}"),
                "the end of the file",
            ));
        }
        if self.number == 0 {
            return Err(ParseError::shape("export", "an element Triall", "none"));
        }
        if self.declared.is_some_and(|declared| declared != self.number) {
            let declared = self.declared.unwrap_or_default();
            let message =
                format!("the export declares {declared} trials and holds {}", self.number);
            self.issues.push(Issue::row(
                Severity::Warning,
                "declared_total",
                &self.trials,
                0,
                message,
            ));
        }
        self.issues.extend(damaged_text(text, &self.trials));
        Ok(Parsed {
            tables: std::iter::once(self.trials).chain(self.others).collect(),
            issues: self.issues,
            unread: self.unread.into_iter().collect(),
            ..Parsed::default()
        })
    }
}

/// Groups with their interventions and sizes: both are `group:value;…`.
fn groups(interventions: Option<&str>, sizes: Option<&str>) -> Vec<Row> {
    let sizes = pairs(sizes.unwrap_or_default());
    pairs(interventions.unwrap_or_default())
        .into_iter()
        .map(|(group, intervention)| {
            let mut row = vec![("intervention_en".to_owned(), intervention)];
            if let Some(group) = group {
                let size = sizes.iter().find(|(name, _)| name.as_deref() == Some(&group));
                row.extend(size.map(|(_, size)| ("sample_size".to_owned(), size.clone())));
                row.push(("group_name_en".to_owned(), group));
            }
            row
        })
        .collect()
}

fn pairs(text: &str) -> Vec<(Option<String>, String)> {
    text.split([';', '；'])
        .map(trim)
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once([':', '：']) {
            Some((group, value)) => (Some(trim(group).to_owned()), trim(value).to_owned()),
            None => (None, part.to_owned()),
        })
        .collect()
}

/// The five entities of XML and characters by number; others stay as written.
fn push_entity(value: &mut String, entity: &BytesRef<'_>) {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        value.push(c);
        return;
    }
    let name = String::from_utf8_lossy(entity).into_owned();
    match name.as_str() {
        "lt" => value.push('<'),
        "gt" => value.push('>'),
        "amp" => value.push('&'),
        "apos" => value.push('\''),
        "quot" => value.push('"'),
        other => {
            value.push('&');
            value.push_str(other);
            value.push(';');
        }
    }
}
