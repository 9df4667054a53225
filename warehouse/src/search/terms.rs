//! Where the terms of the index come from (R43): every name and number by which
//! a drug may be asked for.
//!
//! A term names an entity: a generic, company, ... that stands for several
//! drugs, so that a company's spellings are stored once and not once per drug;
//! or a drug.

use duckdb::Connection;

use super::codes;
use super::entries::Shown;
use super::numbers::without_approval_words;
use super::rule::{KINDS, NUMBER, TARGET, ingredient_of};
use super::targets;
use crate::WarehouseError;
use crate::fold::{fold, is_cjk};

/// Terms of one kind: the query gives (text, name of the entity).
struct Source {
    kind: &'static str,
    query: &'static str,
}

/// Where the terms come from.
const SOURCES: &[Source] = &[
    Source {
        kind: "generic",
        query: "SELECT generic, generic FROM drug
            UNION SELECT generic, generic FROM generic
            UNION SELECT unnest(names_zh), generic FROM generic WHERE len(ingredients) <= 1
            UNION SELECT unnest(names_ja), generic FROM generic WHERE len(ingredients) <= 1",
    },
    Source {
        kind: "brand",
        query: "SELECT unnest(drug_names), drug_id FROM drug",
    },
    Source {
        kind: "target",
        // A lake made before there were names has the targets alone.
        query: "SELECT unnest(targets) AS target, target FROM drug
            UNION SELECT name, target FROM target_name",
    },
    Source {
        kind: "alias",
        // Not the whole title of a trial, only the words of it that name the drug (R11).
        // Chinese and Japanese names of single generics stand above.
        query: "SELECT raw_name, generic
            FROM (SELECT unnest(raw_names) AS raw_name, generic FROM generic)
            WHERE raw_name NOT IN (SELECT generic_raw FROM trial_product WHERE found_in <> 'product')
            UNION SELECT matched_text, generic FROM trial_product
            UNION SELECT name, generic FROM generic_name
                WHERE contains(generic, ' / ') OR NOT regexp_matches(name, '[^\\x{0000}-\\x{2E7F}]')",
    },
    Source {
        kind: "group",
        // The labels stand among the names, too, but a snapshot from before there
        // were names has no others.
        query: "SELECT unnest(groups) AS name, name FROM drug
            UNION SELECT label_zh, corporate_group FROM corporate_group
            UNION SELECT label_ja, corporate_group FROM corporate_group
            UNION SELECT name, corporate_group FROM corporate_group_name",
    },
    Source {
        kind: "company",
        query: "SELECT holder, holder FROM drug
            UNION SELECT unnest(partners) AS name, name FROM drug
            UNION SELECT unnest(manufacturers) AS name, name FROM drug
            UNION SELECT unnest(historical_companies) AS name, name FROM drug
            UNION SELECT unnest(raw_names), company FROM company",
    },
    Source {
        kind: "number",
        query: "SELECT drug_id, drug_id FROM drug
            UNION SELECT drug_id, other_id FROM drug_id_history WHERE event = 'merged_into'
            UNION SELECT unnest([l.record_key, l.application_number, l.product_number, l.former_number]), r.drug_id
                FROM listing l JOIN drug_record r USING (record_id)
            UNION SELECT unnest([g.acceptance_number] || g.approval_numbers), r.drug_id
                FROM registration g JOIN drug_record r USING (record_id)
            UNION SELECT unnest([t.registry_number] || t.other_numbers), r.drug_id
                FROM trial t JOIN trial_product p USING (trial_id) JOIN drug_record r USING (record_id)",
    },
    Source {
        kind: "ingredient",
        // Of the spellings of the single generic (ASPIRIN) not the Chinese and Japanese: they
        // often are of a product with its form, and the names of the dictionary are there.
        query: "SELECT unnest(ingredients), generic FROM generic WHERE len(ingredients) > 1
            UNION SELECT unnest(names_zh), generic FROM generic WHERE len(ingredients) > 1
            UNION SELECT unnest(names_ja), generic FROM generic WHERE len(ingredients) > 1
            UNION SELECT raw_name, generic
                FROM (SELECT unnest(ingredients) AS ingredient, generic FROM generic WHERE len(ingredients) > 1)
                JOIN (SELECT generic AS ingredient, unnest(raw_names) AS raw_name FROM generic) USING (ingredient)
                WHERE NOT regexp_matches(raw_name, '[^\\x{0000}-\\x{2E7F}]')
                    AND raw_name NOT IN (SELECT generic_raw FROM trial_product WHERE found_in <> 'product')",
    },
    Source {
        kind: "form",
        query: "SELECT replace(dosage_form, '_', ' '), dosage_form FROM drug
            UNION SELECT unnest([label_en, label_zh, label_ja]), dosage_form FROM dosage_form
            UNION SELECT replace(dosage_form, '_', ' ') || 's', dosage_form FROM drug
                WHERE regexp_matches(dosage_form, '(tablet|capsule|injection|suspension|solution|cream|ointment)$')
                    AND NOT contains(dosage_form, '_for_')
            UNION SELECT unnest(['ER', 'XR', 'SR']), dosage_form FROM drug WHERE contains(dosage_form, 'extended_release')
            UNION SELECT 'ODT', dosage_form FROM drug WHERE contains(dosage_form, 'orodispersible_tablet')",
    },
];

