//! A protocol as a list of coded fields: from the full text, or from the page
//! of the trial.

use scraper::{ElementRef, Html};

use crate::html_words::{first, lines, select, words};
use crate::labelled_page::has_class;

/// One field: `A.3 Full title of the trial (es): …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// `A.3`, `D.IMP`; empty in the block above section A.
    pub(super) code: String,
    /// `Full title of the trial (es)`.
    pub(super) label: String,
    /// Lines of the value, joined with line feeds.
    pub(super) value: String,
}

/// A protocol: where it begins and its fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Protocol {
    pub(super) line: u32,
    pub(super) fields: Vec<Field>,
}

/// The protocols of a full text. Each begins with the line `Summary` before its
/// EudraCT number.
pub(super) fn of_text(text: &str) -> Vec<Protocol> {
    let lines: Vec<&str> = text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).collect();
    let mut protocols: Vec<Protocol> = Vec::new();
    let mut after_blank = true;
    let mut in_head = true;
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).copied().unwrap_or_default();
        if line.trim() == "Summary" && next.starts_with("EudraCT Number:") {
            let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
            protocols.push(Protocol { line, fields: Vec::new() });
            in_head = true;
            continue;
        }
        let Some(protocol) = protocols.last_mut() else { continue };
        if line.trim().is_empty() {
            after_blank = true;
            continue;
        }
        if let Some(field) = coded(line) {
            in_head &= field.code.is_empty();
            protocol.fields.push(field);
        } else if in_head && let Some((label, value)) = line.split_once(':') {
            let (label, value) = (label.trim().to_owned(), value.trim().to_owned());
            protocol.fields.push(Field { code: String::new(), label, value });
        } else if !in_head
            && !after_blank
            && let Some(field) = protocol.fields.last_mut()
        {
            continue_value(field, line);
        }
        after_blank = false;
    }
    protocols
}

/// The protocol of a page `/ctr-search/trial/…`.
pub(super) fn of_page(html: &Html) -> Protocol {
    let mut fields = Vec::new();
    for row in select(html.root_element(), "tr") {
        // The cells of the row itself: the terms of E.1.2 are a table of their
        // own inside a cell.
        let cell = |class: &str| {
            row.child_elements().find(|c| c.value().name() == "td" && has_class(*c, class))
        };
        if let (Some(label), Some(value)) = (cell("cellGrey"), cell("cellLighterGrey")) {
            let label = label_of(label);
            fields.push(Field { code: String::new(), label, value: words(value) });
        } else if let (Some(label), Some(value)) = (cell("second"), cell("third")) {
            let code = cell("first").map(words).unwrap_or_default();
            let (code, label) = (first_code(&code).to_owned(), label_of(label));
            fields.push(Field { code, label, value: text_of(value) });
        } else if let Some(field) = coded(&words(row)).filter(|f| f.code == "D.IMP") {
            fields.push(field);
        }
    }
    Protocol { line: 1, fields }
}

/// `N.` and `P.` stand with a dot, `B.3.1 and B.3.2` with a second code: both
/// as in the full text.
fn first_code(cell: &str) -> &str {
    cell.split(' ').next().unwrap_or(cell).trim_end_matches('.')
}

fn label_of(cell: ElementRef<'_>) -> String {
    words(cell).trim_end_matches(':').trim_end().to_owned()
}

/// The lines of a value. A text that may be there in several languages is a
/// table with a row for each, the unmarked one of the full text first.
fn text_of(cell: ElementRef<'_>) -> String {
    let text = first(cell, "table").map_or(Some(cell), |table| first(table, "tr"));
    text.map(lines).unwrap_or_default().join("\n")
}

/// A line that begins with a code: `D.3.4 Pharmaceutical form: Tablet`,
/// `B.3.1 and B.3.2<tab>Status of the sponsor: Commercial`, `D.IMP: 1`,
/// `N. Date of Ethics Committee Opinion: …`, `E.7 Trial type and phase`.
pub(super) fn coded(line: &str) -> Option<Field> {
    let end = line.find([' ', '\t', ':'])?;
    let code = line.get(..end)?;
    if !is_code(code) {
        return None;
    }
    let mut rest = line.get(end..)?.trim_start();
    // `B.3.1 and B.3.2`, `D.3.8 to D.3.10`: the first code names the field.
    for word in ["and ", "to "] {
        if let Some(after) = rest.strip_prefix(word)
            && let Some((second, text)) = after.split_once([' ', '\t'])
            && is_code(second)
        {
            rest = text;
        }
    }
    let (label, value) = match rest.strip_prefix(':') {
        Some(value) => ("", value),
        // This label holds a colon itself.
        None => match rest.split_once("unfavourable opinion:") {
            Some((_, value)) => ("Reasons for unfavourable opinion", value),
            None => rest.split_once(':').unwrap_or((rest, "")),
        },
    };
    Some(Field {
        code: code.trim_end_matches('.').to_owned(),
        label: label.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}

/// `A.3.1`, `D.IMP`, `N.`: a section's letter, a dot, numbers.
fn is_code(text: &str) -> bool {
    let Some((section, numbers)) = text.split_once('.') else { return false };
    matches!(section.as_bytes(), [b'A'..=b'H' | b'N' | b'P'])
        && (text == "D.IMP" || numbers.split('.').all(|n| n.bytes().all(|b| b.is_ascii_digit())))
}

fn continue_value(field: &mut Field, line: &str) {
    if !field.value.is_empty() {
        field.value.push('\n');
    }
    field.value.push_str(line.trim());
}
