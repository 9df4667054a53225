//! Approvals of the PMDA as listings: the monthly workbook in Japanese and the
//! list in English. A record that holds several dosage forms becomes one row
//! per form (R16 i).

mod ingredients;
mod parts;

use std::borrow::Cow;

use polars::prelude::*;
use regatta_dictionaries::{
    Dictionaries, FormMatch, GenericMatch, JapanesePart, JapaneseText, Language, Vocabulary, clean,
    japanese_parts,
};
use regatta_domain::{
    ApprovalKind, PartialDate, Region, SplitFlag, SplitRecord, date, split_english, split_japanese,
};

use ingredients::{BrandContents, Ingredients, generic_of_name, ingredients};
use parts::{Content, by_company, by_ingredient};

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

/// Before the day of a partial change (一変): the product was approved at some
/// time before it, and no list says when.
const BEFORE: &str = "<";

/// The forms of both lists, and those that a cell of a workbook may have.
fn any_date(raw: &str) -> Result<Option<PartialDate>, String> {
    if let Some(day) = raw.strip_prefix(BEFORE) {
        return any_date(day).map(|date| date.map(PartialDate::as_upper_bound));
    }
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
        Some((_, name)) if names_nothing(name) => GenericMatch::unspecified(),
        Some((OPEN, names)) => {
            let names = clean(names).to_lowercase();
            let unknown = vec![names.clone()];
            GenericMatch { generic: names, salt: None, how: "unmatched", unknown }
        }
        Some(("ja", name)) => dictionaries.generic(name, Language::Ja, JAPANESE_SEPARATORS),
        Some((_, name)) => dictionaries.generic(name, Language::En, ENGLISH_SEPARATORS),
        None => GenericMatch::unspecified(),
    }
}

/// `N/A for this combination drug`, `(combination drug)`, and the like.
fn names_nothing(name: &str) -> bool {
    let name = name.trim();
    name.starts_with("N/A") || name.eq_ignore_ascii_case("(combination drug)")
}

/// Stands before the ingredients of several drugs that cannot be told to the
/// products (R16). They are no combination: they go on as they are (R10).
const OPEN: &str = "open";

const ENGLISH_SEPARATORS: &[char] = &['/', ',', ';', '\n'];
const JAPANESE_SEPARATORS: &[char] = &['/', '、', '・', '\n', ',', ';'];

/// A cell of the English list. In those of 2005 to 2007 the brackets and the
/// middle dot are characters that no font has by now.
fn mended(cell: &str) -> Cow<'_, str> {
    if !cell.contains(['\u{1ca2}', '\u{1ca3}', '\u{1cfd}']) {
        return Cow::Borrowed(cell);
    }
    let mend = |c| match c {
        '\u{1ca2}' => '(',
        '\u{1ca3}' => ')',
        '\u{1cfd}' => '/',
        other => other,
    };
    Cow::Owned(cell.chars().map(mend).collect())
}

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
    /// With what language stands before it.
    generic: Option<String>,
}

