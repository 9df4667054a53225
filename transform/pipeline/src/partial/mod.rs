//! R39: standard records without standardising all of them. Only raw rows that
//! changed are read anew, and those that hang together with them; all other
//! records stand as they were in the snapshot before.
//!
//! The chosen rows go through the same code as all rows do, as if the lake held
//! no others. That gives what all rows would give for these records, because
//! whatever one record tells another is chosen too ([`choice`]):
//!
//! - rows that make one record (an application of Drugs@FDA, an acceptance
//!   number, a trial) are one unit ([`units`]), and units are chosen whole;
//! - R6a (same product), R13 and R14 look at records that share a number: of a
//!   chosen record all of them are chosen, and of these again;
//! - R6a (inferred) looks at the generic and the company: of those of changed
//!   records all records without a form are chosen ([`generic_parties`]), and the
//!   forms of the others are handed in;
//! - R7: spellings of one unknown company stand under the first of them. The
//!   names of all other records are handed in, and whose company is another one
//!   now is chosen;
//! - R13 over time looks at the record's own row of the snapshot before.
//!
//! The run that a row problem was met in is not in the tables of the snapshot
//! before: records with one are chosen always.

mod choice;
mod generic_parties;
mod narrow;
mod numbers;
mod source;
mod trimmed;
mod units;

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_lake::{Lake, RunManifest, SnapshotManifest, history};

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::holders::Before;
use crate::inputs::Inputs;
use crate::previous::{Previous, Standing};
use crate::raw::RawTables;
use crate::standard::{Others, Standard};
use crate::touched::{Ids, RecordTables};

use choice::{Choice, Old};
use narrow::narrow;
use numbers::with_keys;
use source::{Source, keys_before};
use trimmed::trimmed;
use units::Units;

/// What changed among the standard records of the snapshot before.
pub(crate) struct Partial {
    /// How many records were standardised anew.
    pub(crate) chosen: usize,
    /// Those of them whose rows are other ones now.
    pub(crate) made: Standard,
    /// The rows of the snapshot before that they stand for.
    pub(crate) gone: RecordTables,
    /// What stands of the tables.
    pub(crate) standing: Standing,
    /// The raw rows that differ, by source and table: before and now.
    pub(crate) raw: RawRows,
}

/// Raw rows before and now, by source and table.
pub(crate) type RawRows = HashMap<(String, String), (DataFrame, DataFrame)>;

/// Records chosen because the company of their words became another one are at
/// most looked for so often; then all is standardised.
const ROUNDS: usize = 4;

/// Where more than one record in so many has another row, looking for what hangs
/// together costs more than it saves: a file that is sent whole moves its rows,
/// and each has a new place.
const WORTH_IT: usize = 5;

/// Standardises what changed since `before`; none where that cannot be told
/// from the snapshot before: other sources, tables or columns, or companies
/// that belong to other groups by now. Dictionaries, rules and contract are
/// those of then.
pub(crate) fn partial(
    lake: &Lake,
    inputs: &Inputs,
    before: &SnapshotManifest,
    previous: &Previous,
    dictionaries: &Dictionaries,
    day: &str,
) -> Result<Option<Partial>, TransformError> {
    if !before.inputs.keys().eq(inputs.runs.keys()) {
        return Ok(None);
    }
    let mut sources = Vec::new();
    for (id, run) in &inputs.runs {
        let old_id = before.inputs.get(id).map(|i| &i.data_run_id);
        let old = if old_id == Some(&run.run_id) {
            None
        } else {
            let runs = history(lake, id)?.runs;
            let Some(old) = runs.into_iter().find(|r| Some(&r.run_id) == old_id) else {
                return Ok(None);
            };
            Some(old)
        };
        let Some(source) = Source::read(lake, run, old.as_ref())? else { return Ok(None) };
        sources.push(source);
    }
    let columns = narrow(previous)?;
    let old = Old { records: columns.records(), rejected: previous.all("rejected")? };
    let mut units = Units::default();
    for source in &sources {
        source.changed(&mut units).in_table("change")?;
    }
    let known = old.records;
    let all = known.listing.height() + known.registration.height() + known.trial.height();
    if units.len() > all / WORTH_IT {
        return Ok(None);
    }
    let sub = Sub { lake, inputs, sources: &sources, old: &old, previous, dictionaries, day };
    // What the changed rows say tells with what they hang together.
    let gone = sub.gone(&units)?;
    let (first, _) = sub.standardised(&units, &gone, None)?;
    let mut choice = Choice::new(&sources, &old, units);
    choice.close(&first).in_table("listing")?;
    drop(first);
    for _ in 0..ROUNDS {
        let gone = sub.gone(&choice.units)?;
        let others = gone.others(&columns).in_table("record_company")?;
        let (made, names) = sub.standardised(&choice.units, &gone, Some(&others))?;
        let standing = (&!&gone.parties, &!&gone.trial);
        match choice
            .renamed((&columns.parties, &columns.trial), standing, &names, dictionaries, day)
            .in_table("record_company")?
        {
            choice::Renamed::None => {}
            choice::Renamed::Groups => return Ok(None),
            choice::Renamed::Records => continue,
        }
        let mut raw = RawRows::new();
        for source in &sources {
            source.differing_rows(&mut raw).in_table("change")?;
        }
        return trimmed(previous, &gone, made, raw).map(Some);
    }
    Ok(None)
}

