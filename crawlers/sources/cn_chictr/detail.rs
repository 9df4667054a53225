//! The page of one trial: Chinese and English labels in `td.left_title`, the
//! value in the cell to the right, tables inside some of the cells. The English
//! page has the English labels alone.

use std::collections::BTreeSet;

use scraper::ElementRef;

use super::redact::is_personal;
use super::{is_registration_number, parameter, title};
use crate::cell_mask::fold_label;
use crate::labelled_page::{
    LabelIndex, LabelledRow, cells_of, damaged_text, elements, has_class, one_line, rows_of, trim,
    visible_text,
};
use crate::{Issue, ParseError, Parsed, Request, Severity, SourceSpec, TextTable};

/// Labels that every page has but the English one, which has their like.
const CHINESE: [&str; 2] = ["注册号", "注册题目"];
const ENGLISH: [&str; 2] = ["Registration number", "Public title"];

/// Cells that hold tables, by the label in either language, with the table they
/// fill.
const NESTED: &[([&str; 2], &str)] = &[
    (["试验主办单位", "Secondary sponsor"], "trial_sponsor"),
    (["干预措施", "Interventions"], "trial_intervention"),
    (["研究实施地点", "Countries of recruitment"], "trial_country"),
];

/// Reads the trial with its sponsors, interventions and places.
pub(super) fn parse(
    spec: &SourceSpec,
    request: &Request,
    root: ElementRef<'_>,
    text: &str,
) -> Result<Parsed, ParseError> {
    let index = LabelIndex::new(spec.table("trial"));
    let mut page = DetailPage::new(&index, spec);
    for label in elements(root, "td").filter(|td| has_class(*td, "left_title")) {
        let value = label.next_siblings().find_map(ElementRef::wrap);
        if let Some(value) = value.filter(|v| v.value().name() == "td") {
            page.read_field(label, value);
        }
    }
    if page.seen.is_empty() {
        let found = format!("a page titled {:?}", title(root));
        return Err(ParseError::shape("trial page", "labels in td.left_title", found));
    }
    let required = if page.has(ENGLISH[0]) && !page.has(CHINESE[0]) { ENGLISH } else { CHINESE };
    for label in required {
        if !page.has(label) {
            return Err(ParseError::MissingColumn {
                table: "trial".to_owned(),
                column: label.to_owned(),
                header: page.seen.into_iter().take(60).collect(),
            });
        }
    }
    let number = page.trial.get("registration_number").unwrap_or_default().to_owned();
    let listed = request.context.get("registration_number").filter(|n| !n.is_empty());
    if let Some(listed) = listed.filter(|listed| **listed != number) {
        return Err(ParseError::shape("trial page", format!("the trial {listed}"), number));
    }
    let on_page = elements(root, "input")
        .find(|i| i.attr("name") == Some("pid"))
        .and_then(|i| i.attr("value"));
    if let Some(project) = parameter(request, "proj").or_else(|| on_page.map(one_line)) {
        page.trial.set("project_id", project);
    }
    if let Some(institution) = request.context.get("list_institution") {
        page.trial.set("list_institution", institution.as_str());
    }
    Ok(page.finish(&number, text))
}

/// What was read of a page so far.
struct DetailPage<'i> {
    spec: &'i SourceSpec,
    index: &'i LabelIndex,
    trial: LabelledRow<'i>,
    /// Rows of the other tables: the table, and column and value of each cell.
    others: Vec<(&'static str, Vec<(String, String)>)>,
    seen: BTreeSet<String>,
    unread: BTreeSet<String>,
}

impl<'i> DetailPage<'i> {
    fn new(index: &'i LabelIndex, spec: &'i SourceSpec) -> Self {
        Self {
            spec,
            index,
            trial: index.row(),
            others: Vec::new(),
            seen: BTreeSet::new(),
            unread: BTreeSet::new(),
        }
    }

    fn has(&self, label: &str) -> bool {
        self.seen.contains(&fold_label(label))
    }

