//! R39 for names and open questions: only those of records that changed, or
//! whose drug is another one, are counted anew; all others stand as they were in
//! the snapshot before.

use std::collections::{BTreeMap, HashSet};

use polars::prelude::*;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::links::Links;
use crate::names;
use crate::partial::Partial;
use crate::previous::{Previous, Standing, numbers, numbers_with};
use crate::review::{Queue, Suggested, unknown_ingredients};
use crate::touched::{Ids, below, with_ids};
use crate::transform::Computation;

/// The tables of records that name a generic and a form.
const RECORDS: [&str; 3] = ["listing", "registration", "trial_product"];

const PARTIES: [&str; 5] = ["record_id", "source_id", "company", "company_raw", "company_match"];

impl Computation<'_> {
    /// The tables of names as applied, and the open questions. `gone` are the
    /// links of drugs that were computed anew, as they were.
    pub(crate) fn changed_names(
        &self,
        previous: &Previous,
        partial: &Partial,
        (gone, links): (&DataFrame, &Links),
        day: &str,
    ) -> Result<(), TransformError> {
        let moved = links.moved(gone).in_table("drug_record")?;
        let generics = self.changed_generics(previous, partial)?;
        self.changed_forms(previous, partial)?;
        let generics = names::target(&generics, self.dictionaries).in_table("target")?;
        self.give("target", generics);
        // Companies of records that changed, and of those in other drugs.
        let parties = Parties::of(previous, partial, &moved)?;
        let drugs = {
            let ids = text(&parties.rows, "record_id").in_table("company")?;
            links.of_records(&ids.iter().flatten().collect()).in_table("company")?
        };
        let made = names::company(&parties.rows, &drugs, self.dictionaries, day);
        let made = made.in_table("company")?;
        let (mut standing, kept) = replaced(previous, "company", "company", &parties.companies())?;
        let occurring = below(&kept, &made)
            .and_then(|all| all.sort(["company"], SortMultipleOptions::default()))
            .in_table("company")?;
        let groups = names::corporate_group(&occurring, self.dictionaries);
        self.give("corporate_group", groups.in_table("corporate_group")?);
        self.give("company", standing.with("company", made));
        let queue = self.changed_queue(previous, partial, (&moved, links), &parties, &drugs)?;
        self.give("review_queue", queue);
        Ok(())
    }

    /// The generics that occur.
    fn changed_generics(
        &self,
        previous: &Previous,
        partial: &Partial,
    ) -> Result<DataFrame, TransformError> {
        const COLUMNS: [&str; 3] = ["generic", "generic_raw", "generic_match"];
        let (old, new) = (partial.gone.records(), &partial.made);
        let mut changed = Ids::default();
        for frame in [
            old.listing,
            old.registration,
            old.trial_product,
            &new.listing,
            &new.registration,
            &new.trial_product,
        ] {
            changed.extend(text(frame, "generic").in_table("generic")?.iter().flatten());
        }
        let mut all: Option<DataFrame> = None;
        for (name, made) in RECORDS.into_iter().zip(new.of_records()) {
            let table = previous.table(name)?;
            let rows = table.columns(&["generic"])?;
            let rows = numbers_with(&rows, "generic", &changed).in_table(name)?;
            let rows = partial.standing.standing(name, &rows);
            let old = table.rows_of(&rows, &COLUMNS)?;
            let rows = below(&old, made).in_table(name)?;
            all = Some(match all {
                Some(all) => all.vstack(&rows).in_table(name)?,
                None => rows,
            });
        }
        let all = all.unwrap_or_default();
        let made = names::generic(&all, self.dictionaries).in_table("generic")?;
        let (mut standing, kept) = replaced(previous, "generic", "generic", &changed)?;
        let occurring = below(&kept, &made).in_table("generic")?;
        self.give("generic", standing.with("generic", made));
        Ok(occurring)
    }

    fn changed_forms(&self, previous: &Previous, partial: &Partial) -> Result<(), TransformError> {
        let before = previous.all("dosage_form")?;
        let (old, new) = (partial.gone.records(), &partial.made);
        let count = || -> PolarsResult<DataFrame> {
            let known = before.column("records")?.as_materialized_series().i64()?.clone();
            let mut records: BTreeMap<&str, i64> = text(before, "dosage_form")?
                .iter()
                .zip(known.iter())
                .filter_map(|(form, records)| form.zip(records))
                .collect();
            for (frames, by) in
                [([old.listing, old.registration, old.trial_product], -1), (new.of_records(), 1)]
            {
                for frame in frames {
                    for form in text(frame, "dosage_form")?.iter().flatten() {
                        *records.entry(form).or_default() += by;
                    }
                }
            }
            // Forms of the dictionary stand there without records too.
            records.retain(|_, records| *records > 0);
            names::dosage_form_counts(records, self.dictionaries)
        };
        self.give("dosage_form", count().in_table("dosage_form")?);
        Ok(())
    }

    fn changed_queue(
        &self,
        previous: &Previous,
        partial: &Partial,
        (moved, links): (&Ids<'_>, &Links),
        parties: &Parties<'_>,
        drugs_of_parties: &DataFrame,
    ) -> Result<DataFrame, TransformError> {
        let name = "review_queue";
        let before = previous.all(name)?;
        let made = partial.made.all().in_table(name)?;
        let reopened = previous.reopened(
            partial.gone.records(),
            (&made, &partial.made.parties),
            self.dictionaries,
        )?;
        let forms = UnknownForms::of(previous, partial, moved)?;
        let generics = UnknownGenerics::of(previous, partial, moved)?;
        let mut ids = Ids::default();
        for frame in [&generics.rows, &forms.rows] {
            ids.extend(text(frame, "record_id").in_table(name)?.iter().flatten());
        }
        let drugs = links.of_records(&ids).and_then(|drugs| drugs.vstack(drugs_of_parties));
        let drugs = drugs.in_table(name)?;
        let companies = parties.companies();
        let rows = || -> PolarsResult<DataFrame> {
            let (kinds, values) = (text(before, "kind")?, text(before, "value")?);
            let names = text(before, "suggestion")?;
            let scores = before.column("suggestion_score")?.as_materialized_series().i64()?.clone();
            let mut suggested = Suggested::default();
            let stands: BooleanChunked = (0..before.height())
                .map(|row| {
                    let (Some(kind), Some(value)) = (kinds.get(row), values.get(row)) else {
                        return Some(false);
                    };
                    suggested.insert((kind, value), names.get(row).zip(scores.get(row)));
                    Some(match kind {
                        "generic" => !generics.values.contains(value),
                        "dosage_form" => !forms.values.contains(value),
                        _ => !companies.contains(value),
                    })
                })
                .collect();
            let mut queue = Queue::new(&drugs)?;
            queue.unknown_generics(&generics.rows)?;
            queue.unknown_forms(&forms.rows)?;
            queue.unknown_companies(&parties.rows)?;
            let made = queue.frame(self.dictionaries, &reopened, &suggested)?;
            below(&before.filter(&stands)?, &made)
        };
        rows().in_table(name)
    }
}

