//! Registrations in China (R18-R21) and their associations (R25).

use super::column::{Layer, Table, date_opt, flag, int, text, text_opt, texts};

/// One row per acceptance number.
pub const REGISTRATION: Table = Table {
    name: "registration",
    layer: Layer::Core,
    doc: "One row per acceptance number (受理号), with everything that the lists of CDE and NMPA say of it. R1, R18-R21.",
    key: &["record_id"],
    sort: &["record_id"],
    columns: &[
        text(
            "record_id",
            "'cn_cde:' and the acceptance number without its unit character, whatever list it was found in. R1.",
        ),
        text("source_id", "Source of the first of its evidence."),
        text("country", "CN: acceptance numbers are Chinese."),
        text(
            "acceptance_number",
            "Acceptance number without the unit character, as CDE writes it.",
        ),
        texts("numbers_raw", "The number as the lists write it, sorted."),
        texts("sources", "Sources that name the number, sorted."),
        texts("lists", "Lists that name it: kinds of registration_evidence, sorted."),
        text_opt("product_name", "Name of the product, normalised. R4."),
        text("generic", "Standard generic name. R5."),
        text("generic_raw", "Product name as the first source writes it."),
        text_opt("salt", "Salt, hydrate or ester. R5."),
        text("generic_match", "As listing.generic_match."),
        text("dosage_form", "Standard dosage form. R6."),
        text_opt("dosage_form_raw", "Form word of the product name."),
        text("dosage_form_match", "As listing.dosage_form_match."),
        text("origin", "domestic (C) or imported (J)."),
        text_opt(
            "product_kind",
            "chemical, traditional, biological, excipient; null for other letters.",
        ),
        text("matter", "Review matter (审评事项) from the number. R18."),
        text("matter_zh", "The matter in Chinese."),
        flag("one_off_import", "JT: a one-off import, aggregated apart. R25."),
        text_opt("application_type", "As CDE writes it (新药, 仿制, 进口, 补充申请)."),
        text(
            "conclusion",
            "Review conclusion (审评结论); none while there is no evidence. R19, R20.",
        ),
        text("conclusion_zh", "The conclusion in Chinese."),
        date_opt("conclusion_date", "Date of the evidence that decided, where it has one."),
        text_opt("conclusion_rule", "The rule that decided: R19a, R19b, R19c or R20."),
        date_opt("accepted_date", "When CDE accepted it."),
        date_opt("listed_date", "When it entered the list of marketed drugs."),
        texts("companies", "Standard companies of all its evidence, sorted. R21."),
        texts("companies_raw", "Their spellings in the sources, sorted."),
        texts("groups", "Their corporate groups, sorted."),
        texts("approval_numbers", "Approval numbers that the announcements name, sorted."),
        text("raw_table", "Raw table of the first of its evidence."),
        text("record_key", "Key of that row."),
        int("row_number", "Line of that row in the source's file."),
        text("body_sha256", "The bytes it was read from."),
    ],
};

/// What the lists say of an acceptance number.
pub const REGISTRATION_EVIDENCE: Table = Table {
    name: "registration_evidence",
    layer: Layer::Core,
    doc: "One row per row of a regulator's list that names an acceptance number: what registration is made of. R19-R21.",
    key: &["record_id", "source_id", "raw_table", "record_key"],
    sort: &["record_id", "source_id", "raw_table", "record_key"],
    columns: &[
        text("record_id", "The registration."),
        text("source_id", "Source of the row."),
        text("raw_table", "Raw table of the row."),
        text("record_key", "Key of the row."),
        text(
            "evidence",
            "acceptance, clinical_permission, post_market, priority_review, breakthrough, review_queue, or announcement.",
        ),
        text_opt("title", "Title of the announcement. R20."),
        date_opt("evidence_date", "Date that the row gives."),
        text_opt("product_name", "Product name in the row."),
        texts("companies_raw", "Companies in the row."),
        int("row_number", "Line of the row in the source's file."),
        text("body_sha256", "The bytes it was read from."),
    ],
};

/// Registrations of one generic and form that share companies.
pub const REGISTRATION_ASSOCIATION: Table = Table {
    name: "registration_association",
    layer: Layer::Core,
    doc: "One row per association of registrations: same generic name and dosage form, linked by companies or groups in common; one-off imports apart. R25.",
    key: &["association_id"],
    sort: &["generic", "dosage_form", "association_id"],
    columns: &[
        text(
            "association_id",
            "'RA' and a digest of its smallest acceptance number, generic and form.",
        ),
        text("drug_id", "The drug it is part of. R26."),
        text("generic", "Standard generic name."),
        text("dosage_form", "Standard dosage form."),
        flag("one_off_import", "It consists of one-off imports."),
        texts("acceptance_numbers", "Its acceptance numbers, sorted."),
        texts("record_ids", "Its registrations, sorted."),
        texts("matters", "Review matters, sorted."),
        texts("conclusions", "Review conclusions, sorted."),
        texts("companies", "Standard companies, sorted."),
        texts("groups", "Corporate groups, sorted."),
        texts("approval_numbers", "Approval numbers, sorted."),
        date_opt("first_accepted_date", "Earliest acceptance."),
        date_opt("clinical_filed_date", "Earliest acceptance of a clinical trial application."),
        date_opt("clinical_approved_date", "Earliest approval of a clinical trial."),
        date_opt("marketing_filed_date", "Earliest acceptance of a marketing application."),
        date_opt(
            "marketing_approved_date",
            "Earliest approval for marketing (production or import).",
        ),
        date_opt("last_conclusion_date", "Latest dated conclusion."),
    ],
};
