//! One ingredient: its name as written to one generic (R5).

use super::parts::{bracket_note, soft_separators, without_strength};
use super::{Found, Generics, Language, SaltTerm};

/// Names that are nothing but salt words end the search.
const MAX_SALTS: u8 = 5;
/// Below this many characters two names may meet by chance without their spaces.
const MIN_SQUEEZED: usize = 6;
/// A run-together name longer than this is a sentence.
const MAX_RUN: usize = 40;

impl Generics {
    /// One ingredient, by its name, without a biologic's suffix, without salt
    /// words, without a note in brackets, without a strength, or as a
    /// development code.
    pub(crate) fn one(&self, name: &str, language: Language) -> Option<Found> {
        if name.is_empty() {
            return None;
        }
        self.plain(name, language)
            .or_else(|| self.without_note(name, language))
            .or_else(|| self.one(without_strength(name)?, language))
    }

    /// One ingredient, or several with words between them that can as well
    /// belong to a name: all of them must be known.
    pub(crate) fn several(&self, name: &str, language: Language, depth: u8) -> Option<Vec<Found>> {
        if let Some(found) = self.one(name, language) {
            return Some(vec![found]);
        }
        if depth >= 3 {
            return None;
        }
        for separator in soft_separators(language) {
            if !name.contains(separator) {
                continue;
            }
            let parts = name.split(separator).map(str::trim).filter(|p| !p.is_empty());
            let found: Option<Vec<Vec<Found>>> =
                parts.map(|p| self.several(p, language, depth + 1)).collect();
            if let Some(found) = found.filter(|f| f.len() > 1) {
                return Some(found.into_iter().flatten().collect());
            }
        }
        if language == Language::Zh { self.run_together(name) } else { None }
    }

    fn plain(&self, name: &str, language: Language) -> Option<Found> {
        if let Some(found) = self.known(name, language) {
            return Some(found);
        }
        if let Some(found) = self.stripped(name, language, 0) {
            return Some(found);
        }
        self.code(name)
    }

    /// A name as it stands in the dictionary. Latin names occur in Chinese and
    /// Japanese cells too.
    fn known(&self, name: &str, language: Language) -> Option<Found> {
        let get = |n: &str| {
            self.names[language as usize].get(n).or_else(|| {
                let foreign = language != Language::En && n.is_ascii();
                foreign.then(|| self.names[Language::En as usize].get(n)).flatten()
            })
        };
        let squeezed = || {
            let key = squeeze(name);
            let long = key.chars().count() >= MIN_SQUEEZED;
            long.then(|| self.squeezed[language as usize].get(&key)).flatten()?.as_ref()
        };
        let found = get(name).or_else(|| get(biologic_base(name)?)).or_else(squeezed)?;
        Some(Found { generic: found.generic.clone(), salt: found.salt.clone(), how: "exact" })
    }

    /// A development code: the INN where the dictionary knows any spelling of
    /// the code, else the code in its canonical spelling.
    fn code(&self, name: &str) -> Option<Found> {
        let code = self.grammar.canonical(name)?;
        Some(match self.codes.get(&code) {
            Some(known) => {
                Found { generic: known.generic.clone(), salt: known.salt.clone(), how: "exact" }
            }
            None => Found { generic: code, salt: String::new(), how: "development_code" },
        })
    }

    /// Takes words of form and salt away as long as what remains is a known name.
    /// One word that leaves a known name comes before any two: 硝酸甘油舌下片 is
    /// the tablet of 硝酸甘油, not a nitrate of 甘油.
    fn stripped(&self, name: &str, language: Language, depth: u8) -> Option<Found> {
        if depth > MAX_SALTS {
            return None;
        }
        let rests = || {
            let terms = self.salts[language as usize].iter();
            terms.filter_map(|term| term.rest_of(name, language).map(|rest| (term, rest)))
        };
        let found = |term: &SaltTerm, mut found: Found| {
            found.salt = joined(&term.salt, &found.salt, term.prefix);
            if found.how == "exact" && !term.salt.is_empty() {
                found.how = "salt_stripped";
            }
            found
        };
        rests().find_map(|(term, rest)| Some(found(term, self.known(rest, language)?))).or_else(
            || {
                rests().find_map(|(term, rest)| {
                    let inner = self.stripped(rest, language, depth + 1);
                    Some(found(term, inner.or_else(|| self.code(rest))?))
                })
            },
        )
    }