    fn read_field(&mut self, label: ElementRef<'_>, value: ElementRef<'_>) {
        let whole = visible_text(label);
        if is_personal(&fold_label(&whole)) {
            return;
        }
        let chinese = text_of_class(label, "cn").unwrap_or_else(|| whole.clone());
        let english = text_of_class(label, "en").unwrap_or_default();
        // The only label on the English page, whose empty ones label nothing.
        let folded = fold_label(&chinese);
        if folded.is_empty() {
            return;
        }
        let starts =
            |names: [&str; 2]| names.iter().any(|name| folded.starts_with(&fold_label(name)));
        if elements(value, "table").next().is_some()
            && let Some((_, table)) = NESTED.iter().find(|(names, _)| starts(*names))
        {
            self.read_nested(table, value);
        } else if starts(["研究实施时间", "Study execute time"]) {
            self.read_period("study_start", "study_end", value);
        } else if starts(["征募观察对象时间", "Recruiting time"]) {
            self.read_period("recruiting_start", "recruiting_end", value);
        } else if starts(["年龄范围", "Participant age"]) {
            self.read_ages(value);
        } else {
            let text = visible_text(value);
            let columns = (self.index.find(&chinese), self.index.find(&english));
            match columns {
                (Some(one), Some(other)) if one != other => {
                    let chinese = text_of_class(value, "cn");
                    let translated = text_of_class(value, "en");
                    self.trial.set_at(one, chinese.unwrap_or(text));
                    if let Some(translated) = translated {
                        self.trial.set_at(other, translated);
                    }
                }
                (Some(column), _) | (None, Some(column)) => self.trial.set_at(column, text),
                (None, None) => {
                    if !is_ignored(self.spec, &chinese) && !is_ignored(self.spec, &english) {
                        let name: String = trim(&chinese).chars().take(40).collect();
                        self.unread.insert(format!("label {name:?}"));
                    }
                    return;
                }
            }
        }
        self.seen.extend([folded, fold_label(&english)].into_iter().filter(|l| !l.is_empty()));
    }

    /// Tables of labels and values; each of them, and each label that comes
    /// again, begins a row.
    fn read_nested(&mut self, table: &'static str, value: ElementRef<'_>) {
        let index = LabelIndex::new(self.spec.table(table));
        let columns = &self.spec.table(table).columns;
        for inner in elements(value, "table") {
            // Label, column and value.
            let mut row: Vec<(String, usize, String)> = Vec::new();
            let mut rows = Vec::new();
            for cells in rows_of(inner).into_iter().map(cells_of) {
                let texts: Vec<String> = cells.into_iter().map(visible_text).collect();
                let mut texts = texts.into_iter().peekable();
                while let Some(label) = texts.next() {
                    let Some(column) = label_column(&index, &label) else {
                        self.note_unread(&label);
                        continue;
                    };
                    // A label at the end of a row shares the value of the row
                    // above, one before a label has none.
                    let is_value = |t: &String| !is_label(&index, self.spec, t);
                    let Some(value) = texts.next_if(is_value) else { continue };
                    if row.iter().any(|(l, _, _)| *l == label) {
                        rows.push(std::mem::take(&mut row));
                    }
                    row.push((label, column, value));
                }
            }
            rows.push(row);
            for row in rows.into_iter().filter(|r| r.iter().any(|(_, _, v)| !v.is_empty())) {
                let named = row
                    .into_iter()
                    .filter_map(|(_, c, v)| Some((columns.get(c)?.column_name(), v)));
                self.others.push((table, named.collect()));
            }
        }
    }

    /// Labels that end with a colon and that nothing reads.
    fn note_unread(&mut self, text: &str) {
        if text.ends_with(['：', ':']) && !is_ignored(self.spec, text) && text.chars().count() < 40
        {
            self.unread.insert(format!("label {text:?}"));
        }
    }

    /// `从 2024-06-01 00:00:00 至 2029-10-01 00:00:00`, either day possibly missing.
    fn read_period(&mut self, start: &str, end: &str, value: ElementRef<'_>) {
        let text = visible_text(value);
        let (before, after) =
            text.split_once('至').or_else(|| text.split_once("To")).unwrap_or((text.as_str(), ""));
        for (column, part) in [(start, before), (end, after)] {
            let time = one_line(part.trim_matches(|c: char| !c.is_ascii_digit()));
            if !time.is_empty() {
                self.trial.set(column, time);
            }
        }
    }

