//! The English list.

use super::pair::{Block, Marked, Status, companies, pair};
use super::text::{Piece, marker, markers, pieces};
use super::{ApprovalKind, SplitFlag, SplitRecord};

/// Words that only companies have, in lower case.
const COMPANY_WORDS: [&str; 30] = [
    "k.k",
    "kk",
    "g.k",
    "gk",
    "y.k",
    "ltd",
    "inc",
    "corp",
    "co.",
    "company",
    "limited",
    "gmbh",
    "s.a",
    "ag",
    "ab",
    "kgaa",
    "llc",
    "b.v",
    "n.v",
    "plc",
    "institute",
    "university",
    "foundation",
    "society",
    "organization",
    "laboratories",
    "laboratory",
    "pharma",
    "pharmaceutical",
    "japan",
];
/// Words that begin no product, in lower case: a line that begins with one goes
/// on with the name above.
const FORM_WORDS: [&str; 28] = [
    "for",
    "tablets",
    "tablet",
    "tab.",
    "capsules",
    "capsule",
    "injection",
    "inj.",
    "infusion",
    "solution",
    "suspension",
    "syrup",
    "dry",
    "granules",
    "powder",
    "ointment",
    "cream",
    "kit",
    "set",
    "syringe",
    "intravenous",
    "subcutaneous",
    "vial",
    "bag",
    "pen",
    "cartridge",
    "od",
    "in",
];
/// Units of a strength, in lower case.
const UNITS: [&str; 12] =
    ["mg", "g", "µg", "μg", "mcg", "ml", "%", "iu", "miu", "units", "u", "kiu"];

/// Takes a record of the English list apart: the cells Brand Name (Applicant
/// Company) and New Approval/Partial Change, and the cell No., whose number
/// stands before the brand name where the cell is empty.
///
/// Products are separated by a line break or by nothing but a space; a line
/// break may also lie within a name. A name begins anew where its first word is
/// repeated; where no first word is (two brands, a misspelt one), it begins
/// anew after a strength. Such a division counts only if it gives as many
/// products as there are statuses, else the text is kept whole and flagged.
#[must_use]
pub fn split_english(brand: &str, approval: &str, no: &str) -> SplitRecord {
    let brand = repaired(brand);
    let brand = if no.trim().is_empty() { without_number(&brand) } else { &brand };
    let statuses = statuses(approval);
    let parts = parts(brand);
    let expected = statuses.as_ref().map(Vec::len);
    match divide(&parts, expected) {
        Some(blocks) => pair(blocks, statuses.as_deref(), Vec::new()),
        None if parts.iter().any(Part::may_hold_several) => {
            let whole = build(&parts, |part| vec![joined(&part.lines)]);
            // A status is one product's: none is given to a text of several.
            let unpaired = statuses.is_some().then_some([].as_slice());
            pair(whole, unpaired, vec![SplitFlag::Undivided])
        }
        None => {
            let one_each = build(&parts, |part| vec![joined(&part.lines)]);
            pair(one_each, statuses.as_deref(), Vec::new())
        }
    }
}

/// Brackets and the µ of a symbol font, as the list had them.
fn repaired(cell: &str) -> String {
    cell.chars()
        .map(|c| match c {
            '\u{1ca2}' => '(',
            '\u{1ca3}' => ')',
            '\u{f06d}' => 'µ',
            '\t' | '\u{a0}' => ' ',
            c => c,
        })
        .collect()
}

/// `57 Bothdel Oral Solution` without its number.
fn without_number(brand: &str) -> &str {
    let text = brand.trim_start();
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - after.len();
    let name = after.trim_start();
    let begins_name = name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    if (1..=3).contains(&digits) && name.len() < after.len() && begins_name { name } else { brand }
}

/// Text between brackets with companies or between markers.
#[derive(Debug, Default)]
struct Part {
    markers: Vec<u32>,
    lines: Vec<Vec<String>>,
    /// The bracket with companies that follows.
    company: Option<String>,
}

impl Part {
    /// Its text could be that of several products.
    fn may_hold_several(&self) -> bool {
        self.lines.len() > 1 || divide_at_stems(&self.lines, &self.stems()).len() > 1
    }

    /// First word of the part.
    fn stems(&self) -> Vec<String> {
        self.lines.first().and_then(|line| line.first()).cloned().into_iter().collect()
    }
}

