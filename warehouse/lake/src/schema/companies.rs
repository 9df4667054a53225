//! Companies and corporate groups (R7, R8).

use super::column::{Layer, Table, int, text, text_opt, texts};

/// Standard companies.
pub const COMPANY: Table = Table {
    name: "company",
    layer: Layer::Names,
    doc: "One row per standard company that occurs in a record. R7.",
    key: &["company"],
    sort: &["company"],
    columns: &[
        text("company", "Standard name."),
        text_opt("corporate_group", "Corporate group; null where none is known."),
        texts("raw_names", "Spellings in the sources, sorted."),
        int("records", "Records that name it."),
        int("drugs", "Drugs it takes part in."),
    ],
};

/// Corporate groups.
pub const CORPORATE_GROUP: Table = Table {
    name: "corporate_group",
    layer: Layer::Names,
    doc: "One row per membership of a company in a corporate group, with its dates where known. R8.",
    key: &["company", "corporate_group", "valid_from"],
    sort: &["corporate_group", "company", "valid_from"],
    columns: &[
        text("company", "Standard company."),
        text("corporate_group", "Group; 'none' is a decision, not a gap."),
        text("valid_from", "First day, ISO 8601, possibly only year or month; empty if always."),
        text("valid_to", "Last day, likewise; empty if still."),
        text_opt("label_zh", "Name of the group in Chinese."),
        text_opt("label_ja", "Name of the group in Japanese."),
    ],
};
