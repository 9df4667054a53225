//! Companies and corporate groups (R7, R8).

use super::column::{
    Layer, Table, code, date_opt, flag, int, key, precision, text, text_opt, texts,
};

/// Standard companies.
pub const COMPANY: Table = Table {
    name: "company",
    layer: Layer::Names,
    doc: "One row per standard company that occurs in a record. R7.",
    key: &["company"],
    sort: &["company"],
    foreign_keys: &[],
    columns: &[
        text("company", "Standard name."),
        text_opt("corporate_group", "Corporate group; null where none is known."),
        flag(
            "group_decided",
            "A line of corporate_groups.csv says its group, or that it has none. R8.",
        ),
        flag("known", "A dictionary knows the company."),
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
    foreign_keys: &[key(&["company"], "company", &["company"])],
    columns: &[
        text("company", "Standard company."),
        text("corporate_group", "Group; 'none' is a decision, not a gap."),
        date_opt("valid_from", "Day from which it belongs to the group; null if always."),
        precision("valid_from_precision"),
        date_opt("valid_to", "Day from which it no longer does; null if it still does."),
        precision("valid_to_precision"),
        text_opt("label_zh", "Name of the group in Chinese."),
        text_opt("label_ja", "Name of the group in Japanese."),
    ],
};

/// Names of corporate groups.
pub const CORPORATE_GROUP_NAME: Table = Table {
    name: "corporate_group_name",
    layer: Layer::Names,
    doc: "One row per corporate group that occurs and name of it as a whole, in English, Chinese or Japanese, its standard name included. A name may be that of several groups. R8, R43.",
    key: &["corporate_group", "name"],
    sort: &["corporate_group", "name"],
    foreign_keys: &[key(&["corporate_group"], "corporate_group", &["corporate_group"])],
    columns: &[
        text("corporate_group", "Group, as in the table corporate_group."),
        text("name", "A name of it, as the dictionary writes it: BMS, J&J, 阿斯利康."),
    ],
};

/// Who is what to which record.
pub const RECORD_COMPANY: Table = Table {
    name: "record_company",
    layer: Layer::Core,
    doc: "One row per record and company role: holder, manufacturer, applicant, sponsor, historical. R3.",
    key: &["record_id", "role", "company", "company_raw"],
    sort: &["record_id", "role", "company", "company_raw"],
    foreign_keys: &[
        key(&["source_id"], "source", &["source_id"]),
        key(&["company"], "company", &["company"]),
    ],
    columns: &[
        text("record_id", "Record: of listing, registration or trial_product."),
        text("source_id", "Source of the record."),
        code("role", "role", "holder, manufacturer, applicant, sponsor or historical. R3."),
        text("company", "Standard company. R7."),
        text("company_raw", "Name as the source writes it."),
        code(
            "company_match",
            "company_match",
            "exact, key, alias, decision, rejected or own_name. R7, R10.",
        ),
        text_opt("corporate_group", "Its corporate group at the time of the snapshot. R8."),
        flag(
            "links",
            "It takes part in linking records (false: overruled by R14, or of a record that could not be divided, R16).",
        ),
        code(
            "origin",
            "party_origin",
            "source (the record itself), manufacturer (R12), former_number or former_holder (R13), overruled (R14), undivided (R16).",
        ),
        date_opt("since", "historical: day since which another is holder, where known. R13."),
        precision("since_precision"),
    ],
};
