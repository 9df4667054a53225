//! Registrations as frames.

use std::collections::BTreeSet;

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, FormMatch, GenericMatch};
use regatta_domain::{Origin, ProductKind, WrittenNumber};

use super::{Kind, Registration};
use crate::adapters::SEPARATOR_STR;
use crate::columns::Columns;

/// The table `registration` but for its companies; for the pipeline also
/// `generic_unknown`.
pub(super) fn registration(
    records: &[Registration<'_>],
    dictionaries: &Dictionaries,
) -> PolarsResult<DataFrame> {
    let names: Vec<Option<&str>> =
        records.iter().map(|r| r.first(|e| e.product_name.as_deref())).collect();
    let generics: Vec<GenericMatch> = names
        .iter()
        .map(|name| match name {
            Some(name) => dictionaries.generic_of_chinese_product(name),
            None => GenericMatch::unspecified(),
        })
        .collect();
    let forms: Vec<FormMatch> = names
        .iter()
        .map(|name| match name.and_then(|n| dictionaries.forms.in_name_zh(n)) {
            Some(found) => FormMatch { how: "name", ..found.form },
            None => FormMatch::unspecified(),
        })
        .collect();
    let rows = || records.iter();
    let set = |pick: fn(&super::Evidence) -> Option<&str>| {
        rows().map(move |r| r.rows.iter().filter_map(|e| pick(e)).collect::<BTreeSet<_>>())
    };
    let kind = |n: &WrittenNumber| match n.kind()? {
        ProductKind::Chemical => Some("chemical"),
        ProductKind::Traditional => Some("traditional"),
        ProductKind::Biological => Some("biological"),
        ProductKind::Excipient => Some("excipient"),
        ProductKind::Other(_) => None,
    };
    let origin = |r: &Registration<'_>| {
        if r.number.origin() == Origin::Imported { "imported" } else { "domestic" }
    };
    let one_off = |r: &Registration<'_>| r.matter() == regatta_domain::ReviewMatter::OneOffImport;
    let first = |r: &Registration<'_>| r.rows.first().copied().cloned();
    let firsts: Vec<Option<super::Evidence>> = rows().map(first).collect();
    let of_first = |pick: fn(&super::Evidence) -> &str| {
        firsts.iter().map(move |e| Some(e.as_ref().map_or("", pick))).collect::<Vec<_>>()
    };
    Columns::default()
        .text("record_id", rows().map(|r| Some(r.record_id())))
        .text("source_id", of_first(|e| &e.source_id))
        .text("country", rows().map(|_| Some("CN")))
        .text("acceptance_number", rows().map(|r| Some(r.key)))
        .texts("numbers_raw", set(|e| Some(&e.number_raw)))
        .texts("sources", set(|e| Some(&e.source_id)))
        .texts("lists", set(|e| Some(e.kind.code())))
        .text("product_name", names.iter().copied())
        .text("brand_name", names.iter().copied())
        .text("generic", generics.iter().map(|g| Some(g.generic.as_str())))
        .text("generic_raw", names.iter().map(|n| Some(n.unwrap_or_default())))
        .text("salt", generics.iter().map(|g| g.salt.as_deref()))
        .text("generic_match", generics.iter().map(|g| Some(g.how)))
        .text(
            "generic_unknown",
            generics.iter().map(|g| Some(g.unknown.join(SEPARATOR_STR)).filter(|u| !u.is_empty())),
        )
        .text("dosage_form", forms.iter().map(|f| Some(f.form.as_str())))
        .text("dosage_form_raw", names.iter().copied())
        .text("dosage_form_match", forms.iter().map(|f| Some(f.how)))
        .text("origin", rows().map(|r| Some(origin(r))))
        .text("product_kind", rows().map(|r| kind(&r.number)))
        .text("matter", rows().map(|r| Some(r.matter().code())))
        .text("matter_zh", rows().map(|r| Some(r.matter().label_zh())))
        .flag("one_off_import", rows().map(one_off))
        .text("application_type", rows().map(|r| r.first(|e| e.application_type.as_deref())))
        .text("conclusion", rows().map(|r| Some(r.decided.conclusion.code())))
        .text("conclusion_zh", rows().map(|r| Some(r.decided.conclusion.label_zh())))
        .partial_date("conclusion_date", rows().map(|r| r.decided.date))?
        .text("conclusion_rule", rows().map(|r| r.decided.rule))
        .partial_date("accepted_date", rows().map(|r| r.date_of(Kind::Acceptance)))?
        .partial_date("listed_date", rows().map(|r| r.date_of(Kind::PostMarket)))?
        .texts("approval_numbers", set(|e| e.approval_number.as_deref()))
        .text("raw_table", of_first(|e| e.raw_table))
        .text("record_key", of_first(|e| &e.record_key))
        .int("row_number", firsts.iter().map(|e| e.as_ref().map_or(0, |e| e.row_number)))
        .text("body_sha256", of_first(|e| &e.body_sha256))
        .frame()
}

/// R21: the companies of all rows of a number, united.
pub(super) fn applicants(records: &[Registration<'_>]) -> PolarsResult<DataFrame> {
    let united = |r: &Registration<'_>| {
        let mut names: Vec<&str> = Vec::new();
        for name in r.rows.iter().flat_map(|e| &e.companies) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        Some(names.join(SEPARATOR_STR)).filter(|n| !n.is_empty())
    };
    Columns::default()
        .text("record_id", records.iter().map(|r| Some(r.record_id())))
        .text("source_id", records.iter().map(|r| r.rows.first().map(|e| e.source_id.as_str())))
        .text("applicant_raw", records.iter().map(united))
        .frame()
}

/// Adds `companies`, `companies_raw` and `groups`, sorted lists.
pub(super) fn with_companies(frame: DataFrame, parties: &DataFrame) -> PolarsResult<DataFrame> {
    crate::parties::with_lists(
        frame,
        parties,
        &[
            ("company", "companies"),
            ("company_raw", "companies_raw"),
            ("corporate_group", "groups"),
        ],
    )
}

/// The table `registration_evidence`.
pub(super) fn evidence(records: &[Registration<'_>]) -> PolarsResult<DataFrame> {
    let rows: Vec<(String, &super::Evidence)> =
        records.iter().flat_map(|r| r.rows.iter().map(|e| (r.record_id(), *e))).collect();
    Columns::default()
        .text("record_id", rows.iter().map(|r| Some(&r.0)))
        .text("source_id", rows.iter().map(|r| Some(&r.1.source_id)))
        .text("raw_table", rows.iter().map(|r| Some(r.1.raw_table)))
        .text("record_key", rows.iter().map(|r| Some(&r.1.record_key)))
        .text("evidence", rows.iter().map(|r| Some(r.1.kind.code())))
        .text("title", rows.iter().map(|r| r.1.title.as_deref()))
        .partial_date("evidence_date", rows.iter().map(|r| r.1.date))?
        .text("product_name", rows.iter().map(|r| r.1.product_name.as_deref()))
        .texts("companies_raw", rows.iter().map(|r| &r.1.companies))
        .int("row_number", rows.iter().map(|r| r.1.row_number))
        .text("body_sha256", rows.iter().map(|r| Some(&r.1.body_sha256)))
        .frame()
}
