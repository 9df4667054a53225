//! From the last good runs to a staged snapshot.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::RecordId;
use regatta_lake::{
    CatalogueEntry, Lake, SnapshotManifest, Step, WriterLock, current_snapshot, schema,
    snapshot_ref,
};

use crate::TransformError;
use crate::associations::registration_association;
use crate::blocks::{EarlierIds, merge};
use crate::changes::Changes;
use crate::compared::{Now, Part};
use crate::drugs::{Members, drug, drug_record};
use crate::elsewhere::MergeElsewhere;
use crate::error::InTable;
use crate::ids::{id_history, next_id, record_ids, with_new_times, with_times};
use crate::inputs::Inputs;
use crate::market_part::{MarketBefore, market_part};
use crate::partial::partial;
use crate::previous::{Kept, Previous};
use crate::raw::RawTables;
use crate::records::Records;
use crate::rejected::rejected;
use crate::reuse::{Blocks, stitched};
use crate::stage::{Out, staged};
use crate::standard::Standard;
use crate::touched::Touched;
use crate::watch::Watch;
use crate::{market_listing, progress};

/// Version of the rules in code. Raise it with every change of what is made
/// from the same raw rows and dictionaries.
pub const RULES_VERSION: u32 = 5;

/// What a transform came to.
#[derive(Debug)]
pub enum Outcome {
    /// No source has any data yet.
    NoData,
    /// Data, dictionaries and rules are those of the snapshot being served.
    Unchanged(Box<SnapshotManifest>),
    /// A new snapshot lies in `LAKE/staged/`, ready to be checked and published.
    Staged(Box<Staged>),
}

/// A snapshot made and not yet published.
#[derive(Debug)]
pub struct Staged {
    /// Its manifest; the paths of its tables are those after publishing.
    pub manifest: SnapshotManifest,
    /// Time and rows of each step.
    pub steps: Vec<Step>,
}

/// Which blocks are merged anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Recompute {
    /// Those that a change touches (R39).
    #[default]
    Touched,
    /// All of them. The tables are the same but for `block.computed_at`.
    All,
}

/// How the tables are computed; none of it changes what they are.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Which blocks are merged anew.
    pub recompute: Recompute,
    /// Who merges them, if not this transform itself (R40).
    pub elsewhere: Option<&'a dyn MergeElsewhere>,
}

/// Computes all tables from the last good run of every source and stages them.
/// `now` is the time of the snapshot.
///
/// # Errors
/// [`TransformError`]; nothing is staged then, and what is served stays.
pub fn transform(
    lake: &Lake,
    catalogue: &[CatalogueEntry],
    dictionaries: &Dictionaries,
    now: Timestamp,
    options: Options<'_>,
    _lock: &WriterLock,
) -> Result<Outcome, TransformError> {
    let mut watch = Watch::start();
    let inputs = Inputs::find(lake, catalogue)?;
    if inputs.runs.is_empty() {
        return Ok(Outcome::NoData);
    }
    let current = current_snapshot(lake)?;
    let mut manifest = SnapshotManifest {
        format: regatta_lake::FORMAT,
        schema_version: schema::SCHEMA_VERSION,
        snapshot_id: next_id(now, current.as_ref()),
        created_at: now,
        previous: current.as_ref().map(|c| snapshot_ref(lake, c)).transpose()?,
        inputs: inputs.manifest_inputs(lake)?,
        dictionaries_sha256: dictionaries.sha256(),
        rules_version: RULES_VERSION,
        tables: Vec::new(),
        files: Vec::new(),
        changes: Vec::new(),
    };
    let asked = options.recompute == Recompute::Touched;
    if let Some(current) = current.as_ref().filter(|c| asked && manifest.same_inputs(c)) {
        return Ok(Outcome::Unchanged(Box::new(current.clone())));
    }
    let previous = current.as_ref().map(|c| Previous::read(lake, c)).transpose()?;
    // What an earlier contract says of a block is not what this one would.
    let same_contract = current.as_ref().is_none_or(|c| c.schema_version == schema::SCHEMA_VERSION);
    let recompute = if same_contract { options.recompute } else { Recompute::All };
    let options = Options { recompute, ..options };
    watch.step("read", 0);
    staged(lake, &mut manifest, &mut watch, |out, manifest, watch| {
        let job = Computation { lake, inputs: &inputs, dictionaries, now, options, out };
        let changes = job.run(current.as_ref(), previous.as_ref(), watch)?;
        manifest.changes = changes.counts();
        Ok(())
    })?;
    Ok(Outcome::Staged(Box::new(Staged { manifest, steps: watch.steps })))
}

/// One transform.
pub(crate) struct Computation<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) inputs: &'a Inputs,
    pub(crate) dictionaries: &'a Dictionaries,
    pub(crate) now: Timestamp,
    options: Options<'a>,
    out: &'a Out,
}

