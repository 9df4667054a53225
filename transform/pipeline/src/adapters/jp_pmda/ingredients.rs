//! R16: the ingredients of a record that holds several drugs.
//!
//! The lists write two lines for the ingredients of one combination as well as
//! for two drugs that are taken together:
//!
//! ```text
//! Tapcom Combination Ophthalmic Solution    Tafluprost
//!                                           Timolol maleate
//! Daklinza Tablets 60 mg                    Daclatasvir hydrochloride
//! Sunvepra Capsules 100 mg                  Asunaprevir
//! ```
//!
//! What tells them apart are the brands. A combination has one, or says that it
//! is one. As many brands as ingredients are paired in their order. Where the
//! numbers differ, as in regimens of three drugs of many makers each, a product is
//! told by its name, and nothing is guessed of the others.

use std::collections::{BTreeSet, HashMap};

use regatta_dictionaries::{Dictionaries, Language, clean};
use regatta_domain::SplitRecord;

/// What the products of a record contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ingredients {
    /// All of them the same.
    Same,
    /// The ingredients of each product.
    Paired(Vec<String>),
    /// Several drugs, and which of them each product is, where its name tells it.
    Open {
        /// The drugs.
        items: Vec<String>,
        /// By product: the place of its drug among them.
        told: Vec<Option<usize>>,
    },
}

/// What each brand contains by the records that tell it.
#[derive(Default)]
pub(super) struct BrandContents(HashMap<String, Option<String>>);

impl BrandContents {
    /// Adds what a record tells, of which `raw` is the cell of the ingredients.
    pub(super) fn add(
        &mut self,
        dictionaries: &Dictionaries,
        (record, told): (&SplitRecord, &Ingredients),
        raw: &str,
        (language, separators): (Language, &[char]),
    ) {
        for (at, product) in record.products.iter().enumerate() {
            let item = match told {
                Ingredients::Same => raw,
                Ingredients::Paired(items) => items.get(at).map_or("", String::as_str),
                Ingredients::Open { .. } => continue,
            };
            let found = dictionaries.generic(item, language, separators);
            if !found.is_standard() {
                continue;
            }
            let known = self.0.entry(stem(&product.name));
            known
                .and_modify(|known| {
                    if known.as_ref() != Some(&found.generic) {
                        *known = None;
                    }
                })
                .or_insert(Some(found.generic));
        }
    }

    /// The generic of all products of this brand.
    fn generic(&self, stem: &str) -> Option<&str> {
        self.0.get(stem)?.as_deref()
    }
}

impl Ingredients {
    /// Whether the drug of some product is not told.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open { told, .. } if told.contains(&None) || told.is_empty())
    }

    /// Several drugs told to the products whose names tell them: the generic itself,
    /// or a brand that other records have with one of these drugs.
    pub(super) fn named(
        self,
        dictionaries: &Dictionaries,
        record: &SplitRecord,
        brands: &BrandContents,
        (language, separators): (Language, &[char]),
    ) -> Self {
        let Self::Open { items, .. } = self else { return self };
        let generics: Vec<String> =
            items.iter().map(|i| dictionaries.generic(i, language, separators).generic).collect();
        let told = record.products.iter().map(|product| {
            let own = generic_of_name(dictionaries, &product.name, language);
            let generic = own.as_deref().or_else(|| brands.generic(&stem(&product.name)))?;
            generics.iter().position(|g| g == generic)
        });
        Self::Open { told: told.collect(), items }
    }
}

/// The generic that a name of a product begins with.
pub(super) fn generic_of_name(
    dictionaries: &Dictionaries,
    name: &str,
    language: Language,
) -> Option<String> {
    let end = |c: char| c.is_ascii_digit() || "\"'“”‘’[]()「」〔〕".contains(c);
    let name = clean(name);
    let stem = name.split(end).next().unwrap_or_default();
    let known = |end: usize| {
        let found = dictionaries.generic(stem.get(..end)?.trim(), language, &[]);
        found.is_standard().then_some(found.generic)
    };
    if language == Language::Ja {
        stem.char_indices().map(|(at, c)| at + c.len_utf8()).skip(2).find_map(known)
    } else {
        stem.match_indices(' ').map(|(at, _)| at).chain([stem.len()]).take(4).find_map(known)
    }
}

/// How names say that several ingredients are one product.
const COMBINATION: [&str; 2] = ["combination", "配合"];