/// The entities that stand for several drugs, with their drugs: `kind:name`
/// and the id of a drug.
pub(crate) const ENTITY_DRUGS: &str = "
    SELECT 'generic:' || generic AS entity, drug_id FROM drug
    UNION SELECT 'form:' || dosage_form, drug_id FROM drug
    UNION SELECT 'target:' || unnest(targets), drug_id FROM drug
    UNION SELECT 'group:' || unnest(groups), drug_id FROM drug
    UNION SELECT 'group:' || holder_group, drug_id FROM drug WHERE holder_group IS NOT NULL
    UNION SELECT 'company:' || holder, drug_id FROM drug WHERE holder IS NOT NULL
    UNION SELECT 'company:' || unnest(partners), drug_id FROM drug
    UNION SELECT 'company:' || unnest(manufacturers), drug_id FROM drug
    UNION SELECT 'company:' || unnest(historical_companies), drug_id FROM drug";

/// All entities that terms name, as `kind:name`, whether they have drugs or not.
pub(crate) fn entities_named() -> String {
    let named = SOURCES.iter().filter_map(|source| {
        let entity = entity_kind(source);
        (entity != "drug").then(|| {
            format!("SELECT '{entity}:' || name AS entity FROM ({}) AS t(text, name)", source.query)
        })
    });
    named.collect::<Vec<_>>().join(" UNION ")
}

/// A term with one entity. In order of the folded text, the kind, the entity.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    /// The folded text.
    pub key: Box<str>,
    /// The number of its kind.
    pub kind: u8,
    /// The number of the entity.
    pub entity: u32,
    /// The text as it is shown, where that is neither the folded text nor that
    /// in capitals.
    pub text: Option<Box<str>>,
    /// It is shown in capitals.
    pub capitals: bool,
}

/// All terms of a folded text and a kind: entities, and how the term is shown.
/// Of several spellings, the one that sorts first.
pub(crate) fn spelling(terms: &[Term]) -> String {
    let first = terms.iter().map(|term| match &term.text {
        Some(text) => text.to_string(),
        None if term.capitals => term.key.to_uppercase(),
        None => term.key.to_string(),
    });
    first.min().unwrap_or_default()
}

/// How `spelling` is stored beside `key`; `number` gives the number of a text.
pub(crate) fn shown(key: &str, spelling: &str, number: impl Fn(&str) -> Option<u32>) -> Shown {
    if spelling == key {
        Shown::Folded
    } else if spelling == key.to_uppercase() {
        Shown::Capitals
    } else {
        number(spelling).map_or(Shown::Folded, Shown::Text)
    }
}

/// Reads all terms, sorted. The tables `search_drug` and `search_entity` have
/// the numbers of the entities.
pub(crate) fn read(conn: &Connection) -> Result<Vec<Term>, WarehouseError> {
    let mut terms = Vec::new();
    for source in SOURCES {
        read_source(conn, source, &mut terms)?;
    }
    terms.sort_unstable();
    terms.dedup_by(|later, first| {
        (&later.key, later.kind, later.entity) == (&first.key, first.kind, first.entity)
    });
    Ok(terms)
}

