//! Building the index from the tables already loaded: the bytes for the
//! engine, and the same as tables for SQL.

use std::collections::BTreeSet;

use duckdb::{Connection, params};
use regatta_lake::Watch;

use super::build_cards::{self, EntityTexts};
use super::encode::{self, Content};
use super::format::number;
use super::rule::KINDS;
use super::terms::{self, Term};
use crate::WarehouseError;

/// Bytes of the index in one row.
const PART: usize = 8 << 20;
/// Of zstd. The highest saves a twelfth more, and took a fifth of the time of a publish.
const LEVEL: i32 = 12;

/// Creates and fills the index. Returns the number of terms, each counted once
/// per kind and entity.
pub(crate) fn create(conn: &Connection, snapshot_id: &str) -> Result<u64, WarehouseError> {
    let mut watch = Watch::start();
    conn.execute_batch(TABLES).map_err(WarehouseError::step("create the search index"))?;
    number_entities(conn)?;
    watch.lap("search: number drugs and entities", 0, 0);
    let hits = build_cards::read(conn)?;
    let entities = EntityTexts::read(conn)?;
    let lists = lists_of(conn, number(hits.len())?, entities.count())?;
    watch.lap("search: read drugs and entities", 0, 0);
    let terms = terms::read(conn)?;
    let words = encode::words_of(&terms);
    watch.lap("search: read terms", 0, 0);
    write_terms(conn, &terms)?;
    write_words(conn, &words)?;
    watch.lap("search: tables for SQL", 0, 0);
    let content =
        Content { snapshot_id, hits: &hits, entities: &entities, lists: &lists, terms: &terms };
    let bytes = content.encode()?;
    watch.lap("search: encode", 0, 0);
    write_bytes(conn, &bytes)?;
    watch.lap("search: compress", 0, 0);
    Ok(terms.len() as u64)
}

const TABLES: &str = "
CREATE TABLE search_drug AS
SELECT (row_number() OVER (ORDER BY turn, records DESC, drug_id) - 1)::INTEGER AS drug_no, drug_id
FROM (
    SELECT drug_id, records, row_number() OVER (
        PARTITION BY generic, dosage_form ORDER BY records DESC, drug_id
    ) AS turn FROM drug
) ORDER BY drug_no;
COMMENT ON TABLE search_drug IS '[meta] Search index: the drugs in the order in which equal matches are shown (R43): the largest of every generic and dosage form, then the second of each, and so on.';
COMMENT ON COLUMN search_drug.drug_no IS 'Place in that order, from 0.';
COMMENT ON COLUMN search_drug.drug_id IS 'The drug.';
CREATE TABLE search_entity (entity_no INTEGER NOT NULL, entity VARCHAR NOT NULL);
COMMENT ON TABLE search_entity IS '[meta] Search index: what stands for several drugs: generics, companies, groups, targets, dosage forms.';
COMMENT ON COLUMN search_entity.entity_no IS 'Its number; smaller numbers are drugs, see search_drug.';
COMMENT ON COLUMN search_entity.entity IS 'kind:name, e.g. company:Mylan.';
CREATE TABLE search_link (entity_no INTEGER NOT NULL, drug_no INTEGER NOT NULL);
COMMENT ON TABLE search_link IS '[meta] Search index: the drugs of each entity.';
COMMENT ON COLUMN search_link.entity_no IS 'The entity.';
COMMENT ON COLUMN search_link.drug_no IS 'A drug of it.';
CREATE TABLE search_key (term_no INTEGER NOT NULL, term_key VARCHAR NOT NULL);
COMMENT ON TABLE search_key IS '[meta] Search index: the texts by which drugs can be found, sorted.';
COMMENT ON COLUMN search_key.term_no IS 'Number of the text.';
COMMENT ON COLUMN search_key.term_key IS 'The text as search compares it: NFKC, lower case, without accents.';
CREATE TABLE search_entry (
    term_no INTEGER NOT NULL, kind_no UTINYINT NOT NULL, entity_no INTEGER NOT NULL, term VARCHAR
);
COMMENT ON TABLE search_entry IS '[meta] Search index: what each text names.';
COMMENT ON COLUMN search_entry.term_no IS 'The text.';
COMMENT ON COLUMN search_entry.kind_no IS 'As what it names it.';
COMMENT ON COLUMN search_entry.entity_no IS 'The entity, or the drug.';
COMMENT ON COLUMN search_entry.term IS 'The text as it is shown; null where that is term_key.';
CREATE TABLE search_kind (kind_no UTINYINT NOT NULL, kind VARCHAR NOT NULL, weight INTEGER NOT NULL);
COMMENT ON TABLE search_kind IS '[meta] Search index: the kinds of terms.';
COMMENT ON COLUMN search_kind.kind_no IS 'Its number: among equal matches, the smaller one is shown.';
COMMENT ON COLUMN search_kind.kind IS 'generic, alias (a spelling of it in a source), ingredient (of a combination: one of two, three, four or more), brand, company, group, target, form, number.';
COMMENT ON COLUMN search_kind.weight IS 'Points for a match of the kind, 0 to 9.';
CREATE TABLE search_word (word VARCHAR NOT NULL);
COMMENT ON TABLE search_word IS '[meta] Search index: words of all terms but numbers, for suggestions to a misspelling.';
COMMENT ON COLUMN search_word.word IS 'The word, folded.';
CREATE TABLE search_index (part INTEGER NOT NULL, bytes BLOB NOT NULL);
COMMENT ON TABLE search_index IS '[meta] The search index as regatta reads it; the other search tables hold the same for SQL.';
COMMENT ON COLUMN search_index.part IS 'Order of the parts.';
COMMENT ON COLUMN search_index.bytes IS 'A part of the bytes, zstd.';
";

