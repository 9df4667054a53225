//! The page of one trial: labels in `th`, values beside them, sections under
//! headings. Sections and cells about persons are not read.

use std::collections::BTreeSet;

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use super::drugs::split_drugs;
use super::list::title_of;
use super::redact::is_personal;
use super::{DETAIL, is_registration_number};
use crate::cell_mask::fold_label;
use crate::labelled_page::{
    LabelIndex, LabelledRow, cells_of, damaged_text, elements, has_class, one_line, rows_of, trim,
    visible_text,
};
use crate::{Issue, ParseError, Parsed, Request, Severity, SourceSpec, TextTable};

/// Labels that every page has: what the list says of a trial.
const REQUIRED: &[&str] = &["登记号", "试验状态", "药物名称", "适应症", "试验通俗题目"];

/// Sections that are passed over: persons, and what `source.toml` ignores.
const SKIPPED: &[&str] = &["主要研究者信息", "伦理委员会信息", "临床试验结果摘要"];

/// Reads the trial with its applicants, drugs and sites.
pub(super) fn parse(
    spec: &SourceSpec,
    request: &Request,
    root: ElementRef<'_>,
    text: &str,
) -> Result<Parsed, ParseError> {
    let trial_index = LabelIndex::new(spec.table("trial"));
    let mut page = DetailPage {
        trial: trial_index.row(),
        trial_index: &trial_index,
        applicants: Vec::new(),
        drugs: Vec::new(),
        sites: None,
        seen: BTreeSet::new(),
        unread: BTreeSet::new(),
    };
    page.read(root);
    if page.seen.is_empty() {
        let expected = "a table.searchDetailTable with labels";
        return Err(ParseError::shape("trial page", expected, title_of(root)));
    }
    for label in REQUIRED {
        if !page.seen.contains(&fold_label(label)) {
            return Err(ParseError::MissingColumn {
                table: "trial".to_owned(),
                column: (*label).to_owned(),
                header: page.seen.into_iter().take(60).collect(),
            });
        }
    }
    let number = page.trial.get("registration_number").unwrap_or_default().to_owned();
    let listed = request.context.get("registration_number").filter(|n| !n.is_empty());
    if let Some(listed) = listed.filter(|listed| **listed != number) {
        return Err(ParseError::shape("trial page", format!("the trial {listed}"), number));
    }
    if request.kind == DETAIL {
        for (column, value) in [
            ("list_status", request.context.get("list_status").map(String::as_str)),
            ("detail_id", super::form_field(request, "id")),
        ] {
            if let Some(value) = value {
                page.trial.set(column, value);
            }
        }
    } else if let Some(id) = id_on_page(root) {
        page.trial.set("detail_id", id);
    }
    page.finish(spec, &number, text)
}

/// What was read of a page so far.
struct DetailPage<'i> {
    trial: LabelledRow<'i>,
    trial_index: &'i LabelIndex,
    applicants: Vec<String>,
    /// Role and text.
    drugs: Vec<(&'static str, String)>,
    /// Header and rows of the table of sites.
    sites: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Labels of `trial` that the page has.
    seen: BTreeSet<String>,
    unread: BTreeSet<String>,
}

