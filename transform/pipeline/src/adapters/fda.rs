//! What the data sets of the FDA share.

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, FormMatch, GenericMatch, Language};

use super::{SEPARATOR, SEPARATOR_STR};

/// Ingredients are separated by semicolons.
pub(super) fn fda_generic(dictionaries: &Dictionaries, raw: &str) -> GenericMatch {
    dictionaries.generic(raw, Language::En, &[';'])
}

/// `FORM;ROUTE`, with the strength behind [`SEPARATOR`] where it decides.
pub(super) fn fda_form(dictionaries: &Dictionaries, key: &str) -> FormMatch {
    match key.split_once(SEPARATOR) {
        Some((raw, strength)) => dictionaries.forms.find_fda(raw, Some(strength)),
        None => dictionaries.forms.find_fda(key, None),
    }
}

/// Adds the strength to the key of `INJECTABLE` forms only, so that there are
/// few distinct keys: `/VIAL` without a volume is a powder, which R6 keeps
/// apart from solutions.
pub(super) fn with_form_key(listings: LazyFrame) -> LazyFrame {
    let form = || col("dosage_form_raw");
    listings.with_column(
        when(form().str().starts_with(lit("INJECTABLE")))
            .then(concat_str([form(), col("strength")], SEPARATOR_STR, true))
            .otherwise(form())
            .alias("form_key"),
    )
}
