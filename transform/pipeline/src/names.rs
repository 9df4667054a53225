//! The tables of names as applied: `company`, `corporate_group`, `generic`,
//! `corporate_group_name`, `generic_name`, `dosage_form`, `target`, `target_name`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use crate::blocks::drug_number;
use crate::columns::Columns;
use crate::distinct::{Distinct, text};
use regatta_dictionaries::{Dictionaries, Language, Membership};
use regatta_domain::PartialDate;

/// Companies that occur, with their spellings.
pub(crate) fn company(
    parties: &DataFrame,
    drug_record: &DataFrame,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let counts = Counts::of(parties, drug_record)?;
    let mut order: Vec<usize> = (0..counts.names.len()).collect();
    order.sort_unstable_by_key(|at| counts.names[*at]);
    let frame = Columns::default()
        .text("company", order.iter().map(|at| Some(counts.names[*at])))
        .texts("raw_names", order.iter().map(|at| &counts.spellings[*at]))
        .int("records", order.iter().map(|at| counts.records[*at]))
        .int("drugs", order.iter().map(|at| counts.drugs[*at]))
        .flag("known", order.iter().map(|at| counts.known[*at]))
        .frame()?;
    let groups: StringChunked = text(&frame, "company")?
        .iter()
        .map(|c| c.and_then(|c| dictionaries.companies.group_on(c, day)))
        .collect();
    let decided: BooleanChunked = text(&frame, "company")?
        .iter()
        .map(|c| Some(c.is_some_and(|c| dictionaries.companies.groups().contains_key(c))))
        .collect();
    frame.hstack(&[
        groups.with_name("corporate_group".into()).into_column(),
        decided.with_name("group_decided".into()).into_column(),
    ])
}

/// What is counted of each company.
#[derive(Default)]
struct Counts<'a> {
    names: Vec<&'a str>,
    spellings: Vec<Vec<&'a str>>,
    records: Vec<i64>,
    drugs: Vec<i64>,
    known: Vec<bool>,
}

impl<'a> Counts<'a> {
    /// `parties` have the rows of one record together.
    fn of(parties: &'a DataFrame, drug_record: &DataFrame) -> PolarsResult<Self> {
        let links =
            text(drug_record, "record_id")?.iter().zip(text(drug_record, "drug_id")?.iter());
        let drug_of: HashMap<&str, u32, PlRandomState> =
            links.filter_map(|(record, drug)| Some((record?, drug_number(drug?)?))).collect();
        let cells = |name| text(parties, name);
        let (names, ids) = (Distinct::of(cells("company")?), cells("record_id")?);
        let how = cells("company_match")?;
        let count = names.values.len();
        let mut of = Self {
            names: names.values.iter().map(|name| name.unwrap_or_default()).collect(),
            spellings: spellings(&names, &Distinct::of(cells("company_raw")?)),
            records: vec![0; count],
            drugs: vec![0; count],
            known: vec![false; count],
        };
        let mut drugs: Vec<(IdxSize, u32)> = Vec::new();
        // The companies of the record that was read last.
        let mut record: (Option<&str>, Option<u32>) = (None, None);
        let mut seen: Vec<IdxSize> = Vec::new();
        for ((company, id), how) in names.rows().zip(ids.iter()).zip(how.iter()) {
            let at = company as usize;
            if record.0 != id {
                record = (id, id.and_then(|id| drug_of.get(id).copied()));
                seen.clear();
            }
            if !seen.contains(&company) {
                seen.push(company);
                of.records[at] += 1;
                drugs.extend(record.1.map(|drug| (company, drug)));
            }
            of.known[at] |= how.is_some_and(|how| how != "own_name");
        }
        drugs.sort_unstable();
        drugs.dedup();
        for (company, _) in drugs {
            of.drugs[company as usize] += 1;
        }
        Ok(of)
    }
}

