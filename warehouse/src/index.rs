//! The search index (R43): every name and number by which a drug may be asked
//! for, folded.
//!
//! Three tables, so that a company's spellings are stored once and not once
//! per drug: `search_term` (folded text -> entity), `search_entity` (entity ->
//! drugs), `search_word` (words for suggestions to a misspelling). An entity
//! is `kind:name`, or `drug:id` for terms that belong to one drug.

use std::collections::BTreeSet;

use duckdb::{Connection, params};

use crate::WarehouseError;
use crate::fold::{fold, is_cjk};

/// Terms of one kind: the weight breaks ties between terms that match equally
/// well, the query gives (term, entity).
struct Terms {
    kind: &'static str,
    weight: i32,
    query: &'static str,
}

/// Where the terms come from.
const TERMS: &[Terms] = &[
    Terms {
        kind: "generic",
        weight: 9,
        query: "SELECT generic, 'generic:' || generic FROM drug
            UNION SELECT generic, 'generic:' || generic FROM generic
            UNION SELECT unnest(names_zh), 'generic:' || generic FROM generic WHERE len(ingredients) <= 1
            UNION SELECT unnest(names_ja), 'generic:' || generic FROM generic WHERE len(ingredients) <= 1",
    },
    Terms {
        kind: "brand",
        weight: 9,
        query: "SELECT unnest(drug_names), 'drug:' || drug_id FROM drug",
    },
    Terms {
        kind: "target",
        weight: 8,
        query: "SELECT unnest(targets) AS target, 'target:' || target FROM drug",
    },
    Terms {
        kind: "alias",
        weight: 7,
        // Not the whole title of a trial, only the words of it that name the drug (R11).
        query: "SELECT raw_name, 'generic:' || generic
            FROM (SELECT unnest(raw_names) AS raw_name, generic FROM generic)
            WHERE raw_name NOT IN (SELECT generic_raw FROM trial_product WHERE found_in <> 'product')
            UNION SELECT matched_text, 'generic:' || generic FROM trial_product",
    },
    Terms {
        kind: "group",
        weight: 7,
        query: "SELECT unnest(groups) AS name, 'group:' || name FROM drug
            UNION SELECT label_zh, 'group:' || corporate_group FROM corporate_group
            UNION SELECT label_ja, 'group:' || corporate_group FROM corporate_group",
    },
    Terms {
        kind: "company",
        weight: 6,
        query: "SELECT holder, 'company:' || holder FROM drug
            UNION SELECT unnest(partners) AS name, 'company:' || name FROM drug
            UNION SELECT unnest(manufacturers) AS name, 'company:' || name FROM drug
            UNION SELECT unnest(historical_companies) AS name, 'company:' || name FROM drug
            UNION SELECT unnest(raw_names), 'company:' || company FROM company",
    },
    Terms {
        kind: "number",
        weight: 5,
        query: "SELECT drug_id, 'drug:' || drug_id FROM drug
            UNION SELECT drug_id, 'drug:' || other_id FROM drug_id_history WHERE event = 'merged_into'
            UNION SELECT unnest([l.record_key, l.application_number, l.product_number, l.former_number]), 'drug:' || r.drug_id
                FROM listing l JOIN drug_record r USING (record_id)
            UNION SELECT unnest([g.acceptance_number] || g.approval_numbers), 'drug:' || r.drug_id
                FROM registration g JOIN drug_record r USING (record_id)
            UNION SELECT unnest([t.registry_number] || t.other_numbers), 'drug:' || r.drug_id
                FROM trial t JOIN trial_product p USING (trial_id) JOIN drug_record r USING (record_id)",
    },
    Terms {
        kind: "ingredient",
        weight: 4,
        query: "SELECT unnest(ingredients), 'generic:' || generic FROM generic WHERE len(ingredients) > 1
            UNION SELECT unnest(names_zh), 'generic:' || generic FROM generic WHERE len(ingredients) > 1
            UNION SELECT unnest(names_ja), 'generic:' || generic FROM generic WHERE len(ingredients) > 1",
    },
    Terms {
        kind: "form",
        weight: 3,
        query: "SELECT replace(dosage_form, '_', ' '), 'form:' || dosage_form FROM drug
            UNION SELECT unnest([label_en, label_zh, label_ja]), 'form:' || dosage_form FROM dosage_form",
    },
];

