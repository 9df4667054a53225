//! Dosage forms in a product information: annex I, section 3, of each block.

use std::sync::LazyLock;

use regex::Regex;

use super::follow;
use super::pdf::{Line, PdfPage, lines, read_pages};
use crate::records::{Record, table_of};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec};

/// Longest text of a section that is kept, characters.
const MAX_SECTION: usize = 4000;

static HEADINGS: LazyLock<Option<Headings>> = LazyLock::new(Headings::new);

struct Headings {
    name: Regex,
    form: Regex,
    any: Regex,
    label: Regex,
    end: Regex,
}

impl Headings {
    fn new() -> Option<Self> {
        let regex = |pattern: &str| Regex::new(pattern).ok();
        Some(Self {
            name: regex(r"^1\s*\.?\s*NAME OF THE MEDICINAL PRODUCT\s*$")?,
            form: regex(r"^3\s*\.?\s*PHARMACEUTICAL FORM\s*$")?,
            any: regex(r"^\d{1,2}\s*\.\s*[A-Z][A-Z ,()/-]{3,}")?,
            label: regex(r"^2\s*\.?\s*STATEMENT OF ACTIVE SUBSTANCE")?,
            end: regex(r"^ANNEX (II|III|IV)\b")?,
        })
    }
}

/// A block of annex I: one summary of product characteristics.
#[derive(Debug, Default, PartialEq)]
struct Block {
    page: u32,
    name: Vec<Line>,
    form: Option<Vec<Line>>,
}

/// Reads a product information. A file that cannot be read is an issue: the
/// other products must not go without because of it.
pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let product = page.request.context.get(follow::PRODUCT).map_or("", String::as_str);
    let number = page.request.context.get(follow::PRODUCT_NUMBER).cloned();
    let due = spec.table("product_form");
    let mut records = Vec::new();
    let mut problems: Vec<(u32, &str, String)> = Vec::new();
    match read_pages(page.body, is_past_annex_one) {
        Err(problem) => problems.push((0, "pdf_unreadable", problem)),
        Ok(pages) => {
            let blocks = blocks(&pages);
            if blocks.is_empty() {
                let message =
                    format!("no heading 1. NAME OF THE MEDICINAL PRODUCT in {} pages", pages.len());
                problems.push((0, "pdf_unreadable", message));
            }
            for (index, block) in blocks.iter().enumerate() {
                let forms = forms(block);
                if forms.is_empty() {
                    let message = "a block without a section 3. PHARMACEUTICAL FORM";
                    problems.push((block.page, "form_missing", message.to_owned()));
                }
                for (position, form) in forms.into_iter().enumerate() {
                    let mut record = Record::new(block.page);
                    record.set("product", Some(product.to_owned()));
                    record.set("ema_product_number", number.clone().filter(|n| !n.is_empty()));
                    record.set("block_number", Some((index + 1).to_string()));
                    record.set("form_number", Some((position + 1).to_string()));
                    record.set("name", Some(form.name));
                    record.set("pharmaceutical_form", Some(form.term));
                    record.set("section_text", Some(form.text));
                    records.push(record);
                }
            }
        }
    }
    let mut issues = Vec::new();
    let table = table_of("product_form", due, &records, &mut issues)?;
    issues.extend(problems.into_iter().map(|(row, kind, message)| {
        Issue::row(Severity::Warning, kind, &table, row, format!("{product}: {message}"))
    }));
    Ok(Parsed { tables: vec![table], issues, ..Parsed::default() })
}

/// Annex II (or, where it is left out, III) begins here: the labels and leaflets behind it repeat the headings.
fn is_past_annex_one(page: &PdfPage) -> bool {
    HEADINGS
        .as_ref()
        .is_some_and(|headings| lines(page).iter().any(|line| headings.end.is_match(&line.text)))
}

