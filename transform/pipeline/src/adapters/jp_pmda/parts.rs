//! The products of one dosage form of a record (R16), divided by what they
//! contain and by who holds them.

use std::collections::BTreeMap;

use regatta_dictionaries::JapanesePart;
use regatta_domain::{ApprovalKind, SplitRecord};

use super::ingredients::Ingredients;

/// What the products of a part contain.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) item: &'a str,
    /// Other products of the same form contain something else.
    pub(super) several: bool,
}

/// The part, divided by what its products contain; none where all of the record
/// contain the same, or where it is not told.
pub(super) fn by_ingredient<'a>(
    record: &SplitRecord,
    told: &'a Ingredients,
    part: JapanesePart,
) -> Vec<(JapanesePart, Option<Content<'a>>)> {
    let item_of = |product: usize| match told {
        Ingredients::Same => None,
        Ingredients::Paired(items) => Some(items.get(product).map_or("", String::as_str)),
        Ingredients::Open { items, told } => {
            told.get(product).copied().flatten().and_then(|at| items.get(at)).map(String::as_str)
        }
    };
    let mut of: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for product in &part.products {
        of.entry(item_of(*product)).or_default().push(*product);
    }
    if of.keys().all(Option::is_none) {
        return vec![(part, None)];
    }
    let several = of.len() > 1;
    of.into_iter()
        .map(|(item, products)| {
            let content = item.map(|item| Content { item, several });
            (with_products(record, &part, products), content)
        })
        .collect()
}

/// The part with some of its products only.
fn with_products(record: &SplitRecord, part: &JapanesePart, products: Vec<usize>) -> JapanesePart {
    let of = || products.iter().filter_map(|p| record.products.get(*p));
    let mut companies: Vec<usize> = of().flat_map(|p| p.companies.clone()).collect();
    companies.sort_unstable();
    companies.dedup();
    JapanesePart {
        form: part.form.clone(),
        status: of()
            .filter_map(|p| p.status)
            .min_by_key(|s| *s != ApprovalKind::Approval)
            .or(part.status),
        companies: if companies.is_empty() { part.companies.clone() } else { companies },
        products,
    }
}

/// Companies of one record up to this number are partners who sell one drug
/// under their names (R30 expects a Japanese listing to carry several). More
/// are the makers of a whole class whose labels were changed by one review.
const MOST_PARTNERS: usize = 3;

/// A part of competitors whose products were paired with them (R16: by marker
/// first, by order second) is one row per company: they must not link (R25).
/// Competitors are more companies than [`MOST_PARTNERS`], and those of which one
/// sells the drug under its generic name, as `is_generic` tells of a product's.
pub(super) fn by_company(
    record: &SplitRecord,
    part: JapanesePart,
    is_generic: impl Fn(&str) -> bool,
) -> Vec<(JapanesePart, Option<String>)> {
    let companies_of = |product: &usize| {
        record.products.get(*product).map(|p| p.companies.clone()).unwrap_or_default()
    };
    let mut rows: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for product in &part.products {
        rows.entry(companies_of(product)).or_default().push(*product);
    }
    let names = || part.products.iter().filter_map(|p| record.products.get(*p));
    let compete =
        || part.companies.len() > MOST_PARTNERS || names().any(|product| is_generic(&product.name));
    let paired = rows.len() > 1 && rows.keys().all(|companies| !companies.is_empty());
    if !paired || !compete() {
        return vec![(part, None)];
    }
    rows.into_iter()
        .map(|(companies, products)| {
            let names: Vec<&str> = companies
                .iter()
                .filter_map(|c| record.companies.get(*c))
                .map(|c| c.name.as_str())
                .collect();
            (with_products(record, &part, products), Some(names.join(" + ")))
        })
        .collect()
}
