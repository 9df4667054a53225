//! Centrally authorised medicines of the EMA as listings (R15).
//!
//! The list of medicines has no dosage form. It is in the list of authorised
//! presentations and in the product information: one listing per form where
//! one of them was read (R16 in spirit), else none, which R6a fills.

use std::collections::BTreeSet;

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, GenericMatch, Language, Vocabulary};
use regatta_domain::{Region, date};

use super::{Adapter, Input, SEPARATOR, filled, joined};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "eu_ema",
    region: Region::Eu,
    record_tables: &["medicine"],
    language: Language::En,
    vocabulary: Vocabulary::Edqm,
    listings,
    generic,
    form: |dictionaries, raw| dictionaries.forms.find_edqm(raw),
    date: |raw| date::day_first(raw).map(Some).map_err(|e| e.to_string()),
};

/// The INN first, then the active substance (with its salt), then the name:
/// the first that a dictionary knows. Where none is known the first stands.
/// A combination of which the INN lacks an ingredient is that of the substances.
fn generic(dictionaries: &Dictionaries, key: &str) -> GenericMatch {
    let mut all =
        key.split(SEPARATOR).map(|raw| dictionaries.generic(raw, Language::En, &[';', '/', ',']));
    let mut first = None;
    while let Some(found) = all.next() {
        if found.is_standard() {
            return all.find(|other| is_more(other, &found)).unwrap_or(found);
        }
        first.get_or_insert(found);
    }
    first.unwrap_or_else(GenericMatch::unspecified)
}

/// Whether it is the combination `of` with further ingredients.
fn is_more(other: &GenericMatch, of: &GenericMatch) -> bool {
    fn ingredients(of: &GenericMatch) -> BTreeSet<&str> {
        of.generic.split(" / ").collect()
    }
    let (less, more) = (ingredients(of), ingredients(other));
    other.is_standard() && less.len() > 1 && more.len() > less.len() && more.is_superset(&less)
}

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let Some(medicines) = input.raw.scan_opt("medicine")? else { return Ok(None) };
    let human = medicines.filter(col("category").eq(lit("Human")));
    let with_forms = match forms(input)? {
        Some(forms) => human.with_column(product_slug()).join(
            forms,
            [col("product")],
            [col("product")],
            JoinArgs::new(JoinType::Left),
        ),
        None => human.with_columns([
            lit(NULL).cast(DataType::String).alias("form"),
            lit(NULL).cast(DataType::String).alias("part"),
        ]),
    };
    let inn = || filled("international_non_proprietary_name_common_name");
    let substance = || filled("active_substance");
    let name = || filled("name_of_medicine");
    Ok(Some(
        with_forms.select([
            col("record_key"),
            col("part"),
            lit("medicine").alias("raw_table"),
            filled("ema_product_number").alias("application_number"),
            name()
                .str()
                .replace(lit(r"\s*\(previously [^)]*\)\s*$"), lit(""), false)
                .alias("brand_name"),
            coalesce(&[inn(), substance(), name()]).alias("generic_raw"),
            joined([inn(), substance(), name()]).alias("generic_key"),
            col("form").alias("dosage_form_raw"),
            name().alias("name_for_form"),
            filled("marketing_authorisation_developer_applicant_holder").alias("holder_raw"),
            filled("medicine_status").alias("status_raw"),
            // The field is filled for some applications that never were approved.
            when(filled("medicine_status").str().contains(lit(NEVER_APPROVED), true))
                .then(lit(NULL))
                .otherwise(filled("marketing_authorisation_date"))
                .alias("approval_date_raw"),
            status_date().alias("status_date_raw"),
            col("row_number"),
            col("body_sha256"),
        ]),
    ))
}

/// R38: since when it has its status. Dates of what became of an application
/// before, or of a status that it has no more, stand in columns of their own.
fn status_date() -> Expr {
    STATUS_DATES.iter().rev().fold(lit(NULL).cast(DataType::String), |other, (status, column)| {
        when(filled("medicine_status").str().contains(lit(*status), true))
            .then(filled(column))
            .otherwise(other)
    })
}

