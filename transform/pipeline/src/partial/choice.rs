//! Which units are standardised anew: those that changed, and what they hang
//! together with.

use std::collections::{BTreeSet, HashMap, HashSet};

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;

use super::generic_parties::{GenericParties, Generics};
use super::numbers::{Place, numbers, places, with_keys};
use super::source::{Source, keys_before};
use super::units::Units;
use crate::company_names::CompanyNames;
use crate::distinct::text;
use crate::standard::Standard;
use crate::touched::{Ids, RecordsBefore};

/// Tables of the snapshot before.
pub(super) struct Old<'a> {
    pub(super) records: RecordsBefore<'a>,
    pub(super) rejected: &'a DataFrame,
}

/// The chosen units.
pub(super) struct Choice<'a> {
    sources: &'a [Source],
    old: &'a Old<'a>,
    pub(super) units: Units,
}

/// Numbers that records of one market share. That those of two markets are
/// never the same is not asked for: more would be chosen, not less.
type Shared = HashSet<String, PlRandomState>;

/// Whether records that are not chosen stand under the names they had.
pub(super) enum Renamed {
    /// They do.
    None,
    /// Some do not: they are chosen now.
    Records,
    /// A company is in another group.
    Groups,
}

impl<'a> Choice<'a> {
    pub(super) fn new(sources: &'a [Source], old: &'a Old<'a>, units: Units) -> Self {
        Self { sources, old, units }
    }

    /// Chooses the unit of the record that was read there; whether it was not yet.
    fn add(&mut self, place: Place<'_>) -> bool {
        let source = self.sources.iter().find(|source| source.id == place.source);
        source.is_some_and(|source| source.add(place.table, place.key, &mut self.units))
    }

    /// The rows of the snapshot before that chosen units made.
    fn chosen(&self, frame: &DataFrame) -> PolarsResult<BooleanChunked> {
        with_keys(frame, &keys_before(self.sources, &self.units)?)
    }

    /// `first` is what the changed units say now.
    pub(super) fn close(&mut self, first: &Standard) -> PolarsResult<()> {
        let mut shared = Shared::default();
        for of in numbers(&first.listing)? {
            shared.extend(of.map(str::to_owned));
        }
        self.share_numbers(&mut shared)?;
        let mut parties = GenericParties::default();
        let mut generics = Generics::default();
        for frame in first.of_records() {
            let rows = text(frame, "record_id")?.iter().zip(text(frame, "generic")?.iter());
            generics.extend(rows.filter_map(|(id, generic)| id.zip(generic)));
        }
        parties.add(&generics, &first.parties)?;
        parties.add(&self.generics_before()?, self.old.records.parties)?;
        self.open(&parties)?;
        self.problems()?;
        self.share_numbers(&mut shared)
    }

    /// Whoever shares a number with a chosen record is chosen, and so on.
    fn share_numbers(&mut self, shared: &mut Shared) -> PolarsResult<()> {
        let listing = self.old.records.listing;
        let mut followed = vec![false; listing.height()];
        let mut more = true;
        while more {
            more = false;
            let chosen = self.chosen(listing)?;
            let rows = places(listing)?.zip(numbers(listing)?).zip(chosen.iter());
            for (((place, of), chosen), followed) in rows.zip(&mut followed) {
                if *followed {
                    continue;
                }
                if chosen != Some(true) {
                    if !of.clone().any(|number| shared.contains(number)) {
                        continue;
                    }
                    // Other rows of its unit are found in the next round.
                    more |= self.add(place);
                }
                *followed = true;
                for number in of {
                    more |= !shared.contains(number) && shared.insert(number.to_owned());
                }
            }
        }
        Ok(())
    }
}