impl DetailPage<'_> {
    /// Goes over the page in its order; tables inside tables are part of the
    /// cell that they are in.
    fn read(&mut self, root: ElementRef<'_>) {
        let mut section = String::new();
        let mut heading = String::new();
        let mut depth = 0_usize;
        for edge in root.traverse() {
            let (node, opens) = match edge {
                Edge::Open(node) => (node, true),
                Edge::Close(node) => (node, false),
            };
            let Some(element) = ElementRef::wrap(node) else { continue };
            match (element.value().name(), opens) {
                ("table", true) => {
                    if depth == 0 && has_class(element, "searchDetailTable") {
                        self.read_table(element, &section, &heading);
                    }
                    depth += 1;
                }
                ("table", false) => depth = depth.saturating_sub(1),
                ("div", true) if depth == 0 && has_class(element, "searchDetailPartTit") => {
                    section = visible_text(element);
                    heading.clear();
                }
                ("div", true) if depth == 0 && has_class(element, "sDPTit2") => {
                    heading = visible_text(element);
                    self.read_text_below(element, &heading);
                }
                _ => {}
            }
        }
    }

    /// Some values are bare text below a heading.
    fn read_text_below(&mut self, element: ElementRef<'_>, heading: &str) {
        let mut text = String::new();
        for sibling in element.next_siblings() {
            match sibling.value() {
                Node::Text(part) => text.push_str(part),
                Node::Element(e) if matches!(e.name(), "br" | "p" | "span") => {
                    if let Some(part) = ElementRef::wrap(sibling) {
                        text.push('\n');
                        text.push_str(&visible_text(part));
                    }
                }
                Node::Element(_) => break,
                _ => {}
            }
        }
        let text = one_line(&text);
        let label = without_number(heading);
        if text.is_empty() || is_skipped(label) {
            return;
        }
        if fold_label(label) == "试验状态" {
            self.trial.set("status_detail", text);
        } else if let Some(position) = self.trial_index.find(label) {
            self.trial.set_at(position, text);
        } else {
            self.unread.insert(format!("text below {label:?}"));
        }
    }

    fn read_table(&mut self, table: ElementRef<'_>, section: &str, heading: &str) {
        if is_skipped(section) || is_skipped(heading) {
            return;
        }
        let rows: Vec<Vec<ElementRef<'_>>> = rows_of(table).into_iter().map(cells_of).collect();
        let is_header = |row: &Vec<ElementRef<'_>>| {
            row.len() > 1 && row.iter().all(|c| c.value().name() == "th")
        };
        if let Some((header, rows)) = rows.split_first().filter(|(first, _)| is_header(first)) {
            self.read_listing(header, rows);
            return;
        }
        for row in &rows {
            for pair in row.windows(2) {
                if let [label, value] = pair
                    && label.value().name() == "th"
                    && value.value().name() == "td"
                {
                    self.read_field(&visible_text(*label), *value);
                }
            }
        }
    }

    /// A table with a header: the sites, or something that is not read.
    fn read_listing(&mut self, header: &[ElementRef<'_>], rows: &[Vec<ElementRef<'_>>]) {
        let header: Vec<String> = header.iter().map(|c| visible_text(*c)).collect();
        if header.iter().any(|h| fold_label(h) == "机构名称") {
            let person: Vec<bool> = header.iter().map(|h| is_personal(&fold_label(h))).collect();
            let cell = |(i, c): (usize, &ElementRef<'_>)| {
                let hidden = person.get(i).copied().unwrap_or(true);
                if hidden { String::new() } else { visible_text(*c) }
            };
            let rows = rows.iter().map(|r| r.iter().enumerate().map(cell).collect()).collect();
            self.sites = Some((header, rows));
        } else if !header.iter().any(|h| fold_label(h) == "更新记录") {
            let names: Vec<String> = header.iter().map(|h| h.chars().take(20).collect()).collect();
            self.unread.insert(format!("table of {}", names.join(", ")));
        }
    }

    fn read_field(&mut self, label: &str, value: ElementRef<'_>) {
        let label = trim(label);
        let folded = fold_label(label);
        if is_personal(&folded) {
            return;
        }
        let fields: Vec<String> = elements(value, "input")
            .filter_map(|input| input.attr("value"))
            .map(one_line)
            .filter(|v| !v.is_empty())
            .collect();
        if folded == "申请人名称" && !fields.is_empty() {
            // The text beside the fields is their numbers.
            self.applicants = fields;
            self.seen.insert(folded);
            return;
        }
        let Some(position) = self.trial_index.find(label) else {
            self.unread.insert(format!("label {:?}", label.chars().take(40).collect::<String>()));
            return;
        };
        let text = visible_text(value);
        match folded.as_str() {
            "试验药" => self.drugs.push(("试验药", text.clone())),
            "对照药" => self.drugs.push(("对照药", text.clone())),
            _ => {}
        }
        self.trial.set_at(position, text);
        self.seen.insert(folded);
    }

    fn finish(mut self, spec: &SourceSpec, number: &str, text: &str) -> Result<Parsed, ParseError> {
        let mut parsed = Parsed::default();
        let mut trial = self.trial_index.table("trial");
        if self.applicants.is_empty() {
            self.applicants = split_applicants(self.trial.get("applicants").unwrap_or_default());
        }
        self.trial.push_to(&mut trial, 1);
        if !is_registration_number(number) {
            let message = format!("expected CTR and 8 digits, found {number:?}");
            let issue = Issue::row(Severity::Warning, "registration_number", &trial, 1, message);
            parsed.issues.push(issue.in_column("registration_number"));
        }
        parsed.issues.extend(damaged_text(text, &trial));
        parsed.tables.push(trial);
        let applicants = applicant_table(spec, number, &self.applicants);
        let roles: Vec<_> = self.drugs.iter().map(|(role, text)| (*role, text.as_str())).collect();
        let drugs = drug_table(spec, number, &roles);
        let sites = self.site_table(spec, number, &mut parsed.issues)?;
        parsed.tables.extend([applicants, drugs, sites].into_iter().filter(|t| !t.is_empty()));
        parsed.unread = self.unread.into_iter().collect();
        Ok(parsed)
    }

    fn site_table(
        &self,
        spec: &SourceSpec,
        number: &str,
        issues: &mut Vec<Issue>,
    ) -> Result<TextTable, ParseError> {
        let index = LabelIndex::new(spec.table("trial_site"));
        let mut table = index.table("trial_site");
        let Some((header, rows)) = &self.sites else { return Ok(table) };
        if !header.iter().any(|h| fold_label(h) == "序号") {
            return Err(ParseError::MissingColumn {
                table: "trial_site".to_owned(),
                column: "序号".to_owned(),
                header: header.clone(),
            });
        }
        let columns: Vec<Option<usize>> = header.iter().map(|h| index.find(h)).collect();
        for (cells, row_number) in rows.iter().zip(1..) {
            if cells.len() != header.len() {
                // 暂未填写此信息 over all columns: no sites yet.
                if cells.len() != 1 {
                    let message = format!("expected {} cells, found {}", header.len(), cells.len());
                    issues.push(Issue::row(
                        Severity::Error,
                        "field_count",
                        &table,
                        row_number,
                        message,
                    ));
                }
                continue;
            }
            let mut row = index.row();
            row.set("registration_number", number);
            for (column, cell) in columns.iter().zip(cells) {
                if let Some(column) = column {
                    row.set_at(*column, cell.as_str());
                }
            }
            row.push_to(&mut table, row_number);
        }
        Ok(table)
    }
}

