//! Names as applied: generics, forms, targets (R5, R6, R9).

use super::column::{Layer, Table, code, code_opt, int, int_opt, key, text, texts};

/// Generic names.
pub const GENERIC: Table = Table {
    name: "generic",
    layer: Layer::Names,
    doc: "One row per standard generic name (combinations included) that occurs in a record. R5.",
    key: &["generic"],
    sort: &["generic"],
    foreign_keys: &[],
    columns: &[
        text("generic", "Standard name."),
        texts("ingredients", "Its single generics, sorted."),
        texts("raw_names", "Spellings in the sources, sorted."),
        texts("names_zh", "Chinese names of its single generics."),
        texts("names_ja", "Japanese names of its single generics."),
        texts("targets", "Molecular targets. R9."),
        code("match", "generic_status", "matched, partial or unmatched. R10."),
        int("records", "Records that name it."),
    ],
};

/// Names of generics.
pub const GENERIC_NAME: Table = Table {
    name: "generic_name",
    layer: Layer::Names,
    doc: "One row per generic that occurs and name of it, in English, Chinese or Japanese, development codes and its standard name included. A combination has the names of its own (co-amoxiclav), not those of its ingredients. R5, R43.",
    key: &["generic", "name"],
    sort: &["generic", "name"],
    foreign_keys: &[key(&["generic"], "generic", &["generic"])],
    columns: &[
        text("generic", "Generic, as in the table generic."),
        text(
            "name",
            "A name of it, as the dictionary writes it: acetaminophen, amg 510, 对乙酰氨基酚.",
        ),
    ],
};

/// Dosage forms.
pub const DOSAGE_FORM: Table = Table {
    name: "dosage_form",
    layer: Layer::Names,
    doc: "The standard dosage forms and their labels. R6.",
    key: &["dosage_form"],
    sort: &["dosage_form"],
    foreign_keys: &[],
    columns: &[
        text("dosage_form", "Standard form."),
        text("label_en", "English label."),
        text("label_zh", "Chinese label."),
        text("label_ja", "Japanese label."),
        code_opt("route", "route", "Route of administration that the form implies."),
        code_opt("release", "release", "immediate, extended or delayed."),
        int("records", "Records of this form."),
    ],
};

/// Targets.
pub const TARGET: Table = Table {
    name: "target",
    layer: Layer::Names,
    doc: "Molecular targets of the generics that occur. R9.",
    key: &["generic", "target"],
    sort: &["target", "generic"],
    foreign_keys: &[],
    columns: &[
        text("generic", "Single generic name."),
        text("target", "Target: HGNC gene symbol where there is one."),
        text("source", "Who says so."),
    ],
};

/// Names of targets.
pub const TARGET_NAME: Table = Table {
    name: "target_name",
    layer: Layer::Names,
    doc: "One row per target that occurs and name of it, in English, Chinese or Japanese, its standard name included. R9, R43.",
    key: &["target", "name"],
    sort: &["target", "name"],
    foreign_keys: &[key(&["target"], "target", &["target"])],
    columns: &[
        text("target", "Target, as in the table target."),
        text("name", "A name of it, as the dictionary writes it: HER2, PD-1, 表皮生长因子受体."),
    ],
};

/// Codes and their labels.
pub const LABEL: Table = Table {
    name: "label",
    layer: Layer::Names,
    doc: "The codes of all enumerations with their English and Chinese labels: a column that says `labels: progress` holds codes of the kind progress.",
    key: &["kind", "code"],
    sort: &["kind", "rank", "code"],
    foreign_keys: &[],
    columns: &[
        text("kind", "The enumeration."),
        text("code", "The code that columns hold."),
        int_opt(
            "rank",
            "Place in the order of the enumeration, where it has one: a later stage of progress is a higher rank. R33-R36.",
        ),
        text("label_en", "English label."),
        text("label_zh", "Chinese label."),
    ],
};
