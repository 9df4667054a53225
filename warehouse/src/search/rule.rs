//! The ranking rule of search (R43), and its constants.
//!
//! **Terms.** A drug is found through the terms of its entities: its generic
//! name, targets, companies, corporate groups and dosage form, and its own
//! brand names and numbers. Terms and query are compared folded ([`fold`]).
//!
//! **Matches.** A word of the query matches a term, best first, *exact*, as a
//! *prefix* of it, at the beginning of a *word* in it (after a space), as a
//! *substring*; or, if it matches no term at all in these ways, as *similar*: the
//! term contains one of the most similar words of the index ([`similar`](super::suggest)).
//! One letter (not Chinese or Japanese) matches exactly or as a prefix only,
//! two letters not as a substring. The id of a drug is matched exactly or as a
//! prefix only: the digits inside it are nobody's number.
//!
//! **Points.** Class + weight of the kind of term + the share of the term that
//! the word covers, in fortieths of its bytes ([`points`]). The classes
//! are so far apart that a better class always has more points.
//!
//! **Score.** A drug has, for each word, the points of its best match. All words
//! must match; the score is the mean, rounded down. The same is tried with the
//! whole query as one word (the phrase); the better of the two counts, among
//! equals the phrase.
//!
//! **Numbers.** A number in one of the notations in use (`NDA 20-636`) is one word,
//! alone or beside others, the number as the index holds it ([`numbers`](super::numbers)).
//!
//! **Classes.** A word for a class of drugs behind the name of a target (`EGFR
//! inhibitor`) is left out, of the phrase too: the target is what is looked for
//! ([`targets`](super::targets)). The name of a target of several words or
//! with a slash (`CDK 4/6`, `CDK4/6`) is one word.
//!
//! **Ingredients.** What joins those of a combination parts them: a hyphen or a
//! middle dot between names of ingredients, `and` ([`ingredients`](super::ingredients)).
//!
//! **Order.** Score, descending; among equals the order of drugs, which is
//! fixed when the index is built: first the largest drug (most records, then
//! the lower id) of every generic and dosage form, then the second of each, and so on;
//! within these by number of records, descending, then by id.
//!
//! **Explanation.** For each word the match with the most points; among equals
//! the kind that comes first in [`KINDS`], then the term that sorts first.
//!
//! The macro `search_words` follows the same rule in SQL over tables that carry
//! these constants; a test compares the two.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::ingredients::apart;
use super::numbers::number_key;
use super::targets::{phrase_without_class, without_classes, words_of};
use crate::fold::{fold, is_cjk};

/// A kind of term.
pub(crate) struct Kind {
    /// Its name, in `matched` and in the index tables.
    pub name: &'static str,
    /// Points for a match of this kind, 0 to 9.
    pub weight: u16,
    /// Its name in entities that stand for several drugs; `drug` where each
    /// term belongs to drugs directly.
    pub entity: &'static str,
}

/// The kinds of terms; the position is the number of the kind in the index.
/// An ingredient weighs the less the more there are in the combination, so that
/// of those that have all that are named the one with the fewest others comes
/// first: two points from one to the next are still one where a form and a
/// company stand beside two ingredients.
pub(crate) const KINDS: [Kind; 12] = [
    Kind { name: "generic", weight: 9, entity: "generic" },
    Kind { name: "brand", weight: 9, entity: "drug" },
    Kind { name: "target", weight: 8, entity: "target" },
    Kind { name: "alias", weight: 7, entity: "generic" },
    Kind { name: "group", weight: 7, entity: "group" },
    Kind { name: "company", weight: 6, entity: "company" },
    Kind { name: "number", weight: 5, entity: "drug" },
    Kind { name: "ingredient", weight: 6, entity: "generic" },
    Kind { name: "ingredient", weight: 4, entity: "generic" },
    Kind { name: "ingredient", weight: 2, entity: "generic" },
    Kind { name: "ingredient", weight: 0, entity: "generic" },
    Kind { name: "form", weight: 3, entity: "form" },
];

/// The number of the kind `target`.
pub(crate) const TARGET: u8 = 2;

/// The number of the kind `number`, which no suggestion leads to.
pub(crate) const NUMBER: u8 = 6;

/// The numbers of the kinds `ingredient`: of a combination of two, of three, of
/// four, of more.
pub(crate) const INGREDIENTS: RangeInclusive<u8> = 7..=10;

/// The number of the kind `ingredient` of a combination of `count`.
pub(crate) fn ingredient_of(count: u8) -> u8 {
    INGREDIENTS.start().saturating_add(count.saturating_sub(2)).min(*INGREDIENTS.end())
}

/// How a word matches a term, with the points of the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Class {
    Similar = 100,
    Substring = 200,
    Word = 250,
    Prefix = 300,
    Exact = 400,
}

impl Class {
    /// All classes, best first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Exact, Self::Prefix, Self::Word, Self::Substring, Self::Similar];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Word => "word",
            Self::Substring => "substring",
            Self::Similar => "similar",
        }
    }

    /// The points of the class alone.
    pub(crate) fn base(self) -> u16 {
        self as u16
    }

    /// The class of a number of points: the classes do not overlap.
    pub(crate) fn of(points: u16) -> Self {
        Self::ALL.into_iter().find(|c| points >= c.base()).unwrap_or(Self::Similar)
    }
}

/// What a match that covers the whole term gets on top of its class.
pub(crate) const FULL_COVER: usize = 40;

