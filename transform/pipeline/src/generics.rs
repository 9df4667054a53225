//! R5: the generic of each record, from what its source names and from its brand.

use std::borrow::Cow;

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, GenericMatch, UNSPECIFIED, clean_opt};

use crate::adapters::{Adapter, SEPARATOR_STR};
use crate::distinct::{Distinct, text};
use crate::standardise::{coalesced, text_of};

/// The columns of the generic: name, raw value, salt, how it was found, and which
/// ingredients are unknown.
pub(crate) fn generics(
    adapter: &Adapter,
    dictionaries: &Dictionaries,
    shared: &DataFrame,
) -> PolarsResult<Vec<Column>> {
    let raw = text(shared, "generic_raw")?;
    let keys = coalesced(text(shared, "generic_key")?, raw);
    let distinct = Distinct::of(&keys);
    let found: Vec<GenericMatch> = distinct
        .values
        .iter()
        .map(|key| match key.filter(|k| clean_opt(Some(*k)).is_some()) {
            Some(key) => (adapter.generic)(dictionaries, key),
            None => GenericMatch::unspecified(),
        })
        // A cell of nothing but separators names nothing.
        .map(|found| if found.generic.is_empty() { GenericMatch::unspecified() } else { found })
        .collect();
    let filled: StringChunked = raw.iter().map(|v| Some(v.unwrap_or_default())).collect();
    let generic = distinct.spread("generic", found.iter().map(|f| Some(f.generic.as_str())))?;
    let how = distinct.spread("generic_match", found.iter().map(|f| Some(f.how)))?;
    let brand = text(shared, "brand_name")?;
    let [generic, how] =
        named_by_product(dictionaries, (text_of(&generic)?, text_of(&how)?), brand);
    Ok(vec![
        generic,
        filled.with_name("generic_raw".into()).into_column(),
        distinct.spread("salt", found.iter().map(|f| f.salt.as_deref()))?,
        how,
        distinct.spread(
            "generic_unknown",
            found
                .iter()
                .map(|f| Some(f.unknown.join(SEPARATOR_STR)).filter(|unknown| !unknown.is_empty())),
        )?,
    ])
}

/// R5: a brand tells what its source names too coarsely, or not at all.
///
/// R10: a record whose source names no ingredient goes on under the name of its
/// product. Under one common word, whatever else a company sells in that form
/// would be the same drug.
fn named_by_product(
    dictionaries: &Dictionaries,
    (generic, how): (&StringChunked, &StringChunked),
    brand: &StringChunked,
) -> [Column; 2] {
    let decided = |how| matches!(how, Some("decision" | "rejected" | "not_a_drug"));
    let rows = generic.iter().zip(how.iter()).zip(brand.iter());
    let (named, how): (Vec<Option<Cow<'_, str>>>, Vec<Option<&str>>) = rows
        .map(|((generic, how), brand)| {
            let open = generic.filter(|_| !decided(how));
            let found = open.zip(brand).and_then(|(g, b)| dictionaries.brands.generic(g, b));
            match (generic, found, clean_opt(brand)) {
                (_, Some(found), _) => (Some(Cow::Borrowed(found)), Some("brand")),
                (Some(UNSPECIFIED), None, Some(brand)) => {
                    (Some(Cow::Owned(brand.to_lowercase())), how)
                }
                _ => (generic.map(Cow::Borrowed), how),
            }
        })
        .unzip();
    let named: StringChunked = named.into_iter().collect();
    let how: StringChunked = how.into_iter().collect();
    [
        named.with_name("generic".into()).into_column(),
        how.with_name("generic_match".into()).into_column(),
    ]
}
