//! The index in memory: its parts, as read from its bytes.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::cards::{Cards, EntityNames};
use super::entries::Entries;
use super::format::{self, Section, number, pack, u32_of, unpack};
use super::front::FrontCoded;
use super::grams::Grams;
use super::links::{Links, TermsOf};
use super::rule::{INGREDIENTS, NUMBER, TARGET};
use super::suggest::Suggestions;
use super::terms::suggestable;
use super::varint::{Ascending, Reader, put, put_ascending};
use super::{Hit, Shown};
use crate::WarehouseError;

/// How many sections the bytes have, in the order of [`Index::from_bytes`].
const SECTIONS: usize = 13;

/// The first section: what the index is of, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The snapshot it was built from.
    pub snapshot_id: String,
    /// Drugs.
    pub drugs: u32,
    /// Entities that stand for several drugs; their numbers follow the drugs'.
    pub entities: u32,
    /// Terms.
    pub terms: u32,
    /// Texts in the pool.
    pub texts: u32,
}

/// The index of one snapshot. Immutable: any number of threads may search it.
pub(crate) struct Index {
    pub summary: Summary,
    /// Folded texts by which drugs are found.
    pub terms: FrontCoded,
    pub entries: Entries,
    /// The entities of each drug.
    pub links: Links,
    cards: Cards,
    pool: FrontCoded,
    lists: Lists,
    names: Lists,
    grams: OnceLock<Grams>,
    suggestions: OnceLock<Suggestions>,
    terms_of: OnceLock<TermsOf>,
}

impl Index {
    /// Reads the parts.
    ///
    /// # Errors
    /// [`WarehouseError::SearchIndex`] when the bytes are damaged or of another version.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, WarehouseError> {
        let mut sections = format::read(bytes, SECTIONS)?.into_iter();
        let end = || WarehouseError::SearchIndex { reason: "a section is missing".to_owned() };
        let mut next = || sections.next().ok_or_else(end);
        let summary: Summary = serde_json::from_slice(&next()?)
            .map_err(|e| WarehouseError::SearchIndex { reason: format!("its summary: {e}") })?;
        let mut pair = || Ok::<_, WarehouseError>((unpack(&next()?), next()?));
        let (places, data) = pair()?;
        let terms = FrontCoded::new(places, data, summary.terms);
        let (places, data) = pair()?;
        let entries = Entries::new(places, data);
        let (places, data) = pair()?;
        let pool = FrontCoded::new(places, data, summary.texts);
        let (places, data) = pair()?;
        let lists = Lists::new(places, data);
        let (places, data) = pair()?;
        let names = Lists::new(places, data);
        let (places, data) = pair()?;
        let cards = Cards::new(places, data);
        let links = Links::new(summary.drugs, (0..summary.entities).map(|i| lists.get(i)));
        let (grams, suggestions, terms_of) = Default::default();
        Ok(Self {
            summary,
            terms,
            entries,
            links,
            cards,
            pool,
            lists,
            names,
            grams,
            suggestions,
            terms_of,
        })
    }

    /// Makes what is otherwise made by the first search that needs it.
    pub(crate) fn warm(&self) {
        self.grams();
        self.suggestions();
        self.terms_of();
    }

    /// Which terms may hold a text.
    pub(crate) fn grams(&self) -> &Grams {
        self.grams.get_or_init(|| Grams::of(&self.terms))
    }

    /// Words for suggestions.
    pub(crate) fn suggestions(&self) -> &Suggestions {
        self.suggestions.get_or_init(|| {
            let mut words = Vec::new();
            let mut cursor = self.entries.cursor();
            let mut texts = self.terms.from(0);
            let mut term = 0;
            while let Some(text) = texts.next_text() {
                let mut named = false;
                let text = String::from_utf8_lossy(text);
                cursor.visit(term, |entry| named |= entry.kind != NUMBER);
                term += 1;
                if named {
                    words.extend(suggestable(&text).map(ToOwned::to_owned));
                }
            }
            Suggestions::new(words)
        })
    }

    /// The terms of each entity.
    pub(crate) fn terms_of(&self) -> &TermsOf {
        self.terms_of.get_or_init(|| TermsOf::new(self))
    }

    /// The drugs of an entity that stands for several, in the order of drugs.
    #[inline]
    pub(crate) fn drugs_of(&self, entity: u32) -> Ascending<'_> {
        self.lists.get(entity.wrapping_sub(self.summary.drugs))
    }

    /// What is shown of a drug.
    pub(crate) fn hit(&self, drug: u32) -> Hit {
        self.cards.hit(drug, self.links.get(drug), &self.pool, |entity| self.names_of(entity))
    }

    /// Is `name`, folded, a name of a target?
    pub(crate) fn is_target(&self, name: &str) -> bool {
        self.is_of_kind(name, |kind| kind == TARGET)
    }

    /// Is `name`, folded, a name of an ingredient of a combination?
    pub(crate) fn is_ingredient(&self, name: &str) -> bool {
        self.is_of_kind(name, |kind| INGREDIENTS.contains(&kind))
    }

    fn is_of_kind(&self, name: &str, is_meant: impl Fn(u8) -> bool) -> bool {
        let mut found = false;
        if let Some(term) = self.terms.find(name) {
            self.entries.cursor().visit(term, |entry| found |= is_meant(entry.kind));
        }
        found
    }

    /// A term of a kind as it is shown.
    pub(crate) fn shown(&self, term: u32, kind: u8) -> String {
        let mut shown = Shown::Folded;
        self.entries.cursor().visit(term, |entry| {
            if entry.kind == kind {
                shown = entry.shown;
            }
        });
        match shown {
            Shown::Folded => self.terms.get(term),
            Shown::Capitals => self.terms.get(term).to_uppercase(),
            Shown::Text(text) => self.pool.get(text),
        }
    }

    fn names_of(&self, entity: u32) -> EntityNames {
        let list = self.names.get_plain(entity.wrapping_sub(self.summary.drugs));
        let mut names = list.into_iter().map(|n| n.checked_sub(1).map(|text| self.pool.get(text)));
        EntityNames { name: names.next().flatten().unwrap_or_default(), others: names.collect() }
    }
}

