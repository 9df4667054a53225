//! R6a: of which generics and companies a form may be another one.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;

use crate::distinct::text;
use crate::touched::Ids;

/// Generics by record.
pub(super) type Generics<'a> = HashMap<&'a str, &'a str, PlRandomState>;

/// Companies or groups of records of each generic: R6a looks for a form among
/// those of one party.
#[derive(Default)]
pub(super) struct GenericParties(HashMap<String, Parties, PlRandomState>);

enum Parties {
    These(HashSet<String, PlRandomState>),
    Any,
}

impl GenericParties {
    /// Adds those of records.
    pub(super) fn add(&mut self, generics: &Generics<'_>, parties: &DataFrame) -> PolarsResult<()> {
        each_party(parties, |record, party| {
            let Some(generic) = generics.get(record) else { return };
            let of = match self.0.get_mut(*generic) {
                Some(of) => of,
                None => self
                    .0
                    .entry((*generic).to_owned())
                    .or_insert_with(|| Parties::These(HashSet::default())),
            };
            if let Parties::These(of) = of
                && !of.contains(party)
            {
                of.insert(party.to_owned());
            }
        })
    }

    /// Adds all that records of these generics may have.
    pub(super) fn any(&mut self, generics: &Generics<'_>) {
        let generics: HashSet<&str> = generics.values().copied().collect();
        self.0.extend(generics.into_iter().map(|generic| (generic.to_owned(), Parties::Any)));
    }

    pub(super) fn has_generic(&self, generic: &str) -> bool {
        self.0.contains_key(generic)
    }

    /// Of some records those with one of the parties.
    pub(super) fn records<'f>(
        &self,
        generics: &Generics<'f>,
        parties: &'f DataFrame,
    ) -> PolarsResult<Ids<'f>> {
        let mut found = Ids::default();
        each_party(parties, |record, party| {
            let of = generics.get(record).and_then(|generic| self.0.get(*generic));
            let is = match of {
                Some(Parties::Any) => true,
                Some(Parties::These(of)) => of.contains(party),
                None => false,
            };
            if is {
                found.insert(record);
            }
        })?;
        Ok(found)
    }
}

/// Calls `each` with every record and its group, or company where it has none,
/// by which it is linked.
fn each_party<'f>(
    parties: &'f DataFrame,
    mut each: impl FnMut(&'f str, &'f str),
) -> PolarsResult<()> {
    let cells = |name| text(parties, name);
    let links = parties.column("links")?.as_materialized_series().bool()?;
    let rows = cells("record_id")?.iter().zip(links.iter());
    let names = cells("corporate_group")?.iter().zip(cells("company")?.iter());
    for ((record, links), (group, company)) in rows.zip(names) {
        if let (Some(record), Some(true), Some(party)) = (record, links, group.or(company)) {
            each(record, party);
        }
    }
    Ok(())
}
