//! All records of all sources in standard names: what the aggregation works on.

use polars::prelude::*;
use rayon::prelude::*;
use regatta_dictionaries::Dictionaries;

use crate::TransformError;
use crate::adapters::{ADAPTERS, SEPARATOR};
use crate::columns::Columns;
use crate::company_names::CompanyNames;
use crate::distinct::text;
use crate::error::InTable;
use crate::holders::{Before, with_former_holders};
use crate::infer;
use crate::listing::{all_listings, with_companies};
use crate::parties::{COLUMNS, LISTING_ROLES, parties};
use crate::raw::RawTables;
use crate::records::Frames;
use crate::registrations::{Registrations, registrations};
use crate::rejected::RowProblem;
use crate::resolve::{resolved, without_undivided};
use crate::standardise::standardise;
use crate::touched::Ids;
use crate::trials::{Trials, trials};

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

/// What records that are not standardised now tell those that are.
pub(crate) struct Others {
    /// Names of companies.
    pub(crate) names: Vec<StringChunked>,
    /// `record_id`, `country`, `generic`, `dosage_form`, `dosage_form_match` of
    /// records, and which of them are others.
    pub(crate) records: Vec<(DataFrame, BooleanChunked)>,
    /// Columns of `record_company`, likewise.
    pub(crate) parties: (DataFrame, BooleanChunked),
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
        Self::with_others(raws, dictionaries, before, day, None).map(|(standard, _)| standard)
    }

    /// As [`Standard::of`], where there are other records than those of `raws`;
    /// also the names of all companies.
    pub(crate) fn with_others(
        raws: &[RawTables<'_>],
        dictionaries: &Dictionaries,
        before: Option<Before<'_>>,
        day: &str,
        others: Option<&Others>,
    ) -> Result<(Self, CompanyNames), TransformError> {
        let mut frames = Vec::new();
        let mut problems = Vec::new();
        let sources: Vec<_> = ADAPTERS
            .par_iter()
            .filter_map(|adapter| {
                let raw = raws.iter().find(|r| r.run().source_id.as_str() == adapter.source_id)?;
                standardise(adapter, raw, dictionaries).transpose()
            })
            .collect();
        for done in sources {
            let done = done?;
            frames.push(done.listings);
            problems.extend(done.problems);
        }
        let all = all_listings(frames).in_table("listing")?;
        let registrations = registrations(raws, dictionaries)?;
        let trials = trials(raws, dictionaries)?;
        let names = company_names(all.as_ref(), &registrations, &trials, others, dictionaries)
            .in_table("record_company")?;
        let heard = with_companies(all, &names, dictionaries, day)
            .and_then(|l| with_former_holders(l, before, dictionaries, day))
            .in_table("listing")?;
        let listing_parties = resolved(&heard.parties, &heard.listing, dictionaries, day)
            .and_then(|parties| without_undivided(&parties, &heard.listing))
            .in_table("record_company")?;
        let parties_of =
            |frame: &DataFrame, roles| parties(frame, roles, &names, dictionaries, day);
        let applicants =
            parties_of(&registrations.applicants, Registrations::ROLES).in_table("registration")?;
        let sponsors = parties_of(&trials.sponsors, Trials::ROLES).in_table("trial")?;
        let registration = Registrations::with_companies(registrations.registration, &applicants)
            .in_table("registration")?;
        let trial = Trials::with_sponsors(trials.trial, &names).in_table("trial")?;
        problems.extend(registrations.problems);
        problems.extend(trials.problems);
        let all_parties = concat(
            [&listing_parties, &applicants, &sponsors].map(|p| {
                p.clone().lazy().select(COLUMNS.iter().map(|c| col(*c)).collect::<Vec<_>>())
            }),
            UnionArgs::default(),
        )
        .and_then(|all| {
            // The order of the table, so that it can be compared row by row.
            all.sort(
                ["record_id", "role", "company", "company_raw"],
                SortMultipleOptions::default().with_maintain_order(true),
            )
            .collect()
        })
        .in_table("record_company")?;
        let standard = Self {
            listing: heard.listing,
            registration,
            evidence: registrations.evidence,
            trial,
            trial_country: trials.country,
            trial_product: trials.product,
            parties: all_parties,
            listing_parties,
            problems,
        }
        .with_inferred_forms(others)
        .in_table("dosage_form")?;
        Ok((standard, names))
    }

    /// R6a, over records of all kinds.
    fn with_inferred_forms(mut self, others: Option<&Others>) -> PolarsResult<Self> {
        for frame in [&mut self.listing, &mut self.registration, &mut self.trial_product] {
            *frame = with_unknown_ingredients(frame)?;
        }
        let all = self.all()?;
        let forms = match others {
            None => infer::only_forms(&all, &self.parties)?,
            Some(others) => {
                let (records, parties) = with_known_forms(&all, &self.parties, others)?;
                infer::only_forms(&records, &parties)?
            }
        };
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
            "dosage_form",
            "dosage_form_raw",
            "dosage_form_match",
        ];
        let frames = [&self.listing, &self.registration, &self.trial_product].map(|frame| {
            let mut columns = shared.map(|c| col(c).cast(DataType::String)).to_vec();
            columns.push(col("unknown_ingredients"));
            frame.clone().lazy().select(columns)
        });
        concat(frames, UnionArgs::default())?.collect()
    }

    /// The tables by their names.
    pub(crate) fn by_table(&self) -> [(&'static str, &DataFrame); 7] {
        [
            ("listing", &self.listing),
            ("record_company", &self.parties),
            ("registration", &self.registration),
            ("registration_evidence", &self.evidence),
            ("trial", &self.trial),
            ("trial_country", &self.trial_country),
            ("trial_product", &self.trial_product),
        ]
    }

    /// The tables of records of each kind.
    pub(crate) fn of_records(&self) -> [&DataFrame; 3] {
        [&self.listing, &self.registration, &self.trial_product]
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

    /// Whether there is a record with this id.
    pub(crate) fn has(&self, id: &str) -> PolarsResult<bool> {
        for frame in [&self.listing, &self.registration, &self.trial_product] {
            if text(frame, "record_id")?.iter().any(|known| known == Some(id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Number of records.
    pub(crate) fn height(&self) -> usize {
        self.listing.height() + self.registration.height() + self.trial_product.height()
    }
}

/// The column `unknown_ingredients` instead of `generic_unknown`, where they are
/// one text.
fn with_unknown_ingredients(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let lists = text(frame, "generic_unknown")?.iter().map(|unknown| {
        unknown.unwrap_or_default().split(SEPARATOR).filter(|part| !part.is_empty())
    });
    let made = Columns::default().texts("unknown_ingredients", lists).frame()?;
    frame.drop("generic_unknown")?.hstack(made.columns())
}

/// The records `all` and those of `others` with the generics of records that
/// name no form; their companies.
fn with_known_forms(
    all: &DataFrame,
    parties: &DataFrame,
    others: &Others,
) -> PolarsResult<(DataFrame, DataFrame)> {
    const SHARED: [&str; 5] =
        ["record_id", "country", "generic", "dosage_form", "dosage_form_match"];
    let open = text(all, "generic")?.iter().zip(text(all, "dosage_form_match")?.iter());
    let generics: Ids<'_> =
        open.filter(|(_, how)| *how == Some("unspecified")).filter_map(|(g, _)| g).collect();
    // Forms that the sources of these records tell.
    let told = |how: Option<&str>| !matches!(how, Some("unspecified" | "unmatched" | "inferred"));
    let mut known = Vec::new();
    for (frame, is_other) in &others.records {
        let rows = text(frame, "generic")?.iter().zip(text(frame, "dosage_form_match")?.iter());
        let mask: BooleanChunked = rows
            .zip(is_other.iter())
            .map(|((generic, how), is_other)| {
                let wanted = generic.is_some_and(|g| generics.contains(g));
                Some(wanted && is_other == Some(true) && told(how))
            })
            .collect();
        known.push(frame.select(SHARED)?.filter(&mask)?.lazy());
    }
    let known = concat(known, UnionArgs::default())?.collect()?;
    let ids: Ids<'_> = text(&known, "record_id")?.iter().flatten().collect();
    let (frame, is_other) = &others.parties;
    let mask: BooleanChunked = text(frame, "record_id")?
        .iter()
        .zip(is_other.iter())
        .map(|(id, is_other)| Some(is_other == Some(true) && id.is_some_and(|id| ids.contains(id))))
        .collect();
    let shared = SHARED.map(col);
    let of_known = frame.filter(&mask)?;
    let records = [all.clone().lazy().select(shared.clone()), known.clone().lazy()];
    let columns = ["record_id", "company", "corporate_group", "links"].map(col);
    let parties = [parties.clone().lazy().select(columns.clone()), of_known.lazy().select(columns)];
    Ok((
        concat(records, UnionArgs::default())?.collect()?,
        concat(parties, UnionArgs::default())?.collect()?,
    ))
}

/// The companies that all sources name.
fn company_names(
    listings: Option<&DataFrame>,
    registrations: &Registrations,
    trials: &Trials,
    others: Option<&Others>,
    dictionaries: &Dictionaries,
) -> PolarsResult<CompanyNames> {
    let mut columns = Vec::new();
    for (name, _) in LISTING_ROLES {
        columns.extend(listings.map(|frame| text(frame, name)).transpose()?);
    }
    for (name, _) in Registrations::ROLES {
        columns.push(text(&registrations.applicants, name)?);
    }
    for (name, _) in Trials::ROLES {
        columns.push(text(&trials.sponsors, name)?);
        columns.push(text(&trials.trial, name)?);
    }
    columns.extend(others.iter().flat_map(|others| &others.names));
    Ok(CompanyNames::of(&columns, dictionaries))
}
