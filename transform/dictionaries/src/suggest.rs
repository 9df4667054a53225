//! R7, R10: suggestions for the review queue. Nothing here decides anything:
//! a person accepts a suggestion, or does not.
//!
//! Known names are found by the pairs of neighbouring characters they share
//! with the open value, so that a slip in the first letter hides none, and then
//! compared with it. In Chinese and Japanese a single character counts too.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::text::clean;

/// Below this similarity (percent) a suggestion is noise.
const LEAST_SCORE: u32 = 60;
/// A name that holds the other whole, or is held by it, has at least this
/// similarity (percent) if the shorter has [`LEAST_SHARE`] of the longer.
const CONTAINED: u32 = 60;
/// Percent of the longer name.
const LEAST_SHARE: u32 = 30;
/// How many names that share most are compared letter by letter.
const COMPARED: usize = 64;

/// Two neighbouring characters of a word (a space stands before its first and
/// behind its last), or one character of Chinese or Japanese and nothing.
type Gram = (char, char);

/// Known names, ready to be compared with open values.
#[derive(Debug)]
pub struct Suggestions<'a> {
    names: Vec<Candidate<'a>>,
    /// Names by gram, and the gram's weight: a rare one tells more.
    grams: HashMap<Gram, (u32, Vec<usize>)>,
}

#[derive(Debug)]
struct Candidate<'a> {
    name: &'a str,
    folded: String,
    chars: usize,
    /// Sum of the weights of its grams.
    weight: u32,
}

impl<'a> Suggestions<'a> {
    /// The names that may be suggested, in any order.
    #[must_use]
    pub fn new(candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let names: BTreeSet<&str> = candidates.into_iter().collect();
        let mut this = Self { names: Vec::with_capacity(names.len()), grams: HashMap::new() };
        let mut grams_of = Vec::with_capacity(names.len());
        for (at, name) in names.into_iter().enumerate() {
            let folded = fold(name);
            let grams = grams(&folded);
            for gram in &grams {
                this.grams.entry(*gram).or_default().1.push(at);
            }
            grams_of.push(grams);
            let chars = folded.chars().count();
            this.names.push(Candidate { name, folded, chars, weight: 0 });
        }
        let all = this.names.len();
        #[expect(clippy::iter_over_hash_type, reason = "each weight is found by itself")]
        for (weight, names) in this.grams.values_mut() {
            *weight = 1 + (all / names.len()).max(1).ilog2();
        }
        for (candidate, grams) in this.names.iter_mut().zip(grams_of) {
            candidate.weight = grams.iter().map(|g| this.grams[g].0).sum();
        }
        this
    }

    /// Up to `n` names like `value`, the most similar first, with their
    /// similarity in percent; names of equal similarity by their spelling.
    /// 100 is a name that differs in case, width, accents or punctuation only.
    #[must_use]
    pub fn nearest(&self, value: &str, n: usize) -> Vec<(&'a str, u8)> {
        let folded = fold(value);
        let chars = folded.chars().count();
        let mut best: Vec<(Reverse<u32>, &str)> = Vec::new();
        if n == 0 {
            return vec![];
        }
        for (shared, candidate) in self.sharing_most(&folded) {
            // What shares less than this cannot reach what is already found.
            let reached = if best.len() < n { LEAST_SCORE } else { best[n - 1].0.0 };
            let held = contained(&folded, chars, candidate);
            if held.is_none()
                && u32::midpoint(shared, length_bound(chars, candidate.chars)) < reached
            {
                continue;
            }
            let score = similarity(&folded, chars, candidate, shared).max(held.unwrap_or(0));
            if score >= LEAST_SCORE {
                let entry = (Reverse(score), candidate.name);
                let place = best.partition_point(|other| *other < entry);
                best.insert(place, entry);
                best.truncate(n);
            }
        }
        let percent = |score: u32| u8::try_from(score).unwrap_or(100);
        best.into_iter().map(|(Reverse(score), name)| (name, percent(score))).collect()
    }

