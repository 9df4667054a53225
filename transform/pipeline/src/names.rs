//! The tables of names as applied: `company`, `corporate_group`, `generic`,
//! `dosage_form`, `target`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::columns::Columns;
use crate::distinct::text;
use regatta_dictionaries::{Dictionaries, Language, Membership};
use regatta_domain::PartialDate;

/// Companies that occur, with their spellings.
pub(crate) fn company(
    parties: &DataFrame,
    drug_record: &DataFrame,
    dictionaries: &Dictionaries,
    day: &str,
) -> PolarsResult<DataFrame> {
    let drug_of = drug_record.clone().lazy().select([col("record_id"), col("drug_id")]);
    let on = [col("record_id")];
    let frame = parties
        .clone()
        .lazy()
        .join(drug_of, on.clone(), on, JoinArgs::new(JoinType::Left))
        .group_by([col("company")])
        .agg([
            spellings("company_raw"),
            col("record_id").n_unique().cast(DataType::Int64).alias("records"),
            col("drug_id").drop_nulls().n_unique().cast(DataType::Int64).alias("drugs"),
            col("company_match").neq(lit("own_name")).any(true).alias("known"),
        ])
        .sort(["company"], SortMultipleOptions::default())
        .collect()?;
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

fn spellings(column: &str) -> Expr {
    col(column).drop_nulls().unique().sort(SortOptions::default()).alias("raw_names")
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
    let frame = records
        .clone()
        .lazy()
        .group_by([col("generic")])
        .agg([
            spellings("generic_raw"),
            len().cast(DataType::Int64).alias("records"),
            // A development code is its own standard name.
            col("generic_match").eq(lit("development_code")).any(true).alias("code"),
        ])
        .sort(["generic"], SortMultipleOptions::default())
        .collect()?;
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
    let mut records: BTreeMap<&str, i64> =
        dictionaries.forms.forms().keys().map(|f| (f.as_str(), 0)).collect();
    for form in text(all, "dosage_form")?.iter().flatten() {
        *records.entry(form).or_default() += 1;
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
