//! R39: what a change can have touched. The tables of records are compared row
//! by row with those of the snapshot before; whatever is made of records after
//! that looks at the rows that differ, and at what hangs together with them.
//!
//! Why that is enough: drugs, links, associations and progress of a block
//! (generic and form) are made of the records of the block, of their companies
//! and of the dictionaries, and of nothing else. Where no record has a row that
//! differs, in a block before or after, and dictionaries and rules are the
//! same, the block is as it was.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;

use crate::distinct::text;
use crate::records::Frames;
use crate::standard::Standard;

/// Ids of rows.
pub(crate) type Ids<'a> = HashSet<&'a str, PlRandomState>;

/// Forms by generic.
pub(crate) type BlockSet<'a> = HashMap<&'a str, HashSet<&'a str, PlRandomState>, PlRandomState>;

/// The tables of records of the snapshot before.
#[derive(Clone, Copy)]
pub(crate) struct RecordsBefore<'a> {
    pub(crate) listing: &'a DataFrame,
    pub(crate) registration: &'a DataFrame,
    pub(crate) trial: &'a DataFrame,
    pub(crate) trial_product: &'a DataFrame,
    pub(crate) parties: &'a DataFrame,
    pub(crate) evidence: &'a DataFrame,
    pub(crate) trial_country: &'a DataFrame,
}

impl<'a> RecordsBefore<'a> {
    /// The tables of records of each kind.
    pub(crate) fn of_records(self) -> [&'a DataFrame; 3] {
        [self.listing, self.registration, self.trial_product]
    }
}

/// Some rows or columns of them.
pub(crate) struct RecordTables {
    pub(crate) listing: DataFrame,
    pub(crate) registration: DataFrame,
    pub(crate) trial: DataFrame,
    pub(crate) trial_product: DataFrame,
    pub(crate) parties: DataFrame,
    pub(crate) evidence: DataFrame,
    pub(crate) trial_country: DataFrame,
}

impl RecordTables {
    /// The same, lent.
    pub(crate) fn records(&self) -> RecordsBefore<'_> {
        RecordsBefore {
            listing: &self.listing,
            registration: &self.registration,
            trial: &self.trial,
            trial_product: &self.trial_product,
            parties: &self.parties,
            evidence: &self.evidence,
            trial_country: &self.trial_country,
        }
    }
}

/// What differs from the snapshot before.
pub(crate) struct Touched<'a> {
    /// Records of all kinds whose row or companies differ, appeared or
    /// vanished.
    pub(crate) records: Ids<'a>,
    /// Trials likewise.
    pub(crate) trials: Ids<'a>,
    /// The blocks of these records, before and now.
    pub(crate) blocks: BlockSet<'a>,
}

/// The rows of the tables of records that belong to some blocks.
pub(crate) struct Part {
    pub(crate) listing: DataFrame,
    pub(crate) registration: DataFrame,
    pub(crate) trial_product: DataFrame,
    pub(crate) parties: DataFrame,
}

/// Where a row was read: it makes no other drug.
const PLACE: &[&str] = &["row_number", "body_sha256"];

impl<'a> Touched<'a> {
    /// Compares `now` with `before`.
    pub(crate) fn find(before: RecordsBefore<'a>, now: &'a Standard) -> PolarsResult<Self> {
        let mut records = Ids::default();
        for (old, new) in [
            (before.listing, &now.listing),
            (before.registration, &now.registration),
            (before.trial_product, &now.trial_product),
            (before.parties, &now.parties),
        ] {
            records.extend(differing(old, new, "record_id", PLACE)?);
        }
        let trials = differing(before.trial, &now.trial, "trial_id", PLACE)?;
        // Phase, status and start of a record are those of its trial.
        for frame in [before.trial_product, &now.trial_product] {
            let of = text(frame, "record_id")?.iter().zip(text(frame, "trial_id")?.iter());
            let changed = of.filter(|(_, trial)| trial.is_some_and(|t| trials.contains(t)));
            records.extend(changed.filter_map(|(record, _)| record));
        }
        let mut blocks = BlockSet::default();
        for frame in [
            before.listing,
            &now.listing,
            before.registration,
            &now.registration,
            before.trial_product,
            &now.trial_product,
        ] {
            let (ids, generics) = (text(frame, "record_id")?, text(frame, "generic")?);
            let forms = text(frame, "dosage_form")?;
            for ((id, generic), form) in ids.iter().zip(generics.iter()).zip(forms.iter()) {
                if id.is_some_and(|id| records.contains(id)) {
                    let (generic, form) = (generic.unwrap_or_default(), form.unwrap_or_default());
                    blocks.entry(generic).or_default().insert(form);
                }
            }
        }
        Ok(Self { records, trials, blocks })
    }

