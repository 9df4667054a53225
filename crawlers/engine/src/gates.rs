//! The gates that data must pass before it may be served.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regatta_lake::{Gate, RunFailure};
use regatta_sources::{SourceSpec, TableSpec};

use crate::accumulate::Gathered;
use crate::baseline::Baseline;

const PASSED: &str = "passed";
const WARNED: &str = "warned";
const FAILED: &str = "failed";

/// What the caller lets pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowances {
    /// A loss of rows is only reported.
    pub(crate) shrink: bool,
    /// An import: the files may be a part of the data set. A table that no file
    /// brought stays as it is; too few rows are only reported, save where a file
    /// holds the whole table.
    pub(crate) partial: bool,
    /// An import takes the place of tables that it would add to.
    pub(crate) replace: bool,
    /// Least number of rows by source and table, in place of the catalogue's.
    pub(crate) min_rows: BTreeMap<(String, String), u64>,
}

/// Holds what was read against the catalogue's bounds, the data served now and
/// the totals that the regulator declares. `merged` has the rows of the tables
/// that an import adds to, what is served included.
pub(crate) fn judge(
    spec: &SourceSpec,
    gathered: &Gathered,
    merged: Option<&BTreeMap<String, u64>>,
    baseline: &Baseline,
    allowances: &Allowances,
) -> Vec<Gate> {
    let mut gates = Vec::new();
    let partial = allowances.partial;
    if partial && gathered.rows() == 0 {
        let name = spec.tables.keys().next().map_or("", String::as_str);
        gates.push(gate("present", name, FAILED, "the files hold no row of any table".to_owned()));
    }
    for (name, table) in &spec.tables {
        let before = baseline.rows(name);
        let whole = merged.and_then(|merged| merged.get(name)).copied();
        if let Some(rows) = whole.or_else(|| gathered.rows_of(name)) {
            let own_minimum = allowances.min_rows.get(&(spec.id.to_string(), name.clone()));
            let min_rows = own_minimum.copied().unwrap_or(table.bounds.min_rows);
            let [mut minimum, maximum] =
                bounds(name, table, rows, min_rows, partial && !table.import_whole);
            if partial && minimum.verdict == FAILED {
                let _ = write!(
                    minimum.detail,
                    "; a file holds the whole table, so this one is cut off or another: \
                     import it complete, or lower `{name}` in [sources.{}.min_rows] of the \
                     configuration where it has no more rows",
                    spec.id
                );
            }
            gates.extend([minimum, maximum]);
            gates.extend(shrinkage(name, table, rows, before, allowances));
        } else if !(partial && before.is_some()) {
            gates.extend(absence(name, table, before, partial));
        }
    }
    gates.extend(declared(gathered, partial));
    gates
}

/// Holds tables into which a feed of changes was merged, of `merged` rows,
/// against the catalogue's bounds and the tables that are served; and the feed
/// against the total that it declares of itself.
pub(crate) fn judge_feed(
    spec: &SourceSpec,
    gathered: &Gathered,
    merged: &BTreeMap<String, u64>,
    baseline: &Baseline,
    allowances: &Allowances,
) -> Vec<Gate> {
    let mut gates = Vec::new();
    for (name, rows) in merged {
        let Some(table) = spec.tables.get(name) else { continue };
        let own_minimum = allowances.min_rows.get(&(spec.id.to_string(), name.clone()));
        let min_rows = own_minimum.copied().unwrap_or(table.bounds.min_rows);
        gates.extend(bounds(name, table, *rows, min_rows, false));
        let strict = Allowances::default();
        gates.extend(shrinkage(name, table, *rows, baseline.rows(name), &strict));
    }
    gates.extend(declared(gathered, false));
    gates
}

fn declared(gathered: &Gathered, partial: bool) -> Vec<Gate> {
    let mut gates = Vec::new();
    for name in gathered.declared_tables() {
        if let Some((declared, parts)) = gathered.declared(name) {
            let rows = gathered.rows_of(name).unwrap_or(0);
            let of_parts = if parts > 1 { format!(" in {parts} parts") } else { String::new() };
            let mut detail = format!("the source declares {declared} rows{of_parts}, {rows} came");
            let verdict = match (rows == declared, partial) {
                (true, _) => PASSED,
                (false, true) => {
                    detail.push_str(
                        "; no cause to refuse files of an operator: pages of the list are \
                         missing, or come twice",
                    );
                    WARNED
                }
                (false, false) => FAILED,
            };
            gates.push(gate("declared_total", name, verdict, detail));
        }
    }
    gates
}

/// Why the data is refused, where it is.
pub(crate) fn failure(gates: &[Gate]) -> Option<RunFailure> {
    let failed: Vec<String> = gates
        .iter()
        .filter(|g| g.verdict == FAILED)
        .map(|g| format!("{}: {} ({})", g.table, g.detail, g.gate))
        .collect();
    let what = "hold the data against the gates".to_owned();
    (!failed.is_empty()).then(|| RunFailure { what, reason: failed.join("; ") })
}

fn bounds(name: &str, table: &TableSpec, rows: u64, min_rows: u64, partial: bool) -> [Gate; 2] {
    let max_rows = table.bounds.max_rows;
    let mut least = format!("{rows} rows, at least {min_rows} expected");
    let minimum = match (rows < min_rows, partial) {
        (false, _) => PASSED,
        (true, true) => {
            least.push_str(
                "; no cause to refuse files of an operator: they seem to be a part of the data set",
            );
            WARNED
        }
        (true, false) => FAILED,
    };
    let maximum = if rows > max_rows { WARNED } else { PASSED };
    [
        gate("minimum", name, minimum, least),
        gate("maximum", name, maximum, format!("{rows} rows, at most {max_rows} expected")),
    ]
}

fn shrinkage(
    name: &str,
    table: &TableSpec,
    rows: u64,
    before: Option<u64>,
    allowances: &Allowances,
) -> Option<Gate> {
    let before = before?;
    let lost = before.saturating_sub(rows);
    let share = ratio(lost, before);
    let mut detail = format!("{rows} rows, {before} before");
    let verdict = if share <= table.bounds.max_shrink {
        PASSED
    } else {
        let (gone, limit) = (share * 100.0, table.bounds.max_shrink * 100.0);
        detail = format!("{detail}: {gone:.1} % are gone, at most {limit:.1} % may be");
        if allowances.shrink {
            detail.push_str("; accepted by the operator");
            WARNED
        } else {
            if allowances.partial {
                detail.push_str(
                    "; an import takes the place of the table: import all files of it \
                     together, or accept the loss with --accept-shrink",
                );
            }
            FAILED
        }
    };
    Some(gate("shrinkage", name, verdict, detail))
}

fn absence(name: &str, table: &TableSpec, before: Option<u64>, partial: bool) -> Option<Gate> {
    let detail = match before {
        Some(rows) => format!("the table did not come; it had {rows} rows before"),
        None if partial => "no imported file has the table: it stays empty".to_owned(),
        None => "the table did not come".to_owned(),
    };
    match (table.optional, before) {
        (false, _) => Some(gate("present", name, if partial { WARNED } else { FAILED }, detail)),
        (true, Some(_)) => Some(gate("present", name, WARNED, detail)),
        (true, None) => None,
    }
}

fn gate(gate: &str, table: &str, verdict: &str, detail: String) -> Gate {
    Gate { gate: gate.to_owned(), table: table.to_owned(), verdict: verdict.to_owned(), detail }
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