fn blocks(pages: &[PdfPage]) -> Vec<Block> {
    enum Part {
        Name,
        Form,
        Other,
    }
    let Some(headings) = HEADINGS.as_ref() else { return Vec::new() };
    let mut blocks: Vec<Block> = Vec::new();
    let mut part = Part::Other;
    for page in pages {
        for line in lines(page) {
            if is_page_number(&line, page) {
                continue;
            }
            if headings.end.is_match(&line.text) {
                return blocks;
            }
            if headings.label.is_match(&line.text) {
                // The heading before was a label's: annex III has begun.
                blocks.pop();
                return blocks;
            }
            if headings.name.is_match(&line.text) {
                blocks.push(Block { page: page.number, ..Block::default() });
                part = Part::Name;
            } else if headings.form.is_match(&line.text) {
                part = Part::Form;
                if let Some(block) = blocks.last_mut() {
                    block.form.get_or_insert_default();
                }
            } else if headings.any.is_match(&line.text) {
                part = Part::Other;
            } else if let Some(block) = blocks.last_mut() {
                match part {
                    Part::Name => block.name.push(line),
                    Part::Form => block.form.get_or_insert_default().push(line),
                    Part::Other => {}
                }
            }
        }
    }
    blocks
}

/// A number that stands alone in the margin at the top or the bottom.
fn is_page_number(line: &Line, page: &PdfPage) -> bool {
    let alone = !line.text.is_empty() && line.text.bytes().all(|b| b.is_ascii_digit());
    alone && (line.y < 60.0 || line.y > page.height - 60.0)
}

/// A dosage form with the name that it goes with.
#[derive(Debug, PartialEq)]
struct Form {
    name: String,
    term: String,
    text: String,
}

/// The forms of a block. A section may begin with the form, for all strengths;
/// or each name in it heads a form of its own.
fn forms(block: &Block) -> Vec<Form> {
    let Some(section) = block.form.as_deref() else { return Vec::new() };
    let name = printed(&block.name);
    let brand = name.split_whitespace().next().unwrap_or_default().to_lowercase();
    let is_head = |line: &Line| {
        let first = line.text.split_whitespace().next().unwrap_or_default().to_lowercase();
        !brand.is_empty() && first == brand && !line.text.ends_with('.')
    };
    let whole = |name: String, lines: &[Line]| {
        let term = first_sentence(lines);
        (!term.is_empty()).then(|| Form { name, term, text: printed(lines) })
    };
    let heads: Vec<usize> =
        (0..section.len()).filter(|at| section.get(*at).is_some_and(&is_head)).collect();
    if heads.first() != Some(&0) {
        return whole(name, section).into_iter().collect();
    }
    let ends = heads.iter().skip(1).copied().chain([section.len()]);
    let parts = heads.iter().zip(ends).filter_map(|(start, end)| section.get(*start..end));
    // Names that follow each other without text between share what follows.
    let mut names: Vec<&str> = Vec::new();
    let mut forms = Vec::new();
    for part in parts {
        let Some((head, rest)) = part.split_first() else { continue };
        names.push(&head.text);
        if let Some(form) = whole(names.join("\n"), rest) {
            names.clear();
            forms.push(form);
        }
    }
    forms
}

/// The lines as printed.
fn printed(lines: &[Line]) -> String {
    let lines: Vec<&str> =
        lines.iter().map(|l| l.text.as_str()).filter(|t| !t.is_empty()).collect();
    lines.join("\n").chars().take(MAX_SECTION).collect()
}

/// The first sentence, without its full stop: up to a stop at the end of a word,
/// a wider gap between lines, or a line that ends early before a capital.
fn first_sentence(lines: &[Line]) -> String {
    let right = lines.iter().map(|l| l.x.1).fold(f32::MIN, f32::max);
    let mut sentence = String::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, l)| !l.text.is_empty()) {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        if let Some((before, _)) = line.text.split_once(". ") {
            sentence.push_str(before);
            break;
        }
        sentence.push_str(&line.text);
        let Some(next) = lines.get(at + 1) else { break };
        let gap = line.y - next.y > 1.6 * line.size.max(1.0) || next.y > line.y;
        let capital = next.text.starts_with(char::is_uppercase);
        let early = line.x.1 < right - 40.0 || lines.len() == 2;
        if line.text.ends_with('.') || gap || (capital && early) {
            break;
        }
    }
    sentence.trim().trim_end_matches('.').trim().to_owned()
}
