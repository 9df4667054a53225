//! Approvals of the PMDA as listings: the monthly workbook in Japanese and the
//! list in English. A record that holds several dosage forms becomes one row
//! per form (R16 i).

use std::collections::BTreeMap;

use polars::prelude::*;
use regatta_dictionaries::{
    Dictionaries, FormMatch, GenericMatch, JapanesePart, JapaneseText, Language, Vocabulary,
    japanese_parts,
};
use regatta_domain::{
    ApprovalKind, PartialDate, Region, SplitRecord, date, split_english, split_japanese,
};

use super::{Adapter, Input, SEPARATOR, SEPARATOR_STR};
use crate::TransformError;
use crate::columns::Columns;
use crate::distinct::text;
use crate::error::InTable;

pub(super) const ADAPTER: Adapter = Adapter {
    source_id: "jp_pmda",
    region: Region::Jp,
    record_tables: &["approval", "approval_english"],
    language: Language::Ja,
    vocabulary: Vocabulary::Ja,
    listings,
    generic,
    // The forms are told while the record is taken apart.
    form: |dictionaries, raw| dictionaries.forms.find_ja(raw, None),
    date: any_date,
};

/// Years of two digits (`99-May-99`) are not later than this.
const LATEST_YEAR: u16 = 2049;

/// The forms of both lists, and those that a cell of a workbook may have.
fn any_date(raw: &str) -> Result<Option<PartialDate>, String> {
    let written = date::year_first(raw)
        .or_else(|_| date::month_name(raw))
        .or_else(|_| date::day_month_name(raw, LATEST_YEAR))
        .or_else(|_| date::chinese(raw))
        .or_else(|_| date::japanese_era(raw));
    written.map(Some).or_else(|_| date::timestamp(raw)).map_err(|_| {
        format!(
            "not a date as the PMDA writes it (2025.5.19, 2025/5/19, 2025年5月19日, R7.5.19, \
             May 19, 2025 or 19-May-25): {raw:?}"
        )
    })
}

/// The language of the list stands before the ingredient.
fn generic(dictionaries: &Dictionaries, key: &str) -> GenericMatch {
    match key.split_once(SEPARATOR) {
        // "N/A for this combination drug", and the like.
        Some((_, name)) if name.trim_start().starts_with("N/A") => GenericMatch::unspecified(),
        Some(("ja", name)) => dictionaries.generic(name, Language::Ja, JAPANESE_SEPARATORS),
        Some((_, name)) => dictionaries.generic(name, Language::En, &['/', ',', ';', '\n']),
        None => GenericMatch::unspecified(),
    }
}

const JAPANESE_SEPARATORS: &[char] = &['/', '、', '・', '\n', ',', ';'];

fn listings(input: &Input<'_>) -> Result<Option<LazyFrame>, TransformError> {
    let mut frames = Vec::new();
    for (table, language) in
        [("approval", JapaneseText::Japanese), ("approval_english", JapaneseText::English)]
    {
        if let Some(raw) = input.raw.scan_opt(table)? {
            let name = format!("jp_pmda.{table}");
            let raw = raw.collect().in_table(&name)?;
            frames.push(parts(&raw, table, language, input.dictionaries).in_table(&name)?.lazy());
        }
    }
    super::concat_opt(frames, "jp_pmda")
}

/// One row of the result.
struct Row<'a> {
    at: usize,
    part: Option<String>,
    name: String,
    form: FormMatch,
    status: Option<&'static str>,
    companies: String,
    flags: &'a str,
}

fn parts(
    raw: &DataFrame,
    table: &'static str,
    language: JapaneseText,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let names = text(raw, "brand_name")?;
    let (approvals, numbers) = (text(raw, "approval")?, text(raw, "no")?);
    let records: Vec<(SplitRecord, String)> = names
        .iter()
        .zip(approvals.iter().zip(numbers.iter()))
        .map(|(name, (approval, number))| {
            let (name, approval) = (name.unwrap_or_default(), approval.unwrap_or_default());
            let record = match language {
                JapaneseText::Japanese => split_japanese(name, approval),
                JapaneseText::English => split_english(name, approval, number.unwrap_or_default()),
            };
            let flags: Vec<String> =
                record.flags.iter().map(|f| format!("split:{}", f.code())).collect();
            (record, flags.join(SEPARATOR_STR))
        })
        .collect();
    let mut rows = Vec::with_capacity(records.len());
    for (at, (record, flags)) in records.iter().enumerate() {
        let taken_apart = japanese_parts(&dictionaries.forms, record, language);
        let (mut parts, whole) = (taken_apart.parts, taken_apart.whole);
        if parts.is_empty() {
            // R10: a record without a product that could be told goes on whole.
            parts.push(JapanesePart {
                form: FormMatch::unspecified(),
                products: Vec::new(),
                status: None,
                companies: (0..record.companies.len()).collect(),
            });
        }
        let several = parts.len() > 1;
        for (part, holder) in parts
            .into_iter()
            .flat_map(|part| if whole { vec![(part, None)] } else { by_company(record, part) })
        {
            let of = |places: &[usize], pick: &dyn Fn(usize) -> Option<String>| {
                places.iter().filter_map(|i| pick(*i)).collect::<Vec<_>>()
            };
            let product = |i: usize| record.products.get(i).map(|p| p.name.clone());
            let company = |i: usize| record.companies.get(i).map(|c| c.name.clone());
            let mut names = of(&part.products, &product);
            names.dedup();
            rows.push(Row {
                at,
                part: match (several, holder) {
                    (false, None) => None,
                    (true, None) => Some(part.form.form.clone()),
                    (_, Some(holder)) => Some(format!("{}@{holder}", part.form.form)),
                },
                name: names.join("; "),
                status: part.status.map(ApprovalKind::code),
                companies: of(&part.companies, &company).join(SEPARATOR_STR),
                form: part.form,
                flags,
            });
        }
    }
    frame(raw, table, language, &rows)
}