    /// A note in brackets that only says how the ingredient is made or bound:
    /// `(as phosphate)`, `[エタネルセプト後続2]`. Any other note is part of the
    /// name.
    fn without_note(&self, name: &str, language: Language) -> Option<Found> {
        let (base, note) = bracket_note(name)?;
        let salt = note.strip_prefix("as ").map(|s| s.strip_prefix("the ").unwrap_or(s));
        let term = self.salts[language as usize].iter().find(|t| t.term == salt.unwrap_or(note));
        let says_nothing =
            note.contains("後続") || note.contains("biosimilar") || note.starts_with("genetic");
        if term.is_none() && !says_nothing {
            return None;
        }
        let mut found = self.plain(base, language).or_else(|| self.without_note(base, language))?;
        if let Some(term) = term {
            found.salt = joined(&term.salt, &found.salt, false);
            if found.how == "exact" && !term.salt.is_empty() {
                found.how = "salt_stripped";
            }
        }
        Some(found)
    }

    /// Chinese combinations run their ingredients together (缬沙坦氢氯噻嗪):
    /// the whole name must be made of known names of two characters and more.
    /// Names that are also salts are never taken for an ingredient here.
    fn run_together(&self, name: &str) -> Option<Vec<Found>> {
        let ends: Vec<usize> =
            name.char_indices().map(|(i, _)| i).chain(std::iter::once(name.len())).collect();
        let n = ends.len() - 1;
        if !(4..=MAX_RUN).contains(&n) || name.is_ascii() {
            return None;
        }
        // From the end: the fewest ingredients that make up the rest of the name.
        let mut best: Vec<Option<(usize, usize, Found)>> = vec![None; n + 1];
        let mut count = vec![usize::MAX; n + 1];
        count[n] = 0;
        for from in (0..n.saturating_sub(1)).rev() {
            for to in (from + 2..=n).rev() {
                if count[to] == usize::MAX || count[to] + 1 >= count[from] {
                    continue;
                }
                let part = &name[ends[from]..ends[to]];
                if part.is_ascii() || self.never_segment.contains(part) {
                    continue;
                }
                let found =
                    self.known(part, Language::Zh).or_else(|| self.stripped(part, Language::Zh, 3));
                if let Some(found) = found {
                    count[from] = count[to] + 1;
                    best[from] = Some((from, to, found));
                }
            }
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while at < n {
            let (_, to, found) = best[at].take()?;
            parts.push(found);
            at = to;
        }
        (parts.len() > 1).then_some(parts)
    }
}

impl SaltTerm {
    /// What remains of the name without the term; none where it is not there, or
    /// nothing remains.
    fn rest_of<'n>(&self, name: &'n str, language: Language) -> Option<&'n str> {
        let word = self.term.as_str();
        let rest = match (self.prefix, language) {
            (true, Language::En) => name.strip_prefix(word)?.strip_prefix(' '),
            (true, _) => name.strip_prefix(word),
            (false, Language::En) => name.strip_suffix(word)?.strip_suffix([' ', '-', ',']),
            (false, _) => name.strip_suffix(word),
        };
        rest.map(|r| r.trim_matches([' ', '・', ','])).filter(|r| !r.is_empty())
    }
}

/// Salts in the order of the name.
fn joined(term: &str, inner: &str, before: bool) -> String {
    match (term.is_empty(), inner.is_empty(), before) {
        (_, true, _) => term.to_owned(),
        (true, _, _) => inner.to_owned(),
        (_, _, true) => format!("{term} {inner}"),
        (_, _, false) => format!("{inner} {term}"),
    }
}

/// A name without its spaces and hyphens: lists break words where lines end
/// (`hydrochlorothiazid e`, `alfa- 2a`).
pub(super) fn squeeze(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

/// `adalimumab-adaz` without its four-letter suffix (R5).
fn biologic_base(name: &str) -> Option<&str> {
    let (base, suffix) = name.rsplit_once('-')?;
    (suffix.len() == 4 && base.len() >= 4 && suffix.bytes().all(|b| b.is_ascii_lowercase()))
        .then_some(base)
}
