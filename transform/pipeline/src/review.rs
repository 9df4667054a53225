//! R10: the review queue: values that no dictionary knows, by impact, with
//! suggestions that are never applied by themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use crate::adapters::ADAPTERS;
use crate::columns::Columns;
use crate::distinct::text;
use regatta_dictionaries::clean;
use regatta_dictionaries::{Dictionaries, Language};

/// Below this similarity (Jaro-Winkler, percent) a suggestion is noise.
const LEAST_SCORE: i64 = 82;

#[derive(Default)]
struct Entry<'a> {
    sources: BTreeSet<&'a str>,
    records: i64,
    drugs: BTreeSet<&'a str>,
}

/// The table `review_queue`.
pub(crate) fn review_queue(
    listing: &DataFrame,
    drug_record: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let drug_of: HashMap<&str, &str> = text(drug_record, "record_id")?
        .iter()
        .zip(text(drug_record, "drug_id")?.iter())
        .filter_map(|(record, drug)| record.zip(drug))
        .collect();
    let (ids, sources) = (text(listing, "record_id")?, text(listing, "source_id")?);
    let (generic_raw, generic_match) =
        (text(listing, "generic_raw")?, text(listing, "generic_match")?);
    let (form_raw, form_match) =
        (text(listing, "dosage_form_raw")?, text(listing, "dosage_form_match")?);
    let (company, company_match) = (text(listing, "company")?, text(listing, "company_match")?);
    let mut queue: BTreeMap<(&str, String), Entry<'_>> = BTreeMap::new();
    let mut unknown: HashMap<(&str, &str), Vec<String>> = HashMap::new();
    for row in 0..listing.height() {
        let source = sources.get(row).unwrap_or_default();
        let mut add = |kind: &'static str, value: String| {
            let entry = queue.entry((kind, value)).or_default();
            entry.sources.insert(source);
            entry.records += 1;
            entry.drugs.extend(ids.get(row).and_then(|id| drug_of.get(id)));
        };
        if matches!(generic_match.get(row), Some("unmatched" | "partial")) {
            let raw = generic_raw.get(row).unwrap_or_default();
            let parts = unknown
                .entry((source, raw))
                .or_insert_with(|| unknown_parts(dictionaries, source, raw));
            for part in parts.clone() {
                add("generic", part);
            }
        }
        if form_match.get(row) == Some("unmatched") {
            add("dosage_form", clean(form_raw.get(row).unwrap_or_default()).into_owned());
        }
        if company_match.get(row) == Some("own_name")
            && let Some(name) = company.get(row)
        {
            add("company", name.to_owned());
        }
    }
    rows(queue, dictionaries)
}

fn unknown_parts(dictionaries: &Dictionaries, source: &str, raw: &str) -> Vec<String> {
    let adapter = ADAPTERS.iter().find(|a| a.source_id == source);
    adapter.map_or_else(Vec::new, |a| {
        dictionaries.generics.find(&clean(raw), a.language, a.separators).unknown
    })
}

fn rows(
    queue: BTreeMap<(&str, String), Entry<'_>>,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let languages = [Language::En, Language::Zh, Language::Ja];
    let generics = Candidates::new(languages.iter().flat_map(|l| dictionaries.generics.names(*l)));
    let forms = Candidates::new(dictionaries.forms.forms().keys().map(String::as_str));
    let companies = Candidates::new(dictionaries.companies.companies());
    let suggestions: Vec<Option<(&str, i64)>> = queue
        .keys()
        .map(|(kind, value)| match *kind {
            "generic" => generics.nearest(value),
            "dosage_form" => forms.nearest(value),
            _ => companies.nearest(value),
        })
        .collect();
    Columns::default()
        .text("kind", queue.keys().map(|k| Some(k.0)))
        .text("value", queue.keys().map(|k| Some(k.1.as_str())))
        .text(
            "sources",
            queue.values().map(|e| Some(e.sources.iter().copied().collect::<Vec<_>>().join(", "))),
        )
        .int("records", queue.values().map(|e| e.records))
        .int("drugs", queue.values().map(|e| i64::try_from(e.drugs.len()).unwrap_or(i64::MAX)))
        .text("suggestion", suggestions.iter().map(|s| s.map(|s| s.0)))
        .int_opt("suggestion_score", suggestions.iter().map(|s| s.map(|s| s.1)))
        .frame()
}

/// Known values by their first two letters: near spellings share them, and
/// comparing each open value with each known one would be a product of both.
struct Candidates<'a> {
    by_start: HashMap<String, Vec<(String, &'a str)>>,
}

impl<'a> Candidates<'a> {
    fn new(names: impl Iterator<Item = &'a str>) -> Self {
        let mut by_start: HashMap<String, Vec<(String, &str)>> = HashMap::new();
        for name in names {
            let folded = name.to_lowercase();
            by_start.entry(start(&folded)).or_default().push((folded, name));
        }
        Self { by_start }
    }

    fn nearest(&self, value: &str) -> Option<(&'a str, i64)> {
        let folded = value.to_lowercase();
        self.by_start
            .get(&start(&folded))?
            .iter()
            .map(|(candidate, name)| {
                // A percentage: truncation is what is meant.
                #[allow(clippy::cast_possible_truncation, reason = "0 to 100")]
                let score = (strsim::jaro_winkler(&folded, candidate) * 100.0) as i64;
                (score, std::cmp::Reverse(*name))
            })
            .max()
            .filter(|(score, _)| *score >= LEAST_SCORE)
            .map(|(score, name)| (name.0, score))
    }
}

fn start(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).take(2).collect()
}
