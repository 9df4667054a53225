//! The Japanese list.

use super::form_words::{is_ideograph, leading, place, stem_end};
use super::pair::{Block, Marked, Status, companies, has_corporate_number, pair};
use super::text::{Piece, marker, markers, narrow, pieces};
use super::{ApprovalKind, SplitFlag, SplitRecord};

/// Statuses as the list writes them, without white space; longer ones first.
const STATUSES: [(&str, ApprovalKind); 5] = [
    ("特例承認", ApprovalKind::EmergencyApproval),
    ("緊急承認", ApprovalKind::EmergencyApproval),
    ("一部変更", ApprovalKind::PartialChange),
    ("一変", ApprovalKind::PartialChange),
    ("承認", ApprovalKind::Approval),
];
/// What tells a company where there is no corporate number.
const COMPANY_WORDS: [&str; 8] = ["㈱", "㈲", "会社", "(株)", "（株）", "(同)", "（同）", "法人"];
/// How far the place of 同 may be from the middle of the stem that it stands
/// for, in halves of a full-width character.
const TOLERANCE: usize = 3;

/// Takes a record of the Japanese list apart: the cell 販売名(会社名、法人番号)
/// and the cell 承認, with their line breaks.
#[must_use]
pub fn split_japanese(brand: &str, approval: &str) -> SplitRecord {
    let mut flags = Vec::new();
    let blocks = blocks(brand, &mut flags);
    let statuses = statuses(approval);
    pair(blocks, statuses.as_deref(), flags)
}

fn blocks(brand: &str, flags: &mut Vec<SplitFlag>) -> Vec<Block> {
    let pieces = pieces(brand);
    let numbered = pieces.iter().any(|p| matches!(p, Piece::Group(g) if has_corporate_number(g)));
    let mut blocks = Vec::new();
    let mut text = String::new();
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Group(group) => {
                let is_company = has_corporate_number(&group)
                    || (!numbered
                        && (COMPANY_WORDS.iter().any(|w| group.contains(w))
                            || (at == last && starts_line(&text))));
                if is_company {
                    let products = products(&std::mem::take(&mut text), flags);
                    blocks.push(Block { products, companies: companies(&group) });
                } else {
                    // A part of a name, or a marker: back to the text.
                    text.push('(');
                    text.push_str(&group);
                    text.push(')');
                }
            }
        }
    }
    let products = products(&text, flags);
    if !products.is_empty() {
        blocks.push(Block { products, companies: Vec::new() });
    }
    blocks
}

fn starts_line(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim().is_empty() && !before.trim().is_empty()
}

/// One product a line; a marker holds for the lines below it, too.
fn products(text: &str, flags: &mut Vec<SplitFlag>) -> Vec<Marked> {
    let mut products = Vec::new();
    let mut current: Vec<u32> = Vec::new();
    let mut full: Option<Full> = None;
    let mut waiting: Vec<Ditto> = Vec::new();
    for line in text.lines() {
        let (found, body) = markers(line);
        if !found.is_empty() {
            current.clone_from(&found);
        }
        if body.is_empty() {
            continue;
        }
        let product = Marked { name: body.to_owned(), markers: current.clone() };
        match Ditto::read(line, products.len()) {
            Some(ditto) if full.is_some() => waiting.push(ditto),
            Some(_) => flags.push(SplitFlag::UnresolvedStem),
            None => {
                resolve(full.take(), &std::mem::take(&mut waiting), &mut products, flags);
                // A circled marker takes the width of a character on its line.
                let marker_width = width(line.trim()) - width(body);
                full = Some(Full { name: body.to_owned(), marker_width });
            }
        }
        products.push(product);
    }
    resolve(full, &waiting, &mut products, flags);
    products
}

/// A name written in full.
struct Full {
    name: String,
    marker_width: usize,
}

/// A line that repeats the stem of the name above: `　　同　　錠200 mg`.
struct Ditto {
    place: usize,
    rest: String,
    /// Width up to the rest, where white space before 同 puts it under the
    /// middle of the stem.
    width: Option<usize>,
}

impl Ditto {
    fn read(line: &str, place: usize) -> Option<Self> {
        let line = line.trim_end();
        let unmarked = match marker(line.trim_start()) {
            Some((_, after)) => after,
            None => line,
        };
        let after = unmarked.trim_start().strip_prefix(['同', '〃', '仝'])?;
        let rest = after.trim_start();
        let centred = line.starts_with(char::is_whitespace);
        let before = line.strip_suffix(rest).unwrap_or_default();
        Some(Self { place, rest: rest.to_owned(), width: centred.then(|| width(before)) })
    }

    fn begins_with_form(&self) -> bool {
        leading(&self.rest.chars().collect::<Vec<_>>()).is_some()
    }
}

