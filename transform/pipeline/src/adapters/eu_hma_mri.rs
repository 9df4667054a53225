//! Nationally authorised products of mutual recognition and decentralised
//! procedures (HMA) as listings (R15): one row per strength.

use polars::prelude::*;
use regatta_dictionaries::{Language, Vocabulary};
use regatta_domain::{Region, date};

use super::{Adapter, Input, SEPARATOR_STR, filled};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "eu_hma_mri",
    region: Region::Eu,
    record_tables: &["product"],
    language: Language::En,
    vocabulary: Vocabulary::Edqm,
    listings,
    generic: |dictionaries, raw| dictionaries.generic(raw, Language::En, &['\n', ',']),
    form: |dictionaries, raw| dictionaries.forms.find_edqm(raw),
    date: |raw| date::timestamp(raw).map_err(|e| e.to_string()),
};

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let Some(products) = input.raw.scan_opt("product")? else { return Ok(None) };
    let mut frame = products.filter(col("domain").neq(lit("v")));
    let on = || [col("mr_number")];
    let empty = || lit(NULL).cast(DataType::String);
    frame = match input.raw.scan_opt("product_substance")? {
        Some(substances) => {
            let names = substances
                .sort(["mr_number", "position"], SortMultipleOptions::default())
                .group_by_stable(on())
                .agg([
                    filled("inn_name").drop_nulls().str().join("\n", true).alias("inns"),
                    filled("substance_text").drop_nulls().str().join("; ", true).alias("texts"),
                ]);
            frame.join(names, on(), on(), JoinArgs::new(JoinType::Left))
        }
        None => frame.with_columns([empty().alias("inns"), empty().alias("texts")]),
    };
    frame = match input.raw.scan_opt("product_cms")? {
        Some(cms) => {
            let states = cms
                .sort(["mr_number", "country_code"], SortMultipleOptions::default())
                .group_by_stable(on())
                .agg([filled("country_code")
                    .drop_nulls()
                    .str()
                    .join(SEPARATOR_STR, true)
                    .alias("cms_codes")]);
            frame.join(states, on(), on(), JoinArgs::new(JoinType::Left))
        }
        None => frame.with_column(empty().alias("cms_codes")),
    };
    let said = |name: &str| when(col(name).eq(lit(""))).then(lit(NULL)).otherwise(col(name));
    Ok(Some(frame.select([
        col("record_key"),
        lit("product").alias("raw_table"),
        col("mr_number").alias("application_number"),
        iso(super::joined([filled("rms_code"), said("cms_codes")])).alias("member_states"),
        filled("name").alias("brand_name"),
        coalesce(&[said("texts"), filled("active_substances")]).alias("generic_raw"),
        coalesce(&[said("inns"), filled("active_substances")]).alias("generic_key"),
        filled("dose_forms").alias("dosage_form_raw"),
        // Name and postal address; the dictionary looks for the name in it.
        filled("ma_holder").str().replace_all(lit("_x000d_"), lit(""), true).alias("holder_raw"),
        filled("outcome").alias("status_raw"),
        filled("date_of_outcome").alias("approval_date_raw"),
        col("row_number"),
        col("body_sha256"),
    ])))
}

/// The register writes two states as the Union does: `UK` is GB in ISO 3166,
/// `EL` is GR.
fn iso(states: Expr) -> Expr {
    states.str().replace_all(lit(r"\bUK\b"), lit("GB"), false).str().replace_all(
        lit(r"\bEL\b"),
        lit("GR"),
        false,
    )
}
