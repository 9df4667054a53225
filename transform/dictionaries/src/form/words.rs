//! Words of a vocabulary within a longer text.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

/// A word that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Place in the list of words.
    pub(super) word: usize,
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
}

/// Finds every occurrence of a list of words, those within others too.
#[derive(Debug)]
pub(super) struct Words {
    automaton: AhoCorasick,
}

impl Words {
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(words)?;
        Ok(Self { automaton })
    }

    /// Occurrences whose first and last letter, where `is_letter` says that it
    /// is one, do not go on in another letter.
    pub(super) fn find<'a>(
        &'a self,
        text: &'a str,
        is_letter: fn(char) -> bool,
    ) -> impl Iterator<Item = Found> + 'a {
        let whole = move |found: &Found| {
            let (before, after) = (text.get(..found.start), text.get(found.end..));
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            let word = text.get(found.start..found.end).unwrap_or_default();
            let joined =
                |a: Option<char>, b: Option<char>| [a, b].iter().all(|c| c.is_some_and(is_letter));
            !joined(before.chars().next_back(), word.chars().next())
                && !joined(word.chars().next_back(), after.chars().next())
        };
        self.automaton
            .find_overlapping_iter(text)
            .map(|m| Found { word: m.pattern().as_usize(), start: m.start(), end: m.end() })
            .filter(whole)
    }
}

/// The longest of the words, the last of several.
pub(super) fn longest(found: impl Iterator<Item = Found>) -> Option<Found> {
    found.max_by_key(|f| (f.end - f.start, f.start))
}
