//! R11: drug names in free text (titles of trials, intervention text).

mod form;
mod role;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::DictionaryError;
use crate::development_code::CodeGrammar;
use crate::generic::{Generics, Language, Name, SaltTerm};
use crate::stop_words::StopWords;
use crate::text::clean;

pub use role::MentionRole;

/// A drug named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrugMention {
    /// The standard generic.
    pub generic: String,
    /// Its salt, from the name itself or from the words beside it.
    pub salt: Option<String>,
    /// The words of the text that were matched.
    pub matched: String,
    /// Where they begin, in bytes of the text as [`clean`] gives it.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// `dictionary` or `development_code`.
    pub how: &'static str,
    /// The drug's part in the trial, as far as the wording tells.
    pub role: MentionRole,
}

/// Finds drug names in texts. Built once with the dictionaries; ask it once per
/// distinct text.
#[derive(Debug)]
pub struct Extractor {
    automaton: AhoCorasick,
    /// By pattern, by language.
    entries: Vec<[Option<Name>; 3]>,
    salts: [Vec<SaltTerm>; 3],
    grammar: CodeGrammar,
    codes: BTreeMap<String, Name>,
    /// The combinations that have a name of their own.
    combinations: BTreeSet<String>,
}

/// A possible mention: dictionary names and codes compete by length.
struct Candidate {
    range: Range<usize>,
    name: Name,
    how: &'static str,
}