impl Computation<'_> {
    fn run(
        &self,
        before: Option<&SnapshotManifest>,
        previous: Option<&Previous>,
        watch: &mut Watch,
    ) -> Result<Changes, TransformError> {
        let newest = self.seen_at(before);
        let seen_at = newest.as_millisecond();
        let day = newest.to_string();
        let day = &day[..10];
        let comparable = before.zip(previous).filter(|(before, _)| self.compares_rows(before));
        let partial = match comparable {
            Some((before, previous)) => {
                let (lake, inputs, d) = (self.lake, self.inputs, self.dictionaries);
                partial(lake, inputs, before, previous, d, day)?
            }
            None => None,
        };
        let all;
        let tables = if let Some(partial) = &partial {
            watch.step("standardise", partial.made.height());
            &partial.standard
        } else {
            all = self.standardised(previous, day, watch)?;
            &all
        };
        self.give_records(tables)?;
        let touched = match comparable {
            Some((_, previous)) => {
                let found = match &partial {
                    Some(partial) => Touched::find(partial.gone.records(), &partial.made),
                    None => Touched::find(previous.records(), tables),
                };
                let found = found.in_table("record_company")?;
                watch.step("touched", found.records.len());
                let rows = found.part(tables).in_table("block")?;
                Some(Part { previous, rows, found, raw: partial.as_ref().map(|p| &p.raw) })
            }
            None => None,
        };
        let touched = touched.as_ref();
        std::thread::scope(|scope| {
            let market = scope.spawn(|| self.market(tables, touched, day));
            let changes = self.drugs(tables, touched, before, previous, (seen_at, day), watch);
            let market = market.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (wall, rows) = market?;
            watch.beside("merge listings", wall, rows);
            changes
        })
    }

    /// Whether the rows that differ from those of the snapshot before tell what
    /// else can: dictionaries, rules and contract are those of then. Corporate
    /// groups (R8) stand in the rows, a change of the day shows there.
    fn compares_rows(&self, before: &SnapshotManifest) -> bool {
        self.options.recompute == Recompute::Touched
            && before.dictionaries_sha256 == self.dictionaries.sha256()
            && before.rules_version == RULES_VERSION
            && before.schema_version == schema::SCHEMA_VERSION
    }

    /// Hands a finished table out. Nobody takes it where writing has failed;
    /// that is told where the writer ends.
    pub(crate) fn give(&self, name: &'static str, frame: DataFrame) {
        let _ = self.out.send((name, frame));
    }

    /// The tables of records, which nothing below changes.
    fn give_records(&self, tables: &Standard) -> Result<(), TransformError> {
        for (name, frame) in [
            ("listing", &tables.listing),
            ("record_company", &tables.parties),
            ("registration", &tables.registration),
            ("registration_evidence", &tables.evidence),
            ("trial", &tables.trial),
            ("trial_country", &tables.trial_country),
            ("trial_product", &tables.trial_product),
        ] {
            self.give(name, frame.clone());
        }
        self.give("rejected", rejected(&self.raws(), &tables.problems)?);
        self.give("label", crate::tables::label().in_table("label")?);
        Ok(())
    }

    /// R14 to R16, which drugs do not need: beside them. Time and rows.
    fn market(
        &self,
        tables: &Standard,
        touched: Option<&Part<'_>>,
        day: &str,
    ) -> Result<(Duration, usize), TransformError> {
        let since = Instant::now();
        let (listing, parties) = (&tables.listing, &tables.listing_parties);
        let market = match touched {
            Some(Part { previous, found, .. }) => {
                let before = MarketBefore {
                    listing: previous.records().listing,
                    market_listing: previous.market_listing()?,
                };
                market_part(before, found, (listing, parties), self.dictionaries, day)
            }
            None => market_listing::market_listing(listing, parties, self.dictionaries, day),
        };
        let market = market.in_table("market_listing")?;
        let rows = market.height();
        self.give("market_listing", market);
        Ok((since.elapsed(), rows))
    }

    /// R25 to R38, names and changes. `seen_at` is the time the data stands
    /// for, and its day.
    fn drugs(
        &self,
        tables: &Standard,
        touched: Option<&Part<'_>>,
        before: Option<&SnapshotManifest>,
        previous: Option<&Previous>,
        (seen_at, day): (i64, &str),
        watch: &mut Watch,
    ) -> Result<Changes, TransformError> {
        let d = self.dictionaries;
        let frames = touched.map_or_else(|| tables.frames(), |t| t.rows.frames());
        let found = touched.map(|t| &t.found);
        let earlier_records = previous.map(|p| p.drug_records(found)).transpose()?;
        let ids = record_ids(frames, earlier_records.as_ref())?;
        let numbers: HashMap<&str, RecordId, PlRandomState> =
            ids.iter().copied().zip((0..).map(RecordId)).collect();
        let find = |id: &str| numbers.get(id).copied();
        let number_of = |id: &str| find(id).unwrap_or(RecordId(u32::MAX));
        let mut records = Records::new(frames, d, day, number_of).in_table("record_company")?;
        let reusable = previous.filter(|_| self.options.recompute == Recompute::Touched);
        let (blocks_before, touched_blocks) =
            (reusable.map(|p| &p.block), found.map(|f| &f.blocks));
        let registration = frames.registration;
        let blocks = Blocks::of(&records, registration, d, blocks_before, touched_blocks)
            .in_table("block")?;
        records.list.retain(|r| !blocks.is_kept(r.generic, r.form));
        let divided = previous.map(|p| p.divided(reusable.map(|_| &blocks))).transpose()?;
        let earlier = match (previous, &divided) {
            (Some(previous), Some((_, gone))) => previous.ids(gone, number_of)?,
            _ => EarlierIds::default(),
        };
        let (kept, gone) = divided.unzip();
        let merges = d.merge_decisions.resolve(find);
        for (line, row) in &merges.stale {
            // A record of a block that nothing touched has no number.
            let known = [&row.record_a, &row.record_b]
                .into_iter()
                .all(|id| find(id).is_some() || tables.has(id).unwrap_or(false));
            if known {
                continue;
            }
            tracing::warn!(
                line,
                record_a = row.record_a,
                record_b = row.record_b,
                "a decision about a merge names a record that is not there"
            );
        }
        let drugs = merge(&records, &merges.decisions, &earlier, self.options.elsewhere)?;
        let members = Members::new(&records, &drugs);
        let drug = drug(&records, &drugs, &members, d).in_table("drug")?;
        let drug_record = drug_record(&records, &drugs, &members).in_table("drug_record")?;
        let associations =
            registration_association(&records, &drugs, registration, &merges.decisions)?;
        watch.step("aggregate", drug.height());
        let drug_progress = progress::drug_progress(&drugs, &members).in_table("drug_progress")?;
        let progress = progress::progress(&records, &drugs, &members).in_table("progress")?;
        watch.step("progress", progress.height());
        let (anew, of) = blocks.touched();
        tracing::info!(touched = anew, of, "blocks merged anew");
        let Kept { drug: k1, drug_record: k2, drug_progress: k3, progress: k4, association: k5 } =
            kept.unwrap_or_default();
        let now = Now { tables, drug, drug_record, drug_progress };
        let changes = self.changes(before, previous, touched, gone, &now, seen_at)?;
        let Now { drug, drug_record, drug_progress, .. } = now;
        let drug_record = stitched(drug_record, k2, "drug_record").in_table("drug_record")?;
        let new_times = changes.touched_drugs(&drug_record).in_table("drug")?;
        let k1 = k1.map(|k| with_new_times(k, &new_times, seen_at)).transpose().in_table("drug")?;
        let drug = with_times(&drug, previous, &new_times, seen_at)?;
        let drug = stitched(drug, k1, "drug").in_table("drug")?;
        let drug_progress =
            stitched(drug_progress, k3, "drug_progress").in_table("drug_progress")?;
        let progress = stitched(progress, k4, "progress").in_table("progress")?;
        let name = "registration_association";
        let associations = stitched(associations, k5, name).in_table(name)?;
        let history = id_history(&drugs, previous, seen_at)?;
        watch.step("compare", changes.counts().iter().map(|c| c.count).sum::<u64>());
        for (name, frame) in [
            ("drug", drug),
            ("drug_progress", drug_progress),
            ("progress", progress),
            ("drug_id_history", history),
            ("registration_association", associations),
            ("block", blocks.frame(previous.map(|p| &p.block), seen_at).in_table("block")?),
            ("change", changes.frame().in_table("change")?),
            ("drug_record", drug_record.clone()),
        ] {
            self.give(name, frame);
        }
        self.names(tables, &drug_record, previous, day)?;
        watch.step("names", 0);
        Ok(changes)
    }

    /// The time that the data stands for: of the newest fetch. Where the data
    /// is that of the snapshot before, and only dictionaries or rules differ,
    /// the time of the making.
    fn seen_at(&self, before: Option<&SnapshotManifest>) -> Timestamp {
        let same_data = before.is_some_and(|b| {
            self.inputs
                .runs
                .iter()
                .all(|(s, r)| b.inputs.get(s).is_some_and(|i| i.data_run_id == r.run_id))
        });
        let at = if same_data { None } else { self.inputs.newest_fetch() };
        at.unwrap_or(self.now)
    }

    fn raws(&self) -> Vec<RawTables<'_>> {
        self.inputs.runs.values().map(|run| RawTables::new(self.lake, run)).collect()
    }

    /// All records of all sources in standard names.
    fn standardised(
        &self,
        previous: Option<&Previous>,
        day: &str,
        watch: &mut Watch,
    ) -> Result<Standard, TransformError> {
        let raws = self.raws();
        let standard =
            Standard::of(&raws, self.dictionaries, previous.map(Previous::holders), day)?;
        watch.step("standardise", standard.height());
        Ok(standard)
    }
}
