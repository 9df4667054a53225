//! From the last good runs to a staged snapshot.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use regatta_dictionaries::Dictionaries;
use regatta_domain::RegionOrder;
use regatta_lake::{
    CatalogueEntry, Lake, Sha256, SnapshotManifest, Step, WriterLock, current_snapshot, schema,
    snapshot_ref,
};

use crate::TransformError;
use crate::changes::Changes;
use crate::elsewhere::MergeElsewhere;
use crate::error::InTable;
use crate::ids::next_id;
use crate::inputs::Inputs;
use crate::market_listing::market_listing;
use crate::market_part::market_part;
use crate::partial::partial;
use crate::previous::{Previous, Standing};
use crate::raw::RawTables;
use crate::rejected::rejected;
use crate::scope::{Of, Scope};
use crate::stage::{Out, staged};
use crate::standard::Standard;
use crate::tables::Rows;
use crate::touched::{Part, Touched};
use crate::watch::Watch;

/// Version of the rules in code. Raise it with every change of what is made
/// from the same raw rows and dictionaries.
pub const RULES_VERSION: u32 = 10;

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

/// How the tables are computed. But for `holder_order` none of it changes what they
/// are.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Which blocks are merged anew.
    pub recompute: Recompute,
    /// Who merges them, if not this transform itself (R40).
    pub elsewhere: Option<&'a dyn MergeElsewhere>,
    /// Whose listings name the holder (R30), where it is not the default. Another
    /// order than that of the snapshot before counts as other dictionaries.
    pub holder_order: Option<&'a RegionOrder>,
}

impl Options<'_> {
    /// Digest of all that can be changed without the code: the dictionaries, and
    /// the order of regions where it is not the default.
    pub(crate) fn dictionaries_sha256(&self, dictionaries: &Dictionaries) -> Sha256 {
        let own = dictionaries.sha256();
        match self.holder_order {
            None => own,
            Some(order) => Sha256::of(format!("{own} {order:?}").as_bytes()),
        }
    }
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
    lock: &WriterLock,
) -> Result<Outcome, TransformError> {
    lock.check(lake)?;
    let default_order = RegionOrder::default();
    let holder_order = options.holder_order.filter(|order| **order != default_order);
    let options = Options { holder_order, ..options };
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
        dictionaries_sha256: options.dictionaries_sha256(dictionaries),
        rules_version: RULES_VERSION,
        tables: Vec::new(),
        files: Vec::new(),
        changes: Vec::new(),
    };
    let asked = options.recompute == Recompute::Touched;
    let same = |c: &&SnapshotManifest| asked && manifest.same_inputs(c) && has_all_tables(c);
    if let Some(current) = current.as_ref().filter(same) {
        return Ok(Outcome::Unchanged(Box::new(current.clone())));
    }
    let previous = current.as_ref().map(|c| Previous::open(lake, c)).transpose()?;
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

/// A table may come to the contract without another version of it: a snapshot
/// that lacks one is made anew, whatever its inputs.
fn has_all_tables(snapshot: &SnapshotManifest) -> bool {
    let of_snapshots = schema::TABLES.iter().filter(|t| !schema::LEDGER.contains(&t.name));
    // Written after the checks of a publish, which not every caller makes.
    of_snapshots.filter(|t| t.name != "quality_check").all(|t| snapshot.table(t.name).is_some())
}

/// One transform.
pub(crate) struct Computation<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) inputs: &'a Inputs,
    pub(crate) dictionaries: &'a Dictionaries,
    pub(crate) now: Timestamp,
    pub(crate) options: Options<'a>,
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
        let of = Of { before, previous, seen_at: newest.as_millisecond(), day };
        match (comparable, partial) {
            (Some((_, previous)), Some(partial)) => {
                watch.step("standardise", partial.chosen);
                let found = Touched::find(partial.gone.records(), &partial.made);
                let found = found.in_table("record_company")?;
                let rows = Part::of_changed(previous, &partial, &found.blocks)?;
                watch.step("touched", found.records.len());
                self.give_records(&partial.made, partial.standing.clone())?;
                let scope = Scope::Changed { previous, partial: &partial, touched: &found };
                self.beside(&of, &scope, Some((&found, &rows)), watch)
            }
            (Some((_, previous)), None) => {
                let tables = self.standardised(Some(previous), day, watch)?;
                self.give_records(&tables, Standing::default())?;
                let found = Touched::find(previous.records()?, &tables);
                let found = found.in_table("record_company")?;
                let rows = found.part(&tables).in_table("block")?;
                watch.step("touched", found.records.len());
                self.beside(&of, &Scope::All(&tables), Some((&found, &rows)), watch)
            }
            (None, _) => {
                let tables = self.standardised(previous, day, watch)?;
                self.give_records(&tables, Standing::default())?;
                self.beside(&of, &Scope::All(&tables), None, watch)
            }
        }
    }

    /// Market listings beside drugs, neither of which needs the other.
    fn beside(
        &self,
        of: &Of<'_>,
        scope: &Scope<'_>,
        touched: Option<(&Touched<'_>, &Part)>,
        watch: &mut Watch,
    ) -> Result<Changes, TransformError> {
        std::thread::scope(|threads| {
            let market = threads.spawn(|| self.market(scope, of.day));
            let changes = self.drugs(of, scope, touched, watch);
            let market = market.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (wall, rows) = market?;
            watch.beside("merge listings", wall, rows);
            changes
        })
    }

    /// Whether the rows that differ from those of the snapshot before tell what
    /// else can: dictionaries, rules and contract are those of then, and no table has
    /// come to it. Corporate groups (R8) stand in the rows, a change of the day shows
    /// there.
    fn compares_rows(&self, before: &SnapshotManifest) -> bool {
        self.options.recompute == Recompute::Touched
            && before.dictionaries_sha256 == self.options.dictionaries_sha256(self.dictionaries)
            && before.rules_version == RULES_VERSION
            && before.schema_version == schema::SCHEMA_VERSION
            && has_all_tables(before)
    }

    /// Hands a finished table out. Nobody takes it where writing has failed;
    /// that is told where the writer ends.
    pub(crate) fn give(&self, name: &'static str, rows: impl Into<Rows>) {
        let _ = self.out.send((name, rows.into()));
    }

    /// The tables of records, which nothing below changes: what is `standing`, and
    /// `tables`.
    fn give_records(
        &self,
        tables: &Standard,
        mut standing: Standing,
    ) -> Result<(), TransformError> {
        for (name, frame) in tables.by_table() {
            self.give(name, standing.with(name, frame.clone()));
        }
        self.give("rejected", rejected(&self.raws(), &tables.problems)?);
        self.give("label", crate::tables::label().in_table("label")?);
        Ok(())
    }

    /// R14 to R16, which drugs do not need: beside them. Time and rows.
    fn market(&self, scope: &Scope<'_>, day: &str) -> Result<(Duration, usize), TransformError> {
        let since = Instant::now();
        let d = self.dictionaries;
        let (market, rows) = match scope {
            Scope::Changed { previous, partial, touched } => {
                market_part(previous, partial, touched, d, day)?
            }
            Scope::All(Standard { listing, listing_parties, .. }) => {
                let market = market_listing(listing, listing_parties, d, day);
                let market = market.in_table("market_listing")?;
                let rows = market.height();
                (market.into(), rows)
            }
        };
        self.give("market_listing", market);
        Ok((since.elapsed(), rows))
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
        let standard = Standard::of(
            &raws,
            self.dictionaries,
            previous.map(Previous::holders).transpose()?,
            day,
        )?;
        watch.step("standardise", standard.height());
        Ok(standard)
    }
}