/// Lists of numbers, by number.
pub(crate) struct Lists {
    offsets: Section,
    data: Section,
}

/// Encodes lists of numbers.
#[derive(Default)]
pub(crate) struct ListsBuilder {
    offsets: Vec<u8>,
    data: Vec<u8>,
}

impl ListsBuilder {
    /// Adds an ascending list.
    pub(crate) fn add_ascending(&mut self, values: &[u32]) -> Result<(), WarehouseError> {
        self.begin(values.len())?;
        put_ascending(&mut self.data, values);
        Ok(())
    }

    /// Adds a list in any order.
    pub(crate) fn add_plain(&mut self, values: &[u32]) -> Result<(), WarehouseError> {
        self.begin(values.len())?;
        for value in values {
            put(&mut self.data, *value);
        }
        Ok(())
    }

    fn begin(&mut self, count: usize) -> Result<(), WarehouseError> {
        self.offsets.extend_from_slice(&number(self.data.len())?.to_le_bytes());
        put(&mut self.data, number(count)?);
        Ok(())
    }

    /// Places, and lists.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.offsets, self.data)
    }
}

impl Lists {
    fn new(offsets: Section, data: Section) -> Self {
        Self { offsets, data }
    }

    fn get(&self, i: u32) -> Ascending<'_> {
        let (reader, count) = self.at(i);
        Ascending::new(reader, count)
    }

    fn get_plain(&self, i: u32) -> Vec<u32> {
        let (mut reader, count) = self.at(i);
        (0..count).map(|_| reader.number()).collect()
    }

    fn at(&self, i: u32) -> (Reader<'_>, usize) {
        let i = i as usize;
        if i >= self.offsets.len() / 4 {
            return (Reader::new(&[], 0), 0);
        }
        let mut reader = Reader::new(&self.data, u32_of(&self.offsets, i) as usize);
        let count = reader.index();
        (reader, count)
    }
}

/// The sections, in the order in which they are read.
pub(crate) struct Sections {
    pub summary: Summary,
    pub terms: (Vec<u8>, Vec<u8>),
    pub entries: (Vec<u8>, Vec<u8>),
    pub pool: (Vec<u8>, Vec<u8>),
    pub lists: (Vec<u8>, Vec<u8>),
    pub names: (Vec<u8>, Vec<u8>),
    pub cards: (Vec<u8>, Vec<u8>),
}

impl Sections {
    /// The bytes of the index.
    pub(crate) fn write(self) -> Result<Vec<u8>, WarehouseError> {
        let summary = serde_json::to_vec(&self.summary)
            .map_err(|e| WarehouseError::SearchIndex { reason: e.to_string() })?;
        let mut sections = vec![summary];
        for (places, data) in
            [self.terms, self.entries, self.pool, self.lists, self.names, self.cards]
        {
            sections.extend([pack(&places), data]);
        }
        debug_assert_eq!(sections.len(), SECTIONS);
        format::write(&sections)
    }
}
