//! Which terms a word matches, and how.

use std::cell::OnceCell;
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
    sought: Option<Sought>,
    /// Blocks of terms that may have the word inside.
    blocks: OnceCell<Vec<u32>>,
    inside: Option<Inside>,
}

/// The terms of the classes `Word` and `Substring`.
#[derive(Default)]
struct Inside {
    words: ByCover,
    others: ByCover,
}

/// What is looked for inside terms: the word, at least at the beginning of a word.
struct Sought {
    anywhere: Option<Finder<'static>>,
    after_space: Finder<'static>,
}

impl Sought {
    fn new(word: &str) -> Option<Self> {
        if !rule::matches_word_starts(word) {
            return None;
        }
        let anywhere = rule::matches_inside(word).then(|| Finder::new(word).into_owned());
        let after_space = Finder::new(&format!(" {word}")).into_owned();
        Some(Self { anywhere, after_space })
    }

    /// The class of a text that does not begin with the word.
    #[inline]
    fn class(&self, text: &[u8]) -> Option<Class> {
        let Some(anywhere) = &self.anywhere else {
            return self.after_space.find(text).map(|_| Class::Word);
        };
        let at = anywhere.find(text)?;
        if rule::is_drug_id(text) {
            return None;
        }
        let word_start = at > 0 && text[at - 1] == b' ';
        if word_start || self.after_space.find(&text[at..]).is_some() {
            return Some(Class::Word);
        }
        Some(Class::Substring)
    }

    /// A text whose grams every such text has.
    fn text(&self) -> &[u8] {
        self.anywhere.as_ref().unwrap_or(&self.after_space).needle()
    }
}

impl<'a> Matches<'a> {
    pub(crate) fn new(index: &'a Index, word: &'a str) -> Self {
        let mut prefix = index.terms.beginning_with(word.as_bytes());
        if word.is_empty() {
            prefix = 0..0;
        }
        // The shortest of the texts that begin with the word comes first.
        let exact = prefix.clone().next().filter(|&term| index.terms.get(term) == word);
        if exact.is_some() {
            prefix.start += 1;
        }
        let sought = Sought::new(word);
        Self { index, word, exact, prefix, sought, blocks: OnceCell::new(), inside: None }
    }

    /// At most so many terms match.
    pub(crate) fn at_most(&self) -> usize {
        self.prefix.len() + 1 + self.blocks().len() * super::front::BLOCK as usize
    }

    /// The most points that any term may have for the word.
    pub(crate) fn most_points(&self) -> u16 {
        let class = match self.exact {
            Some(_) => return rule::most_points(Class::Exact),
            None if !self.prefix.is_empty() => Class::Prefix,
            None => Class::Word,
        };
        rule::most_points(class)
    }

    /// The blocks of terms that may have the word inside, ascending.
    pub(crate) fn blocks(&self) -> &[u32] {
        self.blocks.get_or_init(|| {
            let sought = self.sought.as_ref().map(Sought::text).unwrap_or_default();
            self.index.grams().blocks(std::str::from_utf8(sought).unwrap_or_default())
        })
    }

    /// Class and cover of one term, if it matches; `may_be_inside` is false
    /// where its block is not among [`Matches::blocks`].
    #[inline]
    pub(crate) fn class_of(&self, term: u32, may_be_inside: bool) -> Option<(Class, usize)> {
        if self.exact == Some(term) {
            return Some((Class::Exact, rule::FULL_COVER));
        }
        let is_prefix = self.prefix.contains(&term);
        if !is_prefix && !may_be_inside {
            return None;
        }
        let text = self.index.terms.bytes_of(term);
        let class = if is_prefix { Class::Prefix } else { self.sought.as_ref()?.class(&text)? };
        Some((class, usize::from(cover(self.word.len(), text.len()))))
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
    pub(crate) fn none(&self) -> bool {
        if self.exact.is_some() || !self.prefix.is_empty() {
            return false;
        }
        let Some(sought) = &self.sought else { return true };
        // The first that matches is enough.
        !self.blocks().iter().any(|block| {
            let mut texts = self.index.terms.block(*block);
            while let Some(text) = texts.next_text() {
                if sought.class(text).is_some() {
                    return true;
                }
            }
            false
        })
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
        let mut found = Inside { words: empty(), others: empty() };
        let Some(sought) = &self.sought else { return found };
        for block in self.blocks() {
            let mut texts = self.index.terms.block(*block);
            while let Some(text) = texts.next_text() {
                let Some(class) = sought.class(text) else { continue };
                let cover = usize::from(cover(self.word.len(), text.len()));
                let term = texts.id();
                if self.exact == Some(term) || self.prefix.contains(&term) {
                    continue;
                }
                let list = if class == Class::Word { &mut found.words } else { &mut found.others };
                list[cover].push(term);
            }
        }
        found
    }
}