impl Extractor {
    pub(crate) fn new(generics: &Generics, stops: &StopWords) -> Result<Self, DictionaryError> {
        let mut patterns: BTreeMap<&str, [Option<Name>; 3]> = BTreeMap::new();
        let mut codes = BTreeMap::new();
        let mut combinations = BTreeSet::new();
        for language in Language::ALL {
            let mut names: Vec<_> = generics.table(language).iter().collect();
            names.sort_by_key(|(name, _)| *name);
            for (name, value) in names {
                if value.generic.contains(" / ") {
                    combinations.insert(value.generic.clone());
                }
                let specific = is_specific(name) || stops.grammar.canonical(name).is_some();
                if specific && !stops.text.contains(name) {
                    patterns.entry(name).or_default()[language as usize] = Some(value.clone());
                }
                if let Some(code) = stops.grammar.canonical(name)
                    && let Some(value) = generics.of_code(&code)
                {
                    codes.insert(code, value.clone());
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(patterns.keys())
            .map_err(|e| DictionaryError::Automaton { reason: e.to_string() })?;
        Ok(Self {
            automaton,
            entries: patterns.into_values().collect(),
            salts: Language::ALL.map(|l| generics.salt_terms(l).to_vec()),
            grammar: stops.grammar.clone(),
            codes,
            combinations,
        })
    }

    /// The drugs of a text in the order in which they stand there: the longest
    /// names first, none over another. Latin names are whole words; Chinese and
    /// Japanese ones can stand anywhere. English names count in every language.
    ///
    /// The text is cleaned first (R4); offsets are those of the cleaned text.
    #[must_use]
    pub fn extract(&self, raw: &str, language: Language) -> Vec<DrugMention> {
        let text = clean(raw);
        let mut candidates = self.candidates(&text, language);
        candidates.sort_by(|a, b| {
            b.range.len().cmp(&a.range.len()).then(a.range.start.cmp(&b.range.start))
        });
        let mut taken: Vec<Candidate> = Vec::new();
        for candidate in candidates {
            let free = |t: &Candidate| {
                candidate.range.end <= t.range.start || t.range.end <= candidate.range.start
            };
            if taken.iter().all(free) {
                taken.push(candidate);
            }
        }
        taken.sort_by_key(|c| c.range.start);
        let taken = self.with_combinations(&text, taken);
        let ranges: Vec<Range<usize>> = taken.iter().map(|c| c.range.clone()).collect();
        let roles = role::roles(&text, &ranges);
        taken
            .into_iter()
            .zip(roles)
            .map(|(candidate, role)| self.mention(&text, candidate, role, language))
            .collect()
    }

    /// R5: `Salmeterol/Fluticasone` is the one drug that is known as such. Of names
    /// that stand so, but are no drug together (`Letrozole/Anastrozole`), each is one.
    fn with_combinations(&self, text: &str, taken: Vec<Candidate>) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::with_capacity(taken.len());
        for next in taken {
            match all.pop() {
                None => all.push(next),
                Some(before) => {
                    let joined = matches!(&text[before.range.end..next.range.start], "/" | "-");
                    match self.combination(&before.name, &next.name).filter(|_| joined) {
                        Some(name) => {
                            let range = before.range.start..next.range.end;
                            all.push(Candidate { range, name, how: "dictionary" });
                        }
                        None => all.extend([before, next]),
                    }
                }
            }
        }
        all
    }

    fn combination(&self, one: &Name, other: &Name) -> Option<Name> {
        let parts: BTreeSet<&str> =
            [one, other].iter().flat_map(|name| name.generic.split(" / ")).collect();
        let generic = parts.into_iter().collect::<Vec<_>>().join(" / ");
        let salts = [&one.salt, &other.salt].into_iter().filter(|s| !s.is_empty());
        let salt = salts.cloned().collect::<Vec<_>>().join("; ");
        self.combinations.contains(&generic).then_some(Name { generic, salt })
    }

    fn candidates(&self, text: &str, language: Language) -> Vec<Candidate> {
        let mut found = Vec::new();
        // The automaton folds the case of ASCII, this that of Greek (西妥昔单抗Β).
        for hit in self.automaton.find_overlapping_iter(greek_in_lower_case(text).as_ref()) {
            let names = &self.entries[hit.pattern().as_usize()];
            let name = names[language as usize].as_ref().or(names[Language::En as usize].as_ref());
            if let Some(name) = name
                && text.is_char_boundary(hit.start())
                && text.is_char_boundary(hit.end())
            {
                found.push(Candidate { range: hit.range(), name: name.clone(), how: "dictionary" });
            }
        }
        let starts: Vec<usize> = found.iter().map(|c| c.range.start).collect();
        found.retain(|c| {
            begins_a_word(text, c.range.start)
                && ends_a_word(text, &c.range, &starts)
                && !inside_katakana(text, &c.range)
        });
        for (range, code) in self.grammar.scan(text) {
            let (name, how) = match self.codes.get(&code) {
                Some(name) => (name.clone(), "dictionary"),
                None => (Name { generic: code, salt: String::new() }, "development_code"),
            };
            found.push(Candidate { range, name, how });
        }
        found
    }

    fn mention(
        &self,
        text: &str,
        candidate: Candidate,
        role: MentionRole,
        language: Language,
    ) -> DrugMention {
        let Candidate { range, name, how } = candidate;
        let salt = if name.salt.is_empty() {
            self.salt_beside(text, &range, language).unwrap_or_default().to_owned()
        } else {
            name.salt
        };
        DrugMention {
            generic: name.generic,
            salt: Some(salt).filter(|s| !s.is_empty()),
            matched: text[range.clone()].to_owned(),
            start: range.start,
            end: range.end,
            how,
            role,
        }
    }

    /// The salt word right before (甲苯磺酸ZG2001) or right behind
    /// (`migalastat HCl`) a name.
    fn salt_beside(&self, text: &str, range: &Range<usize>, language: Language) -> Option<&str> {
        let (before, behind) = (&text[..range.start], &text[range.end..]);
        let behind_lower: String = behind.chars().take(40).collect::<String>().to_lowercase();
        let english = self.salts[Language::En as usize].iter().filter(|t| !t.prefix).find(|t| {
            behind_lower
                .strip_prefix(' ')
                .and_then(|b| b.strip_prefix(t.term.as_str()))
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        let own = (language != Language::En).then(|| {
            self.salts[language as usize].iter().find(|t| {
                let term = t.term.as_str();
                if t.prefix { before.ends_with(term) } else { behind_lower.starts_with(term) }
            })
        });
        own.flatten().or(english).map(|t| t.salt.as_str())
    }
}

/// Short Latin names and single characters are too likely something else.
fn is_specific(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if name.is_ascii() {
        letters >= 4
    } else {
        letters >= 2 && name.chars().any(char::is_alphabetic)
    }
}

/// Every place stays where it is.
fn greek_in_lower_case(text: &str) -> Cow<'_, str> {
    let capital = |c: char| matches!(c, 'Α'..='Ω');
    if !text.contains(capital) {
        return Cow::Borrowed(text);
    }
    let lower = |c: char| if capital(c) { c.to_lowercase().next().unwrap_or(c) } else { c };
    Cow::Owned(text.chars().map(lower).collect())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_ideographic(c)
}

fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々')
}

fn begins_a_word(text: &str, at: usize) -> bool {
    let first = text[at..].chars().next();
    let before = text[..at].trim_end_matches('-');
    let hyphen = before.len() < at;
    match (text[..at].chars().next_back(), first) {
        (Some(b), Some(f)) if is_word(b) && is_word(f) => false,
        // `anti-insulin antibodies`, `non-aspirin`.
        _ if hyphen => !["anti", "non", "pre", "post"].iter().any(|p| ends_with_word(before, p)),
        _ => true,
    }
}

/// A short katakana name within a longer katakana word is a part of that word:
/// キナ (cinchona) of キナーゼ (kinase). A long one may be followed by its salt.
fn inside_katakana(text: &str, range: &Range<usize>) -> bool {
    let katakana = |c: char| matches!(c, '\u{30a1}'..='\u{30fa}' | 'ー');
    let name = &text[range.clone()];
    if name.chars().count() > 5 || !name.chars().all(katakana) {
        return false;
    }
    text[..range.start].ends_with(katakana) || text[range.end..].starts_with(katakana)
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let Some(at) = text.len().checked_sub(word.len()).filter(|at| text.is_char_boundary(*at))
    else {
        return false;
    };
    text[at..].eq_ignore_ascii_case(word) && !text[..at].ends_with(char::is_alphanumeric)
}

fn ends_a_word(text: &str, range: &Range<usize>, starts: &[usize]) -> bool {
    let last = text[range.clone()].chars().next_back();
    let rest = &text[range.end..];
    match (last, rest.chars().next()) {
        (Some(l), Some(n)) if is_word(l) && is_word(n) => false,
        (Some(l), Some('-')) if is_word(l) => {
            let tail: String = rest[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
            // `cisplatin-based`, `insulin-dependent` are not the drug; a
            // biologic's suffix and a second drug are fine.
            let suffix = tail.len() == 4
                && tail.bytes().all(|b| b.is_ascii_lowercase())
                && !["free", "like", "type", "dose", "only", "rich", "cell"]
                    .contains(&tail.as_str());
            tail.is_empty() || suffix || starts.contains(&(range.end + 1))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
