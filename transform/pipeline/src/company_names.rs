//! R7 for names that no dictionary knows: spellings with one normalised key
//! are one company.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use regatta_dictionaries::{CompanyMatch, Dictionaries, clean_opt};

use crate::adapters::SEPARATOR;
use crate::distinct::Distinct;

/// Every company name of the sources, looked up once.
#[derive(Default)]
pub(crate) struct CompanyNames {
    found: HashMap<String, CompanyMatch>,
}

impl CompanyNames {
    /// Looks up the names in `columns`, whose cells may hold several. An
    /// unknown name goes on under its own (R10); of several spellings with one
    /// key, under the one that sorts first, whatever the order of the records.
    pub(crate) fn of(columns: &[&StringChunked], dictionaries: &Dictionaries) -> Self {
        let names: BTreeSet<&str> = columns
            .iter()
            .flat_map(|column| Distinct::of(column).values)
            .flatten()
            .flat_map(|cell| cell.split(SEPARATOR))
            .filter(|name| clean_opt(Some(*name)).is_some())
            .collect();
        let mut found = HashMap::with_capacity(names.len());
        let mut own: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            let matched = dictionaries.company(name);
            if matched.how == "own_name" {
                let key = dictionaries.companies.key(&matched.company);
                own.entry(key).or_default().insert(matched.company.clone());
            }
            found.insert(name.to_owned(), matched);
        }
        let mut standard: HashMap<String, String> = HashMap::new();
        for spellings in own.into_values().filter(|s| s.len() > 1) {
            if let Some(first) = spellings.first().cloned() {
                standard.extend(spellings.into_iter().map(|s| (s, first.clone())));
            }
        }
        for matched in found.values_mut().filter(|m| m.how == "own_name") {
            if let Some(first) = standard.get(&matched.company) {
                matched.company.clone_from(first);
            }
        }
        Self { found }
    }

    /// The company of a name; none where it says nothing.
    pub(crate) fn find(&self, name: &str) -> Option<&CompanyMatch> {
        self.found.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_unknown_spellings_with_one_key_are_one_company() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let column: StringChunked = [
            "ZZYZX PHARMA LLC",
            "Zzyzx Pharma, Inc.\u{1f}阿斯利康制药有限公司",
            "某某未知制药有限公司",
            "某某未知制药股份有限公司",
            "----",
        ]
        .into_iter()
        .map(Some)
        .collect();
        let names = CompanyNames::of(&[&column], &dictionaries);
        let company = |name: &str| names.find(name).map(|m| m.company.as_str());
        assert_eq!(company("ZZYZX PHARMA LLC"), Some("ZZYZX PHARMA LLC"));
        assert_eq!(company("Zzyzx Pharma, Inc."), Some("ZZYZX PHARMA LLC"));
        assert_eq!(company("某某未知制药股份有限公司"), company("某某未知制药有限公司"));
        assert_eq!(company("----"), None);
        let known = names.find("阿斯利康制药有限公司").unwrap();
        assert_ne!(known.how, "own_name");
    }
}