    fn read_ages(&mut self, value: ElementRef<'_>) {
        for row in elements(value, "tr").map(cells_of) {
            let texts: Vec<String> = row.into_iter().map(visible_text).collect();
            if let [label, age, ..] = texts.as_slice() {
                let column = if label.contains("最小") || label.contains("Min") {
                    "age_min"
                } else {
                    "age_max"
                };
                self.trial.set(column, age.as_str());
            }
        }
    }

    fn finish(self, number: &str, text: &str) -> Parsed {
        let mut parsed = Parsed::default();
        let mut trial = self.index.table("trial");
        self.trial.push_to(&mut trial, 1);
        if !is_registration_number(number) {
            let message = format!("expected a ChiCTR number, found {number:?}");
            let issue = Issue::row(Severity::Warning, "registration_number", &trial, 1, message);
            parsed.issues.push(issue.in_column("registration_number"));
        }
        parsed.issues.extend(damaged_text(text, &trial));
        let primary = [("primary_sponsor", "sponsor"), ("primary_sponsor_en", "sponsor_en")]
            .iter()
            .filter_map(|(from, to)| Some(((*to).to_owned(), self.trial.get(from)?.to_owned())))
            .filter(|(_, name)| !name.is_empty())
            .collect::<Vec<_>>();
        let secondary = rows_for(&self.others, "trial_sponsor");
        let mut sponsors =
            role_rows("primary", if primary.is_empty() { vec![] } else { vec![primary] });
        sponsors.extend(role_rows("secondary", secondary));
        parsed.tables.push(trial);
        for (name, rows) in [
            ("trial_sponsor", sponsors),
            (
                "trial_intervention",
                numbered("group_number", rows_for(&self.others, "trial_intervention")),
            ),
            ("trial_country", numbered("place_number", rows_for(&self.others, "trial_country"))),
        ] {
            parsed.tables.extend(table_of(self.spec, name, number, &rows));
        }
        parsed.unread = self.unread.into_iter().collect();
        parsed
    }
}

/// A row of a table that is not `trial`: column and value.
pub(super) type Row = Vec<(String, String)>;

fn rows_for(others: &[(&'static str, Row)], table: &str) -> Vec<Row> {
    others.iter().filter(|(t, _)| *t == table).map(|(_, row)| row.clone()).collect()
}

/// Rows with their place in the trial.
pub(super) fn numbered(column: &str, rows: Vec<Row>) -> Vec<Row> {
    let number = |(mut row, place): (Row, u32)| {
        row.push((column.to_owned(), place.to_string()));
        row
    };
    rows.into_iter().zip(1..).map(number).collect()
}

/// Sponsors of one role.
pub(super) fn role_rows(role: &str, rows: Vec<Row>) -> Vec<Row> {
    let mut rows = numbered("sponsor_number", rows);
    for row in &mut rows {
        row.push(("role".to_owned(), role.to_owned()));
    }
    rows
}

/// The table with these rows, where there are any.
pub(super) fn table_of(
    spec: &SourceSpec,
    name: &str,
    number: &str,
    rows: &[Row],
) -> Option<TextTable> {
    let index = LabelIndex::new(spec.table(name));
    let mut table = index.table(name);
    for (row, place) in rows.iter().zip(1_u32..) {
        let mut out = index.row();
        out.set("registration_number", number);
        for (column, value) in row {
            out.set(column, value.as_str());
        }
        out.push_to(&mut table, place);
    }
    (!table.is_empty()).then_some(table)
}

/// Labels of inner tables end with a colon: a value may be the same word.
fn label_column(index: &LabelIndex, text: &str) -> Option<usize> {
    text.ends_with(['：', ':']).then(|| index.find(text)).flatten()
}

fn is_label(index: &LabelIndex, spec: &SourceSpec, text: &str) -> bool {
    text.ends_with(['：', ':']) && (index.find(text).is_some() || is_ignored(spec, text))
}

fn is_ignored(spec: &SourceSpec, label: &str) -> bool {
    let folded = fold_label(label);
    !folded.is_empty() && spec.ignored.keys().any(|i| folded.starts_with(&fold_label(i)))
}

/// The text of the elements of this class, where there is any such element.
fn text_of_class(element: ElementRef<'_>, class: &str) -> Option<String> {
    let texts: Vec<String> =
        element.descendent_elements().filter(|e| has_class(*e, class)).map(visible_text).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}