/// The words that stand for each of some names, sorted.
fn spellings<'a>(names: &Distinct<'_>, raw: &Distinct<'a>) -> Vec<Vec<&'a str>> {
    let mut said: HashSet<(IdxSize, IdxSize), PlRandomState> = HashSet::default();
    let mut of: Vec<Vec<&str>> = vec![Vec::new(); names.values.len()];
    for (name, spelling) in names.rows().zip(raw.rows()) {
        if said.insert((name, spelling)) {
            of[name as usize].extend(raw.values[spelling as usize]);
        }
    }
    for words in &mut of {
        words.sort_unstable();
    }
    of
}

/// Memberships of the companies that occur.
pub(crate) fn corporate_group(
    company: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let mut rows = Vec::new();
    for name in text(company, "company")?.iter().flatten() {
        for membership in dictionaries.companies.groups().get(name).into_iter().flatten() {
            rows.push((name, membership, dictionaries.companies.group_labels(&membership.group)));
        }
    }
    let label = |l: &str| Some(l.to_owned()).filter(|l| !l.is_empty());
    let dates = |pick: fn(&Membership) -> &str| {
        rows.iter().map(|r| partly_known(pick(r.1))).collect::<PolarsResult<Vec<_>>>()
    };
    let (from, to) = (dates(|m| &m.valid_from)?, dates(|m| &m.valid_to)?);
    Columns::default()
        .text("company", rows.iter().map(|r| Some(r.0)))
        .text("corporate_group", rows.iter().map(|r| Some(&r.1.group)))
        .partial_date("valid_from", from)?
        .partial_date("valid_to", to)?
        .text("label_zh", rows.iter().map(|r| r.2.and_then(|l| label(l.0))))
        .text("label_ja", rows.iter().map(|r| r.2.and_then(|l| label(l.1))))
        .frame()
}

/// A date of a dictionary: a day, a month or a year; nothing where it is empty.
fn partly_known(text: &str) -> PolarsResult<Option<PartialDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|e| polars_err!(ComputeError: "corporate_groups.csv: {}", e))
}

/// Generics that occur, with their names in the three languages.
pub(crate) fn generic(records: &DataFrame, dictionaries: &Dictionaries) -> PolarsResult<DataFrame> {
    let found = Distinct::of(text(records, "generic")?);
    let count = found.values.len();
    let how = text(records, "generic_match")?;
    // What is too coarse a name of it is no name of it.
    let raw: StringChunked = text(records, "generic_raw")?
        .iter()
        .zip(how.iter())
        .map(|(raw, how)| raw.filter(|_| !matches!(how, Some("brand" | "same_product"))))
        .collect();
    let spellings = spellings(&found, &Distinct::of(&raw));
    let (mut occurs, mut is_code) = (vec![0; count], vec![false; count]);
    for (generic, how) in found.rows().zip(how.iter()) {
        occurs[generic as usize] += 1;
        // A development code is its own standard name.
        is_code[generic as usize] |= how == Some("development_code");
    }
    let name = |at: usize| found.values[at].unwrap_or_default();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by_key(|at| name(*at));
    let frame = Columns::default()
        .text("generic", order.iter().map(|at| Some(name(*at))))
        .texts("raw_names", order.iter().map(|at| &spellings[*at]))
        .int("records", order.iter().map(|at| occurs[*at]))
        .flag("code", order.iter().map(|at| is_code[*at]))
        .frame()?;
    let known: BTreeSet<&str> = dictionaries.generics.generics().collect();
    let names: Vec<&str> = text(&frame, "generic")?.iter().flatten().collect();
    let parts =
        |generic: &str| -> Vec<String> { generic.split(" / ").map(str::to_owned).collect() };
    let in_language = |generic: &str, language| -> BTreeSet<String> {
        generic
            .split(" / ")
            .flat_map(|g| dictionaries.generics.names_of(g, language))
            // Development codes stand in Chinese texts too; they are no Chinese names.
            .filter(|name| !name.is_ascii())
            .map(str::to_owned)
            .collect()
    };
    let codes = frame.column("code")?.as_materialized_series().bool()?.clone();
    let matched: Vec<&str> = names
        .iter()
        .zip(codes.iter())
        .map(|(generic, code)| {
            let parts = generic.split(" / ").count();
            match generic.split(" / ").filter(|g| known.contains(g)).count() {
                n if n == parts || code == Some(true) => "matched",
                0 => "unmatched",
                _ => "partial",
            }
        })
        .collect();
    let more = Columns::default()
        .texts("ingredients", names.iter().map(|g| parts(g)))
        .texts("names_zh", names.iter().map(|g| in_language(g, Language::Zh)))
        .texts("names_ja", names.iter().map(|g| in_language(g, Language::Ja)))
        .texts("targets", names.iter().map(|g| dictionaries.targets.of(g)))
        .text("match", matched.iter().map(Some))
        .frame()?;
    frame.hstack(more.columns())
}

