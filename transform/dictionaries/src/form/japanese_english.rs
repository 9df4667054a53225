//! Japanese products with English names, as the English list of approvals has
//! them.

use aho_corasick::BuildError;

use super::terms::{Term, Use, fold};
use super::words::{Found, Words, longest};
use super::{FormMatch, UNSPECIFIED};
use crate::text::clean;

const SOLUTION: &str = "injection";
const POWDER: &str = "powder_for_injection";
/// Words of a name that only a liquid has.
const LIQUIDS: [&str; 9] = [
    "solution",
    "emulsion",
    "suspension",
    "syringe",
    "pen",
    "autoinjector",
    "auto-injector",
    "cart",
    "cartridge",
];

/// Words of English names.
#[derive(Debug)]
pub(super) struct EnglishForms {
    words: Words,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    form: String,
    brand: bool,
    /// `for intravenous infusion`: mostly a powder, since 注射用 and 点滴静注用
    /// are translated so, but some applicants write it for solutions, too.
    route_of_powder: bool,
}

impl Entry {
    fn of(term: &Term) -> Self {
        Self {
            form: term.form.clone(),
            brand: term.usage == Use::Brand,
            route_of_powder: term.form == POWDER && term.text.starts_with("for "),
        }
    }
}

impl EnglishForms {
    pub(super) fn new<'a>(
        terms: impl Iterator<Item = &'a Term> + Clone,
    ) -> Result<Self, BuildError> {
        let words = Words::new(terms.clone().map(|t| t.text.as_str()))?;
        Ok(Self { words, entries: terms.map(Entry::of).collect() })
    }

    /// The longest words of a name; a word that says nothing (`suspension`)
    /// gives way to any that does. Where the words say nothing or no more than
    /// that it is injected, a brand of the dictionary decides; and what is said
    /// to be in a pen or has a volume is no powder.
    pub(super) fn find(&self, name: &str) -> FormMatch {
        let text = spelling(name);
        let told: Vec<(Found, &Entry)> = self.told(&text).collect();
        let entry = |at: Found| told.iter().find(|(f, _)| *f == at).map(|(_, entry)| *entry);
        let best = |brand: bool| {
            let of_kind = told.iter().filter(|(_, entry)| entry.brand == brand);
            longest(of_kind.map(|(found, _)| *found)).and_then(entry)
        };
        match (best(false), best(true)) {
            (Some(best), Some(brand)) if best.form == SOLUTION || best.form == POWDER => {
                FormMatch::known(&brand.form, "name")
            }
            (Some(best), _) if best.route_of_powder && says_liquid(&text) => {
                FormMatch::known(SOLUTION, "name")
            }
            (Some(best), _) => FormMatch::known(&best.form, "name"),
            (None, Some(brand)) => FormMatch::known(&brand.form, "name"),
            (None, None) => FormMatch::unspecified(),
        }
    }

    /// The form of all words of several names, leaving out the words within
    /// others; only where all say the same.
    pub(super) fn sole(&self, names: &str) -> FormMatch {
        let text = spelling(names);
        let mut told: Vec<(Found, &Entry)> = self.told(&text).collect();
        told.sort_unstable_by_key(|(f, _)| (f.start, std::cmp::Reverse(f.end)));
        let mut end = 0;
        told.retain(|(found, _)| {
            let outer = found.end > end;
            end = end.max(found.end);
            outer
        });
        match told.split_first() {
            Some(((_, first), rest)) if rest.iter().all(|(_, e)| e.form == first.form) => {
                FormMatch::known(&first.form, "name")
            }
            _ => FormMatch::unspecified(),
        }
    }

    /// Words that say a form.
    fn told<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Found, &'a Entry)> {
        let entry = |found: Found| Some((found, self.entries.get(found.word)?));
        let words = self.words.find(text, char::is_alphabetic).filter_map(entry);
        words.filter(|(_, entry)| entry.form != UNSPECIFIED)
    }
}

/// Lower case, one kind of hyphen.
fn spelling(name: &str) -> String {
    fold(&clean(name)).replace(['‐', '‑', '–', '—', '−'], "-")
}

/// A word of a liquid, or a volume.
fn says_liquid(name: &str) -> bool {
    let apart = |c: char| !(c.is_alphanumeric() || c == '-');
    let mut words = name.split(apart);
    words.any(|word| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let head = word.split('-').next().unwrap_or_default();
        LIQUIDS.contains(&word) || LIQUIDS.contains(&head) || unit == "ml"
    })
}