fn parts(brand: &str) -> Vec<Part> {
    let pieces = pieces(brand);
    let last = pieces.len().saturating_sub(1);
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut found = Vec::new();
    let mut close = |text: &mut String, markers: &mut Vec<u32>, company: Option<String>| {
        let ends_block = company.is_some();
        for part in marked_parts(&std::mem::take(text), markers) {
            parts.push(part);
        }
        match parts.last_mut() {
            Some(part) if part.company.is_none() => part.company = company,
            _ if ends_block => parts.push(Part { company, ..Part::default() }),
            _ => {}
        }
        if ends_block {
            markers.clear();
        }
    };
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Group(group) => {
                let as_marker = format!("({group})");
                if let (numbers, "") = markers(&as_marker) {
                    close(&mut text, &mut found, None);
                    found = numbers;
                } else if is_company(&group, at == last || starts_line(&text)) {
                    close(&mut text, &mut found, Some(group));
                } else {
                    text.push_str(&as_marker);
                }
            }
        }
    }
    close(&mut text, &mut found, None);
    parts
}

/// Cuts at `1)`, `①` and so on that stand as words of their own.
fn marked_parts(text: &str, current: &mut Vec<u32>) -> Vec<Part> {
    let mut parts = vec![Part { markers: current.clone(), ..Part::default() }];
    for line in text.lines() {
        let mut words = Vec::new();
        for word in line.split_whitespace() {
            let Some((number, rest)) = marker(word) else {
                words.push(word.to_owned());
                continue;
            };
            if let Some(part) = parts.last_mut() {
                part.lines.push(std::mem::take(&mut words));
            }
            *current = vec![number];
            parts.push(Part { markers: current.clone(), ..Part::default() });
            if !rest.is_empty() {
                words.push(rest.to_owned());
            }
        }
        if let Some(part) = parts.last_mut() {
            part.lines.push(words);
        }
    }
    for part in &mut parts {
        part.lines.retain(|line| !line.is_empty());
    }
    parts.retain(|part| !part.lines.is_empty());
    parts
}

fn is_company(group: &str, apart: bool) -> bool {
    let lower = group.to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || c == ',' || c == '-');
    let has_word = words.map(|w| w.trim_matches(|c: char| "()[]\"".contains(c))).any(|word| {
        COMPANY_WORDS.iter().any(|known| match known.len() {
            // `kk` and `ag` are words of their own; `k.k..` and `ltd.` go on.
            0..=2 => word == *known,
            _ => word.starts_with(known),
        })
    });
    // A bracket at the end or at the start of a line names a company, unless it
    // is a strength or a code like `TYK`.
    let like_name = group.trim_start().starts_with(char::is_uppercase);
    has_word || (apart && like_name && group.chars().any(char::is_lowercase))
}

fn starts_line(before: &str) -> bool {
    let line = before.rsplit_once('\n').map(|(_, line)| line);
    line.is_some_and(|line| line.trim().is_empty())
}

/// A way to divide a part into names.
type Way<'a> = &'a dyn Fn(&Part) -> Vec<String>;

/// The division that gives as many products as expected, if all the ways that
/// do agree.
fn divide(parts: &[Part], expected: Option<usize>) -> Option<Vec<Block>> {
    let expected = expected?;
    let first_words: Vec<String> = parts.iter().flat_map(Part::stems).collect();
    let with_lines: Vec<String> = parts
        .iter()
        .flat_map(|part| part.lines.iter().filter(|l| begins_name(l)).filter_map(|l| l.first()))
        .cloned()
        .collect();
    let ways: [Way<'_>; 4] = [
        &|part| each_line(&part.lines, &with_lines),
        &|part| each_line(&unwrapped(&part.lines), &with_lines),
        &|part| divide_at_stems(&part.lines, &first_words),
        &|part| divide_at_stems(&part.lines, &with_lines),
    ];
    let fits =
        |blocks: &Vec<Block>| blocks.iter().map(|b| b.products.len()).sum::<usize>() == expected;
    let mut fitting = ways.into_iter().map(|way| build(parts, way)).filter(fits);
    if let Some(first) = fitting.next() {
        return fitting.all(|other| other == first).then_some(first);
    }
    let blocks = build(parts, |part| divide_after_strengths(&part.lines));
    (expected > parts.len() && fits(&blocks)).then_some(blocks)
}

