//! Which terms a word matches, and how.

use std::ops::Range;

use memchr::memmem::Finder;

use super::index::Index;
use super::rule::{self, Class, cover};

/// Terms of one class, by the share that the word covers of them: the position
/// is in fortieths. Ascending within each.
pub(crate) type ByCover = Vec<Vec<u32>>;

/// How a word matches terms. The classes beyond the first two are found when
/// they are asked for: they cost most, and are often not needed.
pub(crate) struct Matches<'a> {
    index: &'a Index,
    word: &'a str,
    exact: Option<u32>,
    prefix: Range<u32>,
    inside: Option<Inside>,
}

/// The terms of the classes `Word` and `Substring`.
#[derive(Default)]
struct Inside {
    words: ByCover,
    others: ByCover,
    /// There is none. Stays true to what was found when the terms are taken away.
    none: bool,
}

impl<'a> Matches<'a> {
    pub(crate) fn new(index: &'a Index, word: &'a str) -> Self {
        let mut prefix = index.terms.beginning_with(word);
        if word.is_empty() {
            prefix = 0..0;
        }
        // The shortest of the texts that begin with the word comes first.
        let exact = prefix.clone().next().filter(|&term| index.terms.get(term) == word);
        if exact.is_some() {
            prefix.start += 1;
        }
        Self { index, word, exact, prefix, inside: None }
    }

    /// The terms of a class.
    pub(crate) fn of(&mut self, class: Class) -> ByCover {
        match class {
            Class::Exact => {
                let mut all = ByCover::new();
                if let Some(term) = self.exact {
                    all.resize(rule::FULL_COVER + 1, Vec::new());
                    all[rule::FULL_COVER].push(term);
                }
                all
            }
            Class::Prefix => self.beginning(),
            Class::Word => std::mem::take(&mut self.inside().words),
            Class::Substring => std::mem::take(&mut self.inside().others),
            Class::Similar => ByCover::new(),
        }
    }

    /// Does the word match no term at all?
    pub(crate) fn none(&mut self) -> bool {
        self.exact.is_none() && self.prefix.is_empty() && self.inside().none
    }

    fn beginning(&self) -> ByCover {
        let mut all = ByCover::new();
        if self.prefix.is_empty() {
            return all;
        }
        all.resize(rule::FULL_COVER + 1, Vec::new());
        let mut texts = self.index.terms.from(self.prefix.start / super::front::BLOCK);
        while let Some(length) = texts.next_length() {
            let term = texts.id();
            if term >= self.prefix.end {
                break;
            }
            if term >= self.prefix.start {
                all[usize::from(cover(self.word.len(), length))].push(term);
            }
        }
        all
    }

    fn inside(&mut self) -> &mut Inside {
        if self.inside.is_none() {
            self.inside = Some(self.find_inside());
        }
        self.inside.get_or_insert_default()
    }

    fn find_inside(&self) -> Inside {
        let empty = || vec![Vec::new(); rule::FULL_COVER + 1];
        let mut found = Inside { words: empty(), others: empty(), none: true };
        if !rule::matches_word_starts(self.word) {
            return found;
        }
        let anywhere = rule::matches_inside(self.word);
        let after_space = format!(" {}", self.word);
        let sought = if anywhere { self.word } else { &after_space };
        let finder = Finder::new(sought);
        let word_finder = Finder::new(&after_space);
        for block in self.index.grams.blocks(sought) {
            let mut texts = self.index.terms.block(block);
            while let Some(text) = texts.next_text() {
                let Some(at) = finder.find(text) else { continue };
                let word_start = !anywhere
                    || (at > 0 && text[at - 1] == b' ')
                    || word_finder.find(&text[at..]).is_some();
                let cover = usize::from(cover(self.word.len(), text.len()));
                let term = texts.id();
                if self.exact == Some(term) || self.prefix.contains(&term) {
                    continue;
                }
                found.none = false;
                let list = if word_start { &mut found.words } else { &mut found.others };
                list[cover].push(term);
            }
        }
        found
    }
}
