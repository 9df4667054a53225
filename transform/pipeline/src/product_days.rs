//! R14: when a product of the United States was approved. Of the days that its
//! data sets say, that of the strongest counts. Drugs@FDA gives all products of an
//! application the day of its first one, be it decades before.

use std::collections::HashMap;

use polars::prelude::*;
use regatta_domain::{PartialDate, Precision, Region};

use crate::adapters::ADAPTERS;
use crate::columns::Dates;
use crate::distinct::text;

/// The strongest set with a day, and this day, of each product in its block.
pub(crate) struct ProductDays<'a> {
    rows: Rows<'a>,
    strongest: HashMap<Product<'a>, (usize, PartialDate), PlRandomState>,
}

/// Its number, generic and form: a block is computed without the others.
type Product<'a> = (&'a str, &'a str, &'a str);

struct Rows<'a> {
    countries: &'a StringChunked,
    sources: &'a StringChunked,
    products: &'a StringChunked,
    generics: &'a StringChunked,
    forms: &'a StringChunked,
}

impl<'a> ProductDays<'a> {
    /// `dates` are the approvals of the listings in `frame`.
    pub(crate) fn of(frame: &'a DataFrame, dates: &Dates<'_>) -> PolarsResult<Self> {
        let rows = Rows {
            countries: text(frame, "country")?,
            sources: text(frame, "source_id")?,
            products: text(frame, "product_number")?,
            generics: text(frame, "generic")?,
            forms: text(frame, "dosage_form")?,
        };
        let mut strongest: HashMap<_, (usize, PartialDate), PlRandomState> = HashMap::default();
        for row in 0..frame.height() {
            // `Approved Prior to Jan 1, 1982` is no day.
            let is_day = |d: &PartialDate| d.precision() == Precision::Day && !d.is_upper_bound();
            let day = dates.get(row).filter(is_day);
            let Some(((key, rank), day)) = rows.place(row).zip(day) else { continue };
            let known = strongest.entry(key).or_insert((rank, day));
            *known = (rank, day).min(*known);
        }
        Ok(Self { rows, strongest })
    }

    /// Whether a stronger set than that of the row has another day for its product.
    pub(crate) fn overrule(&self, own: PartialDate, row: usize) -> bool {
        let stronger = self
            .rows
            .place(row)
            .and_then(|(key, rank)| self.strongest.get(&key).filter(|(other, _)| *other < rank));
        stronger.is_some_and(|(_, day)| *day != own)
    }
}

impl<'a> Rows<'a> {
    /// The product of a row, and the rank of its data set, the strongest 0.
    fn place(&self, row: usize) -> Option<(Product<'a>, usize)> {
        if self.countries.get(row) != Some(Region::Us.code()) {
            return None;
        }
        let source = self.sources.get(row)?;
        let rank = ADAPTERS.iter().position(|adapter| adapter.source_id == source)?;
        Some(((self.products.get(row)?, self.generics.get(row)?, self.forms.get(row)?), rank))
    }
}
