//! Words like one that matches nothing.
//!
//! A word of the index is similar when few edits make one of the other: a
//! byte inserted, removed or replaced, or two exchanged (Damerau-Levenshtein,
//! as `damerau_levenshtein` of `DuckDB` counts). At most one edit for words of
//! fewer than six characters, two for fewer than ten, else three; of Chinese
//! and Japanese words three, which is one character. The two must begin with
//! the same character or end with the same two. Of the similar words, the three with
//! the fewest edits are taken, then those of the most similar length in bytes, then the first.
//!
//! Words that are short (three characters, or two in Chinese or Japanese), of
//! more than [`LONGEST`] bytes, or with digits in them get no suggestions.

use super::front::{BLOCK, FrontCoded};
use crate::fold::is_cjk;

/// The longest word that gets suggestions, in bytes.
const LONGEST: usize = 64;

/// How many similar words are taken.
const TAKEN: usize = 3;

/// The words of an index, sorted, and once more with their bytes in reverse:
/// of all words only those are looked at that begin or end like the one asked for.
pub(crate) struct Suggestions {
    forward: FrontCoded,
    backward: FrontCoded,
}

impl Suggestions {
    /// From words in any order, with repetitions.
    pub(crate) fn new(mut words: Vec<String>) -> Self {
        words.sort_unstable();
        words.dedup();
        let forward = FrontCoded::whole(&words);
        let reversed = |word: String| word.into_bytes().into_iter().rev().collect::<Vec<u8>>();
        let mut words: Vec<Vec<u8>> = words.into_iter().map(reversed).collect();
        words.sort_unstable();
        Self { forward, backward: FrontCoded::whole(&words) }
    }

    /// The words most similar to `word`, with their edits.
    pub(crate) fn similar(&self, word: &str) -> Vec<(String, u16)> {
        let Some(limit) = edits_allowed(word) else { return Vec::new() };
        let mut found: Vec<(usize, usize, Vec<u8>)> = Vec::new();
        let first = word.chars().next().map_or(0, char::len_utf8);
        walk(&self.forward, word.as_bytes(), first, limit, |edits, text| {
            found.push((edits, text.len().abs_diff(word.len()), text.to_vec()));
        });
        let last_two = word.chars().rev().take(2).map(char::len_utf8).sum();
        let reversed: Vec<u8> = word.bytes().rev().collect();
        walk(&self.backward, &reversed, last_two, limit, |edits, text| {
            let text: Vec<u8> = text.iter().rev().copied().collect();
            found.push((edits, text.len().abs_diff(word.len()), text));
        });
        found.sort_unstable();
        found.dedup();
        found.truncate(TAKEN);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        found.iter().map(|(edits, _, w)| (text(w), u16::try_from(*edits).unwrap_or(0))).collect()
    }
}

/// Calls `found` with edits and text of all `texts` that are at most `limit`
/// edits from `word` and have its first `alike` bytes.
fn walk(
    texts: &FrontCoded,
    word: &[u8],
    alike: usize,
    limit: usize,
    mut found: impl FnMut(usize, &[u8]),
) {
    let range = texts.beginning_with(&word[..alike]);
    let mut walk = Walk::new(word, limit);
    let mut texts = texts.from(range.start / BLOCK);
    // Texts that share this much with a text that was given up are given up too.
    let mut dead_end = usize::MAX;
    while texts.next_id() < range.end
        && let Some((shared, text)) = texts.next_with_shared()
    {
        walk.shares(shared);
        if shared >= dead_end {
            continue;
        }
        dead_end = usize::MAX;
        if !text.starts_with(&word[..alike]) {
            continue;
        }
        match walk.edits(text) {
            Ok(edits) if edits <= limit => found(edits, text),
            Ok(_) => {}
            Err(depth) => dead_end = depth,
        }
    }
}

/// How many edits a similar word may be away; none when the word gets no
/// suggestions.
fn edits_allowed(word: &str) -> Option<usize> {
    let characters = word.chars().count();
    let cjk = word.chars().any(is_cjk);
    let least = if cjk { 3 } else { 4 };
    let number = word.bytes().any(|b| b.is_ascii_digit());
    if characters < least || word.len() > LONGEST || number {
        return None;
    }
    Some(match characters {
        _ if cjk => 3,
        0..6 => 1,
        6..10 => 2,
        _ => 3,
    })
}

/// Edits from one word to sorted texts: what a text shares with the one before
/// it is not counted again.
struct Walk<'a> {
    word: &'a [u8],
    limit: usize,
    /// Row `j` has the edits from each beginning of the word to the first `j`
    /// bytes of the text.
    rows: Vec<Vec<usize>>,
    /// Rows that belong to the current text.
    valid: usize,
}

impl<'a> Walk<'a> {
    fn new(word: &'a [u8], limit: usize) -> Self {
        Self { word, limit, rows: vec![(0..=word.len()).collect()], valid: 0 }
    }

    /// The next text has only so many bytes of the last one.
    fn shares(&mut self, shared: usize) {
        self.valid = self.valid.min(shared);
    }

