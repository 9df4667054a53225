//! R10: the review queue: values that no dictionary knows, by impact, with
//! suggestions that are never applied by themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use crate::adapters::SEPARATOR;
use crate::columns::Columns;
use crate::distinct::text;
use crate::reopened::Reopened;
use regatta_dictionaries::{Dictionaries, Language, Suggestions};

#[derive(Default)]
struct Entry<'a> {
    sources: BTreeSet<&'a str>,
    records: i64,
    drugs: BTreeSet<&'a str>,
}

/// The table `review_queue`. `records` are those of all kinds, `parties` who is
/// what to them, `reopened` the decided values that records had before, by kind
/// and present value.
pub(crate) fn review_queue(
    records: &DataFrame,
    parties: &DataFrame,
    drug_record: &DataFrame,
    dictionaries: &Dictionaries,
    reopened: &Reopened,
) -> PolarsResult<DataFrame> {
    let drug_of: HashMap<&str, &str> = text(drug_record, "record_id")?
        .iter()
        .zip(text(drug_record, "drug_id")?.iter())
        .filter_map(|(record, drug)| record.zip(drug))
        .collect();
    let mut queue: BTreeMap<(&'static str, String), Entry<'_>> = BTreeMap::new();
    let (ids, sources) = (text(records, "record_id")?, text(records, "source_id")?);
    let unknown = text(records, "generic_unknown")?;
    let (forms, form_match) = (text(records, "dosage_form")?, text(records, "dosage_form_match")?);
    for row in 0..records.height() {
        let mut add = |kind: &'static str, value: &str| {
            let entry = queue.entry((kind, value.to_owned())).or_default();
            entry.sources.extend(sources.get(row));
            entry.records += 1;
            entry.drugs.extend(ids.get(row).and_then(|id| drug_of.get(id)));
        };
        for part in unknown.get(row).unwrap_or_default().split(SEPARATOR).filter(|p| !p.is_empty())
        {
            add("generic", part);
        }
        if form_match.get(row) == Some("unmatched") {
            add("dosage_form", forms.get(row).unwrap_or_default());
        }
    }
    let (ids, sources) = (text(parties, "record_id")?, text(parties, "source_id")?);
    let (company, how) = (text(parties, "company")?, text(parties, "company_match")?);
    for row in (0..parties.height()).filter(|r| how.get(*r) == Some("own_name")) {
        let Some(name) = company.get(row) else { continue };
        let entry = queue.entry(("company", name.to_owned())).or_default();
        entry.sources.extend(sources.get(row));
        entry.records += 1;
        entry.drugs.extend(ids.get(row).and_then(|id| drug_of.get(id)));
    }
    rows(queue, dictionaries, reopened)
}

fn rows(
    queue: BTreeMap<(&'static str, String), Entry<'_>>,
    dictionaries: &Dictionaries,
    reopened: &Reopened,
) -> PolarsResult<DataFrame> {
    let languages = [Language::En, Language::Zh, Language::Ja];
    let generics = Suggestions::new(languages.iter().flat_map(|l| dictionaries.generics.names(*l)));
    let forms = Suggestions::new(dictionaries.forms.forms().keys().map(String::as_str));
    let companies = Suggestions::new(dictionaries.companies.companies());
    let suggestions: Vec<Option<(&str, i64)>> = queue
        .keys()
        .map(|(kind, value)| match *kind {
            "generic" => generics.nearest(value, 1),
            "dosage_form" => forms.nearest(value, 1),
            _ => companies.nearest(value, 1),
        })
        .map(|nearest| nearest.first().map(|(name, score)| (*name, i64::from(*score))))
        .collect();
    Columns::default()
        .text("kind", queue.keys().map(|k| Some(k.0)))
        .text("value", queue.keys().map(|k| Some(k.1.as_str())))
        .texts("sources", queue.values().map(|e| &e.sources))
        .int("records", queue.values().map(|e| e.records))
        .int("drugs", queue.values().map(|e| i64::try_from(e.drugs.len()).unwrap_or(i64::MAX)))
        .text("suggestion", suggestions.iter().map(|s| s.map(|s| s.0)))
        .int_opt("suggestion_score", suggestions.iter().map(|s| s.map(|s| s.1)))
        .text("reopened_from", queue.keys().map(|k| reopened.get(k)))
        .frame()
}
