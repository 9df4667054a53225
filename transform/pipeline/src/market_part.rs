//! R39 for market listings: only the blocks of a market (country, generic and
//! form) that a change touches are merged anew.
//!
//! A row of `market_listing` is made of products: of all their records, of the
//! companies of these, and of the chains of companies (R16) in the blocks of
//! these records. A product stands in the block of one of its records. So a row
//! can have changed only where a record changed in its own block, or in one
//! that a product of it has a record in too.

use std::collections::HashSet;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;

use crate::distinct::text;
use crate::market_listing::market_listing;
use crate::reuse::stitched;
use crate::touched::{Ids, Touched, with_ids};

/// Country, generic and form.
type Block<'a> = [&'a str; 3];
type BlockIds<'a> = HashSet<Block<'a>, PlRandomState>;

/// The table of the snapshot before, and the listings that it is of.
pub(crate) struct MarketBefore<'a> {
    pub(crate) listing: &'a DataFrame,
    pub(crate) market_listing: DataFrame,
}

/// As [`market_listing`], from the one before and what was touched since.
pub(crate) fn market_part(
    before: MarketBefore<'_>,
    touched: &Touched<'_>,
    (listing, parties): (&DataFrame, &DataFrame),
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let both = [Rows::of(before.listing)?, Rows::of(listing)?];
    let (mut products, mut blocks) = (Ids::default(), BlockIds::default());
    for rows in &both {
        products.extend(rows.products(|row| rows.is_of(row, &touched.records)));
    }
    for rows in &both {
        blocks.extend(
            rows.blocks(|row| {
                rows.is_of(row, &touched.records) || rows.has_product(row, &products)
            }),
        );
    }
    // A chain of one of these blocks reaches its products where they stand.
    for rows in &both {
        products.extend(rows.products(|row| rows.is_in(row, &blocks)));
    }
    for rows in &both {
        blocks.extend(rows.blocks(|row| rows.has_product(row, &products)));
    }
    // All products of these blocks, with the chains of all that they are in;
    // other blocks are read for that, not written.
    let mut read = blocks.clone();
    for rows in &both {
        products.extend(rows.products(|row| rows.is_in(row, &blocks)));
    }
    for rows in &both {
        read.extend(rows.blocks(|row| rows.has_product(row, &products)));
    }
    let now = &both[1];
    let mask: BooleanChunked = (0..listing.height())
        .map(|row| Some(now.is_in(row, &read) || now.has_product(row, &products)))
        .collect();
    let part = listing.filter(&mask)?;
    let ids: Ids<'_> = text(&part, "record_id")?.iter().flatten().collect();
    let parties = with_ids(parties, "record_id", &ids)?;
    let made = market_listing(&part, &parties, dictionaries, day)?;
    let made = made.filter(&in_blocks(&made, &blocks, true)?)?;
    let kept = before.market_listing.filter(&in_blocks(&before.market_listing, &blocks, false)?)?;
    stitched(made, Some(kept), "market_listing")
}

fn in_blocks(
    market: &DataFrame,
    blocks: &BlockIds<'_>,
    wanted: bool,
) -> PolarsResult<BooleanChunked> {
    let cells = |name| text(market, name);
    let (countries, generics, forms) =
        (cells("country")?, cells("generic")?, cells("dosage_form")?);
    Ok(countries
        .iter()
        .zip(generics.iter())
        .zip(forms.iter())
        .map(|((country, generic), form)| {
            let block = [country, generic, form].map(Option::unwrap_or_default);
            Some(blocks.contains(&block) == wanted)
        })
        .collect())
}

/// Listings, by row.
struct Rows<'a> {
    ids: Vec<&'a str>,
    products: Vec<Option<&'a str>>,
    blocks: Vec<Block<'a>>,
}

impl<'a> Rows<'a> {
    fn of(listing: &'a DataFrame) -> PolarsResult<Self> {
        let cells = |name| text(listing, name);
        let (countries, generics) = (cells("country")?, cells("generic")?);
        let blocks = countries.iter().zip(generics.iter()).zip(cells("dosage_form")?.iter());
        Ok(Self {
            ids: cells("record_id")?.iter().map(Option::unwrap_or_default).collect(),
            products: cells("product_number")?.iter().collect(),
            blocks: blocks
                .map(|((country, generic), form)| {
                    [country, generic, form].map(Option::unwrap_or_default)
                })
                .collect(),
        })
    }

    fn is_of(&self, row: usize, ids: &Ids<'_>) -> bool {
        ids.contains(self.ids[row])
    }

    fn is_in(&self, row: usize, blocks: &BlockIds<'_>) -> bool {
        blocks.contains(&self.blocks[row])
    }

    fn has_product(&self, row: usize, products: &Ids<'_>) -> bool {
        self.products[row].is_some_and(|product| products.contains(product))
    }

    fn products(&self, wanted: impl Fn(usize) -> bool) -> Vec<&'a str> {
        (0..self.ids.len())
            .filter(|row| wanted(*row))
            .filter_map(|row| self.products[row])
            .collect()
    }

    fn blocks(&self, wanted: impl Fn(usize) -> bool) -> Vec<Block<'a>> {
        (0..self.ids.len()).filter(|row| wanted(*row)).map(|row| self.blocks[row]).collect()
    }
}
