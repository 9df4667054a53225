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
//! - R6a (inferred) looks at the generic: of the generics of changed records
//!   all records without a form are chosen, and the forms of the others are
//!   handed in;
//! - R7: spellings of one unknown company stand under the first of them. The
//!   names of all other records are handed in, and whose company is another one
//!   now is chosen;
//! - R13 over time looks at the record's own row of the snapshot before.
//!
//! Two things are not in the tables of the snapshot before: ingredients that no
//! dictionary knows, and the run that a row problem was met in. Records with
//! either are chosen always.

mod choice;
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
use crate::previous::Previous;
use crate::raw::RawTables;
use crate::reuse::stitched_with;
use crate::standard::{Others, Standard};
use crate::touched::{Ids, RecordsBefore};

use choice::{Choice, Old};
use units::{Source, Units};

/// Standard records, made of those of the snapshot before and of what changed.
pub(crate) struct Partial {
    /// All of them.
    pub(crate) standard: Standard,
    /// Those that were standardised anew.
    pub(crate) made: Standard,
    /// The rows of the snapshot before that they stand for.
    pub(crate) gone: GoneRecords,
    /// The raw rows that differ, by source and table: before and now.
    pub(crate) raw: RawRows,
}

/// Raw rows before and now, by source and table.
pub(crate) type RawRows = HashMap<(String, String), (DataFrame, DataFrame)>;

/// Rows of the tables of records of the snapshot before.
pub(crate) struct GoneRecords {
    listing: DataFrame,
    registration: DataFrame,
    trial: DataFrame,
    trial_product: DataFrame,
    parties: DataFrame,
    evidence: DataFrame,
    trial_country: DataFrame,
}

impl GoneRecords {
    /// For comparison.
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
    let old = Old { records: previous.records(), rejected: &previous.rejected()? };
    let mut units = Units::default();
    for source in &sources {
        source.changed(&mut units).in_table("change")?;
    }
    let known = previous.records();
    let all = known.listing.height() + known.registration.height() + known.trial.height();
    if units.len() > all / WORTH_IT {
        return Ok(None);
    }
    let sub = Sub { lake, inputs, sources: &sources, old: &old, dictionaries, day };
    // What the changed rows say tells with what they hang together.
    let (gone, _) = sub.divided(&units)?;
    let (first, _) = sub.standardised(&units, &gone, None)?;
    let mut choice = Choice::new(&sources, &old, units).in_table("listing")?;
    choice.close(&first).in_table("listing")?;
    drop(first);
    for _ in 0..ROUNDS {
        let (gone, kept) = sub.divided(&choice.units)?;
        let others = kept.others().in_table("record_company")?;
        let sponsors = ["trial_id", "drug_named", "sponsors_raw", "sponsors"];
        let sponsors = kept.trial.columns(&sponsors).in_table("trial")?;
        let (made, names) = sub.standardised(&choice.units, &gone, Some(&others))?;
        match choice
            .renamed((&others.parties, &sponsors), &names, dictionaries, day)
            .in_table("record_company")?
        {
            choice::Renamed::None => {}
            choice::Renamed::Groups => return Ok(None),
            choice::Renamed::Records => continue,
        }
        let standard = kept.with(&made).in_table("listing")?;
        let mut raw = RawRows::new();
        for source in &sources {
            source.differing_rows(&mut raw).in_table("change")?;
        }
        return Ok(Some(Partial { standard, made, gone, raw }));
    }
    Ok(None)
}

/// What the rows of some units are standardised with.
struct Sub<'a> {
    lake: &'a Lake,
    inputs: &'a Inputs,
    sources: &'a [Source],
    old: &'a Old<'a>,
    dictionaries: &'a Dictionaries,
    day: &'a str,
}

