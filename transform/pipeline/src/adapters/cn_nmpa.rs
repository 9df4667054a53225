//! The registers of the NMPA as listings: domestic and imported products
//! (R12, R13), and the register of imports of 2019 where a lake has only that.

use std::borrow::Cow;

use polars::prelude::*;
use regatta_dictionaries::{
    Dictionaries, FormMatch, GenericMatch, Language, Vocabulary, clean, clean_opt,
};
use regatta_domain::{PartialDate, Region, date};

use super::{Adapter, Input, SEPARATOR, filled, joined, of_distinct, said};
use crate::TransformError;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "cn_nmpa",
    region: Region::Cn,
    record_tables: &["domestic", "imported", "imported_register_2019"],
    language: Language::Zh,
    vocabulary: Vocabulary::Zh,
    listings,
    generic,
    form,
    date: any_date,
};

fn any_date(raw: &str) -> Result<Option<PartialDate>, String> {
    date::chinese(raw).map(Some).or_else(|_| date::timestamp(raw)).map_err(|e| e.to_string())
}

/// The Chinese name first (with and without its form word), then the English.
fn generic(dictionaries: &Dictionaries, key: &str) -> GenericMatch {
    let mut names = key.split(SEPARATOR);
    let chinese = dictionaries.generic_of_chinese_product(names.next().unwrap_or_default());
    if chinese.is_standard() {
        return chinese;
    }
    match names.next().map(|english| dictionaries.generic_of_english_product(english)) {
        Some(english) if english.is_standard() => english,
        _ => chinese,
    }
}

/// The marketing category of chemical medicines and substances.
const CHEMICAL: &str = "chemical";

/// The marketing category of auxiliary materials, and the form of those.
const EXCIPIENT: &str = "excipient";

/// The form field, with the name, the strength and the category behind it. What has
/// a number of auxiliary materials (国药准字F) is an excipient; a name without a form
/// word may be that of a bulk substance.
fn form(dictionaries: &Dictionaries, key: &str) -> FormMatch {
    let mut parts = key.split(SEPARATOR);
    let field = parts.next().unwrap_or_default();
    let name = parts.next().unwrap_or_default();
    let strength = parts.next().unwrap_or_default();
    let category = parts.next();
    // A word of a form says how it comes: 苯扎氯铵溶液 with a number F is no product.
    if category == Some(EXCIPIENT) {
        return FormMatch { form: EXCIPIENT.into(), how: "name" };
    }
    let found = dictionaries.forms.find_zh_named(field, name);
    if found.how != "unspecified" {
        return found;
    }
    match dictionaries.forms.in_name_zh(name) {
        Some(found) => FormMatch { how: "name", ..found.form },
        None if is_substance(name, strength, category) => {
            FormMatch { form: "active_substance".into(), how: "name" }
        }
        None => found,
    }
}

/// Whether a product without a form, in its field and in its name, is a bulk
/// substance: the names of chemical medicines in China end in their form. Its
/// strength is missing or null (`---`).
fn is_substance(name: &str, strength: &str, category: Option<&str>) -> bool {
    let no_strength = strength.is_empty() || regatta_dictionaries::is_null(strength);
    let chemical = category == Some(CHEMICAL);
    let named = !name.is_empty() && !GASES.contains(&clean(name).as_ref());
    no_strength && named && (chemical || !strength.is_empty())
}

/// Medicinal gases: their names have no form.
const GASES: [&str; 7] =
    ["医用氧", "医用氧气", "氧", "氧化亚氮", "一氧化氮", "医用二氧化碳", "二氧化碳"];

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let mut frames = Vec::new();
    if let Some(domestic) = input.raw.scan_opt("domestic")? {
        frames.push(domestic.select(domestic_columns()));
    }
    if let Some(imported) = input.raw.scan_opt("imported")? {
        frames.push(imported.select(imported_columns()));
    } else if let Some(register) = input.raw.scan_opt("imported_register_2019")? {
        frames.push(register.select(register_columns()));
    }
    super::concat_opt(frames, "cn_nmpa")
}

fn domestic_columns() -> Vec<Expr> {
    let approval = || number("approval_number");
    [
        product_columns("domestic", &approval()),
        vec![
            approval().alias("product_number"),
            approval().alias("application_number"),
            number("former_approval_number").alias("former_number"),
            coalesce(&[said("trade_name"), said("product_name")]).alias("brand_name"),
        ],
        companies(&said("holder"), &said("manufacturer")),
        vec![category(&approval()), filled("approval_date").alias("approval_date_raw")],
        place(),
    ]
    .concat()
}

