//! Phase numbers in a text: `Ib/II期`, `Phase 2/Phase 3`, `PHASE1|PHASE2`.

use std::fmt;

use super::wording::{self, Text};

/// One phase with its sub-phase: `IIa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PhaseNumber {
    pub(super) number: u8,
    sub: Option<char>,
}

impl PhaseNumber {
    pub(super) const fn plain(number: u8) -> Self {
        Self { number, sub: None }
    }
}

impl fmt::Display for PhaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.number {
            0 => "0",
            1 => "I",
            2 => "II",
            3 => "III",
            _ => "IV",
        })?;
        self.sub.map_or(Ok(()), |sub| write!(f, "{sub}"))
    }
}

/// All phase numbers of a phase field. A field may be nothing but a number,
/// also after the words of the Chinese registry for "other, namely".
pub(super) fn in_field(text: &Text) -> Vec<PhaseNumber> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.lower.len() {
        match group_at(text, at, Place::Field) {
            Some((group, _)) => {
                found.extend(group.numbers);
                at = group.end;
            }
            None => at += 1,
        }
    }
    if found.is_empty() {
        let after_label = text.lower.iter().rposition(|c| *c == ':').map_or(0, |at| at + 1);
        let start = text.skip_blanks(after_label);
        found = list(text, start, Place::Field, false)
            .filter(|list| text.skip_blanks(list.end) == text.lower.len())
            .map(|list| list.numbers)
            .unwrap_or_default();
    }
    found
}

/// The phase numbers that a free text names first.
pub(super) fn in_text(text: &Text) -> Vec<PhaseNumber> {
    let mut at = 0;
    while at < text.lower.len() {
        match group_at(text, at, Place::Text) {
            Some((group, true)) => return group.numbers,
            // Past the whole of it: the end of a stage is no phase either.
            Some((group, false)) => at = group.end,
            None => at += 1,
        }
    }
    Vec::new()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Field,
    Text,
}

struct Group {
    numbers: Vec<PhaseNumber>,
    end: usize,
}

/// The words for "phase" that come before the number.
const PHASE_WORDS: [&str; 4] = ["phases", "phase", "fases", "fase"];

/// Phase numbers at `at`, either after the word or before the sign for it, and
/// whether a trial is meant.
fn group_at(text: &Text, at: usize, place: Place) -> Option<(Group, bool)> {
    if !text.is_word_start(at) {
        return None;
    }
    if let Some((end, plural)) = phase_word(text, at) {
        let mut group = list(text, end, place, plural)?;
        if is_early(text, at) && group.numbers == [PhaseNumber::plain(1)] {
            group.numbers = vec![PhaseNumber::plain(0)];
        }
        return Some((group, true));
    }
    let group = list(text, at, place, false)?;
    let sign = text.skip_blanks(group.end);
    let after_sign = match text.lower.get(sign)? {
        '期' => sign + 1,
        '相' if at > 0 && text.lower[at - 1] == '第' => sign + 1,
        _ => return None,
    };
    let of_trial = place == Place::Field || wording::is_trial_phase(text, at, after_sign);
    let group = sub_phases(text, &group, after_sign).unwrap_or(Group { end: after_sign, ..group });
    Some((group, of_trial))
}

/// A bracket behind the sign that says the one phase `of` more exactly:
/// `Ⅱ期(Ⅱa)`. Others are about something else (`Ⅲ期(Ⅱ型糖尿病)`).
fn sub_phases(text: &Text, of: &Group, after_sign: usize) -> Option<Group> {
    let [PhaseNumber { number, sub: None }] = of.numbers[..] else { return None };
    let inside = text.skip_blanks(text.word_at(text.skip_blanks(after_sign), "(")?);
    let found = list(text, inside, Place::Field, false)?;
    let end = text.skip_blanks(found.end);
    let end = text.word_at(text.skip_blanks(text.word_at(end, "期").unwrap_or(end)), ")")?;
    let exact = found.numbers.iter().all(|n| n.number == number && n.sub.is_some());
    exact.then_some(Group { end, ..found })
}

/// The word for "phase", where the number begins after it, and whether it is
/// in the plural.
fn phase_word(text: &Text, at: usize) -> Option<(usize, bool)> {
    PHASE_WORDS.iter().find_map(|word| {
        let end = text.word_at(at, word)?;
        let number = text.skip(end, |c| matches!(c, ' ' | '_' | '-' | ':' | '.' | '('));
        Some((number, word.ends_with('s')))
    })
}

/// `Early Phase 1` is what was called phase 0.
fn is_early(text: &Text, at: usize) -> bool {
    at.checked_sub(6).is_some_and(|start| text.word_at(start, "early") == Some(at - 1))
}

/// Numbers with connectors between them; ends after the last number.
fn list(text: &Text, at: usize, place: Place, plural: bool) -> Option<Group> {
    let first = numeral(text, at)?;
    let mut numbers = vec![first.value];
    let mut last = first;
    while let Some(next) = further(text, &last, place, plural) {
        numbers.push(next.value);
        last = next;
    }
    Some(Group { numbers, end: last.end })
}