/// Tells the ingredients of the cell `raw` to the products of `record`.
pub(super) fn ingredients(
    dictionaries: &Dictionaries,
    record: &SplitRecord,
    raw: &str,
    (language, separators): (Language, &[char]),
) -> Ingredients {
    let items = dictionaries.generics.items(raw, language, separators);
    let generics: Vec<String> =
        items.iter().map(|i| dictionaries.generic(i, language, separators).generic).collect();
    let stems: Vec<String> = record.products.iter().map(|p| stem(&p.name)).collect();
    let mut brands: Vec<&str> = Vec::new();
    for stem in &stems {
        if !brands.contains(&stem.as_str()) {
            brands.push(stem);
        }
    }
    if generics.iter().collect::<BTreeSet<_>>().len() < 2 || brands.len() < 2 {
        return Ingredients::Same;
    }
    let says_combination = |brand: &str| {
        let names = record.products.iter().zip(&stems).filter(|(_, stem)| *stem == brand);
        names.map(|(p, _)| p.name.to_lowercase()).any(|n| COMBINATION.iter().any(|c| n.contains(c)))
    };
    let is_combination = |at: usize| generics.get(at).is_some_and(|g| g.contains(" / "));
    let fits = |(at, brand): (usize, &&str)| !says_combination(brand) || is_combination(at);
    if brands.len() == items.len() && brands.iter().enumerate().all(fits) && record.is_clean() {
        let item_of = |stem: &String| brands.iter().position(|brand| brand == stem);
        let paired = stems.iter().filter_map(|stem| items.get(item_of(stem)?).cloned());
        return Ingredients::Paired(paired.collect());
    }
    if brands.iter().any(|brand| says_combination(brand)) {
        return Ingredients::Same;
    }
    Ingredients::Open { told: vec![None; record.products.len()], items }
}

/// The brand: the first word of a name, in English; in Japanese what stands
/// before the form and the strength.
fn stem(name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or_default().to_lowercase();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric());
    if first.is_ascii() {
        // `Ciproxan-I.V.200` and `Ciproxan` are one brand.
        let letters = first.find(|c: char| !c.is_alphabetic()).unwrap_or(first.len());
        return first[..if letters < LEAST_LETTERS { first.len() } else { letters }].to_owned();
    }
    let end = ENDS_OF_STEMS.iter().filter_map(|end| first.find(end)).min();
    let digit = first.find(|c: char| c.is_numeric());
    let end = end.into_iter().chain(digit).min().filter(|at| *at > 0);
    first.get(..end.unwrap_or(first.len())).unwrap_or(first).to_owned()
}

/// Fewer letters at the beginning of a word are no brand (`D-Sorbitol`).
const LEAST_LETTERS: usize = 3;

/// Words with which the rest of a Japanese name begins.
const ENDS_OF_STEMS: [&str; 16] = [
    "錠",
    "カプセル",
    "od",
    "細粒",
    "顆粒",
    "散",
    "注",
    "点滴",
    "皮下",
    "静注",
    "シロップ",
    "ドライ",
    "軟膏",
    "点眼",
    "吸入",
    "内用",
];

#[cfg(test)]
mod tests {
    use regatta_domain::{split_english, split_japanese};

    use super::Ingredients::{Open, Paired, Same};
    use super::*;

    fn english(name: &str, approval: &str, raw: &str) -> Ingredients {
        let dictionaries = Dictionaries::load(None).unwrap();
        let record = split_english(name, approval, "1");
        ingredients(&dictionaries, &record, raw, (Language::En, &['/', ',', ';', '\n']))
    }

    fn paired<const N: usize>(items: [&str; N]) -> Ingredients {
        Paired(items.map(str::to_owned).to_vec())
    }