impl<'a> Choice<'a> {
    /// The generics that chosen records had.
    fn generics_before(&self) -> PolarsResult<Generics<'a>> {
        let old = self.old.records;
        let trials = text(old.trial, "trial_id")?.filter(&self.chosen(old.trial)?)?;
        let trials: Ids<'_> = trials.iter().flatten().collect();
        let registrations = self.units.registrations();
        let is_registration = |id: &str| {
            let number = id.strip_prefix(crate::registrations::PREFIX);
            number.zip(registrations).is_some_and(|(number, of)| of.contains(number))
        };
        let among = |frame: &DataFrame, column: &str, is: &dyn Fn(&str) -> bool| {
            let cells = text(frame, column)?.iter();
            Ok::<BooleanChunked, PolarsError>(cells.map(|id| Some(id.is_some_and(is))).collect())
        };
        let mut found = Generics::default();
        for (frame, chosen) in [
            (old.listing, self.chosen(old.listing)?),
            (old.registration, among(old.registration, "record_id", &is_registration)?),
            (old.trial_product, among(old.trial_product, "trial_id", &|id| trials.contains(id))?),
        ] {
            let rows = text(frame, "record_id")?.iter().zip(text(frame, "generic")?.iter());
            let chosen = rows.zip(chosen.iter()).filter(|(_, chosen)| *chosen == Some(true));
            found.extend(chosen.filter_map(|((id, generic), _)| id.zip(generic)));
        }
        Ok(found)
    }

    /// R6a: records without a form, of these generics and companies.
    fn open(&mut self, changed: &GenericParties) -> PolarsResult<()> {
        let old = self.old.records;
        let mut open = Generics::default();
        for frame in [old.listing, old.registration, old.trial_product] {
            let cells = |name| text(frame, name);
            let rows = cells("record_id")?.iter().zip(cells("generic")?.iter());
            for (row, how) in rows.zip(cells("dosage_form_match")?.iter()) {
                if matches!(how, Some("unspecified" | "inferred")) {
                    open.extend(row.0.zip(row.1).filter(|row| changed.has_generic(row.1)));
                }
            }
        }
        let open = changed.records(&open, old.parties)?;
        if open.is_empty() {
            return Ok(());
        }
        for (id, place) in text(old.listing, "record_id")?.iter().zip(places(old.listing)?) {
            if id.is_some_and(|id| open.contains(id)) {
                self.add(place);
            }
        }
        for number in open.iter().filter_map(|id| id.strip_prefix(crate::registrations::PREFIX)) {
            self.units.insert_registration(number);
        }
        let products = text(old.trial_product, "record_id")?.iter();
        let trials: Ids<'_> = products
            .zip(text(old.trial_product, "trial_id")?.iter())
            .filter(|(record, _)| record.is_some_and(|id| open.contains(id)))
            .filter_map(|(_, trial)| trial)
            .collect();
        self.add_trials(&trials)
    }

    fn add_trials(&mut self, trials: &Ids<'_>) -> PolarsResult<()> {
        let frame = self.old.records.trial;
        for (id, place) in text(frame, "trial_id")?.iter().zip(places(frame)?) {
            if id.is_some_and(|id| trials.contains(id)) {
                self.add(place);
            }
        }
        Ok(())
    }

    /// Rows that had a problem.
    fn problems(&mut self) -> PolarsResult<()> {
        let frame = self.old.rejected;
        let (source, table) = (text(frame, "source_id")?, text(frame, "table_name")?);
        let lines = frame.column("row_number")?.as_materialized_series().i64()?;
        let mut places: HashMap<(&str, &str), HashSet<i64>> = HashMap::new();
        for row in 0..frame.height() {
            if let (Some(source), Some(table), Some(line)) =
                (source.get(row), table.get(row), lines.get(row))
            {
                places.entry((source, table)).or_default().insert(line);
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "units are a set")]
        for ((source, table), lines) in places {
            if let Some(source) = self.sources.iter().find(|s| s.id == source) {
                source.add_line(table, &lines, &mut self.units)?;
            }
        }
        Ok(())
    }

    /// Chooses the records whose company of today is another one by `names`.
    /// Of `parties` and `trials` of the snapshot before `standing` are not chosen
    /// so far.
    pub(super) fn renamed(
        &mut self,
        (parties, trials): (&DataFrame, &DataFrame),
        standing: (&BooleanChunked, &BooleanChunked),
        names: &CompanyNames,
        dictionaries: &Dictionaries,
        day: &str,
    ) -> PolarsResult<Renamed> {
        let cells = |name| text(parties, name);
        let (ids, raw, company) = (cells("record_id")?, cells("company_raw")?, cells("company")?);
        let (group, how, origin) =
            (cells("corporate_group")?, cells("company_match")?, cells("origin")?);
        let mut seen: HashMap<(&str, &str), bool, PlRandomState> = HashMap::default();
        let mut groups: HashMap<&str, Option<&str>, PlRandomState> = HashMap::default();
        let mut renamed = Ids::default();
        for row in (0..).zip(standing.0.iter()).filter(|(_, s)| *s == Some(true)).map(|(r, _)| r) {
            let (Some(name), Some(is)) = (raw.get(row), company.get(row)) else { continue };
            let now = groups.entry(is).or_insert_with(|| dictionaries.companies.group_on(is, day));
            if *now != group.get(row) {
                return Ok(Renamed::Groups);
            }
            if origin.get(row) == Some("former_holder") {
                continue;
            }
            let same = *seen.entry((name, is)).or_insert_with(|| {
                let found = names.find(name);
                found.is_some_and(|f| f.company == is && Some(f.how) == how.get(row))
            });
            if !same {
                renamed.extend(ids.get(row));
            }
        }
        let sponsored = renamed_sponsors(trials, standing.1, names)?;
        if renamed.is_empty() && sponsored.is_empty() {
            return Ok(Renamed::None);
        }
        let old = self.old.records;
        for (id, place) in text(old.listing, "record_id")?.iter().zip(places(old.listing)?) {
            if id.is_some_and(|id| renamed.contains(id)) {
                self.add(place);
            }
        }
        for number in renamed.iter().filter_map(|id| id.strip_prefix(crate::registrations::PREFIX))
        {
            self.units.insert_registration(number);
        }
        let (products, trials) = (
            text(old.trial_product, "record_id")?.iter(),
            text(old.trial_product, "trial_id")?.iter(),
        );
        let of_trials: Ids<'_> = products
            .zip(trials)
            .filter(|(record, _)| record.is_some_and(|r| renamed.contains(r)))
            .filter_map(|(_, trial)| trial)
            .collect();
        self.add_trials(&of_trials)?;
        self.add_trials(&sponsored)?;
        self.after_renaming()?;
        Ok(Renamed::Records)
    }

    /// Another company is a change: what hangs together with these records is
    /// chosen too.
    fn after_renaming(&mut self) -> PolarsResult<()> {
        self.share_numbers(&mut Shared::default())?;
        // What they are called now is not known yet.
        let mut parties = GenericParties::default();
        parties.any(&self.generics_before()?);
        self.open(&parties)?;
        self.share_numbers(&mut Shared::default())
    }
}

/// Trials without a drug whose sponsors have other names now: those of a trial
/// with one stand in `record_company`.
fn renamed_sponsors<'a>(
    trials: &'a DataFrame,
    standing: &BooleanChunked,
    names: &CompanyNames,
) -> PolarsResult<Ids<'a>> {
    let ids = text(trials, "trial_id")?;
    let has_drug = trials.column("drug_named")?.as_materialized_series().bool()?;
    let lists = |name: &str| trials.column(name)?.as_materialized_series().list().cloned();
    let (raw, standard) = (lists("sponsors_raw")?, lists("sponsors")?);
    let mut renamed = Ids::default();
    for (row, stands) in standing.iter().enumerate() {
        if stands != Some(true) || has_drug.get(row) == Some(true) {
            continue;
        }
        let (Some(raw), Some(standard)) = (raw.get_as_series(row), standard.get_as_series(row))
        else {
            continue;
        };
        let now: BTreeSet<&str> = raw
            .str()?
            .iter()
            .filter_map(|name| names.find(name?))
            .map(|found| found.company.as_str())
            .collect();
        if !now.into_iter().eq(standard.str()?.iter().flatten()) {
            renamed.extend(ids.get(row));
        }
    }
    Ok(renamed)
}