/// Standard forms, and forms that occur under the source's own words.
pub(crate) fn dosage_form(all: &DataFrame, dictionaries: &Dictionaries) -> PolarsResult<DataFrame> {
    let mut records: BTreeMap<&str, i64> = BTreeMap::new();
    for form in text(all, "dosage_form")?.iter().flatten() {
        *records.entry(form).or_default() += 1;
    }
    dosage_form_counts(records, dictionaries)
}

/// As [`dosage_form`], of the number of records of each form that occurs.
pub(crate) fn dosage_form_counts<'a>(
    mut records: BTreeMap<&'a str, i64>,
    dictionaries: &'a Dictionaries,
) -> PolarsResult<DataFrame> {
    for form in dictionaries.forms.forms().keys() {
        records.entry(form).or_default();
    }
    let forms = dictionaries.forms.forms();
    let label = |form: &str, pick: fn(&regatta_dictionaries::StandardForm) -> &str| {
        Some(forms.get(form).map_or(form, pick).to_owned())
    };
    let implied = |form: &str, pick: fn(&regatta_dictionaries::StandardForm) -> &str| {
        forms.get(form).map(pick).filter(|v| !v.is_empty() && *v != "none").map(str::to_owned)
    };
    let names: Vec<&str> = records.keys().copied().collect();
    Columns::default()
        .text("dosage_form", names.iter().map(Some))
        .text("label_en", names.iter().map(|f| label(f, |s| &s.label_en)))
        .text("label_zh", names.iter().map(|f| label(f, |s| &s.label_zh)))
        .text("label_ja", names.iter().map(|f| label(f, |s| &s.label_ja)))
        .text("route", names.iter().map(|f| implied(f, |s| &s.route)))
        .text("release", names.iter().map(|f| implied(f, |s| &s.release)))
        .int("records", records.values().copied())
        .frame()
}

/// Targets of the single generics that occur (R9).
pub(crate) fn target(generic: &DataFrame, dictionaries: &Dictionaries) -> PolarsResult<DataFrame> {
    let occurring: BTreeSet<&str> =
        text(generic, "generic")?.iter().flatten().flat_map(|g| g.split(" / ")).collect();
    let facts: Vec<_> =
        dictionaries.targets.facts().filter(|(g, _, _)| occurring.contains(g)).collect();
    Columns::default()
        .text("generic", facts.iter().map(|f| Some(f.0)))
        .text("target", facts.iter().map(|f| Some(f.1)))
        .text("source", facts.iter().map(|f| Some(f.2)))
        .frame()
}

/// All names of the corporate groups that occur in `groups` (R8, R43).
pub(crate) fn corporate_group_name(
    groups: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    // A decision that there is no group is none.
    let occurring: BTreeSet<&str> = text(groups, "corporate_group")?
        .iter()
        .flatten()
        .filter(|group| *group != "none")
        .collect();
    let names: Vec<(&str, &str)> = occurring
        .into_iter()
        .flat_map(|g| dictionaries.companies.group_names(g).into_iter().map(move |name| (g, name)))
        .collect();
    Columns::default()
        .text("corporate_group", names.iter().map(|n| Some(n.0)))
        .text("name", names.iter().map(|n| Some(n.1)))
        .frame()
}