    /// The records of the touched blocks, and their companies.
    pub(crate) fn part(&self, now: &Standard) -> PolarsResult<Part> {
        let listing = of_blocks(&now.listing, &self.blocks)?;
        let registration = of_blocks(&now.registration, &self.blocks)?;
        let trial_product = of_blocks(&now.trial_product, &self.blocks)?;
        let mut ids = Ids::default();
        for frame in [&listing, &registration, &trial_product] {
            ids.extend(text(frame, "record_id")?.iter().flatten());
        }
        let parties = with_ids(&now.parties, "record_id", &ids)?;
        drop(ids);
        Ok(Part { listing, registration, trial_product, parties })
    }
}

impl Part {
    /// The tables for [`crate::records::Records`].
    pub(crate) fn frames(&self) -> Frames<'_> {
        Frames {
            listing: &self.listing,
            registration: &self.registration,
            trial_product: &self.trial_product,
            parties: &self.parties,
        }
    }
}

/// Whether the block is among `blocks`.
pub(crate) fn holds(blocks: &BlockSet<'_>, generic: Option<&str>, form: Option<&str>) -> bool {
    let forms = blocks.get(generic.unwrap_or_default());
    forms.is_some_and(|forms| forms.contains(form.unwrap_or_default()))
}

/// The rows of `frame` whose block is among `blocks`.
pub(crate) fn of_blocks(frame: &DataFrame, blocks: &BlockSet<'_>) -> PolarsResult<DataFrame> {
    frame.filter(&of_blocks_mask(frame, blocks)?)
}

pub(crate) fn of_blocks_mask(
    frame: &DataFrame,
    blocks: &BlockSet<'_>,
) -> PolarsResult<BooleanChunked> {
    let (generics, forms) = (text(frame, "generic")?, text(frame, "dosage_form")?);
    let rows = generics.iter().zip(forms.iter());
    Ok(rows.map(|(generic, form)| Some(holds(blocks, generic, form))).collect())
}

/// `old` and below it what `new` has of its columns.
pub(crate) fn below(old: &DataFrame, new: &DataFrame) -> PolarsResult<DataFrame> {
    let mut columns = Vec::with_capacity(old.width());
    for column in old.columns() {
        columns.push(new.column(column.name())?.cast(column.dtype())?);
    }
    let mut both = old.vstack(&DataFrame::new(new.height(), columns)?)?;
    // One chunk, so that a cell is found at once.
    both.rechunk_mut_par();
    Ok(both)
}

/// The rows of `frame` whose `column` is among `ids`.
pub(crate) fn with_ids(frame: &DataFrame, column: &str, ids: &Ids<'_>) -> PolarsResult<DataFrame> {
    let mask: BooleanChunked =
        text(frame, column)?.iter().map(|id| Some(id.is_some_and(|id| ids.contains(id)))).collect();
    frame.filter(&mask)
}

/// The values of `key` whose rows differ between two states of a table, in any
/// column of the old state that the new one has too but `left_out`. Rows of one
/// key stand together, and in the same order in both states.
pub(crate) fn differing<'a>(
    old: &'a DataFrame,
    new: &'a DataFrame,
    key: &str,
    left_out: &[&str],
) -> PolarsResult<Ids<'a>> {
    let (old_keys, new_keys) = (text(old, key)?, text(new, key)?);
    let (pairs, mut found) = paired(old_keys, new_keys);
    let in_place = pairs.old.iter().zip(&pairs.new).all(|(old, new)| old == new)
        && pairs.old.len() == old.height()
        && pairs.new.len() == new.height();
    let (from, to) = (IdxCa::from_vec("".into(), pairs.old), IdxCa::from_vec("".into(), pairs.new));
    for name in old.get_column_names() {
        let Some(after) = new.column(name).ok().filter(|_| !left_out.contains(&name.as_str()))
        else {
            continue;
        };
        let (before, after) =
            (old.column(name)?.as_materialized_series(), after.as_materialized_series());
        let differ = if in_place {
            differs(before, after)?
        } else {
            differs(&before.take(&from)?, &after.take(&to)?)?
        };
        for (at, differs) in differ.iter().enumerate() {
            if differs == Some(true) {
                found.extend(to.get(at).and_then(|row| new_keys.get(row as usize)));
            }
        }
    }
    Ok(found)
}