/// What the rows of some units are standardised with.
struct Sub<'a> {
    lake: &'a Lake,
    inputs: &'a Inputs,
    sources: &'a [Source],
    old: &'a Old<'a>,
    previous: &'a Previous,
    dictionaries: &'a Dictionaries,
    day: &'a str,
}

impl Sub<'_> {
    fn standardised(
        &self,
        units: &Units,
        gone: &GoneRows,
        others: Option<&Others>,
    ) -> Result<(Standard, crate::company_names::CompanyNames), TransformError> {
        let mut frames = Vec::with_capacity(self.sources.len());
        for source in self.sources {
            frames.push(source.rows(units).in_table(&source.id)?);
        }
        let runs: Vec<&RunManifest> = self.inputs.runs.values().collect();
        let tables: Vec<RawTables<'_>> = runs
            .iter()
            .zip(&frames)
            .map(|(run, frames)| RawTables::of_rows(self.lake, run, frames))
            .collect();
        let rows = |name: &str, mask, columns: &[&'static str]| {
            self.previous.table(name)?.rows_of(&crate::previous::numbers(mask), columns)
        };
        let listing = rows("listing", &gone.listing, Before::LISTING)?;
        let parties = rows("record_company", &gone.parties, Before::PARTIES)?;
        let before = Before { listing: &listing, parties: &parties };
        Standard::with_others(&tables, self.dictionaries, Some(before), self.day, others)
    }

    /// The rows of the snapshot before that stand for the units.
    fn gone(&self, units: &Units) -> Result<GoneRows, TransformError> {
        let old = self.old.records;
        let keys = keys_before(self.sources, units).in_table("listing")?;
        let mask =
            |frame: &DataFrame, column: &str, ids: &Ids<'_>| -> PolarsResult<BooleanChunked> {
                let cells = text(frame, column)?.iter();
                Ok(cells.map(|id| Some(id.is_some_and(|id| ids.contains(id)))).collect())
            };
        let registered = units.registrations();
        let of_number = |frame: &DataFrame| -> PolarsResult<BooleanChunked> {
            let cells = text(frame, "record_id")?.iter();
            Ok(cells
                .map(|id| {
                    let number = id.and_then(|id| id.strip_prefix(crate::registrations::PREFIX));
                    Some(number.is_some_and(|n| registered.is_some_and(|r| r.contains(n))))
                })
                .collect())
        };
        let chosen = |frame: &DataFrame, column: &str, mask: &BooleanChunked| {
            text(frame, column)?.filter(mask)
        };
        let listing = with_keys(old.listing, &keys).in_table("listing")?;
        let registration = of_number(old.registration).in_table("registration")?;
        let evidence = of_number(old.evidence).in_table("registration_evidence")?;
        let trial = with_keys(old.trial, &keys).in_table("trial")?;
        let trials = chosen(old.trial, "trial_id", &trial).in_table("trial")?;
        let trials: Ids<'_> = trials.iter().flatten().collect();
        let trial_product =
            mask(old.trial_product, "trial_id", &trials).in_table("trial_product")?;
        let trial_country =
            mask(old.trial_country, "trial_id", &trials).in_table("trial_country")?;
        let records = [
            chosen(old.listing, "record_id", &listing).in_table("listing")?,
            chosen(old.registration, "record_id", &registration).in_table("registration")?,
            chosen(old.trial_product, "record_id", &trial_product).in_table("trial_product")?,
        ];
        let mut ids: Ids<'_> = records.iter().flat_map(|ids| ids.iter().flatten()).collect();
        ids.extend(&trials);
        let parties = mask(old.parties, "record_id", &ids).in_table("record_company")?;
        Ok(GoneRows {
            listing,
            registration,
            evidence,
            trial,
            trial_country,
            trial_product,
            parties,
        })
    }
}

/// Which rows of the tables of the snapshot before are no more.
struct GoneRows {
    listing: BooleanChunked,
    registration: BooleanChunked,
    evidence: BooleanChunked,
    trial: BooleanChunked,
    trial_country: BooleanChunked,
    trial_product: BooleanChunked,
    parties: BooleanChunked,
}

impl GoneRows {
    /// What the rows that stand tell the records that are standardised anew.
    fn others(&self, columns: &RecordTables) -> PolarsResult<Others> {
        let stands = !&self.parties;
        let origins = text(&columns.parties, "origin")?;
        // A holder of former days stands in no row of today.
        let current: BooleanChunked = stands
            .iter()
            .zip(origins.iter())
            .map(|(stands, origin)| Some(stands == Some(true) && origin != Some("former_holder")))
            .collect();
        let names = text(&columns.parties, "company_raw")?.filter(&current)?;
        let sponsors = columns.trial.select(["sponsors_raw"])?.filter(&!&self.trial)?;
        let sponsors = sponsors
            .lazy()
            .select([col("sponsors_raw")
                .explode(ExplodeOptions { empty_as_null: false, keep_nulls: false })])
            .collect()?;
        Ok(Others {
            names: vec![names, text(&sponsors, "sponsors_raw")?.clone()],
            records: vec![
                (columns.listing.clone(), !&self.listing),
                (columns.registration.clone(), !&self.registration),
                (columns.trial_product.clone(), !&self.trial_product),
            ],
            parties: (columns.parties.clone(), stands),
        })
    }
}