fn build(parts: &[Part], divide: impl Fn(&Part) -> Vec<String>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block::default();
    for part in parts {
        let names = divide(part).into_iter().filter(|name| !name.is_empty());
        block.products.extend(names.map(|name| Marked { name, markers: part.markers.clone() }));
        if let Some(group) = &part.company {
            block.companies = companies(group);
            blocks.push(std::mem::take(&mut block));
        }
    }
    if !block.products.is_empty() {
        blocks.push(block);
    }
    blocks
}

/// Every line is a product, or several where a stem is repeated in it.
fn each_line(lines: &[Vec<String>], stems: &[String]) -> Vec<String> {
    lines.iter().flat_map(|line| divide_at_stems(std::slice::from_ref(line), stems)).collect()
}

/// Lines that begin no name are joined to the line above.
fn unwrapped(lines: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(above) if !begins_name(line) => above.extend(line.iter().cloned()),
            _ => out.push(line.clone()),
        }
    }
    out
}

/// A new name begins where one of the stems stands again.
fn divide_at_stems(lines: &[Vec<String>], stems: &[String]) -> Vec<String> {
    let mut names: Vec<Vec<String>> = Vec::new();
    for word in lines.iter().flatten() {
        match names.last_mut() {
            Some(name) if !stems.contains(word) => name.push(word.clone()),
            _ => names.push(vec![word.clone()]),
        }
    }
    names.iter().map(|words| without_comma(&words.join(" "))).collect()
}

/// A new name begins with the word that follows a strength, if it is neither a
/// form word nor a container (`Rapiacta 300 mg Bag`), and wherever such a word
/// stands again: `Gabapentin Gabapen Tablets 200 mg Gabapen Tablets 300 mg` are
/// a substance and two products.
fn divide_after_strengths(lines: &[Vec<String>]) -> Vec<String> {
    let mut names: Vec<Vec<String>> = Vec::new();
    for word in lines.iter().flatten() {
        match names.last_mut() {
            Some(name) if !(ends_with_strength(name) && begins_word_of_name(word)) => {
                name.push(word.clone());
            }
            _ => names.push(vec![word.clone()]),
        }
    }
    let first_words: Vec<String> = names.iter().filter_map(|n| n.first().cloned()).collect();
    divide_at_stems(lines, &first_words)
}

/// `… 0.25 g`, `… 30mg`, `… 200`, `… 0.5%`.
fn ends_with_strength(name: &[String]) -> bool {
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    match name {
        [.., before, last] => {
            let unit = UNITS.contains(&last.trim_end_matches(',').to_lowercase().as_str());
            number(last) || (unit && number(before))
        }
        _ => false,
    }
}

/// `Loxonin Tablets, Loxonin Fine Granules` are two names.
fn without_comma(name: &str) -> String {
    name.trim_end_matches([',', ';', ' ']).to_owned()
}

fn begins_name(line: &[String]) -> bool {
    line.first().is_some_and(|word| begins_word_of_name(word))
}

fn begins_word_of_name(word: &str) -> bool {
    let form = FORM_WORDS.contains(&word.to_lowercase().as_str());
    word.starts_with(|c: char| c.is_uppercase()) && !form
}

fn joined(lines: &[Vec<String>]) -> String {
    without_comma(&lines.concat().join(" "))
}

/// The statuses of the cell; none where something else stands there.
/// `Supplemental Change`, `Partial` and `Change` are one each.
fn statuses(approval: &str) -> Option<Vec<Status>> {
    let mut statuses: Vec<Status> = Vec::new();
    let mut found = Vec::new();
    let lower = approval.to_lowercase();
    let mut words = lower.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if let (numbers, "") = markers(word) {
            found = numbers;
            continue;
        }
        let kind = match word.trim_end_matches([',', '.']) {
            "approval" => ApprovalKind::Approval,
            "change" => ApprovalKind::PartialChange,
            "partial" | "supplemental" => {
                words.next_if(|w| *w == "change");
                ApprovalKind::PartialChange
            }
            "new" => {
                words.next_if(|w| *w == "approval")?;
                ApprovalKind::Approval
            }
            "emergency" | "special" => {
                words.next_if(|w| *w == "approval")?;
                ApprovalKind::EmergencyApproval
            }
            _ => return None,
        };
        statuses.push((found.clone(), kind));
    }
    Some(statuses)
}