fn differs(before: &Series, after: &Series) -> PolarsResult<BooleanChunked> {
    if before.dtype() == after.dtype() {
        before.not_equal_missing(after)
    } else {
        before.not_equal_missing(&after.cast(before.dtype())?)
    }
}

/// Rows of the same key in both states.
#[derive(Default)]
struct Pairs {
    old: Vec<IdxSize>,
    new: Vec<IdxSize>,
}

/// Pairs the rows of each key in their order; keys with rows that have no
/// partner differ.
fn paired<'a>(old: &'a StringChunked, new: &'a StringChunked) -> (Pairs, Ids<'a>) {
    let before: Vec<&str> = old.iter().map(Option::unwrap_or_default).collect();
    let mut first: HashMap<&str, usize, PlRandomState> = HashMap::default();
    let (mut pairs, mut alone) = (Pairs::default(), Ids::default());
    let mut has_partner = vec![false; before.len()];
    // Most rows stand where they stood, or some places further on.
    let mut at = 0;
    let mut last = None;
    for (row, key) in new.iter().enumerate() {
        let key = key.unwrap_or_default();
        if before.get(at) != Some(&key) && last != Some(key) {
            if first.is_empty() {
                for (row, key) in before.iter().enumerate().rev() {
                    first.insert(key, row);
                }
            }
            at = first.get(key).copied().unwrap_or(at);
        }
        last = Some(key);
        if before.get(at) == Some(&key) {
            pairs.old.push(number(at));
            pairs.new.push(number(row));
            has_partner[at] = true;
            at += 1;
        } else {
            alone.insert(key);
        }
    }
    let left = before.iter().zip(&has_partner).filter(|(_, has)| !**has);
    alone.extend(left.map(|(key, _)| *key));
    (pairs, alone)
}

/// Tables have far fewer rows than that.
fn number(row: usize) -> IdxSize {
    IdxSize::try_from(row).unwrap_or(IdxSize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(old: &DataFrame, new: &DataFrame) -> Vec<String> {
        let mut keys: Vec<String> =
            differing(old, new, "k", PLACE).unwrap().into_iter().map(str::to_owned).collect();
        keys.sort();
        keys
    }

    #[test]
    fn r39_rows_that_appear_vanish_move_or_change_differ() {
        let old =
            df!("k" => ["a", "b", "c", "d"], "x" => [Some(1), None, Some(3), Some(4)]).unwrap();
        assert!(keys(&old, &old).is_empty());
        let new =
            df!("k" => ["0", "b", "d", "c"], "x" => [None, Some(2), Some(4), Some(3)]).unwrap();
        assert_eq!(keys(&old, &new), ["0", "a", "b"]);
        let none = old.head(Some(0));
        assert_eq!(keys(&old, &none), ["a", "b", "c", "d"]);
        assert_eq!(keys(&none, &old), ["a", "b", "c", "d"]);
    }

    #[test]
    fn r39_rows_of_one_key_are_compared_together() {
        let old = df!("k" => ["a", "a", "b", "c", "c"], "x" => ["1", "2", "1", "1", "2"]).unwrap();
        let new = df!("k" => ["a", "b", "b", "c", "c"], "x" => ["1", "1", "2", "1", "2"]).unwrap();
        assert_eq!(keys(&old, &new), ["a", "b"]);
        let new = df!("k" => ["a", "a", "b", "c", "c"], "x" => ["1", "2", "1", "1", "3"]).unwrap();
        assert_eq!(keys(&old, &new), ["c"]);
    }

    #[test]
    fn r39_lists_are_compared_and_places_are_not() {
        let lists = |values: [&[&str]; 2]| {
            crate::columns::Columns::default()
                .text("k", [Some("a"), Some("b")])
                .texts("x", values)
                .text("body_sha256", [Some("1"), Some(values[1][0])])
                .frame()
                .unwrap()
        };
        let old = lists([&["p"], &["q", "r"]]);
        assert!(keys(&old, &lists([&["p"], &["q", "r"]])).is_empty());
        assert_eq!(keys(&old, &lists([&["p", "q"], &["q", "r"]])), ["a"]);
    }
}
