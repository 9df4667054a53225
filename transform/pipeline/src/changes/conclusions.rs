//! R19: every change of a review conclusion is stored with its evidence; and what
//! of the evidence changed, which tells the run that saw it (R41).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use regatta_domain::WrittenNumber;

use super::{NewRun, NewRuns, Tables, diff_tables};
use crate::diff::{Cell, Diff};
use crate::distinct::text;
use crate::registrations::{Kind, PREFIX, Rule};

/// The field that names the rows which a conclusion rests on, as
/// `source:table:record_key`.
const FIELD: &str = "conclusion_evidence";

/// Adds the evidence of each changed conclusion to what changed.
pub(super) fn with_evidence(found: &mut Diff, old: &Tables, new: &Tables) -> PolarsResult<()> {
    let changed: BTreeSet<String> = found
        .cells
        .iter()
        .filter(|c| matches!(c.field.as_str(), "conclusion" | "conclusion_rule"))
        .map(|c| c.key.clone())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut before = evidence(old, &changed)?;
    let mut now = evidence(new, &changed)?;
    for key in changed {
        let (old, new) = (before.remove(&key), now.remove(&key));
        if old != new {
            found.cells.push(Cell { key, field: FIELD.to_owned(), old, new });
        }
    }
    found.cells.sort();
    Ok(())
}

/// The rows that the conclusions of these registrations rest on.
fn evidence(tables: &Tables, ids: &BTreeSet<String>) -> PolarsResult<BTreeMap<String, String>> {
    let frame = &tables.registration;
    let (records, rules) = (text(frame, "record_id")?, text(frame, "conclusion_rule")?);
    let conclusions = text(frame, "conclusion")?;
    let mut decided = HashMap::new();
    for (row, record) in records.iter().enumerate() {
        let Some(id) = record.filter(|id| ids.contains(*id)) else { continue };
        let rule = Rule::ALL.into_iter().find(|rule| rules.get(row) == Some(rule.code()));
        let conclusion = conclusions.get(row).and_then(|c| c.parse().ok());
        if let (Some(rule), Some(conclusion)) = (rule, conclusion) {
            let number = WrittenNumber::new(id.strip_prefix(PREFIX).unwrap_or(id));
            decided.insert(id, (rule, conclusion, number));
        }
    }
    let frame = &tables.evidence;
    let cells = |name| text(frame, name);
    let (kinds, titles, sources) = (cells("evidence")?, cells("title")?, cells("source_id")?);
    let (raw_tables, keys) = (cells("raw_table")?, cells("record_key")?);
    let mut rows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (row, id) in cells("record_id")?.iter().enumerate() {
        let Some((id, (rule, conclusion, number))) = id.and_then(|id| decided.get_key_value(id))
        else {
            continue;
        };
        let Some(kind) = kinds.get(row).and_then(Kind::of_code) else { continue };
        if rule.rests_on(kind, titles.get(row), number, *conclusion) {
            let place = [sources.get(row), raw_tables.get(row), keys.get(row)];
            let place = place.map(Option::unwrap_or_default).join(":");
            rows.entry(id).or_default().insert(place);
        }
    }
    let joined = |rows: BTreeSet<String>| rows.into_iter().collect::<Vec<_>>().join("; ");
    Ok(rows.into_iter().map(|(id, rows)| (id.to_owned(), joined(rows))).collect())
}

/// The sources with a new run whose rows about a registration are other ones now,
/// by registration.
pub(super) fn moved(
    old: &DataFrame,
    new: &DataFrame,
    runs: &NewRuns,
) -> PolarsResult<BTreeMap<String, BTreeSet<String>>> {
    // Where a row stood in a file says nothing.
    const SAYS: [&str; 5] = ["evidence", "title", "evidence_date", "product_name", "companies_raw"];
    let found = diff_tables(&keyed(old)?, &keyed(new)?, "key", &SAYS)?;
    let keys = found.appeared.iter().chain(&found.vanished);
    let mut moved: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for key in keys.chain(found.cells.iter().map(|c| &c.key)) {
        let mut parts = key.split(SEPARATOR);
        if let (Some(record), Some(source)) = (parts.next(), parts.next())
            && runs.contains_key(source)
        {
            moved.entry(record.to_owned()).or_default().insert(source.to_owned());
        }
    }
    Ok(moved)
}

const SEPARATOR: char = '\u{1f}';

/// With one key for each row.
fn keyed(evidence: &DataFrame) -> PolarsResult<DataFrame> {
    let parts = ["record_id", "source_id", "raw_table", "record_key"].map(col);
    let key = concat_str(parts, "\u{1f}", false).alias("key");
    evidence.clone().lazy().with_column(key).collect()
}

/// The last of the runs of some sources: before it not all that a change is made of
/// was there.
pub(super) fn last_run<'a>(
    sources: impl IntoIterator<Item = &'a str>,
    runs: &NewRuns,
) -> Option<&NewRun> {
    sources.into_iter().filter_map(|s| runs.get(s)).max_by_key(|r| (r.seen_at, &r.run_id))
}
