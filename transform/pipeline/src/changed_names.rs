//! R39 for names: only those of records that changed, or whose drug is another
//! one, are counted anew; all others stand as they were in the snapshot before.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::links::Links;
use crate::names;
use crate::partial::Partial;
use crate::previous::{Previous, Standing, numbers_with};
use crate::touched::{Ids, below, with_ids};
use crate::transform::Computation;

/// The tables of records that name a generic and a form.
pub(crate) const RECORDS: [&str; 3] = ["listing", "registration", "trial_product"];

const PARTIES: [&str; 5] = ["record_id", "source_id", "company", "company_raw", "company_match"];

impl Computation<'_> {
    /// The tables of names as applied, and the open questions.
    pub(crate) fn changed_names(
        &self,
        previous: &Previous,
        partial: &Partial,
        links: &Links,
        day: &str,
    ) -> Result<(), TransformError> {
        let moved = links.moved().in_table("drug_record")?;
        let generics = self.changed_generics(previous, partial)?;
        self.changed_forms(previous, partial)?;
        let targets = names::target(&generics, self.dictionaries).in_table("target")?;
        let named = names::target_name(&targets, self.dictionaries).in_table("target_name")?;
        self.give("target_name", named);
        self.give("target", targets);
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
        let groups = groups.in_table("corporate_group")?;
        let named = names::corporate_group_name(&groups, self.dictionaries);
        self.give("corporate_group_name", named.in_table("corporate_group_name")?);
        self.give("corporate_group", groups);
        self.give("company", standing.with("company", made));
        let queue = self.changed_queue(previous, partial, (&moved, links), (&parties, &drugs))?;
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
        for frame in old.of_records().into_iter().chain(new.of_records()) {
            changed.extend(text(frame, "generic").in_table("generic")?.iter().flatten());
        }
        let mut all = Vec::new();
        for (name, made) in RECORDS.into_iter().zip(new.of_records()) {
            let table = previous.table(name)?;
            let rows = table.columns(&["generic"])?;
            let rows = numbers_with(&rows, "generic", &changed).in_table(name)?;
            let rows = partial.standing.standing(name, &rows);
            let old = table.rows_of(&rows, &COLUMNS)?;
            all.push(below(&old, made).in_table(name)?);
        }
        let all = stacked(&all).in_table("generic")?;
        let made = names::generic(&all, self.dictionaries).in_table("generic")?;
        let (mut standing, kept) = replaced(previous, "generic", "generic", &changed)?;
        let occurring = below(&kept, &made).in_table("generic")?;
        self.changed_generic_names(previous, &changed, &made)?;
        self.give("generic", standing.with("generic", made));
        Ok(occurring)
    }

    /// The names of the generics that are `made`, for those that `changed`.
    fn changed_generic_names(
        &self,
        previous: &Previous,
        changed: &Ids<'_>,
        made: &DataFrame,
    ) -> Result<(), TransformError> {
        let named = names::generic_name(made, self.dictionaries).in_table("generic_name")?;
        let (mut standing, _) = replaced(previous, "generic_name", "generic", changed)?;
        self.give("generic_name", standing.with("generic_name", named));
        Ok(())
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
            for (frames, by) in [(old.of_records(), -1), (new.of_records(), 1)] {
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
pub(crate) struct Parties {
    changed: Vec<StringChunked>,
    /// Rows of `record_company`.
    pub(crate) rows: DataFrame,
}

impl Parties {
    fn of(previous: &Previous, partial: &Partial, moved: &Ids<'_>) -> Result<Self, TransformError> {
        let name = "record_company";
        let table = previous.table(name)?;
        let all = table.columns(&["record_id", "company"])?;
        let of_moved = with_ids(&all, "record_id", moved).in_table(name)?;
        let (gone, made) = (&partial.gone.parties, &partial.made.parties);
        let changed: PolarsResult<Vec<StringChunked>> = [gone, made, &of_moved]
            .map(|frame| text(frame, "company").cloned())
            .into_iter()
            .collect();
        let mut of = Self { changed: changed.in_table(name)?, rows: DataFrame::default() };
        let rows = numbers_with(&all, "company", &of.companies()).in_table(name)?;
        let rows = partial.standing.standing(name, &rows);
        let old = table.rows_of(&rows, &PARTIES)?;
        of.rows = below(&old, made).in_table(name)?;
        Ok(of)
    }

    /// Their names.
    pub(crate) fn companies(&self) -> Ids<'_> {
        self.changed.iter().flat_map(|column| column.iter().flatten()).collect()
    }
}

/// Frames with the same columns, one below another.
pub(crate) fn stacked(frames: &[DataFrame]) -> PolarsResult<DataFrame> {
    let mut all = frames.iter();
    let first = all.next().cloned().unwrap_or_default();
    all.try_fold(first, |all, frame| all.vstack(frame))
}