    /// The edits to `text`. An error tells after how many bytes it was given
    /// up: everything that begins with these is further away than the limit.
    fn edits(&mut self, text: &[u8]) -> Result<usize, usize> {
        while self.valid < text.len() {
            let depth = self.valid + 1;
            if self.rows.len() == depth {
                self.rows.push(vec![0; self.word.len() + 1]);
            }
            let least = self.fill(text, depth);
            self.valid = depth;
            if least > self.limit {
                return Err(depth);
            }
        }
        Ok(self.rows[text.len()][self.word.len()])
    }

    /// Fills row `j` and gives its least number. Only numbers within the limit
    /// must be right; cells further from the diagonal are beyond it.
    fn fill(&mut self, text: &[u8], j: usize) -> usize {
        let beyond = self.limit + 1;
        let (from, to) = (j.saturating_sub(self.limit), (j + self.limit).min(self.word.len()));
        if from > self.word.len() {
            return beyond;
        }
        let (before, rest) = self.rows.split_at_mut(j);
        let (above, row) = (&before[j - 1], &mut rest[0]);
        row.fill(beyond);
        row[0] = j;
        let mut least = if from == 0 { j } else { beyond };
        // Where the byte of the text was last seen in the word.
        let mut seen = self.word[..from.max(1) - 1].iter().rposition(|b| *b == text[j - 1]);
        for i in from.max(1)..=to {
            let same = self.word[i - 1] == text[j - 1];
            let mut edits = (above[i - 1] + usize::from(!same)).min(above[i].min(row[i - 1]) + 1);
            let crossed = text[..j - 1].iter().rposition(|b| *b == self.word[i - 1]);
            if let (Some(k), Some(l)) = (seen, crossed) {
                // Bytes k of the word and l of the text change places with i and j.
                edits = edits.min(before[l][k] + (i - k - 2) + 1 + (j - l - 2));
            }
            if same {
                seen = Some(i - 1);
            }
            row[i] = edits.min(beyond);
            least = least.min(row[i]);
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn r43_the_walk_finds_what_counting_every_pair_finds(
            words in prop::collection::btree_set("[abc]{1,9}|[abc]{4}[abcd]{3,8}|[片剂注射]{2,5}", 1..120),
            word in "[abc]{4,9}|[abcd]{8,12}|[片剂注射]{3,5}",
        ) {
            let list = Suggestions::new(words.iter().cloned().collect());
            prop_assert_eq!(list.similar(&word), by_counting(&words, &word));
        }
    }

    fn begin_or_end_alike(a: &str, b: &str) -> bool {
        let end = |text: &str| {
            let mut last = text.chars().rev();
            (last.next(), last.next())
        };
        a.chars().next() == b.chars().next() || end(a) == end(b)
    }

    fn by_counting(words: &BTreeSet<String>, word: &str) -> Vec<(String, u16)> {
        let Some(limit) = edits_allowed(word) else { return Vec::new() };
        let mut found: Vec<(usize, usize, &String)> = words
            .iter()
            .map(|w| (full_table(word.as_bytes(), w.as_bytes()), w.len().abs_diff(word.len()), w))
            .filter(|(edits, _, w)| *edits <= limit && begin_or_end_alike(word, w))
            .collect();
        found.sort();
        found.truncate(TAKEN);
        found.into_iter().map(|(e, _, w)| (w.clone(), u16::try_from(e).unwrap())).collect()
    }

    /// The textbook table, with the last place of every byte.
    #[allow(clippy::many_single_char_names, reason = "the names of the textbook")]
    fn full_table(a: &[u8], b: &[u8]) -> usize {
        let far = a.len() + b.len();
        let mut last_row = [0usize; 256];
        let mut d = vec![vec![far; b.len() + 2]; a.len() + 2];
        for i in 0..=a.len() {
            d[i + 1][1] = i;
        }
        for j in 0..=b.len() {
            d[1][j + 1] = j;
        }
        for i in 1..=a.len() {
            let mut last_column = 0;
            for j in 1..=b.len() {
                let (k, l) = (last_row[usize::from(b[j - 1])], last_column);
                let cost = usize::from(a[i - 1] != b[j - 1]);
                if cost == 0 {
                    last_column = j;
                }
                d[i + 1][j + 1] = (d[i][j] + cost)
                    .min(d[i + 1][j] + 1)
                    .min(d[i][j + 1] + 1)
                    .min(d[k][l] + (i - k - 1) + 1 + (j - l - 1));
            }
            last_row[usize::from(a[i - 1])] = i;
        }
        d[a.len() + 1][b.len() + 1]
    }

    #[test]
    fn short_words_and_numbers_get_no_suggestions() {
        let list = Suggestions::new(["abcd", "abcde", "片剂", "注射剂"].map(String::from).into());
        assert!(list.similar("abd").is_empty());
        assert!(list.similar("片济").is_empty());
        assert!(list.similar("abcd1").is_empty());
        assert!(list.similar(&"abcd".repeat(30)).is_empty());
        assert_eq!(list.similar("abdc"), [("abcd".to_owned(), 1)]);
        assert_eq!(list.similar("注射济"), [("注射剂".to_owned(), 3)]);
    }
}