/// Entities in order of their text, with the numbers that follow the drugs'.
fn number_entities(conn: &Connection) -> Result<(), WarehouseError> {
    let fill = format!(
        "CREATE TEMP TABLE entity_drug AS {};
         INSERT INTO search_entity
         SELECT (SELECT count(*) FROM search_drug) + row_number() OVER (ORDER BY entity) - 1, entity
         FROM (SELECT entity FROM entity_drug UNION {})
         WHERE entity IS NOT NULL ORDER BY entity;
         INSERT INTO search_link
         SELECT e.entity_no, d.drug_no
         FROM entity_drug JOIN search_entity e USING (entity) JOIN search_drug d USING (drug_id)
         ORDER BY e.entity_no, d.drug_no;
         DROP TABLE entity_drug;",
        terms::ENTITY_DRUGS,
        terms::entities_named()
    );
    conn.execute_batch(&fill).map_err(WarehouseError::step("number the entities for search"))?;
    let fail = || WarehouseError::step("write the kinds of terms for search");
    let mut appender = conn.appender("search_kind").map_err(fail())?;
    for (i, kind) in KINDS.iter().enumerate() {
        appender.append_row(params![i as u64, kind.name, kind.weight]).map_err(fail())?;
    }
    appender.flush().map_err(fail())
}

/// The drugs of each entity, ascending.
fn lists_of(
    conn: &Connection,
    drugs: u32,
    entities: usize,
) -> Result<Vec<Vec<u32>>, WarehouseError> {
    let fail = || WarehouseError::step("read the drugs of the entities for search");
    let mut lists = vec![Vec::new(); entities];
    let mut statement = conn
        .prepare("SELECT entity_no, drug_no FROM search_link ORDER BY entity_no, drug_no")
        .map_err(fail())?;
    let mut found = statement.query([]).map_err(fail())?;
    while let Some(row) = found.next().map_err(fail())? {
        let entity: u32 = row.get(0).map_err(fail())?;
        let drug = row.get(1).map_err(fail())?;
        if let Some(list) = lists.get_mut(entity.saturating_sub(drugs) as usize) {
            list.push(drug);
        }
    }
    Ok(lists)
}

/// Writes the terms into the tables, numbered as in the bytes.
fn write_terms(conn: &Connection, terms: &[Term]) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step("write the terms for search");
    let mut keys = conn.appender("search_key").map_err(fail())?;
    let mut rows = conn.appender("search_entry").map_err(fail())?;
    for (term_no, same_key) in (0u32..).zip(terms.chunk_by(|a, b| a.key == b.key)) {
        let key = &*same_key[0].key;
        keys.append_row(params![term_no, key]).map_err(fail())?;
        for same_kind in same_key.chunk_by(|a, b| a.kind == b.kind) {
            let spelling = terms::spelling(same_kind);
            let shown = (spelling != key).then_some(&spelling);
            for term in same_kind {
                let row = params![term_no, term.kind, term.entity, shown];
                rows.append_row(row).map_err(fail())?;
            }
        }
    }
    keys.flush().and_then(|()| rows.flush()).map_err(fail())
}

fn write_words(conn: &Connection, words: &BTreeSet<&str>) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step("write the words of the search index");
    let mut appender = conn.appender("search_word").map_err(fail())?;
    for word in words {
        appender.append_row(params![word]).map_err(fail())?;
    }
    appender.flush().map_err(fail())
}

fn write_bytes(conn: &Connection, bytes: &[u8]) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step("write the search index");
    let mut appender = conn.appender("search_index").map_err(fail())?;
    for (part, bytes) in bytes.chunks(PART).enumerate() {
        let packed = zstd::bulk::compress(bytes, LEVEL).map_err(|e| {
            WarehouseError::SearchIndex { reason: format!("it cannot be compressed: {e}") }
        })?;
        appender.append_row(params![part as u64, packed]).map_err(fail())?;
    }
    appender.flush().map_err(fail())
}
