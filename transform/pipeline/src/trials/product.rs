//! The drugs under test of a trial, from its fields or its texts (R11).

use std::collections::{BTreeMap, HashMap};

use regatta_dictionaries::{
    Dictionaries, FormMatch, GenericMatch, Language, MentionRole, UNSPECIFIED, clean,
};

use crate::standardise::form_in_name;

/// One drug under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) name: Option<String>,
    pub(super) generic: GenericMatch,
    pub(super) generic_raw: String,
    pub(super) found_in: &'static str,
    pub(super) matched: Option<(String, i64)>,
    pub(super) form: FormMatch,
    pub(super) form_raw: Option<String>,
    /// Ends the record id where the trial tests several.
    pub(super) part: String,
}

/// Asks the dictionaries once per distinct value.
pub(super) struct Names<'a> {
    dictionaries: &'a Dictionaries,
    generics: HashMap<(Language, String), GenericMatch>,
}

impl<'a> Names<'a> {
    pub(super) fn new(dictionaries: &'a Dictionaries) -> Self {
        Self { dictionaries, generics: HashMap::new() }
    }

    fn generic(&mut self, name: &str, language: Language) -> GenericMatch {
        let dictionaries = self.dictionaries;
        self.generics
            .entry((language, name.to_owned()))
            .or_insert_with(|| match language {
                Language::Zh => dictionaries.generic_of_chinese_product(name),
                _ => dictionaries.generic(name, language, &[';', ',', '/', '+', '\n']),
            })
            .clone()
    }

    /// A drug from the fields for it: the names that may tell the generic, in
    /// their order, and the form. None where no field says anything.
    pub(super) fn of_fields(
        &mut self,
        names: &[(Option<&str>, Language)],
        form_raw: Option<&str>,
        form: impl Fn(&Dictionaries, &str) -> FormMatch,
    ) -> Option<Product> {
        let mut first = None;
        let mut chosen = None;
        for (name, language) in names {
            let Some(name) = name else { continue };
            let found = (self.generic(name, *language), *name, *language);
            if found.0.is_standard() {
                chosen = Some(found);
                break;
            }
            first.get_or_insert(found);
        }
        let (generic, raw, _) = chosen.or(first)?;
        let mut told =
            form_raw.map_or_else(FormMatch::unspecified, |raw| form(self.dictionaries, raw));
        if told.how == "unspecified" {
            // R6a: the form word of the product's name.
            let by_name = names
                .iter()
                .find_map(|(name, language)| form_in_name(*language, self.dictionaries, (*name)?));
            if let Some(found) = by_name {
                told = FormMatch { how: "name", ..found };
            }
        }
        Some(Product {
            name: names.iter().find_map(|(name, _)| name.map(str::to_owned)),
            generic_raw: raw.to_owned(),
            generic,
            found_in: "product",
            matched: None,
            form: told,
            form_raw: form_raw.map(str::to_owned),
            part: String::new(),
        })
    }

    /// R11: the drugs under test that a text names; those behind a word of
    /// comparison are comparators and left out.
    pub(super) fn of_text(
        &self,
        text: &str,
        language: Language,
        found_in: &'static str,
    ) -> Vec<Product> {
        let text = clean(text);
        self.dictionaries
            .extractor
            .extract(&text, language)
            .into_iter()
            .filter(|mention| mention.role == MentionRole::Test)
            .map(|mention| Product {
                form: self
                    .dictionaries
                    .form_beside(&text, &mention, language)
                    .unwrap_or_else(FormMatch::unspecified),
                name: None,
                generic_raw: text.clone().into_owned(),
                matched: Some((
                    mention.matched.clone(),
                    i64::try_from(text[..mention.start].chars().count()).unwrap_or(i64::MAX),
                )),
                generic: GenericMatch {
                    generic: mention.generic,
                    salt: mention.salt,
                    how: if mention.how == "dictionary" { "exact" } else { mention.how },
                    unknown: Vec::new(),
                },
                found_in,
                form_raw: None,
                part: String::new(),
            })
            .collect()
    }
}

/// Each generic and form once, in a fixed order, with the end of its record id.
/// A drug without a form is left out where the same trial tests the generic in
/// a form: the registries repeat products per country, not always in full.
pub(super) fn distinct(products: Vec<Product>) -> Vec<Product> {
    let mut by_drug: BTreeMap<(String, String), Product> = BTreeMap::new();
    for product in products {
        if product.generic.generic == UNSPECIFIED {
            continue;
        }
        let key = (product.generic.generic.clone(), product.form.form.clone());
        by_drug.entry(key).or_insert(product);
    }
    let formed: Vec<String> = by_drug
        .keys()
        .filter(|(_, form)| form != UNSPECIFIED)
        .map(|(generic, _)| generic.clone())
        .collect();
    by_drug.retain(|(generic, form), _| form != UNSPECIFIED || !formed.contains(generic));
    let several = by_drug.len() > 1;
    let mut per_generic: BTreeMap<String, usize> = BTreeMap::new();
    for (generic, _) in by_drug.keys() {
        *per_generic.entry(generic.clone()).or_default() += 1;
    }
    by_drug
        .into_iter()
        .map(|((generic, form), mut product)| {
            if several {
                product.part = if per_generic.get(&generic).is_some_and(|n| *n > 1) {
                    format!("{generic}#{form}")
                } else {
                    generic
                };
            }
            product
        })
        .collect()
}
