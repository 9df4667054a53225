//! All records of all sources in standard names: what the aggregation works on.

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;

use crate::TransformError;
use crate::adapters::ADAPTERS;
use crate::error::InTable;
use crate::holders::{Before, with_former_holders};
use crate::infer;
use crate::listing::listings;
use crate::parties::COLUMNS;
use crate::raw::RawTables;
use crate::records::Frames;
use crate::registrations::registrations;
use crate::rejected::RowProblem;
use crate::resolve::resolved;
use crate::standardise::standardise;
use crate::trials::trials;

/// The tables of records, each by record id.
pub(crate) struct Standard {
    pub(crate) listing: DataFrame,
    pub(crate) registration: DataFrame,
    pub(crate) evidence: DataFrame,
    pub(crate) trial: DataFrame,
    pub(crate) trial_country: DataFrame,
    pub(crate) trial_product: DataFrame,
    /// Of all kinds of record, by record id.
    pub(crate) parties: DataFrame,
    /// Of listings, after R13 and R14.
    pub(crate) listing_parties: DataFrame,
    pub(crate) problems: Vec<RowProblem>,
}

impl Standard {
    /// Standardises the data of `raws`. `before` are tables of the snapshot
    /// before, `day` (ISO 8601) the day whose groups count.
    pub(crate) fn of(
        raws: &[RawTables<'_>],
        dictionaries: &Dictionaries,
        before: Option<Before<'_>>,
        day: &str,
    ) -> Result<Self, TransformError> {
        let mut frames = Vec::new();
        let mut problems = Vec::new();
        for adapter in ADAPTERS {
            let run = raws.iter().find(|r| r.run().source_id.as_str() == adapter.source_id);
            if let Some(done) =
                run.map(|raw| standardise(adapter, raw, dictionaries)).transpose()?
                && let Some(done) = done
            {
                frames.push(done.listings);
                problems.extend(done.problems);
            }
        }
        let heard = listings(frames, dictionaries, day)
            .and_then(|l| with_former_holders(l, before, dictionaries, day))
            .in_table("listing")?;
        let listing_parties = resolved(&heard.parties, &heard.listing, dictionaries, day)
            .in_table("record_company")?;
        let registrations = registrations(raws, dictionaries, day)?;
        let trials = trials(raws, dictionaries, day)?;
        problems.extend(registrations.problems);
        problems.extend(trials.problems);
        let parties = concat(
            [&listing_parties, &registrations.parties, &trials.parties].map(|p| {
                p.clone().lazy().select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>())
            }),
            UnionArgs::default(),
        )
        .and_then(|all| {
            all.sort(["record_id", "role", "position", "company"], SortMultipleOptions::default())
                .collect()
        })
        .in_table("record_company")?;
        Self {
            listing: heard.listing,
            registration: registrations.registration,
            evidence: registrations.evidence,
            trial: trials.trial,
            trial_country: trials.country,
            trial_product: trials.product,
            parties,
            listing_parties,
            problems,
        }
        .with_inferred_forms()
        .in_table("dosage_form")
    }

    /// R6a, over records of all kinds.
    fn with_inferred_forms(mut self) -> PolarsResult<Self> {
        let forms = infer::only_forms(&self.all()?, &self.parties)?;
        self.listing = infer::apply(self.listing, &forms)?
            .lazy()
            .sort(["record_id"], SortMultipleOptions::default())
            .collect()?;
        self.registration = infer::apply(self.registration, &forms)?;
        self.trial_product = infer::apply(self.trial_product, &forms)?;
        Ok(self)
    }

    /// What the records of all kinds share.
    pub(crate) fn all(&self) -> PolarsResult<DataFrame> {
        let shared = [
            "record_id",
            "source_id",
            "country",
            "generic",
            "generic_raw",
            "generic_match",
            "generic_unknown",
            "dosage_form",
            "dosage_form_match",
        ];
        let frames = [&self.listing, &self.registration, &self.trial_product].map(|frame| {
            frame.clone().lazy().select(shared.map(|c| col(c).cast(DataType::String)))
        });
        concat(frames, UnionArgs::default())?.collect()
    }

    /// The tables for [`crate::records::Records`].
    pub(crate) fn frames(&self) -> Frames<'_> {
        Frames {
            listing: &self.listing,
            registration: &self.registration,
            trial_product: &self.trial_product,
            parties: &self.parties,
        }
    }

    /// Number of records.
    pub(crate) fn height(&self) -> usize {
        self.listing.height() + self.registration.height() + self.trial_product.height()
    }
}