impl Sub<'_> {
    fn standardised(
        &self,
        units: &Units,
        gone: &GoneRecords,
        others: Option<&Others>,
    ) -> Result<(Standard, crate::company_names::CompanyNames), TransformError> {
        let mut frames = Vec::with_capacity(self.sources.len());
        for source in self.sources {
            frames.push(source.rows(units).in_table(&source.id)?);
        }
        let runs: Vec<&RunManifest> = self.inputs.runs.values().collect();
        let raws: Vec<RawTables<'_>> = runs
            .iter()
            .zip(&frames)
            .map(|(run, frames)| RawTables::of_rows(self.lake, run, frames))
            .collect();
        let before = Before { listing: &gone.listing, parties: &gone.parties };
        Standard::with_others(&raws, self.dictionaries, Some(before), self.day, others)
    }

    /// The rows of the snapshot before that stand for the units, and the rest.
    fn divided(&self, units: &Units) -> Result<(GoneRecords, Kept), TransformError> {
        let old = self.old.records;
        let keys = units::keys_before(self.sources, units).in_table("listing")?;
        let is_of = |source: Option<&str>, table: Option<&str>, key: Option<&str>| {
            let tables = source.and_then(|s| keys.get(s));
            let found = tables.zip(table).and_then(|(tables, t)| tables.get(t));
            found.zip(key).is_some_and(|(keys, key)| keys.contains(key))
        };
        let place = |frame: &DataFrame| -> PolarsResult<BooleanChunked> {
            let cells = |name| text(frame, name);
            let rows = cells("source_id")?.iter().zip(cells("raw_table")?.iter());
            Ok(rows
                .zip(cells("record_key")?.iter())
                .map(|((source, table), key)| Some(is_of(source, table, key)))
                .collect())
        };
        let split = |frame: &DataFrame, mask: &BooleanChunked| -> PolarsResult<_> {
            Ok((frame.filter(mask)?, Standing { old: frame.clone(), mask: !mask }))
        };
        let (listing, kept_listing) =
            place(old.listing).and_then(|m| split(old.listing, &m)).in_table("listing")?;
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
        let (registration, kept_registration) = of_number(old.registration)
            .and_then(|m| split(old.registration, &m))
            .in_table("registration")?;
        let (gone_evidence, evidence) = of_number(old.evidence)
            .and_then(|m| split(old.evidence, &m))
            .in_table("registration_evidence")?;
        let (trial, kept_trial) =
            place(old.trial).and_then(|m| split(old.trial, &m)).in_table("trial")?;
        let trials: Ids<'_> =
            text(&trial, "trial_id").in_table("trial")?.iter().flatten().collect();
        let (trial_product, kept_product) = mask(old.trial_product, "trial_id", &trials)
            .and_then(|m| split(old.trial_product, &m))
            .in_table("trial_product")?;
        let (gone_country, trial_country) = mask(old.trial_country, "trial_id", &trials)
            .and_then(|m| split(old.trial_country, &m))
            .in_table("trial_country")?;
        let mut ids = Ids::default();
        for frame in [&listing, &registration, &trial, &trial_product] {
            let column = if frame.column("record_id").is_ok() { "record_id" } else { "trial_id" };
            ids.extend(text(frame, column).in_table("record_company")?.iter().flatten());
        }
        let (parties, kept_parties) = mask(old.parties, "record_id", &ids)
            .and_then(|m| split(old.parties, &m))
            .in_table("record_company")?;
        drop((ids, trials));
        let kept = Kept {
            listing: kept_listing,
            registration: kept_registration,
            evidence,
            trial: kept_trial,
            trial_country,
            trial_product: kept_product,
            parties: kept_parties,
        };
        let gone = GoneRecords {
            listing,
            registration,
            trial,
            trial_product,
            parties,
            evidence: gone_evidence,
            trial_country: gone_country,
        };
        Ok((gone, kept))
    }
}

/// The rows of a table of the snapshot before that stand.
struct Standing {
    old: DataFrame,
    mask: BooleanChunked,
}

impl Standing {
    /// Some columns of them.
    fn columns(&self, names: &[&str]) -> PolarsResult<DataFrame> {
        self.old.select(names.iter().copied())?.filter(&self.mask)
    }

