//! Names in several languages (R5) -> `generics.csv`.

use std::collections::HashMap;

use super::pass::{Known, Pass};
use super::table::{Table, TableRow};
use crate::decisions::fold;
use crate::{Language, clean};

const FILE: &str = "generics.csv";

/// Columns that hold a name: their language, and whether it is a product's.
pub(super) const SIDES: &[(&str, Language, bool)] = &[
    ("inn", Language::En, false),
    ("en", Language::En, false),
    ("zh", Language::Zh, false),
    ("ja", Language::Ja, false),
    ("en_product", Language::En, true),
    ("zh_product", Language::Zh, true),
    ("ja_product", Language::Ja, true),
];

/// Columns that say what the generic is, known or not.
pub(super) const GENERIC_COLUMNS: &[&str] = &["generic", "inn"];

struct Side {
    language: Language,
    name: String,
    known: Known,
}

pub(super) fn rows(table: &Table, pass: &mut Pass<'_>) {
    let mut added: HashMap<(Language, String), (String, String)> = HashMap::new();
    for row in &table.rows {
        let sides = sides(table, row, pass, &added);
        let Some((generic, salt)) = generic(table, row, pass, &sides, &mut added) else { continue };
        for Side { language, name, known } in sides {
            match known {
                Known::DecidedNot => {}
                Known::As(other, _) if other == generic => {}
                Known::As(other, _) => pass.conflict(row.number, FILE, &name, &other, &generic),
                Known::Not => add(pass, row, &mut added, (language, &name), (&generic, &salt)),
            }
        }
    }
}

fn add(
    pass: &mut Pass<'_>,
    row: &TableRow,
    added: &mut HashMap<(Language, String), (String, String)>,
    (language, name): (Language, &str),
    (generic, salt): (&str, &str),
) {
    let value = (generic.to_owned(), salt.to_owned());
    if added.insert((language, name.to_owned()), value).is_none() {
        let line = [("name", name), ("lang", code(language)), ("generic", generic), ("salt", salt)];
        pass.add(row.number, FILE, &line);
    }
}

/// The names of a row, with what is known of them.
fn sides(
    table: &Table,
    row: &TableRow,
    pass: &mut Pass<'_>,
    added: &HashMap<(Language, String), (String, String)>,
) -> Vec<Side> {
    let mut names: Vec<(Language, String)> = Vec::new();
    for (column, language, product) in SIDES {
        let cell = table.cell(row, &[column]);
        let name = if *product { (pass.options.without_form)(&cell) } else { cell.into_owned() };
        names.push((*language, fold(&name)));
    }
    let name = table.cell(row, &["name"]);
    if !crate::is_null(&name) {
        let language = table.cell(row, &["lang", "language"]);
        match language_of(&language) {
            Some(language) => names.push((language, fold(&name))),
            None => pass.problem(row.number, "unknown_language", &language, || {
                format!("language {language:?}: expected en, zh or ja")
            }),
        }
    }
    let mut sides = Vec::new();
    for (language, name) in names {
        if crate::is_null(&name)
            || sides.iter().any(|s: &Side| (s.language, &s.name) == (language, &name))
        {
            continue;
        }
        if !fits(language, &name) {
            pass.problem(row.number, "other_script", &name, || {
                format!("{name} is not written as {} is", code(language))
            });
            continue;
        }
        let known = match added.get(&(language, name.clone())) {
            Some((generic, salt)) => Known::As(generic.clone(), salt.clone()),
            None => pass.generic(&name, language),
        };
        sides.push(Side { language, name, known });
    }
    sides
}

/// The generic that a row is about, and the salt of its names: the one the row
/// names, or the one that its known names agree on.
fn generic(
    table: &Table,
    row: &TableRow,
    pass: &mut Pass<'_>,
    sides: &[Side],
    added: &mut HashMap<(Language, String), (String, String)>,
) -> Option<(String, String)> {
    let known: Vec<(&str, &str)> = sides
        .iter()
        .filter_map(|side| match &side.known {
            Known::As(generic, salt) => Some((generic.as_str(), salt.as_str())),
            _ => None,
        })
        .collect();
    let given = table.cell(row, GENERIC_COLUMNS);
    if !crate::is_null(&given) {
        let salt = fold(&table.cell(row, &["salt"]));
        return given_generic(row, pass, &fold(&given), added).map(|generic| (generic, salt));
    }
    let Some((generic, salt)) = known.first() else {
        let names: Vec<&str> = sides.iter().map(|s| s.name.as_str()).collect();
        let all = names.join(" = ");
        pass.problem(row.number, "no_known_generic", &all, || {
            format!("none of the names is in {FILE}: {all}")
        });
        return None;
    };
    if let Some((other, _)) = known.iter().find(|(other, _)| other != generic) {
        let names = sides.iter().filter(|s| matches!(s.known, Known::As(..)));
        let names: Vec<&str> = names.map(|s| s.name.as_str()).collect();
        pass.conflict(row.number, FILE, &names.join(" = "), generic, other);
        return None;
    }
    Some(((*generic).to_owned(), (*salt).to_owned()))
}

/// The generic that a row names itself; a new one gets its own English line.
fn given_generic(
    row: &TableRow,
    pass: &mut Pass<'_>,
    given: &str,
    added: &mut HashMap<(Language, String), (String, String)>,
) -> Option<String> {
    if !fits(Language::En, given) {
        pass.problem(row.number, "other_script", given, || {
            format!("the generic {given} is not in English")
        });
        return None;
    }
    if let Some((generic, _)) = added.get(&(Language::En, given.to_owned())) {
        return Some(generic.clone());
    }
    match pass.generic(given, Language::En) {
        Known::As(generic, _) => Some(generic),
        Known::DecidedNot => None,
        Known::Not => {
            add(pass, row, added, (Language::En, given), (given, ""));
            Some(given.to_owned())
        }
    }
}

/// Whether a name is written in the script of its language.
fn fits(language: Language, name: &str) -> bool {
    let han =
        |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〇');
    let kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    match language {
        Language::En => {
            name.chars().any(char::is_alphabetic) && !name.chars().any(|c| han(c) || kana(c))
        }
        Language::Zh => name.chars().any(han) && !name.chars().any(kana),
        Language::Ja => name.chars().any(|c| han(c) || kana(c)),
    }
}

fn language_of(text: &str) -> Option<Language> {
    let text = clean(text).to_lowercase();
    match text.split(['-', '_']).next()? {
        "en" | "eng" | "english" => Some(Language::En),
        "zh" | "cn" | "chi" | "zho" | "chinese" => Some(Language::Zh),
        "ja" | "jp" | "jpn" | "japanese" => Some(Language::Ja),
        _ => None,
    }
}

fn code(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Zh => "zh",
        Language::Ja => "ja",
    }
}
