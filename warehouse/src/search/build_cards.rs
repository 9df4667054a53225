//! What is shown of each drug, read from the tables and encoded.

use std::collections::HashMap;

use duckdb::types::Value;
use duckdb::{Connection, Row};
use serde::Deserialize;

use super::cards::{Card, CardsBuilder, Pool};
use super::format::number;
use super::index::ListsBuilder;
use super::links::Links;
use super::{CountryProgress, Hit};
use crate::WarehouseError;
use crate::sql::rows;

/// All drugs in their order, as they are shown; score and matches are empty.
/// The labels are those of [`EntityTexts`].
pub(crate) fn read(conn: &Connection) -> Result<Vec<Hit>, WarehouseError> {
    let fail = || WarehouseError::step("read the drugs for search");
    let mut statement = conn
        .prepare(
            "SELECT d.drug_id, d.generic, d.dosage_form, d.holder, d.holder_group, d.records,
                d.drug_names, d.partners
            FROM search_drug s JOIN drug d USING (drug_id) ORDER BY s.drug_no",
        )
        .map_err(fail())?;
    let found = statement.query_map([], |row| {
        Ok(Hit {
            drug_id: row.get(0)?,
            generic: row.get(1)?,
            generic_zh: Vec::new(),
            dosage_form: row.get(2)?,
            dosage_form_en: String::new(),
            dosage_form_zh: None,
            holder: row.get(3)?,
            holder_group: row.get(4)?,
            drug_names: texts(row, 6)?,
            partners: texts(row, 7)?,
            progress: Vec::new(),
            records: row.get(5)?,
            score: 0,
            matched: Vec::new(),
        })
    });
    let mut hits: Vec<Hit> = found.and_then(Iterator::collect).map_err(fail())?;
    read_progress(conn, &mut hits)?;
    Ok(hits)
}

/// How far each of them has come. Grouped here: a list in order for each drug
/// costs `DuckDB` far more than the rows.
fn read_progress(conn: &Connection, hits: &mut [Hit]) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step("read the progress of the drugs for search");
    let mut statement = conn
        .prepare(
            "SELECT s.drug_no, p.country, p.progress, p.progress_zh, p.inactive,
                CAST(p.progress_date AS VARCHAR), p.current_status
            FROM drug_progress p JOIN search_drug s USING (drug_id) ORDER BY s.drug_no, p.country",
        )
        .map_err(fail())?;
    let mut rows = statement.query([]).map_err(fail())?;
    while let Some(row) = rows.next().map_err(fail())? {
        let reached = || {
            Ok(CountryProgress {
                country: row.get(1)?,
                progress: row.get(2)?,
                progress_zh: row.get(3)?,
                inactive: row.get(4)?,
                progress_date: row.get(5)?,
                current_status: row.get(6)?,
            })
        };
        let drug: usize = row.get(0).map_err(fail())?;
        if let Some(hit) = hits.get_mut(drug) {
            hit.progress.push(reached().map_err(fail())?);
        }
    }
    Ok(())
}

/// A list of texts.
fn texts(row: &Row<'_>, column: usize) -> duckdb::Result<Vec<String>> {
    let Value::List(values) = row.get(column)? else { return Ok(Vec::new()) };
    let texts = values.into_iter().filter_map(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    });
    Ok(texts.collect())
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