/// What an edit takes off [`FULL_COVER`] for a similar word.
const PER_EDIT: u16 = 10;

/// The most that is taken off for what else there is in the term: less than for
/// an edit.
const UNCOVERED: u16 = 9;

/// Points for a word of `word` bytes in a term of `term` bytes.
pub(crate) fn points(class: Class, kind: u8, word: usize, term: usize) -> u16 {
    class.base() + weight(kind) + cover(word, term)
}

/// The most points that a match of a class may have.
pub(crate) fn most_points(class: Class) -> u16 {
    let weight = KINDS.iter().map(|kind| kind.weight).max().unwrap_or(0);
    class.base() + weight + u16::try_from(FULL_COVER).unwrap_or(0)
}

/// The share of the term that the word covers, in fortieths.
pub(crate) fn cover(word: usize, term: usize) -> u16 {
    u16::try_from(FULL_COVER * word / term.max(1)).unwrap_or(0)
}

/// Points for a term that contains a word `edits` away from the one asked for,
/// which covers `cover` fortieths of it: what is meant is rather the whole of a
/// name than a part of it.
pub(crate) fn similar_points(kind: u8, edits: u16, cover: u16) -> u16 {
    let full = u16::try_from(FULL_COVER).unwrap_or(0);
    let uncovered = UNCOVERED - UNCOVERED * cover.min(full) / full;
    Class::Similar.base() + weight(kind) + full.saturating_sub(PER_EDIT * edits + uncovered)
}

fn weight(kind: u8) -> u16 {
    KINDS.get(usize::from(kind)).map_or(0, |k| k.weight)
}

/// May `word` match at the beginning of a word inside a term?
pub(crate) fn matches_word_starts(word: &str) -> bool {
    word.chars().nth(1).is_some() || word.chars().any(is_cjk)
}

/// May `word` match anywhere in a term?
pub(crate) fn matches_inside(word: &str) -> bool {
    word.chars().nth(2).is_some() || word.chars().any(is_cjk)
}

/// Is a folded term the id of a drug, as `d0031851`? No number of a regulator
/// looks like one.
pub(crate) fn is_drug_id(term: &[u8]) -> bool {
    term.strip_prefix(b"d").is_some_and(|no| no.len() > 6 && no.iter().all(u8::is_ascii_digit))
}

/// A query, folded and taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// Its words, each once, sorted: all must match.
    pub words: Vec<String>,
    /// The whole query as one word, where that is something else.
    pub phrase: Option<String>,
}

impl Query {
    /// Takes `text` apart. None where nothing is left of it. `is_target` knows
    /// the names of targets, `is_ingredient` those of ingredients of combinations,
    /// folded.
    pub(crate) fn parse(
        text: &str,
        is_target: impl Fn(&str) -> bool,
        is_ingredient: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let phrase = fold(text);
        if phrase.is_empty() {
            return None;
        }
        // A number in whatever notation is one word.
        let number = number_key(&phrase);
        if number != phrase {
            return Some(Self { words: vec![number.into_owned()], phrase: None });
        }
        let words = without_classes(words_of(&phrase, &is_target), &is_target);
        let words = apart(words, is_ingredient);
        let mut words: Vec<String> = words.iter().map(|w| number_key(w).into_owned()).collect();
        words.sort_unstable();
        words.dedup();
        let phrase = phrase_without_class(&phrase, &is_target);
        let phrase = (words != [phrase]).then(|| phrase.to_owned());
        Some(Self { words, phrase })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_a_better_class_always_has_more_points() {
        let kinds = || 0..u8::try_from(KINDS.len()).unwrap();
        for pair in Class::ALL.windows(2) {
            // A term is longer than the word unless the match is exact.
            let (covered, other) = if pair[1] == Class::Exact { (40, 40) } else { (39, 40) };
            let worst_of_better = kinds().map(|k| points(pair[0], k, 0, other)).min().unwrap();
            let best_of_worse = if pair[1] == Class::Similar {
                kinds().map(|k| similar_points(k, 1, 40)).max().unwrap()
            } else {
                kinds().map(|k| points(pair[1], k, covered, other)).max().unwrap()
            };
            assert!(worst_of_better > best_of_worse, "{pair:?}");
        }
        for class in Class::ALL {
            assert_eq!(Class::of(points(class, 0, 39, 40)), class);
        }
    }

    #[test]
    fn a_phrase_counts_where_it_is_not_the_word() {
        let parse = |text| Query::parse(text, |name| name == "egfr", |name| name.ends_with("ine"));
        let query = parse("Zidovudine / lamivudine").unwrap();
        assert_eq!(query.words, ["lamivudine", "zidovudine"]);
        assert_eq!(query.phrase.as_deref(), Some("zidovudine / lamivudine"));
        let query = parse("zidovudine-lamivudine and nevirapine").unwrap();
        assert_eq!(query.words, ["lamivudine", "nevirapine", "zidovudine"]);
        assert_eq!(parse("奈韦拉平").unwrap().phrase, None);
        assert_eq!(parse("JXHS1600003国").unwrap().words, ["jxhs1600003"]);
        assert_eq!(parse(" \u{3000}"), None);
        assert_eq!(parse("/").unwrap().words, [""; 0]);
        let number = Query { words: vec!["emea/h/c/004124".into()], phrase: None };
        assert_eq!(parse("EMEA/H/C/4124"), Some(number));
        let class = Query { words: vec!["egfr".into()], phrase: None };
        assert_eq!(parse("EGFR inhibitor"), Some(class));
    }
}
