//! Marketed products (R12-R17).

use super::column::{
    Layer, Table, code, code_opt, codes, date_opt, dates, flag, int, key, precision, text,
    text_opt, texts,
};

/// One row per product record of a regulator.
pub const LISTING: Table = Table {
    name: "listing",
    layer: Layer::Core,
    doc: "One row per product record of a regulator (and dosage form, where a record holds several), standardised. R1, R12-R17.",
    key: &["record_id"],
    sort: &["source_id", "record_id"],
    foreign_keys: &[
        key(&["source_id"], "source", &["source_id"]),
        key(&["generic"], "generic", &["generic"]),
        key(&["company"], "company", &["company"]),
        key(&["market_company"], "company", &["company"]),
        key(&["market_source"], "source", &["source_id"]),
    ],
    columns: &[
        text(
            "record_id",
            "source_id + ':' + the source's own key; a key of more than 100 bytes or several lines is cut and ends in '~' and a digest. R1.",
        ),
        text("source_id", "Source of the record."),
        code("country", "country", "ISO 3166 country code of the market; EU for the Union."),
        text("record_key", "The source's own key, e.g. N-020636-001."),
        text(
            "part",
            "Where a record of the source holds several dosage forms, the form of this row, and where it pairs the products of a form with several companies, '@' and their names; it also ends the record_id after '#'. Else empty. R16.",
        ),
        text("raw_table", "Raw table of the source that the record is a row of."),
        text_opt(
            "product_number",
            "The regulator's product number that several of its data sets share, e.g. FDA application + product number.",
        ),
        text_opt("application_number", "Application, licence or approval number."),
        text_opt(
            "former_number",
            "Approval number that this one replaces (原批准文号, 原注册证号); of several with a semicolon between them, as the source has them. R13.",
        ),
        // No closed enumeration: a state that a register adds must not stop a publish.
        texts(
            "member_states",
            "EU member states in which a nationally authorised product is, ISO 3166, sorted; empty for other products. Names: kind member_state of the table label.",
        ),
        text_opt("brand_name", "Trade name as the source writes it."),
        text(
            "generic",
            "Standard generic name, INN-based; a combination is sorted and joined with ' / '. R5.",
        ),
        text("generic_raw", "Active ingredients as the source writes them."),
        text_opt("salt", "Salt, hydrate or ester of the ingredients, in their order. R5."),
        code(
            "generic_match",
            "generic_match",
            "How the generic was found: exact, salt_stripped, combination, brand (where the source names it too coarsely or not at all, what the brand contains), same_product (where the name stands for several substances, the generic that another data set has for the product number), development_code, decision, partial (some ingredients), rejected (its own name, a decision), not_a_drug (a decision), unmatched. R5, R10.",
        ),
        texts(
            "unknown_ingredients",
            "Ingredients of the generic that no dictionary knows, as they stand in review_queue. R10.",
        ),
        text("dosage_form", "Standard dosage form. R6."),
        text_opt("dosage_form_raw", "Dosage form (and route) as the source writes it."),
        code(
            "dosage_form_match",
            "dosage_form_match",
            "How the form was found: exact, any_route, decision, name (form word of the product name, where the source names no form or but its family, as 片剂), same_product, stronger_source (R14), inferred, rejected (its own name, a decision), unspecified, unmatched. R6, R6a, R10.",
        ),
        text_opt("strength", "Strength without the notes that the source appends."),
        text_opt("company", "Standard company that holds the product. R7."),
        text_opt("company_raw", "Holder as the source writes it."),
        code(
            "company_match",
            "company_match",
            "How the company was found: exact, key, alias, decision, rejected (its own name, a decision), own_name, none. R7, R10.",
        ),
        text_opt(
            "corporate_group",
            "Corporate group of the company at the time of the snapshot. R8.",
        ),
        code(
            "status",
            "listing_status",
            "active, discontinued, withdrawn, suspended, revoked, expired, tentative, refused, application_withdrawn, opinion, unknown. R17.",
        ),
        text_opt("status_raw", "Status as the source writes it."),
        flag("was_marketed", "The product was on the market at some time. R17."),
        text_opt(
            "market_company",
            "The holder after R14: where data sets of a market disagree on one product, the company of the one that wins.",
        ),
        code("market_status", "listing_status", "The status after R14, likewise."),
        text(
            "market_source",
            "The data set that won; the record's own source where nobody disagrees.",
        ),
        date_opt(
            "approval_date",
            "First approval. Where only a year or a month is known, its first day; where only an upper bound is known, the bound; approval_date_precision says which.",
        ),
        code_opt(
            "approval_date_precision",
            "date_precision",
            "day, month, year, or before (an upper bound).",
        ),
        date_opt(
            "status_date",
            "Since when it has this status, where the source says so: withdrawal, suspension, refusal.",
        ),
        precision("status_date_precision"),
        text_opt("marketing_category", "RX, OTC and the like. R12."),
        texts(
            "flags",
            "filled_from_manufacturer (R12); split:<reason>: a record of several products that could not be told apart and stays whole (R16).",
        ),
        int("row_number", "Line of the record in the regulator's file."),
        text("body_sha256", "The bytes it was read from."),
    ],
};

/// The merged row of R14.
pub const MARKET_LISTING: Table = Table {
    name: "market_listing",
    layer: Layer::Core,
    doc: "One row per market, generic, dosage form and company (group where known): the listings of all of a region's data sets merged. R14-R16.",
    key: &["market_listing_id"],
    sort: &["country", "generic", "dosage_form", "market_listing_id"],
    foreign_keys: &[
        key(&["record_ids"], "listing", &["record_id"]),
        key(&["sources"], "source", &["source_id"]),
        key(&["generic"], "generic", &["generic"]),
        key(&["company"], "company", &["company"]),
    ],
    columns: &[
        text("market_listing_id", "Stable digest of country, generic, form and company (group)."),
        code("country", "country", "Market: ISO 3166 code, EU for the Union."),
        text("generic", "Standard generic name."),
        text("dosage_form", "Standard dosage form."),
        text_opt("company", "The company that holds most of the products."),
        text_opt("corporate_group", "Its corporate group."),
        texts("brand_names", "Trade names, sorted."),
        texts("sources", "Data sets that the listings come from."),
        texts("record_ids", "The listings merged, sorted."),
        int("products", "Products, each counted once over all data sets."),
        code(
            "status",
            "listing_status",
            "The best status among the products: active before discontinued and so on.",
        ),
        date_opt("first_approval_date", "Earliest approval date among the products."),
        precision("first_approval_date_precision"),
        dates(
            "approval_dates",
            "Every approval date of the products, sorted, each day once; partly known ones as in listing.approval_date. R16.",
        ),
        codes(
            "approval_dates_precision",
            "date_precision",
            "How much of each of approval_dates is known, in the same order.",
        ),
        texts(
            "disagreements",
            "Where records of one product disagree: field, both values, which won and why. R13, R14.",
        ),
    ],
};