const CREATE: &str = "
CREATE TABLE search_term (
    term_key VARCHAR NOT NULL, term VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    weight INTEGER NOT NULL, entity VARCHAR NOT NULL
);
COMMENT ON TABLE search_term IS '[meta] Search index: the texts by which drugs can be found. R43. Use the macro search.';
COMMENT ON COLUMN search_term.term_key IS 'The text as search compares it: NFKC, lower case, without accents.';
COMMENT ON COLUMN search_term.term IS 'The text as it is shown.';
COMMENT ON COLUMN search_term.kind IS 'generic, alias (a spelling of it in a source), ingredient (of a combination), brand, company, group, target, form, number.';
COMMENT ON COLUMN search_term.weight IS 'Breaks ties between terms that match equally well, 0 to 9.';
COMMENT ON COLUMN search_term.entity IS 'What it names; see search_entity.';
CREATE TABLE search_word (word VARCHAR NOT NULL);
COMMENT ON TABLE search_word IS '[meta] Search index: words of all terms but numbers, for suggestions to a misspelling.';
COMMENT ON COLUMN search_word.word IS 'The word, folded.';
CREATE TABLE search_entity AS
SELECT DISTINCT entity, drug_id FROM (
    SELECT 'drug:' || drug_id AS entity, drug_id FROM drug
    UNION ALL SELECT 'generic:' || generic, drug_id FROM drug
    UNION ALL SELECT 'form:' || dosage_form, drug_id FROM drug
    UNION ALL SELECT 'target:' || unnest(targets), drug_id FROM drug
    UNION ALL SELECT 'group:' || unnest(groups), drug_id FROM drug
    UNION ALL SELECT 'company:' || holder, drug_id FROM drug WHERE holder IS NOT NULL
    UNION ALL SELECT 'company:' || unnest(partners), drug_id FROM drug
    UNION ALL SELECT 'company:' || unnest(manufacturers), drug_id FROM drug
    UNION ALL SELECT 'company:' || unnest(historical_companies), drug_id FROM drug
) ORDER BY entity, drug_id;
COMMENT ON TABLE search_entity IS '[meta] Search index: the drugs that an entity of search_term stands for.';
COMMENT ON COLUMN search_entity.entity IS 'drug:id, or kind:name, e.g. company:Mylan.';
COMMENT ON COLUMN search_entity.drug_id IS 'A drug of it.';
";

/// Creates and fills the index from the tables already loaded. Returns the
/// number of terms.
pub(crate) fn create(conn: &Connection) -> Result<u64, WarehouseError> {
    conn.execute_batch(CREATE).map_err(WarehouseError::step("create the search index"))?;
    let mut words = BTreeSet::new();
    let mut count = 0;
    for source in TERMS {
        let terms = read_terms(conn, source)?;
        if source.kind != "number" {
            words.extend(terms.iter().flat_map(|t| suggestable(&t.key)).map(ToOwned::to_owned));
        }
        count += terms.len() as u64;
        append_terms(conn, source, &terms)?;
    }
    let fail = || WarehouseError::step("write the words of the search index");
    let mut appender = conn.appender("search_word").map_err(fail())?;
    for word in &words {
        appender.append_row(params![word]).map_err(fail())?;
    }
    appender.flush().map_err(fail())?;
    Ok(count)
}

/// In order of the folded text, then of the entity; of several spellings that
/// fold to the same, the first is shown.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    key: String,
    entity: String,
    shown: String,
}

fn read_terms(conn: &Connection, source: &Terms) -> Result<Vec<Term>, WarehouseError> {
    let fail = || WarehouseError::step(format!("read the {} terms for search", source.kind));
    let mut statement = conn.prepare(source.query).map_err(fail())?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, Option<String>>(0)?, row.get(1)?)))
        .map_err(fail())?;
    let mut terms = Vec::new();
    for row in rows {
        let (shown, entity): (Option<String>, Option<String>) = row.map_err(fail())?;
        if let (Some(shown), Some(entity)) = (shown, entity) {
            let key = fold(&shown);
            if !key.is_empty() {
                terms.push(Term { key, entity, shown });
            }
        }
    }
    terms.sort_unstable();
    terms.dedup_by(|later, first| later.key == first.key && later.entity == first.entity);
    Ok(terms)
}

fn append_terms(conn: &Connection, source: &Terms, terms: &[Term]) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step(format!("write the {} terms for search", source.kind));
    let mut appender = conn.appender("search_term").map_err(fail())?;
    for term in terms {
        appender
            .append_row(params![term.key, term.shown, source.kind, source.weight, term.entity])
            .map_err(fail())?;
    }
    appender.flush().map_err(fail())
}

/// The words of a term that are long enough to be meant by a misspelling.
fn suggestable(key: &str) -> impl Iterator<Item = &str> {
    key.split(|c: char| !c.is_alphanumeric()).filter(|word| {
        let least = if word.chars().any(is_cjk) { 2 } else { 4 };
        word.chars().count() >= least && !word.chars().any(|c| c.is_ascii_digit())
    })
}