    /// The names that share most grams with a folded value, and how much
    /// (percent of the grams of both); among them those that it may hold whole.
    fn sharing_most(&self, folded: &str) -> Vec<(u32, &Candidate<'a>)> {
        let mut own = 0;
        let mut shared = vec![0_u32; self.names.len()];
        for gram in grams(folded) {
            // A gram of no name is as rare as one can be.
            let Some((weight, names)) = self.grams.get(&gram) else {
                own += 1 + self.names.len().max(1).ilog2();
                continue;
            };
            own += weight;
            for at in names {
                shared[*at] += weight;
            }
        }
        let mut by_both = Vec::new();
        let mut by_name = Vec::new();
        for (at, shared) in shared.into_iter().enumerate().filter(|(_, shared)| *shared > 0) {
            let weight = self.names[at].weight;
            let both = 200 * shared / (own + weight);
            by_both.push((Reverse(both), at));
            // All of the name is in the value, or the other way round.
            if shared == weight || shared == own {
                by_name.push((Reverse(both), at));
            }
        }
        let mut chosen = first(by_both, COMPARED);
        chosen.extend(first(by_name, COMPARED));
        chosen.sort_unstable();
        chosen.dedup();
        chosen.into_iter().map(|(Reverse(both), at)| (both, &self.names[at])).collect()
    }
}

/// The `n` smallest.
fn first<T: Ord>(mut all: Vec<T>, n: usize) -> Vec<T> {
    if all.len() > n {
        all.select_nth_unstable(n);
        all.truncate(n);
    }
    all
}

/// The mean of what two names share in grams, which does not care about the
/// order of words, and of what they share letter by letter (percent).
fn similarity(value: &str, chars: usize, candidate: &Candidate<'_>, shared: u32) -> u32 {
    if value == candidate.folded {
        return 100;
    }
    let longer = chars.max(candidate.chars).max(1);
    let changed = strsim::osa_distance(value, &candidate.folded);
    let letters = percent(longer.saturating_sub(changed), longer);
    u32::midpoint(letters, shared).min(99)
}

/// The most that two names of such lengths can share letter by letter.
fn length_bound(one: usize, other: usize) -> u32 {
    percent(one.min(other), one.max(other).max(1))
}

/// Similarity of two names of which one holds the other as whole words, or in
/// Chinese and Japanese as neighbouring characters.
fn contained(value: &str, chars: usize, candidate: &Candidate<'_>) -> Option<u32> {
    let (long, short) = if chars > candidate.chars {
        (value, candidate.folded.as_str())
    } else {
        (candidate.folded.as_str(), value)
    };
    let share = length_bound(chars, candidate.chars);
    if share < LEAST_SHARE || share == 100 || short.chars().nth(1).is_none() {
        return None;
    }
    let at = long.find(short)?;
    let (before, behind) =
        (long[..at].chars().next_back(), long[at + short.len()..].chars().next());
    let edge = |inside: Option<char>, outside: Option<char>| {
        outside.is_none_or(|c| c == ' ' || is_cjk(c)) || inside.is_some_and(is_cjk)
    };
    (edge(short.chars().next(), before) && edge(short.chars().next_back(), behind))
        .then_some(CONTAINED + share * (95 - CONTAINED) / 100)
}

fn percent(part: usize, whole: usize) -> u32 {
    u32::try_from(100 * part / whole).unwrap_or(100)
}

