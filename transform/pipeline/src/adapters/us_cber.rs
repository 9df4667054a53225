//! CBER's lists of licensed biologics as listings: cellular and gene therapy
//! products and vaccines. They name neither form nor date nor status; what is
//! on the lists is licensed.

use polars::prelude::*;
use regatta_dictionaries::{Language, Vocabulary};
use regatta_domain::Region;

use super::fda::{fda_form, fda_generic};
use super::{Adapter, Input, filled};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "us_cber",
    region: Region::Us,
    record_tables: &["cellular_gene_therapy", "vaccine"],
    language: Language::En,
    vocabulary: Vocabulary::Fda,
    listings,
    generic: fda_generic,
    form: fda_form,
    date: |_| Ok(None),
};

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let mut frames = Vec::new();
    let lists =
        [("cellular_gene_therapy", "proper_name", "product"), ("vaccine", "product_name", "")];
    for (table, generic, fallback) in lists {
        let Some(list) = input.raw.scan_opt(table)? else { continue };
        let name = if fallback.is_empty() {
            filled(generic)
        } else {
            coalesce(&[filled(generic), filled(fallback)])
        };
        let name = name.str().replace_all(lit(r"\s*\[[^\]]*\]\s*$"), lit(""), false);
        frames.push(list.select([
            col("record_key"),
            lit(table).alias("raw_table"),
            filled("trade_name").alias("brand_name"),
            name.alias("generic_raw"),
            filled("manufacturer").alias("holder_raw"),
            lit("listed").alias("status_raw"),
            col("row_number"),
            col("body_sha256"),
        ]));
    }
    // A product page tells the licence number, under which the Purple Book has
    // the product; the first list holds its address.
    super::concat_opt(frames, "us_cber")
}