fn parts(
    raw: &DataFrame,
    table: &'static str,
    language: JapaneseText,
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let names = text(raw, "brand_name")?;
    let (approvals, numbers) = (text(raw, "approval")?, text(raw, "no")?);
    let contents = text(raw, "ingredient")?;
    let (code, spoken) = match language {
        JapaneseText::Japanese => ("ja", (Language::Ja, JAPANESE_SEPARATORS)),
        JapaneseText::English => ("en", (Language::En, ENGLISH_SEPARATORS)),
    };
    let mut records: Vec<(SplitRecord, Ingredients)> = Vec::with_capacity(raw.height());
    let mut brands = BrandContents::default();
    for ((name, content), (approval, number)) in
        names.iter().zip(contents.iter()).zip(approvals.iter().zip(numbers.iter()))
    {
        let (name, approval) = (mended(name.unwrap_or_default()), approval.unwrap_or_default());
        let record = match language {
            JapaneseText::Japanese => split_japanese(&name, approval),
            JapaneseText::English => split_english(&name, approval, number.unwrap_or_default()),
        };
        let content = mended(content.unwrap_or_default());
        let told = ingredients(dictionaries, &record, &content, spoken);
        brands.add(dictionaries, (&record, &told), &content, spoken);
        records.push((record, told));
    }
    let records: Vec<(SplitRecord, Ingredients, String)> = records
        .into_iter()
        .map(|(record, told)| {
            let told = told.named(dictionaries, &record, &brands, spoken);
            let open = told.is_open().then_some(SplitFlag::IngredientCount);
            let flags: Vec<String> =
                record.flags.iter().chain(&open).map(|f| format!("split:{}", f.code())).collect();
            (record, told, flags.join(SEPARATOR_STR))
        })
        .collect();
    let mut rows = Vec::with_capacity(records.len());
    for (at, (record, told, flags)) in records.iter().enumerate() {
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
        let parts = parts.into_iter().flat_map(|part| by_ingredient(record, told, part));
        for (part, content, holder) in parts.flat_map(|(part, content)| {
            let rows = if whole {
                vec![(part, None)]
            } else {
                by_company(record, part, |name| is_generic_name(dictionaries, name, spoken.0))
            };
            rows.into_iter().map(move |(part, holder)| (part, content, holder))
        }) {
            let of = |places: &[usize], pick: &dyn Fn(usize) -> Option<String>| {
                places.iter().filter_map(|i| pick(*i)).collect::<Vec<_>>()
            };
            let product = |i: usize| record.products.get(i).map(|p| p.name.clone());
            let company = |i: usize| record.companies.get(i).map(|c| c.name.clone());
            let mut names = of(&part.products, &product);
            names.dedup();
            // Another drug of the same form is a row of its own.
            let form = match content {
                Some(Content { item, several: true }) => {
                    format!("{}~{}", part.form.form, clean(item))
                }
                _ => part.form.form.clone(),
            };
            let divided = several || content.is_some_and(|c| c.several);
            let own = |name: &str| format!("{code}{SEPARATOR}{name}");
            rows.push(Row {
                at,
                part: match (divided, holder) {
                    (false, None) => None,
                    (true, None) => Some(form),
                    (_, Some(holder)) => Some(format!("{form}@{holder}")),
                },
                generic: match (told, content) {
                    (_, Some(content)) => Some(own(content.item)),
                    (Ingredients::Open { items, .. }, None) => {
                        Some(format!("{OPEN}{SEPARATOR}{}", items.join("; ")))
                    }
                    _ => contents.get(at).map(|cell| own(&mended(cell))),
                },
                name: names.join("; "),
                status: part.status.map(ApprovalKind::code),
                companies: of(&part.companies, &company).join(SEPARATOR_STR),
                form: part.form,
                flags,
            });
        }
    }
    frame(raw, table, &rows)
}

/// Whether the product has the name of what it contains, and no brand. Biosimilars
/// (BS) have both: two companies share one that they developed together.
fn is_generic_name(dictionaries: &Dictionaries, name: &str, language: Language) -> bool {
    !clean(name).contains("BS") && generic_of_name(dictionaries, name, language).is_some()
}

/// Whether no product of the record is a new one, where they could not be told
/// apart.
fn says_change_alone(kinds: &str) -> bool {
    let is_new = ["pproval", "承"].iter().any(|word| kinds.contains(word));
    !is_new && !kinds.trim().is_empty()
}

fn frame(raw: &DataFrame, table: &'static str, rows: &[Row<'_>]) -> PolarsResult<DataFrame> {
    let cells = |name: &str| text(raw, name);
    let (keys, contents) = (cells("record_key")?, cells("ingredient")?);
    let (dates, bodies) = (cells("approval_date")?, cells("body_sha256")?);
    let kinds = cells("approval")?;
    let brands = cells("brand_name")?;
    let numbers = raw.column("row_number")?.as_materialized_series().cast(&DataType::String)?;
    let numbers = numbers.str()?;
    let not_empty = |s: &str| Some(s.to_owned()).filter(|s| !s.is_empty());
    Columns::default()
        .text("record_key", rows.iter().map(|r| keys.get(r.at)))
        .text("raw_table", rows.iter().map(|_| Some(table)))
        .text("part", rows.iter().map(|r| r.part.as_deref()))
        .text(
            "brand_name",
            rows.iter().map(|r| not_empty(&r.name).or_else(|| brands.get(r.at).map(str::to_owned))),
        )
        .text("generic_raw", rows.iter().map(|r| contents.get(r.at)))
        .text("generic_key", rows.iter().map(|r| r.generic.as_deref()))
        .text("dosage_form_raw", rows.iter().map(|r| not_empty(&r.name)))
        .text("form_known", rows.iter().map(|r| Some(r.form.form.as_str())))
        .text("form_known_match", rows.iter().map(|r| Some(r.form.how)))
        .text("holder_raw", rows.iter().map(|r| not_empty(&r.companies)))
        .text("status_raw", rows.iter().map(|r| Some(r.status.unwrap_or("undivided"))))
        .text(
            "approval_date_raw",
            rows.iter().map(|r| {
                let changed = match r.status {
                    Some(kind) => kind == ApprovalKind::PartialChange.code(),
                    None => kinds.get(r.at).is_some_and(says_change_alone),
                };
                let before = if changed { BEFORE } else { "" };
                dates.get(r.at).map(|date| format!("{before}{date}"))
            }),
        )
        .text("flags", rows.iter().map(|r| not_empty(r.flags)))
        .text("row_number", rows.iter().map(|r| numbers.get(r.at)))
        .text("body_sha256", rows.iter().map(|r| bodies.get(r.at)))
        .frame()
}