fn read_source(
    conn: &Connection,
    source: &Source,
    terms: &mut Vec<Term>,
) -> Result<(), WarehouseError> {
    let fail = || WarehouseError::step(format!("read the {} terms for search", source.kind));
    let entity = entity_kind(source);
    let numbered = if entity == "drug" {
        "JOIN search_drug d ON d.drug_id = t.name".to_owned()
    } else {
        format!("JOIN search_entity e ON e.entity = '{entity}:' || t.name")
    };
    let number = if entity == "drug" { "d.drug_no" } else { "e.entity_no" };
    // How many an ingredient is one of decides what it weighs.
    let (with_count, count) = if source.kind == "ingredient" {
        ("JOIN generic g ON g.generic = t.name", "least(len(g.ingredients), 255)")
    } else {
        ("", "0")
    };
    let query = format!(
        "SELECT t.text, {number}, ({count})::UTINYINT FROM ({}) AS t(text, name) {numbered} {with_count}
         WHERE t.text IS NOT NULL",
        source.query
    );
    let of_source = KINDS.iter().position(|k| k.name == source.kind).unwrap_or(0);
    let of_source = u8::try_from(of_source).unwrap_or(0);
    let mut statement = conn.prepare(&query).map_err(fail())?;
    let mut rows = statement.query([]).map_err(fail())?;
    while let Some(row) = rows.next().map_err(fail())? {
        let text = row.get_ref(0).map_err(fail())?;
        let text = text.as_str().map_err(|e| fail()(e.into()))?;
        let entity = row.get(1).map_err(fail())?;
        let kind = match row.get(2).map_err(fail())? {
            0 => of_source,
            count => ingredient_of(count),
        };
        let key = fold(text);
        if key.is_empty() {
            continue;
        }
        if kind == TARGET {
            for spelling in targets::spellings(&key) {
                let text = Some(text.into());
                terms.push(Term { key: spelling.into(), kind, entity, text, capitals: false });
            }
        }
        if may_be_code(source.kind) {
            for spelling in codes::spellings(&key) {
                let text = Some(text.into());
                terms.push(Term { key: spelling.into(), kind, entity, text, capitals: false });
            }
        }
        if kind == NUMBER
            && let Some(number) = without_approval_words(&key).filter(|n| !n.is_empty())
        {
            let text = Some(text.into());
            terms.push(Term { key: number.into(), kind, entity, text, capitals: false });
        }
        let folded = key == text;
        let capitals = !folded && key.to_uppercase() == text;
        let text = (!folded && !capitals).then(|| text.into());
        terms.push(Term { key: key.into(), kind, entity, text, capitals });
    }
    Ok(())
}

/// Do terms of this kind name the drug, so that one may be the code of a developer?
fn may_be_code(kind: &str) -> bool {
    matches!(kind, "generic" | "alias" | "brand")
}

fn entity_kind(source: &Source) -> &'static str {
    KINDS.iter().find(|k| k.name == source.kind).map_or("drug", |k| k.entity)
}

/// The words of a term that are long enough to be meant by a misspelling.
pub(crate) fn suggestable(key: &str) -> impl Iterator<Item = &str> {
    key.split(|c: char| !c.is_alphanumeric()).filter(|word| {
        let least = if word.chars().any(is_cjk) { 2 } else { 4 };
        word.chars().count() >= least && !word.chars().any(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_source_and_every_source_a_kind() {
        for kind in &KINDS {
            assert_eq!(SOURCES.iter().filter(|s| s.kind == kind.name).count(), 1, "{}", kind.name);
        }
        for source in SOURCES {
            assert!(KINDS.iter().any(|k| k.name == source.kind), "{}", source.kind);
        }
    }

    #[test]
    fn an_ingredient_weighs_the_less_the_more_there_are() {
        let weight = |count| {
            let kind = &KINDS[usize::from(ingredient_of(count))];
            assert_eq!(kind.name, "ingredient");
            kind.weight
        };
        assert!([2, 3, 4, 5].windows(2).all(|w| weight(w[0]) > weight(w[1])));
        assert_eq!(weight(5), weight(40));
    }
}