/// Without the rows of the table `name` whose `key` is among `values`; the keys
/// that stand.
fn replaced(
    previous: &Previous,
    name: &str,
    key: &'static str,
    values: &Ids<'_>,
) -> Result<(Standing, DataFrame), TransformError> {
    let table = previous.table(name)?;
    let keys = table.columns(&[key])?;
    let gone = numbers_with(&keys, key, values).in_table(name)?;
    let mask: BooleanChunked = text(&keys, key)
        .in_table(name)?
        .iter()
        .map(|k| Some(k.is_some_and(|k| !values.contains(k))))
        .collect();
    let kept = keys.filter(&mask).in_table(name)?;
    let mut standing = Standing::default();
    standing.without(table, gone);
    Ok((standing, kept))
}

/// All that there is of the companies that have to be counted anew.
struct Parties<'a> {
    changed: Vec<StringChunked>,
    gone: &'a DataFrame,
    rows: DataFrame,
}

impl<'a> Parties<'a> {
    fn of(
        previous: &Previous,
        partial: &'a Partial,
        moved: &Ids<'_>,
    ) -> Result<Self, TransformError> {
        let name = "record_company";
        let table = previous.table(name)?;
        let made = &partial.made.parties;
        let gone = partial.gone.records().parties;
        let all = table.columns(&["record_id", "company"])?;
        let of_moved = with_ids(&all, "record_id", moved).in_table(name)?;
        let changed = vec![
            text(made, "company").in_table(name)?.clone(),
            text(&of_moved, "company").in_table(name)?.clone(),
        ];
        let mut of = Self { changed, gone, rows: DataFrame::default() };
        let rows = numbers_with(&all, "company", &of.companies()).in_table(name)?;
        let rows = partial.standing.standing(name, &rows);
        let old = table.rows_of(&rows, &PARTIES)?;
        of.rows = below(&old, made).in_table(name)?;
        Ok(of)
    }

    fn companies(&self) -> Ids<'_> {
        let gone = text(self.gone, "company").into_iter();
        gone.chain(&self.changed).flat_map(|column| column.iter().flatten()).collect()
    }
}

/// All ingredients that no dictionary knows and that have to be counted anew, as
/// of [`unknown_ingredients`].
struct UnknownGenerics {
    values: HashSet<String>,
    rows: DataFrame,
}

