//! Dosage forms in several vocabularies (R6) -> `dosage_form_terms.csv`.

use std::collections::{BTreeSet, HashMap};

use super::ImportError;
use super::pass::Pass;
use super::table::{Table, TableRow};
use crate::csv_text::CsvText;
use crate::decisions::fold;

const FILE: &str = "dosage_form_terms.csv";

/// Columns that name the standard form.
pub(super) const FORM_COLUMNS: &[&str] = &["canonical", "form", "dosage_form"];

/// Columns that hold terms, several separated by `|`, and their vocabulary. A
/// column of price code letters is none of them: one letter covers many forms.
pub(super) const TERM_COLUMNS: &[(&str, &str)] = &[
    ("edqm_term", "edqm"),
    ("edqm", "edqm"),
    ("fda_form", "fda"),
    ("fda", "fda"),
    ("zh", "zh"),
    ("ja", "ja"),
    ("ja_en", "ja_en"),
    ("ja_yj", "ja_yj"),
];

/// Forms of a term by route, under the vocabulary and the folded term.
type Terms = HashMap<(String, String), Vec<(String, String)>>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    vocabulary: String,
    words: String,
    route: String,
}

pub(super) fn rows(table: &Table, pass: &mut Pass<'_>) -> Result<(), ImportError> {
    let file = pass.files.get(FILE);
    let text = CsvText::parse(&file.text).map_err(|(line, e)| file.error(line, &e))?;
    let mut known: Terms = HashMap::new();
    for row in text.rows() {
        let cell = |column| text.cell(row, column);
        let key = (cell("vocabulary").to_owned(), fold(cell("term")));
        known.entry(key).or_default().push((fold(cell("route")), cell("form").to_owned()));
    }
    for row in &table.rows {
        let terms = terms(table, row, pass);
        let Some(form) = form(table, row, pass, &terms, &known) else { continue };
        for term in terms {
            match existing(&known, &term) {
                Some(forms) if forms.contains(form.as_str()) => {}
                Some(forms) => {
                    let existing = forms.into_iter().collect::<Vec<_>>().join(", ");
                    let value = format!("{} {} {}", term.vocabulary, term.words, term.route);
                    pass.conflict(row.number, FILE, value.trim_end(), &existing, &form);
                }
                None => {
                    let line = [
                        ("vocabulary", term.vocabulary.as_str()),
                        ("term", term.words.as_str()),
                        ("route", term.route.as_str()),
                        ("form", form.as_str()),
                    ];
                    pass.add(row.number, FILE, &line);
                    let key = (term.vocabulary.clone(), fold(&term.words));
                    known.entry(key).or_default().push((fold(&term.route), form.clone()));
                }
            }
        }
    }
    Ok(())
}

/// The forms that the dictionary gives a term; none where it does not know it.
/// A term without a route is known if it stands under any: a line for all
/// routes would be a claim that the table does not make (R6).
fn existing<'a>(known: &'a Terms, term: &Term) -> Option<BTreeSet<&'a str>> {
    let lines = known.get(&(term.vocabulary.clone(), fold(&term.words)))?;
    let route = fold(&term.route);
    let forms: BTreeSet<&str> = lines
        .iter()
        .filter(|(r, _)| *r == route || r == "*" || matches!(route.as_str(), "" | "*"))
        .map(|(_, form)| form.as_str())
        .collect();
    (!forms.is_empty()).then_some(forms)
}

/// The standard form of a row. A table's own word for it is no standard form;
/// then the terms that are known decide, if they agree.
fn form(
    table: &Table,
    row: &TableRow,
    pass: &mut Pass<'_>,
    terms: &[Term],
    known: &Terms,
) -> Option<String> {
    let name = table.cell(row, FORM_COLUMNS).into_owned();
    if pass.dictionaries.forms.forms().contains_key(&name) {
        return Some(name);
    }
    let only = |forms: BTreeSet<&str>| match (forms.len(), forms.first()) {
        (1, Some(form)) => Some((*form).to_owned()),
        _ => None,
    };
    let forms: BTreeSet<String> =
        terms.iter().filter_map(|term| existing(known, term).and_then(only)).collect();
    if let (1, Some(form)) = (forms.len(), forms.first()) {
        return Some(form.clone());
    }
    pass.problem(row.number, "unknown_form", &name, || {
        let forms: Vec<String> = forms.into_iter().collect();
        format!("{name} is no form of dosage_forms.csv; its terms are {}", forms.join(", "))
    });
    None
}

fn terms(table: &Table, row: &TableRow, pass: &mut Pass<'_>) -> Vec<Term> {
    let mut terms = Vec::new();
    let long = table.cell(row, &["vocabulary"]);
    let codes = TERM_COLUMNS.iter().filter(|(column, _)| long.is_empty() && table.has(column));
    let mut cells: Vec<(&str, String, String)> = codes
        .map(|(column, vocabulary)| {
            (*vocabulary, table.cell(row, &[column]).into_owned(), String::new())
        })
        .collect();
    if !long.is_empty() {
        let Some((_, code)) = TERM_COLUMNS.iter().find(|(_, code)| *code == long) else {
            pass.problem(row.number, "unknown_vocabulary", &long, || {
                format!("vocabulary {long:?}: expected edqm, fda, zh, ja, ja_en or ja_yj")
            });
            return terms;
        };
        let route = table.cell(row, &["route"]).into_owned();
        cells.push((code, table.cell(row, &["term"]).into_owned(), route));
    }
    for (vocabulary, cell, route) in cells {
        for raw in cell.split('|').map(str::trim).filter(|raw| !crate::is_null(raw)) {
            if is_placeholder(raw) {
                pass.problem(row.number, "placeholder", raw, || {
                    format!("{raw} is a pattern or a remark, no term")
                });
                continue;
            }
            let term = spelt(vocabulary, raw, &route);
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms
}

/// A term as its vocabulary is written in the dictionary. FDA's form and route
/// may come as `TABLET (vaginal)`; without a route it holds for all.
fn spelt(vocabulary: &str, raw: &str, route: &str) -> Term {
    let (mut term, mut route) = (raw.to_owned(), route.to_owned());
    match vocabulary {
        "fda" => {
            if let Some((form, inside)) = raw.strip_suffix(')').and_then(|t| t.rsplit_once(" (")) {
                (term, route) = (form.to_owned(), inside.to_owned());
            }
            (term, route) = (term.to_uppercase(), route.to_uppercase());
            if route.is_empty() {
                "*".clone_into(&mut route);
            }
        }
        "edqm" | "ja_en" => term = fold(raw),
        _ => {}
    }
    Term { vocabulary: vocabulary.to_owned(), words: term, route }
}

/// `注射用X` stands for `注射用` and a name, `(附溶剂)` for a remark.
fn is_placeholder(raw: &str) -> bool {
    let pattern = !raw.is_ascii() && raw.contains(['X', '…', '~', '〇']) && !raw.contains("XR");
    pattern || raw.starts_with(['(', '（'])
}