/// One row per applicant.
pub(super) fn applicant_table(spec: &SourceSpec, number: &str, applicants: &[String]) -> TextTable {
    let index = LabelIndex::new(spec.table("trial_applicant"));
    let mut table = index.table("trial_applicant");
    for (applicant, place) in applicants.iter().zip(1_u32..) {
        let mut row = index.row();
        row.set("registration_number", number);
        row.set("applicant_number", place.to_string());
        row.set("applicant", applicant.as_str());
        row.push_to(&mut table, place);
    }
    table
}

/// One row per drug that the texts of the roles name.
pub(super) fn drug_table(spec: &SourceSpec, number: &str, roles: &[(&str, &str)]) -> TextTable {
    let index = LabelIndex::new(spec.table("trial_drug"));
    let mut table = index.table("trial_drug");
    for (role, text) in roles {
        for (drug, place) in split_drugs(text, &index).into_iter().zip(1_u32..) {
            let mut row = index.row();
            row.set("registration_number", number);
            row.set("role", *role);
            row.set("drug_number", place.to_string());
            for (column, value) in drug {
                row.set_at(column, value);
            }
            row.push_to(&mut table, place);
        }
    }
    table
}

/// Applicants of one text stand behind a slash and a space: a slash alone may
/// be part of a name.
pub(super) fn split_applicants(text: &str) -> Vec<String> {
    text.split(['\n', '；', ';'])
        .flat_map(|part| part.split("/ "))
        .map(|name| trim(name.trim_end_matches('/')).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The id that a saved page names in its form for the download.
fn id_on_page(root: ElementRef<'_>) -> Option<&str> {
    let is_id = |v: &&str| v.len() == 32 && v.bytes().all(|b| b.is_ascii_hexdigit());
    elements(root, "input")
        .filter(|i| i.attr("name") == Some("id"))
        .filter_map(|i| i.attr("value"))
        .find(is_id)
}

fn is_skipped(heading: &str) -> bool {
    let folded = fold_label(heading);
    SKIPPED.iter().any(|part| folded.contains(part))
}

/// `6、数据安全监查委员会（DMC）` without its number.
fn without_number(heading: &str) -> &str {
    let bare = heading.trim_start_matches(|c: char| c.is_ascii_digit());
    if bare.len() == heading.len() {
        heading
    } else {
        bare.trim_start_matches(['、', '.', '．', ' '])
    }
}