impl UnknownGenerics {
    fn of(previous: &Previous, partial: &Partial, moved: &Ids<'_>) -> Result<Self, TransformError> {
        const COLUMNS: [&str; 4] = ["record_id", "source_id", "generic_raw", "unknown_ingredients"];
        let (old, new) = (partial.gone.records(), &partial.made);
        let mut values = HashSet::new();
        let mut standing: Vec<DataFrame> = Vec::new();
        let mut all = Vec::new();
        for (name, made) in RECORDS.into_iter().zip(new.of_records()) {
            let table = previous.table(name)?;
            let known = table.columns(&["generic_match"])?;
            let known: BooleanChunked = text(&known, "generic_match")
                .in_table(name)?
                .iter()
                .map(|how| Some(!how.is_some_and(|how| ALL_KNOWN.contains(&how))))
                .collect();
            let rows = partial.standing.standing(name, &numbers(&known));
            standing.push(unknown_ingredients(&table.rows_of(&rows, &COLUMNS)?).in_table(name)?);
            all.push(unknown_ingredients(made).in_table(name)?);
        }
        for frame in [old.listing, old.registration, old.trial_product] {
            all.push(unknown_ingredients(frame).in_table("review_queue")?);
        }
        let mut count = |frame: &DataFrame, among: Option<&Ids<'_>>| -> PolarsResult<()> {
            let ids = text(frame, "record_id")?.iter();
            for (id, part) in ids.zip(text(frame, "unknown_ingredients")?.iter()) {
                if among.is_none_or(|ids| id.is_some_and(|id| ids.contains(id))) {
                    values.extend(part.map(str::to_owned));
                }
            }
            Ok(())
        };
        for frame in &all {
            count(frame, None).in_table("review_queue")?;
        }
        for frame in &standing {
            count(frame, Some(moved)).in_table("review_queue")?;
        }
        // Those that are no more are not counted.
        all.truncate(RECORDS.len());
        let mut rows: Option<DataFrame> = None;
        for frame in standing.iter().chain(&all) {
            let mask: BooleanChunked = text(frame, "unknown_ingredients")
                .in_table("review_queue")?
                .iter()
                .map(|part| Some(part.is_some_and(|part| values.contains(part))))
                .collect();
            let found = frame.filter(&mask).in_table("review_queue")?;
            rows = Some(match rows {
                Some(rows) => rows.vstack(&found).in_table("review_queue")?,
                None => found,
            });
        }
        Ok(Self { values, rows: rows.unwrap_or_default() })
    }
}

/// Matches of generics that leave no ingredient unknown.
const ALL_KNOWN: &[&str] = &["exact", "salt_stripped", "combination", "development_code"];

/// All records with a form that no dictionary knows and that has to be counted
/// anew.
struct UnknownForms {
    values: HashSet<String>,
    rows: DataFrame,
}

impl UnknownForms {
    fn of(previous: &Previous, partial: &Partial, moved: &Ids<'_>) -> Result<Self, TransformError> {
        const COLUMNS: [&str; 3] = ["record_id", "dosage_form", "dosage_form_match"];
        let (old, new) = (partial.gone.records(), &partial.made);
        let mut values = HashSet::new();
        let mut unknown = |frame: &DataFrame, among: Option<&Ids<'_>>| -> PolarsResult<()> {
            let cells = |name| text(frame, name);
            let rows = cells("dosage_form")?.iter().zip(cells("dosage_form_match")?.iter());
            for ((form, how), id) in rows.zip(cells("record_id")?.iter()) {
                let counts = among.is_none_or(|ids| id.is_some_and(|id| ids.contains(id)));
                if let (Some(form), Some("unmatched"), true) = (form, how, counts) {
                    values.insert(form.to_owned());
                }
            }
            Ok(())
        };
        for frame in [old.listing, old.registration, old.trial_product] {
            unknown(frame, None).in_table("review_queue")?;
        }
        for frame in new.of_records() {
            unknown(frame, None).in_table("review_queue")?;
        }
        for name in RECORDS {
            unknown(&previous.table(name)?.columns(&COLUMNS)?, Some(moved)).in_table(name)?;
        }
        let mut rows: Option<DataFrame> = None;
        for (name, made) in RECORDS.into_iter().zip(new.of_records()) {
            let table = previous.table(name)?;
            let columns = table.columns(&COLUMNS)?;
            let wanted = |frame: &DataFrame| -> PolarsResult<BooleanChunked> {
                let rows = text(frame, "dosage_form")?.iter();
                Ok(rows
                    .zip(text(frame, "dosage_form_match")?.iter())
                    .map(|(form, how)| {
                        Some(how == Some("unmatched") && form.is_some_and(|f| values.contains(f)))
                    })
                    .collect())
            };
            let at = partial.standing.standing(name, &numbers(&wanted(&columns).in_table(name)?));
            let old = table
                .rows_of(&at, &["record_id", "source_id", "dosage_form", "dosage_form_match"])?;
            let found = wanted(made)
                .and_then(|mask| made.filter(&mask))
                .and_then(|new| below(&old, &new))
                .in_table(name)?;
            rows = Some(match rows {
                Some(rows) => rows.vstack(&found).in_table(name)?,
                None => found,
            });
        }
        Ok(Self { values, rows: rows.unwrap_or_default() })
    }
}
