//! R10: the review queue: values that no dictionary knows, by impact, with
//! suggestions that are never applied by themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use crate::columns::Columns;
use crate::distinct::text;
use crate::reopened::Reopened;
use crate::status_words::{StatusWords, source_of};
use regatta_dictionaries::{Dictionaries, Language, Suggestions};

#[derive(Default)]
struct Entry<'a> {
    sources: BTreeSet<&'a str>,
    records: i64,
    drugs: HashSet<&'a str, PlRandomState>,
}

/// The table `review_queue`. `records` are those of all kinds, `parties` who is
/// what to them, `statuses` their unknown words for a status, `reopened` the decided values that records had before, by kind
/// and present value.
pub(crate) fn review_queue(
    records: &DataFrame,
    (parties, statuses): (&DataFrame, &StatusWords),
    drug_record: &DataFrame,
    dictionaries: &Dictionaries,
    reopened: &Reopened,
) -> PolarsResult<DataFrame> {
    let mut queue = Queue::new(drug_record)?;
    let (ingredients, forms) = (unknown_ingredients(records)?, unknown_forms(records)?);
    queue.unknown_ingredients(&ingredients)?;
    queue.unknown_forms(&forms)?;
    queue.unknown_companies(parties)?;
    queue.unknown_statuses(statuses)?;
    queue.frame(dictionaries, reopened, &Suggested::default())
}

/// The ingredients of `records` that no dictionary knows, a row for each, with
/// the columns `record_id`, `source_id` and `generic_raw` of its record.
pub(crate) fn unknown_ingredients(records: &DataFrame) -> PolarsResult<DataFrame> {
    records.select(["record_id", "source_id", "generic_raw", "unknown_ingredients"])?.explode(
        ["unknown_ingredients"],
        ExplodeOptions { empty_as_null: false, keep_nulls: false },
    )
}

/// The forms of `records` that no dictionary knows, with the columns `record_id`
/// and `source_id` of their records.
pub(crate) fn unknown_forms(records: &DataFrame) -> PolarsResult<DataFrame> {
    let how = text(records, "dosage_form_match")?.iter();
    let unmatched: BooleanChunked = how.map(|how| Some(how == Some("unmatched"))).collect();
    records.select(["record_id", "source_id", "dosage_form"])?.filter(&unmatched)
}

/// Suggestions that were looked for already, by kind and value.
pub(crate) type Suggested<'a> = HashMap<(&'a str, &'a str), Option<(&'a str, i64)>, PlRandomState>;

/// Values that no dictionary knows.
pub(crate) struct Queue<'a> {
    drug_of: HashMap<&'a str, &'a str, PlRandomState>,
    entries: HashMap<(&'static str, &'a str), Entry<'a>, PlRandomState>,
}

impl<'a> Queue<'a> {
    /// `drug_record` tells the drug of each record.
    pub(crate) fn new(drug_record: &'a DataFrame) -> PolarsResult<Self> {
        let drug_of = text(drug_record, "record_id")?
            .iter()
            .zip(text(drug_record, "drug_id")?.iter())
            .filter_map(|(record, drug)| record.zip(drug))
            .collect();
        Ok(Self { drug_of, entries: HashMap::default() })
    }

