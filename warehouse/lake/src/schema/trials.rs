//! Clinical trials (R11, R22-R24).

use super::column::{
    Layer, Table, code, code_opt, date_opt, flag, int, int_opt, key, precision, text, text_opt,
    texts,
};

/// One row per trial of a registry.
pub const TRIAL: Table = Table {
    name: "trial",
    layer: Layer::Core,
    doc: "One row per trial of a registry, whatever the number of countries and products. R1, R22-R24.",
    key: &["trial_id"],
    sort: &["source_id", "trial_id"],
    foreign_keys: &[key(&["source_id"], "source", &["source_id"])],
    columns: &[
        text("trial_id", "source_id + ':' + the registry's number. R1."),
        text("source_id", "The registry that holds the trial."),
        code("country", "country", "CN, or EU for a trial in the Union."),
        text("registry_number", "Number in the registry; of CTIS without the resubmission."),
        texts("other_numbers", "Its numbers in other registries, and acceptance numbers, sorted."),
        text_opt("title", "Title, as the registry gives it."),
        code("phase", "phase", "Phase. R22."),
        text("phase_zh", "The phase in Chinese."),
        text_opt("phase_detail", "Sub-phase, where the source says more (Ib, IIa). R22."),
        text_opt("phase_raw", "Phase as the registry writes it."),
        code("phase_source", "phase_source", "field, text (title or free text) or nowhere. R22."),
        code(
            "status",
            "trial_status",
            "Status; over member states the most advanced active one. R23, R24.",
        ),
        text("status_zh", "The status in Chinese."),
        text_opt(
            "status_raw",
            "Status as the registry writes it; of several states joined with '; '.",
        ),
        text_opt("status_reason", "Words of a stop, e.g. IEC/IRB暂停. R23."),
        date_opt("start_date", "Start, or else first registration or decision."),
        code_opt("start_date_precision", "date_precision", "day, month, year, or before."),
        texts("sponsors", "Standard companies that sponsor or applied for it, sorted."),
        texts("sponsors_raw", "Their spellings, sorted."),
        int("products", "Rows of trial_product; 0 where no drug could be told (R11)."),
        flag("drug_named", "At least one product has a name."),
        text("raw_table", "Raw table that the trial was first read from."),
        text("record_key", "Key of that row."),
        int("row_number", "Line of that row in the source's file."),
        text("body_sha256", "The bytes it was read from."),
    ],
};

/// Status of a trial by country.
pub const TRIAL_COUNTRY: Table = Table {
    name: "trial_country",
    layer: Layer::Core,
    doc: "One row per trial and member state: its status there. R24.",
    key: &["trial_id", "country"],
    sort: &["trial_id", "country"],
    foreign_keys: &[key(&["trial_id"], "trial", &["trial_id"])],
    columns: &[
        text("trial_id", "The trial, as in the table trial."),
        // No closed enumeration: a state that a registry adds must not stop a publish.
        text(
            "country",
            "ISO 3166 code of the member state; 3RD for the countries outside the Union that EudraCT takes together. Names: kind member_state of the table label.",
        ),
        code("status", "trial_status", "Status there. R23."),
        text_opt("status_raw", "As the registry writes it."),
        date_opt("decision_date", "First decision of the country's authority."),
        precision("decision_date_precision"),
    ],
};

/// The drugs under test.
pub const TRIAL_PRODUCT: Table = Table {
    name: "trial_product",
    layer: Layer::Core,
    doc: "One row per trial and drug under test, with generic name and form: the record that takes part in a drug. R1, R11.",
    key: &["record_id"],
    sort: &["source_id", "record_id"],
    foreign_keys: &[
        key(&["trial_id"], "trial", &["trial_id"]),
        key(&["source_id"], "source", &["source_id"]),
        key(&["generic"], "generic", &["generic"]),
    ],
    columns: &[
        text(
            "record_id",
            "trial_id; where a trial tests several drugs, followed by '#' and the generic (and form).",
        ),
        text("trial_id", "The trial, as in the table trial."),
        text("source_id", "The registry that holds the trial."),
        code("country", "country", "CN, or EU for a trial in the Union."),
        text_opt("product_name", "Name of the product in the registry."),
        text("generic", "Standard generic name. R5."),
        text("generic_raw", "What the generic was read from."),
        text_opt("salt", "Salt, hydrate or ester."),
        code("generic_match", "generic_match", "As listing.generic_match."),
        texts("unknown_ingredients", "As listing.unknown_ingredients."),
        code(
            "found_in",
            "found_in",
            "Where the drug's name stands: product (a field for it), title, or intervention. R11.",
        ),
        text_opt("matched_text", "The words that were matched in a title or text. R11."),
        int_opt("matched_at", "Character at which they begin, from 0. R11."),
        text("dosage_form", "Standard dosage form. R6."),
        text_opt("dosage_form_raw", "Form as the registry writes it."),
        code("dosage_form_match", "dosage_form_match", "As listing.dosage_form_match."),
    ],
};
