//! R5: what a product contains where its source names it too coarsely, told by its
//! brand.
//!
//! A list that calls every human insulin `insulin human` has the soluble, the
//! isophane and the mixed ones of a company as one drug; one that names no ingredient
//! of a combination has none. Brands tell them apart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::clean;

#[derive(Deserialize)]
struct BrandRow {
    brand: String,
    named: String,
    generic: String,
}

/// Brands, by the generic that sources give for them.
#[derive(Debug, Default)]
pub struct Brands {
    /// Brand and what it contains, the longest first.
    by_named: BTreeMap<String, Vec<(String, String)>>,
}

impl Brands {
    pub(crate) fn new(file: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        file.each(|row: BrandRow| {
            let BrandRow { brand, named, generic } = row;
            let brand = clean(&brand).to_lowercase();
            // Every name begins with nothing.
            if [&brand, &named, &generic].iter().any(|cell| cell.is_empty()) {
                return Err("expected a brand, what sources name, and a generic".to_owned());
            }
            let brands = this.by_named.entry(named).or_default();
            if brands.iter().any(|(known, _)| *known == brand) {
                return Err(format!("{brand:?} is there twice for one generic"));
            }
            brands.push((brand, generic));
            Ok(())
        })?;
        for brands in this.by_named.values_mut() {
            brands.sort_by_key(|(brand, _)| Reverse(brand.len()));
        }
        Ok(this)
    }

    /// What the `product` contains, of which a source says that it contains `named`:
    /// the longest brand that its name begins with tells it.
    #[must_use]
    pub fn generic(&self, named: &str, product: &str) -> Option<&str> {
        let brands = self.by_named.get(named)?;
        let product = clean(product).to_lowercase();
        let begins = |brand: &str| {
            let word = |c: char| c.is_ascii_alphanumeric();
            product.strip_prefix(brand).is_some_and(|rest| {
                // `ヒューマリンN注`, but not `Humulin NPH`.
                !(brand.ends_with(word) && rest.starts_with(word))
            })
        };
        brands.iter().find(|(brand, _)| begins(brand)).map(|(_, generic)| generic.as_str())
    }

    /// All lines: what sources say, and what the brand contains.
    #[cfg(test)]
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_named.iter().flat_map(|(named, of)| {
            of.iter().map(|(_, generic)| (named.as_str(), generic.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dictionaries, Language, UNSPECIFIED};

    #[test]
    fn r5_a_brand_tells_what_its_source_names_too_coarsely() {
        let brands = Dictionaries::load(None).unwrap().brands;
        for (named, product, generic) in [
            ("insulin human", "Insulatard", Some("insulin isophane human")),
            ("insulin human", "Actrapid", None),
            ("insulin human", "ヒューマリンN注100単位/mL", Some("insulin isophane human")),
            ("insulin human", "ヒューマリンR注100単位/mL", None),
            (
                "insulin human",
                "ヒューマリン３／７注カート",
                Some("insulin human / insulin isophane human"),
            ),
            ("insulin human", "Humulin NPH", None),
            ("insulin aspart", "NovoRapid 300 FlexPen", None),
            (
                "insulin aspart",
                "NovoRapid 30 Mix FlexPen",
                Some("insulin aspart / insulin aspart protamine"),
            ),
            (
                "coagulation factor viii (recombinant)",
                "Kogenate, Kogenate Fs",
                Some("octocog alfa"),
            ),
            (UNSPECIFIED, "Bicanate Infusion", Some("sodium bicarbonate ringer")),
            // The brand alone says nothing.
            ("insulin isophane human", "Mixtard", None),
        ] {
            assert_eq!(brands.generic(named, product), generic, "{product}");
        }
    }

    #[test]
    fn a_line_that_would_stand_for_every_product_or_for_two_things_is_refused() {
        let read = |lines: &str| {
            let text = format!("brand,named,generic,source\n{lines}");
            let file = CsvFile { path: "brands.csv".into(), text: text.into() };
            Brands::new(&file).map_err(|e| e.to_string())
        };
        assert!(read("alpha,x,y,\nalpha,z,y,\n").is_ok());
        for lines in ["alpha,x,y,\n,x,y,\n", "alpha,x,y,\nbeta,,y,\n", "alpha,x,y,\nALPHA,x,z,\n"] {
            let error = read(lines).unwrap_err();
            assert!(error.contains("brands.csv") && error.contains('3'), "{error}");
        }
    }

    #[test]
    fn r5_brands_lead_from_standard_names_to_standard_names() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (named, generic) in dictionaries.brands.lines() {
            for name in generic.split(" / ").chain((named != UNSPECIFIED).then_some(named)) {
                let found = dictionaries.generic(name, Language::En, &[]);
                assert_eq!((found.generic.as_str(), found.is_standard()), (name, true));
            }
        }
    }
}