    /// They with more columns.
    fn with(&self, more: &[Expr]) -> PolarsResult<Self> {
        let old = self.old.clone().lazy().with_columns(more).collect()?;
        Ok(Self { old, mask: self.mask.clone() })
    }

    /// They and the rows `new`, in the order of the table.
    fn and(self, new: &DataFrame, name: &str, more: &[&str]) -> PolarsResult<DataFrame> {
        stitched_with(new.clone(), self.old, Some(&self.mask), name, more)
    }
}

/// The rows of the snapshot before that stand.
struct Kept {
    listing: Standing,
    registration: Standing,
    evidence: Standing,
    trial: Standing,
    trial_country: Standing,
    trial_product: Standing,
    parties: Standing,
}

impl Kept {
    /// What they tell the records that are standardised anew.
    fn others(&self) -> PolarsResult<Others> {
        let parties = self.parties.columns(PARTIES)?;
        // A holder of former days stands in no row of today.
        let current = col("origin").neq(lit("former_holder"));
        let names =
            parties.clone().lazy().filter(current).select([col("company_raw")]).collect()?;
        let sponsors =
            self.trial.columns(&["sponsors_raw"])?.lazy().select([col("sponsors_raw")
                .explode(ExplodeOptions { empty_as_null: false, keep_nulls: false })]);
        let sponsors = sponsors.collect()?;
        let shared = ["record_id", "country", "generic", "dosage_form", "dosage_form_match"];
        let told =
            crate::listing::has_known_form().and(col("dosage_form_match").neq(lit("inferred")));
        let mut frames = Vec::new();
        for table in [&self.listing, &self.registration, &self.trial_product] {
            frames.push(table.columns(&shared)?.lazy().filter(told.clone()));
        }
        Ok(Others {
            names: vec![
                text(&names, "company_raw")?.clone(),
                text(&sponsors, "sponsors_raw")?.clone(),
            ],
            records: concat(frames, UnionArgs::default())?.collect()?,
            parties,
        })
    }

    /// They and `made`, in the order of the tables.
    fn with(self, made: &Standard) -> PolarsResult<Standard> {
        let nothing = lit(NULL).cast(DataType::String).alias("generic_unknown");
        let brand = col("product_name").alias("brand_name");
        let listing = self.listing.with(std::slice::from_ref(&nothing))?;
        let registration = self.registration.with(&[nothing.clone(), brand.clone()])?;
        let of_trial = ["phase", "status", "start_date", "start_date_precision"];
        let trial = self.trial.old.clone().lazy();
        let on = [col("trial_id")];
        let trial_product = self
            .trial_product
            .old
            .lazy()
            .join(
                trial.select([&[col("trial_id")][..], &of_trial.map(col)[..]].concat()),
                on.clone(),
                on,
                JoinArgs {
                    maintain_order: MaintainOrderJoin::Left,
                    ..JoinArgs::new(JoinType::Left)
                },
            )
            .with_columns([nothing, brand])
            .collect()?;
        let trial_product = Standing { old: trial_product, mask: self.trial_product.mask };
        let both = ["generic_unknown", "brand_name"];
        let of_product = [&both[..], &of_trial[..]].concat();
        let parties = self.parties.and(&made.parties, "record_company", &[])?;
        Ok(Standard {
            listing: listing.and(&made.listing, "listing", &["generic_unknown"])?,
            registration: registration.and(&made.registration, "registration", &both)?,
            evidence: self.evidence.and(&made.evidence, "registration_evidence", &[])?,
            trial: self.trial.and(&made.trial, "trial", &[])?,
            trial_country: self.trial_country.and(&made.trial_country, "trial_country", &[])?,
            trial_product: trial_product.and(&made.trial_product, "trial_product", &of_product)?,
            listing_parties: parties.clone(),
            parties,
            problems: made.problems.clone(),
        })
    }
}

/// Columns of `record_company` that tell other records something.
const PARTIES: &[&str] =
    &["record_id", "company", "company_raw", "company_match", "corporate_group", "links", "origin"];
