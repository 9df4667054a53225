//! Where the records of the snapshot before were read, and the numbers that they
//! share.

use polars::prelude::*;

use crate::distinct::text;

/// The numbers of a listing.
pub(super) struct Numbers<'a> {
    pub(super) place: Place<'a>,
    pub(super) all: [Option<&'a str>; 3],
}

/// Where a record was read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) source: &'a str,
    pub(super) table: &'a str,
    pub(super) key: &'a str,
}

/// Where the rows of a table were read.
pub(super) fn places(frame: &DataFrame) -> PolarsResult<Vec<Place<'_>>> {
    let cells = |name| text(frame, name);
    let (sources, tables) = (cells("source_id")?, cells("raw_table")?);
    let rows = sources.iter().zip(tables.iter()).zip(cells("record_key")?.iter());
    Ok(rows
        .map(|((source, table), key)| Place {
            source: source.unwrap_or_default(),
            table: table.unwrap_or_default(),
            key: key.unwrap_or_default(),
        })
        .collect())
}

/// Product, application and former numbers of listings; the last two matter in
/// China only (R13).
pub(super) fn numbers(listing: &DataFrame) -> PolarsResult<Vec<Numbers<'_>>> {
    let cells = |name| text(listing, name);
    let (countries, products) = (cells("country")?, cells("product_number")?);
    let (applications, formers) = (cells("application_number")?, cells("former_number")?);
    Ok(places(listing)?
        .into_iter()
        .enumerate()
        .map(|(row, place)| {
            let country = countries.get(row).unwrap_or_default();
            let chained = country == regatta_domain::Region::Cn.code();
            let all = [
                products.get(row),
                applications.get(row).filter(|_| chained),
                formers.get(row).filter(|_| chained),
            ];
            Numbers { place, all }
        })
        .collect())
}