/// Lower case, without accents and punctuation, single spaces. Voicing marks of
/// Japanese stay: they tell one syllable from another.
fn fold(name: &str) -> String {
    let bare: String = clean(name)
        .to_lowercase()
        .nfd()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}'))
        .nfc()
        .map(|c| if c.is_alphanumeric() || c == 'ー' { c } else { ' ' })
        .collect();
    bare.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn grams(folded: &str) -> BTreeSet<Gram> {
    let mut grams = BTreeSet::new();
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let mut before = ' ';
        for c in word.chars() {
            grams.insert((before, c));
            if is_cjk(c) {
                grams.insert((c, '\0'));
            }
            before = c;
        }
        grams.insert((before, ' '));
    }
    grams
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::{Dictionaries, Language};

    const NAMES: &[&str] = &[
        "osimertinib",
        "gefitinib",
        "erlotinib",
        "valproic acid",
        "fluticasone",
        "fluticasone furoate",
        "金酸萘酚",
        "甲磺酸奥希替尼",
        "奥希替尼",
        "吉非替尼",
        "オシメルチニブ",
        "ゲフィチニブ",
        "Pfizer",
        "Bayer HealthCare Pharmaceuticals",
        "Novo Nordisk A/S",
        "Hôpital Pharma",
    ];

    #[test]
    fn r10_the_nearest_name_is_suggested() {
        let names = Suggestions::new(NAMES.iter().copied());
        for (value, expected) in [
            ("osimertnib", Some("osimertinib")),
            ("isomertinib", Some("osimertinib")),
            ("Xsimertinib", Some("osimertinib")),
            ("acid valproic", Some("valproic acid")),
            ("Osimertinib granulate", Some("osimertinib")),
            ("fluticason", Some("fluticasone")),
            ("奥西替尼", Some("奥希替尼")),
            ("奥希替尼片", Some("奥希替尼")),
            ("オシメルチニプ", Some("オシメルチニブ")),
            ("ゲフチニブ", Some("ゲフィチニブ")),
            ("PFIZER", Some("Pfizer")),
            ("Phizer", Some("Pfizer")),
            ("novo nordisk as", Some("Novo Nordisk A/S")),
            ("Hopital Pharma", Some("Hôpital Pharma")),
            ("zzyzx", None),
            ("水", None),
            ("", None),
            ("…", None),
        ] {
            let found = names.nearest(value, 3);
            assert_eq!(found.first().map(|f| f.0), expected, "{value}: {found:?}");
        }
        assert_eq!(names.nearest("HOPITAL-PHARMA", 1), [("Hôpital Pharma", 100)]);
        assert_eq!(names.nearest("osimertinib", 0), []);
        let two = names.nearest("fluticasone furoat", 2);
        assert_eq!(
            two.iter().map(|f| f.0).collect::<Vec<_>>(),
            ["fluticasone furoate", "fluticasone"]
        );
        assert!(two[0].1 > two[1].1);
    }

    #[test]
    fn r10_a_slip_in_any_letter_of_a_generic_finds_it_again() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let names: Vec<&str> = dictionaries.generics.names(Language::En).collect();
        let suggestions = Suggestions::new(names.iter().copied());
        let (mut asked, mut found) = (0, 0);
        for (at, name) in names.iter().enumerate().filter(|(at, n)| at % 97 == 0 && n.len() > 7) {
            let slip = at / 97 % 5;
            let value: String =
                name.chars().enumerate().map(|(i, c)| if i == slip { 'q' } else { c }).collect();
            asked += 1;
            found += u32::from(suggestions.nearest(&value, 3).iter().any(|f| f.0 == *name));
        }
        assert!(asked > 50 && found * 100 >= asked * 98, "{found} of {asked}");
    }

    #[test]
    fn r10_thousands_of_values_are_compared_in_a_second() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let names = [Language::En, Language::Zh, Language::Ja]
            .into_iter()
            .flat_map(|l| dictionaries.generics.names(l));
        let suggestions = Suggestions::new(names);
        let values: Vec<String> =
            suggestions.names.iter().step_by(3).map(|c| format!("x{}", c.name)).collect();
        let start = Instant::now();
        let hits = values.iter().filter(|v| !suggestions.nearest(v, 1).is_empty()).count();
        let spent = start.elapsed();
        assert!(hits * 10 > values.len() * 9, "{hits} of {}", values.len());
        // Without optimisation the code is some twenty times slower.
        let limit = if cfg!(debug_assertions) { 60 } else { 2 };
        assert!(spent < Duration::from_secs(limit), "{} values: {spent:?}", values.len());
        println!("{} values against {} names: {spent:?}", values.len(), suggestions.names.len());
    }

    proptest! {
        #[test]
        fn r10_suggestions_are_total_sorted_and_independent_of_order(
            value in any::<String>(),
            mut names in prop::collection::vec("[a-c阿司匹 é]{0,6}", 0..12),
        ) {
            let one = Suggestions::new(names.iter().map(String::as_str)).nearest(&value, 4);
            let found: Vec<(String, u8)> = one.iter().map(|f| (f.0.to_owned(), f.1)).collect();
            prop_assert!(found.windows(2).all(|w| w[0].1 >= w[1].1));
            names.reverse();
            let other = Suggestions::new(names.iter().map(String::as_str)).nearest(&value, 4);
            prop_assert_eq!(other, found.iter().map(|f| (f.0.as_str(), f.1)).collect::<Vec<_>>());
        }
    }
}