/// Companies of one record up to this number are partners who sell one drug
/// under their names (R30 expects a Japanese listing to carry several). More
/// are the makers of a whole class whose labels were changed by one review.
const MOST_PARTNERS: usize = 3;

/// A part of more than [`MOST_PARTNERS`] companies whose products were paired
/// with them (R16: by marker first, by order second) is one row per company:
/// competitors must not link (R25).
fn by_company(record: &SplitRecord, part: JapanesePart) -> Vec<(JapanesePart, Option<String>)> {
    let companies_of = |product: &usize| {
        record.products.get(*product).map(|p| p.companies.clone()).unwrap_or_default()
    };
    let mut rows: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for product in &part.products {
        rows.entry(companies_of(product)).or_default().push(*product);
    }
    let paired = rows.len() > 1
        && part.companies.len() > MOST_PARTNERS
        && rows.keys().all(|companies| !companies.is_empty());
    if !paired {
        return vec![(part, None)];
    }
    rows.into_iter()
        .map(|(companies, products)| {
            let names: Vec<&str> = companies
                .iter()
                .filter_map(|c| record.companies.get(*c))
                .map(|c| c.name.as_str())
                .collect();
            let name = names.join(" + ");
            let row = JapanesePart {
                form: part.form.clone(),
                status: products
                    .iter()
                    .filter_map(|p| record.products.get(*p)?.status)
                    .min_by_key(|s| *s != ApprovalKind::Approval)
                    .or(part.status),
                products,
                companies,
            };
            (row, Some(name))
        })
        .collect()
}

fn frame(
    raw: &DataFrame,
    table: &'static str,
    language: JapaneseText,
    rows: &[Row<'_>],
) -> PolarsResult<DataFrame> {
    let cells = |name: &str| text(raw, name);
    let (keys, ingredients) = (cells("record_key")?, cells("ingredient")?);
    let (dates, bodies) = (cells("approval_date")?, cells("body_sha256")?);
    let brands = cells("brand_name")?;
    let numbers = raw.column("row_number")?.as_materialized_series().cast(&DataType::String)?;
    let numbers = numbers.str()?;
    let code = match language {
        JapaneseText::Japanese => "ja",
        JapaneseText::English => "en",
    };
    let not_empty = |s: &str| Some(s.to_owned()).filter(|s| !s.is_empty());
    Columns::default()
        .text("record_key", rows.iter().map(|r| keys.get(r.at)))
        .text("raw_table", rows.iter().map(|_| Some(table)))
        .text("part", rows.iter().map(|r| r.part.as_deref()))
        .text(
            "brand_name",
            rows.iter().map(|r| not_empty(&r.name).or_else(|| brands.get(r.at).map(str::to_owned))),
        )
        .text("generic_raw", rows.iter().map(|r| ingredients.get(r.at)))
        .text(
            "generic_key",
            rows.iter().map(|r| ingredients.get(r.at).map(|i| format!("{code}{SEPARATOR}{i}"))),
        )
        .text("dosage_form_raw", rows.iter().map(|r| not_empty(&r.name)))
        .text("form_known", rows.iter().map(|r| Some(r.form.form.as_str())))
        .text("form_known_match", rows.iter().map(|r| Some(r.form.how)))
        .text("holder_raw", rows.iter().map(|r| not_empty(&r.companies)))
        .text("status_raw", rows.iter().map(|r| Some(r.status.unwrap_or("undivided"))))
        .text("approval_date_raw", rows.iter().map(|r| dates.get(r.at)))
        .text("flags", rows.iter().map(|r| not_empty(r.flags)))
        .text("row_number", rows.iter().map(|r| numbers.get(r.at)))
        .text("body_sha256", rows.iter().map(|r| bodies.get(r.at)))
        .frame()
}
