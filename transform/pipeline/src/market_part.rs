//! R39 for market listings: only the blocks of a market (country, generic and
//! form) that a change touches are merged anew.
//!
//! A row of `market_listing` is made of products: of all their records, of the
//! companies of these, and of the chains of companies (R16) in the blocks of
//! these records. A product stands in the blocks of its records. So a row
//! can have changed only where a record changed in its own block, or in one
//! that a product of it has a record in too.

use std::collections::HashMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::market_listing::market_listing;
use crate::partial::Partial;
use crate::previous::{Previous, Standing, numbers, numbers_with};
use crate::tables::Rows;
use crate::touched::{Ids, Touched, below, with_ids};

/// As [`market_listing`], from the table before and what was touched since; also
/// the number of rows merged anew.
pub(crate) fn market_part(
    previous: &Previous,
    partial: &Partial,
    touched: &Touched<'_>,
    dictionaries: &Dictionaries,
    day: &str,
) -> Result<(Rows, usize), TransformError> {
    let (listing, made) = (previous.table("listing")?, &partial.made.listing);
    let before = listing.columns(&Listings::COLUMNS)?;
    let mut names = Numbered::default();
    let mut rows = Listings::default();
    for frame in [&before, made] {
        rows.add(frame, &touched.records, &mut names).in_table("listing")?;
    }
    let mut products = vec![false; names.products.len()];
    let mut blocks = vec![false; names.blocks.len()];
    for row in (0..rows.len()).filter(|row| rows.touched[*row]) {
        mark(&mut products, rows.product[row]);
        mark(&mut blocks, rows.block[row]);
    }
    rows.spread((&rows.product, &products), (&rows.block, &mut blocks));
    // A chain of one of these blocks reaches its products where they stand.
    rows.spread((&rows.block, &blocks), (&rows.product, &mut products));
    rows.spread((&rows.product, &products), (&rows.block, &mut blocks));
    // All products of these blocks, with the chains of all that they are in;
    // other blocks are read for that, not written.
    let mut read = blocks.clone();
    rows.spread((&rows.block, &blocks), (&rows.product, &mut products));
    rows.spread((&rows.product, &products), (&rows.block, &mut read));
    let is_read =
        |row: usize| is_marked(&read, rows.block[row]) || is_marked(&products, rows.product[row]);
    let (height, all) = (before.height(), rows.len());
    let mask: BooleanChunked = (0..height).map(|row| Some(is_read(row))).collect();
    let standing = partial.standing.standing("listing", &numbers(&mask));
    let old = listing.rows_of(&standing, &MERGED)?;
    let mask: BooleanChunked = (height..all).map(|row| Some(is_read(row))).collect();
    let part = made
        .filter(&mask)
        .and_then(|new| below(&old, &new))
        // The order in which listings are merged.
        .and_then(|part| part.sort(["record_id"], SortMultipleOptions::default()))
        .in_table("listing")?;
    let parties = companies(previous, partial, &part)?;
    let market = market_listing(&part, &parties, dictionaries, day).in_table("market_listing")?;
    let table = previous.table("market_listing")?;
    let is_written = |frame: &DataFrame| -> PolarsResult<BooleanChunked> {
        let rows = block_cells(frame)?;
        Ok(rows
            .map(|block| {
                let number = names.blocks.get(&block).copied();
                Some(is_marked(&blocks, number))
            })
            .collect())
    };
    let places = table.columns(&["country", "generic", "dosage_form"])?;
    let gone = numbers(&is_written(&places).in_table("market_listing")?);
    let new =
        is_written(&market).and_then(|mask| market.filter(&mask)).in_table("market_listing")?;
    let rows = new.height();
    let mut standing = Standing::default();
    standing.without(table, gone);
    Ok((standing.with("market_listing", new), rows))
}

/// Columns of listings that market listings are made of.
const MERGED: [&str; 15] = [
    "record_id",
    "source_id",
    "country",
    "generic",
    "dosage_form",
    "dosage_form_match",
    "dosage_form_raw",
    "brand_name",
    "product_number",
    "company",
    "status",
    "approval_date",
    "approval_date_precision",
    "market_company",
    "market_status",
];

/// The companies of some listings, in the order of the table.
fn companies(
    previous: &Previous,
    partial: &Partial,
    listing: &DataFrame,
) -> Result<DataFrame, TransformError> {
    let ids = text(listing, "record_id").in_table("record_company")?;
    let ids: Ids<'_> = ids.iter().flatten().collect();
    let table = previous.table("record_company")?;
    let rows = numbers_with(&table.columns(&["record_id"])?, "record_id", &ids);
    let rows = partial.standing.standing("record_company", &rows.in_table("record_company")?);
    let columns = ["record_id", "role", "company", "corporate_group", "links"];
    let old = table.rows_of(&rows, &columns)?;
    with_ids(&partial.made.parties, "record_id", &ids)
        .and_then(|new| below(&old, &new))
        .in_table("record_company")
}

/// Country, generic and form.
type Block<'a> = [&'a str; 3];

/// Numbers for blocks and products.
#[derive(Default)]
struct Numbered<'a> {
    blocks: HashMap<Block<'a>, u32, PlRandomState>,
    products: HashMap<&'a str, u32, PlRandomState>,
}

/// Listings of before and of now: what both hold is there twice, which changes
/// nothing.
#[derive(Default)]
struct Listings {
    touched: Vec<bool>,
    product: Vec<Option<u32>>,
    block: Vec<Option<u32>>,
}

impl Listings {
    const COLUMNS: [&'static str; 5] =
        ["record_id", "product_number", "country", "generic", "dosage_form"];

    fn add<'a>(
        &mut self,
        frame: &'a DataFrame,
        touched: &Ids<'_>,
        names: &mut Numbered<'a>,
    ) -> PolarsResult<()> {
        let ids = text(frame, "record_id")?.iter();
        self.touched.extend(ids.map(|id| id.is_some_and(|id| touched.contains(id))));
        for product in text(frame, "product_number")?.iter() {
            let next = number(names.products.len());
            self.product.push(product.map(|p| *names.products.entry(p).or_insert(next)));
        }
        for block in block_cells(frame)? {
            let next = number(names.blocks.len());
            self.block.push(Some(*names.blocks.entry(block).or_insert(next)));
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.block.len()
    }

    /// Marks what the rows with a mark have in the other column.
    fn spread(
        &self,
        (from, marked): (&[Option<u32>], &[bool]),
        (to, marks): (&[Option<u32>], &mut [bool]),
    ) {
        for (from, to) in from.iter().zip(to).take(self.len()) {
            if is_marked(marked, *from) {
                mark(marks, *to);
            }
        }
    }
}

fn block_cells(frame: &DataFrame) -> PolarsResult<impl Iterator<Item = Block<'_>>> {
    let cells = |name| text(frame, name);
    let rows = cells("country")?.iter().zip(cells("generic")?.iter());
    Ok(rows
        .zip(cells("dosage_form")?.iter())
        .map(|((country, generic), form)| [country, generic, form].map(Option::unwrap_or_default)))
}

fn mark(marks: &mut [bool], number: Option<u32>) {
    if let Some(mark) = number.and_then(|n| marks.get_mut(n as usize)) {
        *mark = true;
    }
}

fn is_marked(marks: &[bool], number: Option<u32>) -> bool {
    number.is_some_and(|n| marks.get(n as usize) == Some(&true))
}

/// Tables have far fewer rows than that.
fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