/// Statuses, and the column that says since when; the first that fits counts.
const STATUS_DATES: [(&str, &str); 5] = [
    ("(?i)^(?:Application withdrawn|Withdrawn from)", "withdrawal_of_application_date"),
    (
        "(?i)^(?:Withdrawn|Expired|Revoked|Lapsed)",
        "withdrawal_expiry_revocation_lapse_of_marketing_authorisation_date",
    ),
    ("(?i)^Suspended", "suspension_of_marketing_authorisation_date"),
    ("(?i)^Refused", "refusal_of_marketing_authorisation_date"),
    ("(?i)^Opinion", "opinion_adopted_date"),
];

/// Statuses of applications without an authorisation.
const NEVER_APPROVED: &str = "^(?:Refused|Opinion|Application withdrawn|Withdrawn from)";

/// The last segment of a medicine's address: the name under which its
/// documents are filed.
fn product_slug() -> Expr {
    col("medicine_url").str().extract(lit(r"([^/]+)/?$"), 1).alias("product")
}

/// One row per product and form: `product`, `form`, `part` (null where the
/// product has one form).
fn forms(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let mut frames = Vec::new();
    // Presentations are the closed list of what is authorised; the product
    // information is asked for products without one.
    for (rank, table) in ["presentation", "product_form"].into_iter().enumerate() {
        if let Some(frame) = input.raw.scan_opt(table)? {
            frames.push(frame.select([
                col("product"),
                filled("pharmaceutical_form").alias("form"),
                lit(i32::try_from(rank).unwrap_or(i32::MAX)).alias("rank"),
            ]));
        }
    }
    if frames.is_empty() {
        return Ok(None);
    }
    let all = concat(frames, UnionArgs::default())
        .map_err(|source| TransformError::Table { table: "eu_ema forms".into(), source })?
        .filter(col("form").is_not_null());
    let best = all
        .sort(["rank"], SortMultipleOptions::default().with_maintain_order(true))
        .collect()
        .map_err(|source| TransformError::Table { table: "eu_ema forms".into(), source })?;
    standard_forms(&best, input.dictionaries)
        .map(|frame| Some(frame.lazy()))
        .map_err(|source| TransformError::Table { table: "eu_ema forms".into(), source })
}

/// `forms` by rank, the closed list first: where a product has one, the other
/// is not asked. Several words of one standard form (`Tablet`, `Film-coated tablet`) are one
/// listing; its form reads as the first of them.
fn standard_forms(forms: &DataFrame, dictionaries: &Dictionaries) -> PolarsResult<DataFrame> {
    use crate::distinct::text;
    use std::collections::BTreeMap;

    let ranks = forms.column("rank")?.as_materialized_series().i32()?;
    let mut best: BTreeMap<&str, Option<i32>> = BTreeMap::new();
    let mut of_product: BTreeMap<&str, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    let rows = text(forms, "product")?.iter().zip(text(forms, "form")?.iter()).zip(ranks.iter());
    for ((product, form), rank) in rows {
        let (Some(product), Some(form)) = (product, form) else { continue };
        if *best.entry(product).or_insert(rank) != rank {
            continue;
        }
        let standard = dictionaries.forms.find_edqm(form).form;
        of_product.entry(product).or_default().entry(standard).or_default().insert(form);
    }
    let rows: Vec<(&str, Option<&str>, Option<&str>)> = of_product
        .iter()
        .flat_map(|(product, forms)| {
            let several = forms.len() > 1;
            forms.iter().map(move |(standard, words)| {
                (*product, words.first().copied(), several.then_some(standard.as_str()))
            })
        })
        .collect();
    crate::columns::Columns::default()
        .text("product", rows.iter().map(|r| Some(r.0)))
        .text("form", rows.iter().map(|r| r.1))
        .text("part", rows.iter().map(|r| r.2))
        .frame()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r5_a_combination_of_which_the_inn_lacks_an_ingredient_is_that_of_the_substances() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let of = |parts: &[&str]| {
            generic(&dictionaries, &parts.join(super::super::SEPARATOR_STR)).generic
        };
        let triple = "formoterol fumarate dihydrate;glycopyrronium;beclometasone dipropionate";
        assert_eq!(
            of(&["beclometasone;formoterol", triple, "Riarify"]),
            "beclometasone / formoterol / glycopyrronium"
        );
        assert_eq!(
            of(&["beclometasone;formoterol", "unknown;things", "X"]),
            "beclometasone / formoterol"
        );
        assert_eq!(of(&["pemetrexed", "pemetrexed disodium;cisplatin", "X"]), "pemetrexed");
    }
}
