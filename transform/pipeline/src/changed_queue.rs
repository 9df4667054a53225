//! R39 for the review queue: only values of records that changed, or whose drug
//! is another one, are counted anew; all others stand as they were in the
//! snapshot before, and so does what was suggested for them. Words for a status
//! are few, and all counted.

use std::collections::HashSet;

use polars::prelude::*;

use crate::TransformError;
use crate::changed_names::{Parties, RECORDS, stacked};
use crate::distinct::text;
use crate::error::InTable;
use crate::links::Links;
use crate::partial::Partial;
use crate::previous::{Previous, numbers};
use crate::review::{Queue, Suggested, unknown_forms, unknown_ingredients};
use crate::status_words::StatusWords;
use crate::touched::{Ids, below};
use crate::transform::Computation;

impl Computation<'_> {
    /// The table `review_queue`. `moved` are the records that are in another drug
    /// now, `parties` the companies that are counted anew, with their drugs.
    pub(crate) fn changed_queue(
        &self,
        previous: &Previous,
        partial: &Partial,
        (moved, links): (&Ids<'_>, &Links),
        (parties, drugs_of_parties): (&Parties, &DataFrame),
    ) -> Result<DataFrame, TransformError> {
        let name = "review_queue";
        let before = previous.all(name)?;
        let made = partial.made.all().in_table(name)?;
        let now = (&made, &partial.made.parties);
        let reopened = previous.reopened(partial.gone.records(), now, self.dictionaries)?;
        let forms = Unknown::of(&FORMS, previous, partial, moved)?;
        let ingredients = Unknown::of(&INGREDIENTS, previous, partial, moved)?;
        let statuses = StatusWords::of_changed(previous, partial, self.dictionaries)?;
        let mut ids = statuses.records().in_table(name)?;
        for frame in [&ingredients.rows, &forms.rows] {
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
                        "generic" => !ingredients.values.contains(value),
                        "dosage_form" => !forms.values.contains(value),
                        "status" => false,
                        _ => !companies.contains(value),
                    })
                })
                .collect();
            let mut queue = Queue::new(&drugs)?;
            queue.unknown_ingredients(&ingredients.rows)?;
            queue.unknown_forms(&forms.rows)?;
            queue.unknown_companies(&parties.rows)?;
            queue.unknown_statuses(&statuses)?;
            let made = queue.frame(self.dictionaries, &reopened, &suggested)?;
            below(&before.filter(&stands)?, &made)
        };
        rows().in_table(name)
    }
}

/// Values of one kind that no dictionary may know.
struct Kind {
    /// The columns of records that tell them.
    columns: &'static [&'static str],
    /// The column that tells whether a record may have one.
    how: &'static str,
    may_have: fn(Option<&str>) -> bool,
    /// The values of records, a row for each.
    values: fn(&DataFrame) -> PolarsResult<DataFrame>,
    /// The column that they have there.
    value: &'static str,
}

const INGREDIENTS: Kind = Kind {
    columns: &["record_id", "source_id", "generic_raw", "unknown_ingredients"],
    how: "generic_match",
    may_have: |how| {
        let known = ["exact", "salt_stripped", "combination", "development_code", "brand"];
        !how.is_some_and(|how| known.contains(&how))
    },
    values: unknown_ingredients,
    value: "unknown_ingredients",
};

const FORMS: Kind = Kind {
    columns: &["record_id", "source_id", "dosage_form", "dosage_form_match"],
    how: "dosage_form_match",
    may_have: |how| how == Some("unmatched"),
    values: unknown_forms,
    value: "dosage_form",
};

/// Values of one kind that have to be counted anew.
struct Unknown {
    values: HashSet<String>,
    /// All that there is of them.
    rows: DataFrame,
}

impl Unknown {
    fn of(
        kind: &Kind,
        previous: &Previous,
        partial: &Partial,
        moved: &Ids<'_>,
    ) -> Result<Self, TransformError> {
        let mut now = Vec::new();
        for name in RECORDS {
            let table = previous.table(name)?;
            let how = table.columns(&[kind.how])?;
            let how = text(&how, kind.how).in_table(name)?;
            let may: BooleanChunked = how.iter().map(|how| Some((kind.may_have)(how))).collect();
            let rows = partial.standing.standing(name, &numbers(&may));
            now.push((kind.values)(&table.rows_of(&rows, kind.columns)?).in_table(name)?);
        }
        let standing = now.len();
        let mut found = || -> PolarsResult<Self> {
            let mut values = HashSet::new();
            let mut count = |frame: &DataFrame, among: Option<&Ids<'_>>| -> PolarsResult<()> {
                let ids = text(frame, "record_id")?.iter();
                for (id, value) in ids.zip(text(frame, kind.value)?.iter()) {
                    if among.is_none_or(|ids| id.is_some_and(|id| ids.contains(id))) {
                        values.extend(value.map(str::to_owned));
                    }
                }
                Ok(())
            };
            for frame in partial.gone.records().of_records() {
                count(&(kind.values)(frame)?, None)?;
            }
            for frame in partial.made.of_records() {
                now.push((kind.values)(frame)?);
            }
            for (at, frame) in now.iter().enumerate() {
                count(frame, (at < standing).then_some(moved))?;
            }
            let rows = stacked(&now)?;
            let counted: BooleanChunked = text(&rows, kind.value)?
                .iter()
                .map(|value| Some(value.is_some_and(|value| values.contains(value))))
                .collect();
            Ok(Self { values, rows: rows.filter(&counted)? })
        };
        found().in_table("review_queue")
    }
}
