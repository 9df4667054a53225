//! The bytes of the index, from what was read of the tables.

use std::collections::BTreeSet;

use super::build_cards::{self, EntityTexts};
use super::cards::Pool;
use super::entries::EntriesBuilder;
use super::format::number;
use super::front;
use super::index::{ListsBuilder, Sections, Summary};
use super::rule::NUMBER;
use super::terms::{self, Term};
use super::{Hit, cards};
use crate::WarehouseError;

/// What the index is made of.
pub(crate) struct Content<'a> {
    /// The snapshot that it is of.
    pub snapshot_id: &'a str,
    /// The drugs, in their order.
    pub hits: &'a [Hit],
    /// The entities that stand for several.
    pub entities: &'a EntityTexts,
    /// The drugs of each of these, ascending.
    pub lists: &'a [Vec<u32>],
    /// All terms, sorted.
    pub terms: &'a [Term],
}

/// Words for suggestions.
pub(crate) fn words_of(terms: &[Term]) -> BTreeSet<&str> {
    let names = terms.iter().filter(|term| term.kind != NUMBER);
    names.flat_map(|term| terms::suggestable(&term.key)).collect()
}

impl Content<'_> {
    /// The bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, WarehouseError> {
        let drugs = number(self.hits.len())?;
        let texts = self.texts();
        let pool = texts
            .iter()
            .enumerate()
            .map(|(i, text)| Ok((text.clone(), number(i)?)))
            .collect::<Result<Pool, WarehouseError>>()?;
        let mut lists = ListsBuilder::default();
        for list in self.lists {
            lists.add_ascending(list)?;
        }
        let dictionary = Dictionary::encode(self.terms, &pool)?;
        let sections = Sections {
            summary: Summary {
                snapshot_id: self.snapshot_id.to_owned(),
                drugs,
                entities: number(self.entities.count())?,
                terms: dictionary.count,
                texts: number(texts.len())?,
            },
            terms: dictionary.terms,
            entries: dictionary.entries,
            pool: front::encode(texts.iter().map(String::as_str))?,
            lists: lists.finish(),
            names: self.entities.write(&pool)?,
            cards: build_cards::write(self.hits, self.lists, self.entities, &pool)?,
        };
        sections.write()
    }

    /// All texts that are shown, unless they follow from a term.
    fn texts(&self) -> BTreeSet<String> {
        let spellings = self.terms.iter().filter_map(|term| term.text.as_deref());
        let mut texts: BTreeSet<String> = spellings.map(ToOwned::to_owned).collect();
        texts.extend(self.hits.iter().flat_map(cards::texts));
        texts.extend(self.entities.texts());
        texts
    }
}

struct Dictionary {
    count: u32,
    terms: (Vec<u8>, Vec<u8>),
    entries: (Vec<u8>, Vec<u8>),
}

impl Dictionary {
    fn encode(terms: &[Term], pool: &Pool) -> Result<Self, WarehouseError> {
        let mut entries = EntriesBuilder::default();
        let mut count = 0;
        for same_key in terms.chunk_by(|a, b| a.key == b.key) {
            let key = &*same_key[0].key;
            let mut kinds = Vec::new();
            for same_kind in same_key.chunk_by(|a, b| a.kind == b.kind) {
                let spelling = terms::spelling(same_kind);
                let shown = terms::shown(key, &spelling, |text| pool.get(text).copied());
                let entities = same_kind.iter().map(|term| term.entity).collect();
                kinds.push((same_kind[0].kind, shown, entities));
            }
            entries.add(&kinds)?;
            count += 1;
        }
        let texts = terms.chunk_by(|a, b| a.key == b.key).map(|same| &*same[0].key);
        Ok(Self { count, terms: front::encode(texts)?, entries: entries.finish() })
    }
}