    #[test]
    fn r16_brands_tell_two_drugs_from_a_combination() {
        let two = "Approval\nApproval";
        assert_eq!(
            english(
                "Daklinza Tablets 60 mg (A K.K.)\nSunvepra Capsules 100 mg (A K.K.)",
                two,
                "Daclatasvir hydrochloride\nAsunaprevir",
            ),
            paired(["Daclatasvir hydrochloride", "Asunaprevir"])
        );
        assert_eq!(
            english(
                "Pegasys S.C. 90 μg\nPegasys S.C. 180 μg\nCopegus Tablets 200 mg\n(A Co., Ltd.)",
                "Change\nChange\nChange",
                "Peginterferon alfa-2a \nRibavirin",
            ),
            paired(["Peginterferon alfa-2a ", "Peginterferon alfa-2a ", "Ribavirin"])
        );
        // One brand, or a name that says it.
        for (name, raw) in [
            ("Alpha-LD Tablets\nAlpha-HD Tablets (A K.K.)", "Tafluprost\nTimolol maleate"),
            (
                "Flutiform 50 Aerosol\nFlutiform 125 Aerosol (A Co., Ltd.)",
                "Fluticasone\nFormoterol",
            ),
            (
                "Alpha Combination Tablets (A K.K.)\nBeta Combination Tablets (B K.K.)",
                "Tafluprost\nTimolol maleate",
            ),
            ("Alpha Tablets (A K.K.)\nBeta Tablets (B K.K.)", "Losartan/Hydrochlorothiazide"),
        ] {
            assert_eq!(english(name, two, raw), Same, "{name}");
        }
        // A combination beside one of its parts.
        assert_eq!(
            english(
                "Wellnara Combination Tablets (A, Ltd.)\nJulina 0.5 mg\n(A, Ltd.)",
                "Approval\nChange",
                "Estradiol/levonorgestrel\nEstradiol",
            ),
            paired(["Estradiol/levonorgestrel", "Estradiol"])
        );
    }

    #[test]
    fn r16_brands_and_ingredients_of_other_numbers_stay_unpaired() {
        let found = english(
            "Omepral Tablets 10 (A K.K.)\nSawacillin Capsules (B K.K.)\nClarith Tab. 200 (C K.K.)",
            "Partial\nPartial\nPartial",
            "Omeprazole\nAmoxicillin",
        );
        let items = vec!["Omeprazole".to_owned(), "Amoxicillin".to_owned()];
        assert_eq!(found, Open { items, told: vec![None; 3] });
    }

    #[test]
    fn r16_products_of_several_drugs_are_told_by_their_names() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let spoken = (Language::En, &['\n'][..]);
        let mut brands = BrandContents::default();
        let mut add = |name: &str, raw: &str| {
            let record = split_english(name, "Approval", "1");
            brands.add(&dictionaries, (&record, &Same), raw, spoken);
        };
        add("Alpha Tablets 10 (A K.K.)", "Omeprazole");
        // A brand of two drugs tells nothing.
        add("Beta Tablets (B K.K.)", "Clarithromycin");
        add("Beta Capsules (B K.K.)", "Amoxicillin hydrate");
        let record = split_english(
            "Alpha Tablets 20 (A K.K.)\nBeta Tablets (B K.K.)\n\
             Amoxicillin Capsules \"TOWA\" (C K.K.)\nGamma Tablets (D K.K.)",
            "Partial\nPartial\nPartial\nPartial",
            "1",
        );
        let raw = "Omeprazole\nAmoxicillin hydrate\nClarithromycin";
        let found = ingredients(&dictionaries, &record, raw, spoken);
        let Open { told, .. } = found.named(&dictionaries, &record, &brands, spoken) else {
            panic!("three drugs of four brands");
        };
        assert_eq!(told, [Some(0), None, Some(1), None]);
    }

    #[test]
    fn r16_japanese_brands_end_where_form_or_strength_begin() {
        for (name, brand) in [
            ("ダクルインザ錠60mg", "ダクルインザ"),
            ("オプジーボ点滴静注20mg", "オプジーボ"),
            ("タケプロンOD錠15", "タケプロン"),
            ("錠剤", "錠剤"),
            ("22 Augmentin", "22"),
            ("Ciproxan-I.V.200", "ciproxan"),
            ("D-Sorbitol 5%", "d-sorbitol"),
        ] {
            assert_eq!(stem(name), brand);
        }
        let dictionaries = Dictionaries::load(None).unwrap();
        let record = split_japanese(
            "オプジーボ点滴静注20mg\nヤーボイ点滴静注液50mg\n(小野㈱、1234567890123)",
            "一変\n一変",
        );
        let raw = "①ニボルマブ②イピリムマブ";
        let found = ingredients(&dictionaries, &record, raw, (Language::Ja, &['・', '\n']));
        assert_eq!(found, paired(["ニボルマブ", "イピリムマブ"]));
    }
}
