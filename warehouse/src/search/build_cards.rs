//! What is shown of each drug, read from the tables and encoded.

use std::collections::HashMap;

use duckdb::Connection;
use serde::Deserialize;

use super::Hit;
use super::cards::{Card, CardsBuilder, Pool};
use super::format::number;
use super::index::ListsBuilder;
use super::links::Links;
use crate::WarehouseError;
use crate::sql::rows;

/// All drugs in their order, as they are shown; score and matches are empty.
/// The labels are those of [`EntityTexts`].
pub(crate) fn read(conn: &Connection) -> Result<Vec<Hit>, WarehouseError> {
    rows(
        conn,
        "read the drugs for search",
        "WITH reached AS (
            SELECT drug_id, list({'country': country, 'progress': progress, 'progress_zh': progress_zh,
                'inactive': inactive, 'progress_date': progress_date,
                'current_status': current_status} ORDER BY country) AS progress
            FROM drug_progress GROUP BY drug_id
        )
        SELECT d.drug_id, d.generic, []::VARCHAR[] AS generic_zh, d.dosage_form, '' AS dosage_form_en,
            NULL AS dosage_form_zh, d.holder, d.holder_group, d.drug_names, d.partners,
            coalesce(r.progress, []) AS progress, d.records, 0 AS score, []::VARCHAR[] AS matched
        FROM search_drug s JOIN drug d USING (drug_id) LEFT JOIN reached r USING (drug_id)
        ORDER BY s.drug_no",
    )
}

/// Encodes the cards.
pub(crate) fn write(
    hits: &[Hit],
    lists: &[Vec<u32>],
    entities: &EntityTexts,
    pool: &Pool,
) -> Result<(Vec<u8>, Vec<u8>), WarehouseError> {
    let drugs = number(hits.len())?;
    let of_drug = Links::new(drugs, lists.iter().map(|list| list.iter().copied()));
    let mut cards = CardsBuilder::default();
    for (i, hit) in hits.iter().enumerate() {
        let find = |kind: &str, name: &str| entities.number(kind, name).map(|n| n + drugs);
        let required = |kind: &str, name: &str| {
            find(kind, name).ok_or_else(|| WarehouseError::SearchIndex {
                reason: format!("{kind} {name} of the drug {} is no entity", hit.drug_id),
            })
        };
        let optional = |kind: &str, name: &Option<String>| {
            name.as_deref().map(|name| required(kind, name)).transpose()
        };
        let partners: Vec<u32> =
            hit.partners.iter().map(|p| required("company", p)).collect::<Result<_, _>>()?;
        let card = Card {
            hit,
            entities: of_drug.get(number(i)?),
            generic: required("generic", &hit.generic)?,
            form: required("form", &hit.dosage_form)?,
            holder: optional("company", &hit.holder)?,
            holder_group: optional("group", &hit.holder_group)?,
            partners: &partners,
        };
        cards.add(&card, pool)?;
    }
    Ok(cards.finish())
}

/// What is shown of the entities that stand for several drugs.
pub(crate) struct EntityTexts {
    rows: Vec<EntityRow>,
    numbers: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct EntityRow {
    entity: String,
    others: Vec<Option<String>>,
}

impl EntityTexts {
    /// Reads them in order of their numbers: of a generic its Chinese names, of
    /// a dosage form its English and Chinese label.
    pub(crate) fn read(conn: &Connection) -> Result<Self, WarehouseError> {
        let rows: Vec<EntityRow> = rows(
            conn,
            "read the entities for search",
            "SELECT e.entity, coalesce(g.names_zh,
                CASE WHEN f.dosage_form IS NOT NULL THEN [f.label_en, f.label_zh] END, []) AS others
            FROM search_entity e
            LEFT JOIN generic g ON e.entity = 'generic:' || g.generic
            LEFT JOIN dosage_form f ON e.entity = 'form:' || f.dosage_form
            ORDER BY e.entity_no",
        )?;
        let numbers = (0u32..).zip(&rows).map(|(i, row)| (row.entity.clone(), i)).collect();
        Ok(Self { rows, numbers })
    }

    /// Entities without other names.
    #[cfg(test)]
    pub(crate) fn named(entities: &[String]) -> Self {
        let rows = entities.iter().map(|e| EntityRow { entity: e.clone(), others: Vec::new() });
        let numbers = (0u32..).zip(entities).map(|(i, e)| (e.clone(), i)).collect();
        Self { rows: rows.collect(), numbers }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    /// The place of an entity.
    fn number(&self, kind: &str, name: &str) -> Option<u32> {
        self.numbers.get(&format!("{kind}:{name}")).copied()
    }

    /// All their texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.rows.iter().flat_map(|row| {
            let name = row.name().to_owned();
            std::iter::once(name).chain(row.others.iter().flatten().cloned())
        })
    }

    /// Encodes the names: numbers in the pool and one, 0 for none.
    pub(crate) fn write(&self, pool: &Pool) -> Result<(Vec<u8>, Vec<u8>), WarehouseError> {
        let number = |text: &str| pool.get(text).map_or(0, |n| n + 1);
        let mut lists = ListsBuilder::default();
        for row in &self.rows {
            let others = row.others.iter().map(|o| o.as_deref().map_or(0, number));
            let all: Vec<u32> = std::iter::once(number(row.name())).chain(others).collect();
            lists.add_plain(&all)?;
        }
        Ok(lists.finish())
    }
}

impl EntityRow {
    fn name(&self) -> &str {
        self.entity.split_once(':').map_or("", |(_, name)| name)
    }
}
