//! The Japanese price list as listings: what is marketed today.

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, FormMatch, GenericMatch, Language, Vocabulary, clean};
use regatta_domain::Region;

use super::{Adapter, Input, SEPARATOR, filled, joined};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "jp_mhlw_price",
    region: Region::Jp,
    record_tables: &["price"],
    language: Language::Ja,
    vocabulary: Vocabulary::Ja,
    listings,
    generic,
    form,
    date: |_| Ok(None),
};

/// The ingredients of a name like `A・B配合剤`. Where not all are known the name
/// is not taken apart: its pieces (`B6`, `B12配合剤`) would be no names.
fn generic(dictionaries: &Dictionaries, raw: &str) -> GenericMatch {
    let apart = dictionaries.generic(raw, Language::Ja, &['・', '、']);
    if apart.is_standard() || !clean(raw).ends_with("配合剤") {
        return apart;
    }
    dictionaries.generic(raw, Language::Ja, &[])
}

/// The product's name, its class (区分) and its price code, whose eighth
/// character tells the form within the class.
fn form(dictionaries: &Dictionaries, key: &str) -> FormMatch {
    let mut parts = key.split(SEPARATOR);
    let name = parts.next().unwrap_or_default();
    let code = parts.next().zip(parts.next());
    dictionaries.forms.find_ja(name, code)
}

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let Some(prices) = input.raw.scan_opt("price")? else { return Ok(None) };
    Ok(Some(
        prices.select([
            col("record_key"),
            lit("price").alias("raw_table"),
            filled("price_code").alias("product_number"),
            filled("price_code").alias("application_number"),
            filled("brand_name").alias("brand_name"),
            filled("ingredient").alias("generic_raw"),
            joined([filled("class"), filled("price_code").str().slice(lit(7), lit(1))])
                .str()
                .replace(lit(super::SEPARATOR_STR), lit(" "), true)
                .alias("dosage_form_raw"),
            joined([
                filled("brand_name").fill_null(lit("")),
                filled("class").fill_null(lit("")),
                filled("price_code").fill_null(lit("")),
            ])
            .alias("form_key"),
            filled("strength"),
            filled("maker").alias("holder_raw"),
            // With a transitional date it leaves the list on that day.
            when(filled("transitional_until").is_not_null())
                .then(lit("transitional"))
                .otherwise(lit("listed"))
                .alias("status_raw"),
            col("row_number"),
            col("body_sha256"),
        ]),
    ))
}
