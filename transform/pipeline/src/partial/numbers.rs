//! Where the records of the snapshot before were read, and the numbers that they
//! share.

use polars::prelude::*;

use super::source::Keys;
use crate::distinct::text;
use crate::holders::several;
use crate::touched::Ids;

/// Where a record was read.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place<'a> {
    pub(super) source: &'a str,
    pub(super) table: &'a str,
    pub(super) key: &'a str,
}

/// Where the rows of a table were read.
pub(super) fn places(frame: &DataFrame) -> PolarsResult<impl Iterator<Item = Place<'_>>> {
    let cells = |name| text(frame, name);
    let (sources, tables) = (cells("source_id")?, cells("raw_table")?);
    let rows = sources.iter().zip(tables.iter()).zip(cells("record_key")?.iter());
    Ok(rows.map(|((source, table), key)| Place {
        source: source.unwrap_or_default(),
        table: table.unwrap_or_default(),
        key: key.unwrap_or_default(),
    }))
}

/// The rows that were read under one of the keys.
pub(super) fn with_keys(frame: &DataFrame, keys: &Keys<'_>) -> PolarsResult<BooleanChunked> {
    // Rows of one table stand together.
    let mut at = Place::default();
    let mut of_table: Option<&Ids<'_>> = None;
    Ok(places(frame)?
        .map(|place| {
            if (at.source, at.table) != (place.source, place.table) {
                of_table = keys.get(place.source).and_then(|tables| tables.get(place.table));
            }
            at = place;
            Some(of_table.is_some_and(|keys| keys.contains(place.key)))
        })
        .collect())
}

/// Product, application and former numbers of a listing; all but the first matter
/// in China only (R13).
pub(super) fn numbers(
    listing: &DataFrame,
) -> PolarsResult<impl Iterator<Item = impl Iterator<Item = &str> + Clone>> {
    let cells = |name| text(listing, name);
    let rows = cells("country")?.iter().zip(cells("product_number")?.iter());
    let more = cells("application_number")?.iter().zip(cells("former_number")?.iter());
    Ok(rows.zip(more).map(|((country, product), (application, former))| {
        let chained = country == Some(regatta_domain::Region::Cn.code());
        let former = former.filter(|_| chained).into_iter().flat_map(several);
        product.into_iter().chain(application.filter(|_| chained)).chain(former)
    }))
}