/// Puts the stem of the full name where 同 stands. The stem ends where the rest
/// of a line repeats the full name (錠 in マグミット錠100 and 錠200); a line that
/// repeats nothing (細粒) takes the stem of its neighbours. Alone, it takes the
/// name up to its form word, if it begins with one itself (OD錠 below 錠), or up
/// to its first ideograph, if 同 stands in the middle of that.
fn resolve(
    full: Option<Full>,
    dittos: &[Ditto],
    products: &mut [Marked],
    flags: &mut Vec<SplitFlag>,
) {
    let Some(full) = full else { return };
    let name: Vec<char> = full.name.chars().collect();
    let form = place(&name);
    let fits = |end: usize, ditto: &Ditto| {
        let stem: String = name.iter().take(end).collect();
        let stem_width = width(&stem) + full.marker_width;
        match ditto.width {
            Some(width) => width.abs_diff(stem_width) <= TOLERANCE,
            // `同 錠` under `…OD錠` may repeat the stem with or without OD, `同
            // シロップ` under `…ドライシロップ` with or without ドライ.
            None => {
                !stem.chars().last().is_some_and(|c| narrow(c).is_ascii_alphabetic())
                    && !form.is_some_and(|(start, close)| start < end && end < close)
            }
        }
    };
    let places: Vec<Option<usize>> = dittos.iter().map(|d| repeated(&name, &d.rest)).collect();
    let mut ends: Vec<usize> =
        places.iter().zip(dittos).filter_map(|(end, d)| end.filter(|end| fits(*end, d))).collect();
    ends.sort_unstable();
    ends.dedup();
    let end = match ends.as_slice() {
        [] => stem_end(&name)
            .filter(|_| places.iter().all(Option::is_none))
            .filter(|end| dittos.iter().all(|d| d.begins_with_form() && fits(*end, d)))
            .or_else(|| {
                first_ideograph(&name)
                    .filter(|end| dittos.iter().all(|d| d.width.is_some() && fits(*end, d)))
            }),
        [end] => Some(*end),
        // Neighbours disagree.
        _ => None,
    };
    for ditto in dittos {
        match (end, products.get_mut(ditto.place)) {
            (Some(end), Some(product)) => {
                product.name =
                    name.iter().take(end).chain(&ditto.rest.chars().collect::<Vec<_>>()).collect();
            }
            _ => flags.push(SplitFlag::UnresolvedStem),
        }
    }
}

/// Where the name repeats the beginning of `rest`, if at one place best.
fn repeated(name: &[char], rest: &str) -> Option<usize> {
    let rest: Vec<char> = rest.chars().map(narrow).collect();
    if !rest.first().is_some_and(|c| c.is_alphabetic()) {
        // `5 mg` may be repeated anywhere; the word before it counts.
        return rest_after_number(name, &rest);
    }
    // The ド of クラリシッド錠 does not repeat ドライシロップ.
    let least = leading(&rest).unwrap_or(1);
    let run = |start: usize| {
        let from_start = name.iter().skip(start).map(|c| narrow(*c));
        let same = from_start.zip(&rest).take_while(|(a, b)| a == *b && !a.is_ascii_digit());
        Some(same.count()).filter(|length| *length >= least).unwrap_or(0)
    };
    best((1..name.len()).map(|start| (start, run(start))))
}

/// `10 %皮下注` repeats `ハイキュービア10 %皮下注`: the number is of the stem's
/// line, so the whole beginning must be repeated, with a letter in it.
fn rest_after_number(name: &[char], rest: &[char]) -> Option<usize> {
    let run = |start: usize| {
        let from_start = name.iter().skip(start).map(|c| narrow(*c));
        let same: Vec<char> =
            from_start.zip(rest).take_while(|(a, b)| a == *b).map(|(a, _)| a).collect();
        if same.iter().any(|c| c.is_alphabetic()) { same.len() } else { 0 }
    };
    best((1..name.len()).map(|start| (start, run(start))))
}

/// The place with the longest run, if it is the only one of that length.
fn best(runs: impl Iterator<Item = (usize, usize)>) -> Option<usize> {
    let mut best = None;
    let mut length = 0;
    for (start, run) in runs {
        if run > length {
            (best, length) = (Some(start), run);
        } else if run == length && run > 0 {
            best = None;
        }
    }
    best
}

fn first_ideograph(name: &[char]) -> Option<usize> {
    name.iter().position(|c| is_ideograph(*c)).filter(|end| *end >= 2)
}

/// Width in halves of a full-width character.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if c.is_ascii() || ('\u{ff61}'..='\u{ff9f}').contains(&c) { 1 } else { 2 })
        .sum()
}

/// The statuses of the cell 承認; none where something else stands there.
fn statuses(approval: &str) -> Option<Vec<Status>> {
    let mut statuses = Vec::new();
    for line in approval.lines() {
        let (found, body) = markers(line);
        let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (text, kind) = STATUSES.iter().find(|(text, _)| rest.starts_with(text))?;
            statuses.push((found.clone(), *kind));
            rest = rest.strip_prefix(text)?;
        }
    }
    Some(statuses)
}