fn imported_columns() -> Vec<Expr> {
    let certificate = || number("registration_number");
    let chinese_first = |name: &str| coalesce(&[said(name), said(&format!("{name}_en"))]);
    // Before 2020 the certificate named a company (公司) instead of a holder.
    let holder = coalesce(&[chinese_first("holder"), chinese_first("company")]);
    [
        product_columns("imported", &certificate()),
        vec![
            // The same certificate stands in the list once per package code.
            certificate().alias("product_number"),
            certificate().alias("application_number"),
            number("former_registration_number").alias("former_number"),
            coalesce(&[said("trade_name"), said("trade_name_en"), said("product_name")])
                .alias("brand_name"),
        ],
        companies(&holder, &chinese_first("manufacturer")),
        vec![category(&certificate()), filled("issue_date").alias("approval_date_raw")],
        place(),
    ]
    .concat()
}

fn register_columns() -> Vec<Expr> {
    let null = null_text;
    let certificate = || number("registration_number");
    vec![
        col("record_key"),
        lit("imported_register_2019").alias("raw_table"),
        filled("product_name").alias("generic_raw"),
        filled("product_name").alias("generic_key"),
        null().alias("dosage_form_raw"),
        joined([lit(""), filled("product_name").fill_null(lit("")), lit("")]).alias("form_key"),
        null().alias("strength"),
        certificate().alias("product_number"),
        certificate().alias("application_number"),
        null().alias("former_number"),
        said("product_name").alias("brand_name"),
        said("company").alias("holder_raw"),
        null().alias("holder_origin"),
        null().alias("manufacturer_raw"),
        null().alias("flags"),
        category(&certificate()),
        null().alias("approval_date_raw"),
        null_text().alias("status_raw"),
        col("row_number"),
        col("body_sha256"),
    ]
}

fn product_columns(table: &'static str, number: &Expr) -> Vec<Expr> {
    let name = || filled("product_name");
    vec![
        col("record_key"),
        lit(table).alias("raw_table"),
        name().alias("generic_raw"),
        joined([name().fill_null(lit("")), filled("product_name_en")]).alias("generic_key"),
        filled("dosage_form").alias("dosage_form_raw"),
        joined([
            filled("dosage_form").fill_null(lit("")),
            name().fill_null(lit("")),
            filled("strength").fill_null(lit("")),
            category(number).fill_null(lit("")),
        ])
        .alias("form_key"),
        filled("strength"),
    ]
}

/// A number as it is compared (R4, R13): in one width, without the blanks that
/// some rows have in it, and nothing where a mark stands for nothing.
fn number(name: &str) -> Expr {
    of_distinct(col(name), |raw| {
        let number = clean_opt(Some(raw))?;
        let blank = number.contains(' ');
        let number = if blank { Cow::Owned(number.replace(' ', "")) } else { number };
        number.contains(|c: char| c.is_ascii_digit()).then_some(number)
    })
}

/// R12: where the holder is empty the manufacturer fills it.
fn companies(holder: &Expr, manufacturer: &Expr) -> Vec<Expr> {
    let fills = holder.clone().is_null().and(manufacturer.clone().is_not_null());
    let mark = |word: &'static str| when(fills.clone()).then(lit(word)).otherwise(lit(NULL));
    vec![
        coalesce(&[holder.clone(), manufacturer.clone()]).alias("holder_raw"),
        mark("manufacturer").alias("holder_origin"),
        manufacturer.clone().alias("manufacturer_raw"),
        mark("filled_from_manufacturer").alias("flags"),
    ]
}

/// R12: the marketing category, from the approval number.
fn category(number: &Expr) -> Expr {
    let letter = number
        .clone()
        .str()
        .extract(lit(r"^(?:国药准字)?\s*(BH|ZC|HC|HJ|SJ|ZJ|[HZSJBTFM])[A-Z]?\d"), 1);
    let classes: [(&str, &[&str]); 7] = [
        (CHEMICAL, &["H", "HJ", "HC", "BH"]),
        ("traditional", &["Z", "ZJ", "ZC"]),
        ("biological", &["S", "SJ"]),
        ("imported_repacked", &["J"]),
        ("health", &["B"]),
        (EXCIPIENT, &["F"]),
        ("other", &["T", "M"]),
    ];
    classes
        .iter()
        .fold(lit(NULL).cast(DataType::String), |other, (class, letters)| {
            let is = letters.iter().fold(lit(false), |any, l| any.or(letter.clone().eq(lit(*l))));
            when(is).then(lit(*class)).otherwise(other)
        })
        .alias("marketing_category")
}

fn place() -> Vec<Expr> {
    // The register holds what is approved; it says nothing of sales.
    vec![null_text().alias("status_raw"), col("row_number"), col("body_sha256")]
}

fn null_text() -> Expr {
    lit(NULL).cast(DataType::String)
}