    fn add(
        &mut self,
        kind: &'static str,
        value: &'a str,
        (record, source): (Option<&str>, Option<&'a str>),
    ) {
        let drug = record.and_then(|record| self.drug_of.get(record).copied());
        let entry = self.entries.entry((kind, value)).or_default();
        entry.sources.extend(source);
        entry.records += 1;
        entry.drugs.extend(drug);
    }

    /// Ingredients, as of [`unknown_ingredients`].
    pub(crate) fn unknown_ingredients(&mut self, unknown: &'a DataFrame) -> PolarsResult<()> {
        let (ids, sources) = (text(unknown, "record_id")?, text(unknown, "source_id")?);
        for (row, part) in text(unknown, "unknown_ingredients")?.iter().enumerate() {
            if let Some(part) = part {
                self.add("generic", part, (ids.get(row), sources.get(row)));
            }
        }
        Ok(())
    }

    /// Forms, as of [`unknown_forms`].
    pub(crate) fn unknown_forms(&mut self, unknown: &'a DataFrame) -> PolarsResult<()> {
        let (ids, sources) = (text(unknown, "record_id")?, text(unknown, "source_id")?);
        for (row, form) in text(unknown, "dosage_form")?.iter().enumerate() {
            let form = form.unwrap_or_default();
            self.add("dosage_form", form, (ids.get(row), sources.get(row)));
        }
        Ok(())
    }

    /// Companies that stand under their own names.
    pub(crate) fn unknown_companies(&mut self, parties: &'a DataFrame) -> PolarsResult<()> {
        let (ids, sources) = (text(parties, "record_id")?, text(parties, "source_id")?);
        let company = text(parties, "company")?;
        for (row, how) in text(parties, "company_match")?.iter().enumerate() {
            if let (Some("own_name"), Some(name)) = (how, company.get(row)) {
                self.add("company", name, (ids.get(row), sources.get(row)));
            }
        }
        Ok(())
    }

    /// R23: words for a status. A trial is one record, whatever it tests and in
    /// however many states it has the word.
    pub(crate) fn unknown_statuses(&mut self, statuses: &'a StatusWords) -> PolarsResult<()> {
        let (ids, sources) =
            (text(&statuses.listing, "record_id")?, text(&statuses.listing, "source_id")?);
        for (row, word) in text(&statuses.listing, "status_raw")?.iter().enumerate() {
            if let Some(word) = word {
                self.add("status", word, (ids.get(row), sources.get(row)));
            }
        }
        let mut records: HashMap<&str, Vec<&str>, PlRandomState> = HashMap::default();
        let of = text(&statuses.products, "trial_id")?.iter();
        for (trial, record) in of.zip(text(&statuses.products, "record_id")?.iter()) {
            if let (Some(trial), Some(record)) = (trial, record) {
                records.entry(trial).or_default().push(record);
            }
        }
        let mut words = BTreeSet::new();
        for frame in [&statuses.trial, &statuses.trial_country] {
            let trials = text(frame, "trial_id")?.iter();
            words.extend(
                trials.zip(text(frame, "status_raw")?.iter()).filter_map(|(t, w)| t.zip(w)),
            );
        }
        for (trial, word) in words {
            self.add("status", word, (None, Some(source_of(trial))));
            let drugs = records.get(trial).into_iter().flatten();
            let drugs: Vec<&str> = drugs.filter_map(|r| self.drug_of.get(r).copied()).collect();
            self.entries.entry(("status", word)).or_default().drugs.extend(drugs);
        }
        Ok(())
    }

    /// The rows of the table.
    pub(crate) fn frame(
        self,
        dictionaries: &Dictionaries,
        reopened: &Reopened,
        suggested: &Suggested<'_>,
    ) -> PolarsResult<DataFrame> {
        rows(&self.entries.into_iter().collect(), dictionaries, reopened, suggested)
    }
}

fn rows(
    queue: &BTreeMap<(&'static str, &str), Entry<'_>>,
    dictionaries: &Dictionaries,
    reopened: &Reopened,
    suggested: &Suggested<'_>,
) -> PolarsResult<DataFrame> {
    let languages = [Language::En, Language::Zh, Language::Ja];
    let generics = Suggestions::new(languages.iter().flat_map(|l| dictionaries.generics.names(*l)));
    let forms = Suggestions::new(dictionaries.forms.forms().keys().map(String::as_str));
    let companies = Suggestions::new(dictionaries.companies.companies());
    let suggestions: Vec<Option<(&str, i64)>> = queue
        .keys()
        .map(|(kind, value)| {
            if let Some(known) = suggested.get(&(*kind, *value)) {
                return *known;
            }
            let nearest = match *kind {
                // What a regulator calls a state of things is like no other word.
                "status" => return None,
                "generic" => generics.nearest(value, 1),
                "dosage_form" => forms.nearest(value, 1),
                _ => companies.nearest(value, 1),
            };
            nearest.first().map(|(name, score)| (*name, i64::from(*score)))
        })
        .collect();
    Columns::default()
        .text("kind", queue.keys().map(|k| Some(k.0)))
        .text("value", queue.keys().map(|k| Some(k.1)))
        .texts("sources", queue.values().map(|e| &e.sources))
        .int("records", queue.values().map(|e| e.records))
        .int("drugs", queue.values().map(|e| i64::try_from(e.drugs.len()).unwrap_or(i64::MAX)))
        .text("suggestion", suggestions.iter().map(|s| s.map(|s| s.0)))
        .int_opt("suggestion_score", suggestions.iter().map(|s| s.map(|s| s.1)))
        .text("reopened_from", queue.keys().map(|k| reopened.get(&(k.0, k.1.to_owned()))))
        .frame()
}