struct Numeral {
    value: PhaseNumber,
    script: Script,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Roman,
    Arabic,
    Chinese,
}

/// The next number of a list after `last`.
///
/// In free text a connector that may also join other things (`phase 2, 4
/// weeks`, `phase 2 and IV iron`) needs more than a number after it: the word
/// "phase" again, or the plural before the list, or, for words, a Roman number
/// after a Roman one.
fn further(text: &Text, last: &Numeral, place: Place, plural: bool) -> Option<Numeral> {
    const TIGHT: [&str; 12] =
        ["/", "-", "+", "|", "、", "和", "及", "或", "至", "到", "无缝衔接", "衔接"];
    const WORDS: [&str; 4] = ["and", "or", "to", "&"];
    const LOOSE: [&str; 2] = [",", ";"];

    let mut at = text.skip_blanks(last.end);
    at = text.skip_blanks(text.word_at(at, "期").unwrap_or(at));
    let spaced = at > last.end && text.lower.get(at) == Some(&'-');
    let any = |words: &[&str]| words.iter().find_map(|word| text.word_at(at, word));
    let (end, strength) = if let Some(end) = any(&TIGHT) {
        (end, if spaced { 2 } else { 0 })
    } else if let Some(end) = any(&WORDS) {
        (end, 1)
    } else {
        (any(&LOOSE)?, 2)
    };
    let start = text.skip(end, |c| matches!(c, ' ' | '第'));
    let (start, repeated) = match phase_word(text, start) {
        Some((start, _)) => (start, true),
        None => (start, false),
    };
    let next = numeral(text, start)?;
    let both_roman = last.script == Script::Roman && next.script == Script::Roman;
    let clear = repeated || plural || place == Place::Field;
    (clear || strength == 0 || (strength == 1 && both_roman)).then_some(next)
}

/// One number with its sub-phase.
fn numeral(text: &Text, at: usize) -> Option<Numeral> {
    let (number, script, end) =
        roman(text, at).or_else(|| arabic(text, at)).or_else(|| chinese(text, at))?;
    let next = |at: usize| text.lower.get(at).copied();
    let continues =
        |at: usize| next(at).is_some_and(|c| c.is_ascii_alphanumeric()) && !text.numeral_start[at];
    let sub_at = |at: usize| next(at).filter(|c| matches!(c, 'a' | 'b' | 'c'));
    if !continues(end) {
        // `Ⅱ a期`: apart from its number, the letter is a sub-phase before the
        // sign alone.
        let apart = text.skip_blanks(end);
        let sub = sub_at(apart).filter(|_| next(text.skip_blanks(apart + 1)) == Some('期'));
        let end = if sub.is_some() { apart + 1 } else { end };
        return Some(Numeral { value: PhaseNumber { number, sub }, script, end });
    }
    let sub = sub_at(end)?;
    if continues(end + 1) {
        return None;
    }
    let value = PhaseNumber { number, sub: Some(sub) };
    let end = end + 1;
    Some(Numeral { value, script, end })
}

fn roman(text: &Text, at: usize) -> Option<(u8, Script, usize)> {
    let mut end = at;
    while text
        .lower
        .get(end)
        .is_some_and(|c| matches!(c, 'i' | 'v') && (end == at || !text.numeral_start[end]))
    {
        end += 1;
    }
    let letters: String = text.lower.get(at..end)?.iter().collect();
    let number = match letters.as_str() {
        "i" => 1,
        "ii" => 2,
        "iii" => 3,
        "iv" => 4,
        _ => return None,
    };
    Some((number, Script::Roman, end))
}

fn arabic(text: &Text, at: usize) -> Option<(u8, Script, usize)> {
    let number = match text.lower.get(at)? {
        '0' => 0,
        '1' => 1,
        '2' => 2,
        '3' => 3,
        '4' => 4,
        _ => return None,
    };
    let end = at + 1;
    let is = |at: usize, wanted: fn(&char) -> bool| text.lower.get(at).is_some_and(wanted);
    let before_point = is(end, |c| *c == '.') && is(end + 1, char::is_ascii_digit);
    let after_point = at >= 2 && is(at - 1, |c| *c == '.') && is(at - 2, char::is_ascii_digit);
    (!before_point && !after_point).then_some((number, Script::Arabic, end))
}

/// `一期`; part of a larger number (`十二期`) is none.
fn chinese(text: &Text, at: usize) -> Option<(u8, Script, usize)> {
    const DIGITS: [char; 11] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '百'];
    let position = DIGITS[..4].iter().position(|digit| text.lower.get(at) == Some(digit))?;
    let larger = at
        .checked_sub(1)
        .and_then(|before| text.lower.get(before))
        .is_some_and(|before| DIGITS.contains(before));
    let number = u8::try_from(position + 1).ok()?;
    (!larger).then_some((number, Script::Chinese, at + 1))
}