/// All names of the generics that occur in `generic` (R5, R43), as a whole: a
/// combination has none of its ingredients.
pub(crate) fn generic_name(
    generic: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let occurring: BTreeSet<&str> = text(generic, "generic")?.iter().flatten().collect();
    let all = |g| {
        Language::ALL.into_iter().flat_map(move |l| dictionaries.generics.names_of(g, l)).chain([g])
    };
    // A development code is a name in several languages.
    let names: BTreeSet<(&str, &str)> =
        occurring.into_iter().flat_map(|g| all(g).map(move |name| (g, name))).collect();
    Columns::default()
        .text("generic", names.iter().map(|n| Some(n.0)))
        .text("name", names.iter().map(|n| Some(n.1)))
        .frame()
}

/// All names of the targets that occur in `target` (R9, R43).
pub(crate) fn target_name(
    target: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let occurring: BTreeSet<&str> = text(target, "target")?.iter().flatten().collect();
    let names: BTreeSet<(&str, &str)> = occurring
        .into_iter()
        .flat_map(|t| dictionaries.targets.names_of(t).map(move |name| (t, name)).chain([(t, t)]))
        .collect();
    Columns::default()
        .text("target", names.iter().map(|n| Some(n.0)))
        .text("name", names.iter().map(|n| Some(n.1)))
        .frame()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_the_groups_that_occur_have_all_names_of_the_dictionary() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let groups = df!("corporate_group" => ["MSD", "none", "MSD", "Unheard of"]).unwrap();
        let table = corporate_group_name(&groups, &dictionaries).unwrap();
        let cells = |name| text(&table, name).unwrap().iter().flatten().collect::<Vec<_>>();
        let names: Vec<(&str, &str)> =
            cells("corporate_group").into_iter().zip(cells("name")).collect();
        for name in ["MSD", "Merck", "默沙东"] {
            assert!(names.contains(&("MSD", name)), "{name}");
        }
        assert_eq!(names.last(), Some(&("Unheard of", "Unheard of")));
        assert!(names.is_sorted_by(|a, b| a < b), "each once");
        assert!(!names.iter().any(|n| n.0 == "none"), "no group");
    }

    #[test]
    fn r43_the_generics_that_occur_have_all_names_of_the_dictionary() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let both = "amoxicillin / clavulanic acid";
        let generic = df!("generic" => ["sotorasib", both, "unheard of"]).unwrap();
        let table = generic_name(&generic, &dictionaries).unwrap();
        let cells = |name| text(&table, name).unwrap().iter().flatten().collect::<Vec<_>>();
        let names: Vec<(&str, &str)> = cells("generic").into_iter().zip(cells("name")).collect();
        for name in [
            ("sotorasib", "amg 510"),
            ("sotorasib", "ソトラシブ"),
            ("sotorasib", "索托拉西布"),
            (both, "co-amoxiclav"),
            (both, both),
        ] {
            assert!(names.contains(&name), "{name:?}");
        }
        assert_eq!(names.last(), Some(&("unheard of", "unheard of")));
        assert!(names.is_sorted_by(|a, b| a < b), "each once");
        assert!(!names.contains(&(both, "amoxicillin")), "a name of one ingredient");
    }

    #[test]
    fn r43_the_targets_that_occur_have_all_names_of_the_dictionary() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let target = df!("generic" => ["a", "b", "c"], "target" => ["EGFR", "EGFR", "Unheard of"]);
        let table = target_name(&target.unwrap(), &dictionaries).unwrap();
        let cells = |name| text(&table, name).unwrap().iter().flatten().collect::<Vec<_>>();
        let names: Vec<(&str, &str)> = cells("target").into_iter().zip(cells("name")).collect();
        for name in ["EGFR", "HER1", "表皮生长因子受体", "上皮成長因子受容体"] {
            assert!(names.contains(&("EGFR", name)), "{name}");
        }
        assert_eq!(names.last(), Some(&("Unheard of", "Unheard of")));
        assert!(names.is_sorted_by(|a, b| a < b), "each once");
        assert!(!names.iter().any(|n| n.0 == "ERBB2"), "of targets that do not occur");
    }
}
