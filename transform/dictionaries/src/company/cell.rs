//! The name of a company inside a cell that holds more: a postal address, the
//! same name in a second script.

use super::key::is_cjk;
use crate::text::{clean, is_null};

/// Words with which a street begins or ends.
const STREETS: &[&str] = &[
    "str.",
    "straße",
    "strasse",
    "street",
    "road",
    "avenue",
    "allee",
    "weg",
    "platz",
    "rue",
    "blvd",
    "boulevard",
    "via",
    "calle",
    "p.o.",
    "box",
    "park",
    "house",
    "plaza",
    "lane",
];

/// Countries with which a holder of HMA ends.
const COUNTRIES: &[&str] = &[
    "austria",
    "belgium",
    "bulgaria",
    "croatia",
    "cyprus",
    "czech republic",
    "denmark",
    "estonia",
    "finland",
    "france",
    "germany",
    "greece",
    "hungary",
    "iceland",
    "ireland",
    "italy",
    "latvia",
    "lithuania",
    "luxembourg",
    "malta",
    "netherlands",
    "the netherlands",
    "norway",
    "poland",
    "portugal",
    "romania",
    "slovakia",
    "slovenia",
    "spain",
    "sweden",
    "united kingdom",
    "uk",
    "deutschland",
    "österreich",
    "switzerland",
    "usa",
    "japan",
    "china",
    "india",
];

/// Words of notes about the procedure that stand above some names.
const NOTES: &[&str] = &["splitting", "procedure", "rms", "old is", "transfer"];

/// Names that a cell may be known by, the likeliest first; empty where the
/// cell is nothing but one name.
pub(super) fn names(raw: &str, has_legal_form: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    let text = raw.replace("_x000d_", "\n").replace("_x000D_", "\n");
    let lines: Vec<String> = text
        .split(['\n', '\r'])
        .map(|l| clean(l.trim_matches(['“', '”', '"', ' ', ','])).into_owned())
        .map(|l| without_placeholders(&l).to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    // More lines than one: the first that is no note about the procedure.
    let line = match lines.as_slice() {
        [] => return names,
        [only] => only,
        [first, ..] => lines.iter().find(|l| !is_note(l)).unwrap_or(first),
    };
    let several = lines.len() > 1;
    // A name that runs over two lines, its legal form on the second.
    let next = lines.iter().skip_while(|l| *l != line).nth(1);
    if let Some(next) = next.filter(|n| !has_legal_form(line) && has_legal_form(n)) {
        push(&mut names, &format!("{line} {next}"));
    }
    for name in [Some(line.as_str()), before_address(line)].into_iter().flatten() {
        for script in scripts(name, &has_legal_form) {
            push(&mut names, script);
        }
        push(&mut names, name);
    }
    if !several && names.len() == 1 && *line == clean(raw) {
        names.clear();
    }
    // The shortest form of the name is what goes on where none is known.
    if let Some(name) = before_address(line)
        && let Some(at) = names.iter().position(|n| n == name)
    {
        names.rotate_left(at);
    }
    names
}

/// A name without the words for nothing in front of it (`无 无 齐鲁制药有限公司`).
fn without_placeholders(line: &str) -> &str {
    let mut line = line;
    while let Some((_, rest)) = line.split_once(' ').filter(|(first, _)| is_null(first)) {
        line = rest.trim_start();
    }
    line
}

fn push(names: &mut Vec<String>, name: &str) {
    let name = name.trim();
    if !name.is_empty() && !names.iter().any(|n| n == name) {
        names.push(name.to_owned());
    }
}

fn is_note(line: &str) -> bool {
    let lower = line.to_lowercase();
    NOTES.iter().any(|w| lower.contains(w)) || line.contains("/H/")
}

/// What stands before the comma at which an address begins.
fn before_address(line: &str) -> Option<&str> {
    let (at, _) = line.char_indices().find(|(at, c)| *c == ',' && is_address(&line[at + 1..]))?;
    let name = line[..at].trim();
    (!name.is_empty()).then_some(name)
}

/// A country, or a street with a number, or a postcode.
fn is_address(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    if COUNTRIES.contains(&text.as_str()) {
        return true;
    }
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let number = words.iter().any(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    let street = words.iter().any(|w| STREETS.iter().any(|s| w == s || w.ends_with(s)));
    let postcode = words.iter().any(|w| {
        let digits = w.bytes().filter(u8::is_ascii_digit).count();
        (4..=6).contains(&digits) && w.len() <= 8
    });
    (number && street) || postcode
}

/// The parts of a name written in Latin and in Chinese or Japanese script with
/// a space between them (`Eisai Co.,Ltd. 卫材株式会社`), Latin first. A name
/// that mixes the scripts (Meiji Seika ファルマ) is one name.
fn scripts(name: &str, has_legal_form: impl Fn(&str) -> bool) -> Vec<&str> {
    let Some(first) = name.find(is_cjk) else { return vec![] };
    let Some(last) = name.char_indices().rfind(|(_, c)| is_cjk(*c) || is_closing(*c)) else {
        return vec![];
    };
    let end = last.0 + last.1.len_utf8();
    let (before, cjk, behind) = (&name[..first], &name[first..end], &name[end..]);
    let latin = if before.trim().is_empty() { behind } else { before };
    let spaced = before.ends_with([' ', '(', '/']) || behind.starts_with([' ', '(', '/']);
    let kana = cjk.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'));
    let latin = latin.trim_matches([' ', '(', ')', '/', '-']);
    let letters = latin.chars().filter(|c| c.is_alphabetic()).count();
    if !spaced || letters < 4 || (kana && !has_legal_form(latin)) {
        return vec![];
    }
    vec![latin, cjk.trim()]
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | '）')
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn r7_the_name_is_told_from_what_stands_beside_it() {
        let legal = |n: &str| n.ends_with("Ltd.") || n.ends_with("GmbH");
        for (raw, expected) in [
            ("betapharm GmbH \r\nKobelweg 95 \r\n86156 Augsburg", vec!["betapharm GmbH"]),
            ("A GmbH _x000d_\nHauptstr. 1", vec!["A GmbH"]),
            ("Former RMS: FI/H/0657/01-03\r\n\r\nActavis ehf \r\nX 76", vec!["Actavis ehf"]),
            ("Ethypharm SA, France", vec!["Ethypharm SA", "Ethypharm SA, France"]),
            (
                "X GmbH, Hauptstr. 5, 12345 Berlin",
                vec!["X GmbH", "X GmbH, Hauptstr. 5, 12345 Berlin"],
            ),
            ("Merck, Sharp & Dohme", vec![]),
            (
                "Lichtenstein\nPharmaceutica GmbH\nIndustriestr. 10",
                vec!["Lichtenstein Pharmaceutica GmbH", "Lichtenstein"],
            ),
            ("无 无 齐鲁制药有限公司", vec!["齐鲁制药有限公司"]),
            ("Pfizer Inc", vec![]),
            (
                "Eisai Co.,Ltd. 卫材株式会社",
                vec!["Eisai Co.,Ltd.", "卫材株式会社", "Eisai Co.,Ltd. 卫材株式会社"],
            ),
            ("Meiji Seika ファルマ株式会社", vec![]),
            ("辉瑞制药(无锡)有限公司", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(names(raw, legal), expected, "{raw}");
        }
    }
}
