//! From standard records to the tables of drugs, progress and changes.

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::ResolvedMerges;
use regatta_domain::RecordId;

use crate::TransformError;
use crate::associations::registration_association;
use crate::blocks::{EarlierIds, drug_name, merge};
use crate::changes::Changes;
use crate::compared::Now;
use crate::drugs::{Members, drug, drug_record};
use crate::error::InTable;
use crate::ids::{id_history, record_ids, with_new_times, with_times};
use crate::links::Links;
use crate::progress;
use crate::records::Records;
use crate::reuse::Blocks;
use crate::same::Same;
use crate::scope::{Of, Scope};
use crate::touched::{Ids, Part, Touched};
use crate::transform::{Computation, Recompute};
use crate::watch::Watch;

impl Computation<'_> {
    /// R25 to R38, names and changes.
    pub(crate) fn drugs(
        &self,
        of: &Of<'_>,
        scope: &Scope<'_>,
        touched: Option<(&Touched<'_>, &Part)>,
        watch: &mut Watch,
    ) -> Result<Changes, TransformError> {
        let (d, Of { previous, seen_at, day, .. }) = (self.dictionaries, *of);
        let compared = scope.compared();
        let frames = touched.map_or_else(|| compared.frames(), |(_, rows)| rows.frames());
        let found = touched.map(|t| t.0);
        let earlier_records = previous.map(|p| p.drug_records(found)).transpose()?;
        let ids = record_ids(frames, earlier_records.as_ref())?;
        let numbers: HashMap<&str, RecordId, PlRandomState> =
            ids.iter().copied().zip((0..).map(RecordId)).collect();
        let find = |id: &str| numbers.get(id).copied();
        let number_of = |id: &str| find(id).unwrap_or(RecordId(u32::MAX));
        let mut records = Records::new(frames, d, day, number_of).in_table("record_company")?;
        let reusable = previous.filter(|_| self.options.recompute == Recompute::Touched);
        let blocks_before = reusable.map(|p| p.all("block")).transpose()?;
        let touched_blocks = found.map(|f| &f.blocks);
        let registration = frames.registration;
        let order = self.options.holder_order;
        let blocks = Blocks::of(&records, registration, (d, order), blocks_before, touched_blocks)
            .in_table("block")?;
        records.list.retain(|r| !blocks.is_kept(r.generic, r.form));
        let kept_blocks = reusable.map(|_| &blocks);
        let earlier = match (previous, &earlier_records) {
            (Some(previous), Some(links)) => previous.ids(links, kept_blocks, number_of)?,
            _ => EarlierIds::default(),
        };
        let merges = d.merge_decisions.resolve(find);
        tell_stale(&merges, |id| Ok(find(id).is_some() || scope.has(id)?))?;
        let drugs = merge(&records, &merges.decisions, &earlier, self.options.elsewhere)?;
        // Of a touched block, drugs of the same records stand too.
        let same = found.map(|f| Same::find(&records, &drugs, &earlier, (f, &ids), d));
        let anew = same.as_ref().map_or(&drugs, |same| &same.others);
        let same_ids: Vec<String> =
            same.iter().flat_map(|same| &same.ids).map(|id| drug_name(*id)).collect();
        let unchanged: Ids<'_> = same_ids.iter().map(String::as_str).collect();
        let divided = previous.map(|p| p.divided(kept_blocks, &unchanged)).transpose()?;
        let (mut standing, gone) = divided.map_or_else(Default::default, |(s, g)| (s, Some(g)));
        let members = Members::new(&records, anew);
        let drug = drug(&records, anew, &members, (d, order)).in_table("drug")?;
        let drug_record = drug_record(&records, anew, &members).in_table("drug_record")?;
        let associations =
            registration_association(&records, &drugs, registration, &merges.decisions)?;
        watch.step("aggregate", drug.height());
        let drug_progress = progress::drug_progress(anew, &members).in_table("drug_progress")?;
        let progress = progress::progress(&records, &drugs, &members).in_table("progress")?;
        watch.step("progress", progress.height());
        let (touched_blocks, all) = blocks.touched();
        tracing::info!(touched = touched_blocks, of = all, "blocks merged anew");
        let now = Now { scope, drug, drug_record, drug_progress };
        let changes = self.changes(of, found, gone.as_ref(), &now)?;
        let Now { drug, drug_record, drug_progress, .. } = now;
        let links = Links::of(&standing, gone.as_ref(), &drug_record)?;
        let new_times = changes.touched_drugs(&links).in_table("drug")?;
        let mut drug = with_times(&drug, gone.as_ref(), &new_times, seen_at)?;
        if let Some(previous) = reusable {
            let drugs = previous.table("drug")?;
            drug = with_new_times(drugs, &mut standing, drug, &new_times, seen_at)?;
        }
        let history = id_history(&drugs, previous, seen_at)?;
        watch.step("compare", changes.counts().iter().map(|c| c.count).sum::<u64>());
        for (name, frame) in [
            ("drug", drug),
            ("drug_progress", drug_progress),
            ("progress", progress),
            ("drug_id_history", history),
            ("registration_association", associations),
            (
                "block",
                blocks
                    .frame(previous.map(|p| p.all("block")).transpose()?, seen_at)
                    .in_table("block")?,
            ),
            ("change", changes.frame().in_table("change")?),
            ("drug_record", drug_record),
        ] {
            self.give(name, standing.with(name, frame));
        }
        match scope {
            Scope::Changed { previous, partial, .. } => {
                self.changed_names(previous, partial, &links, day)?;
            }
            Scope::All(tables) => self.names(tables, &links.frame()?, previous, day)?,
        }
        watch.step("names", 0);
        Ok(changes)
    }
}

/// Tells of the decisions that name a record that is not there.
fn tell_stale(
    merges: &ResolvedMerges<'_>,
    is_there: impl Fn(&str) -> Result<bool, TransformError>,
) -> Result<(), TransformError> {
    for (line, row) in &merges.stale {
        // A record of a block that nothing touched has no number.
        if is_there(&row.record_a)? && is_there(&row.record_b)? {
            continue;
        }
        tracing::warn!(
            line,
            record_a = row.record_a,
            record_b = row.record_b,
            "a decision about a merge names a record that is not there"
        );
    }
    Ok(())
}
