//! Drugs: the aggregated entity (R25-R32) and its progress (R33-R38).

use super::column::{
    Layer, Table, code, date_opt, flag, instant, int, key, precision, text, text_opt, texts,
};

/// The aggregated entity.
pub const DRUG: Table = Table {
    name: "drug",
    layer: Layer::Out,
    doc: "One row per drug: records of the same generic name and dosage form that are linked by companies in common. R2, R25-R32.",
    key: &["drug_id"],
    sort: &["generic", "dosage_form", "drug_id"],
    foreign_keys: &[
        key(&["generic"], "generic", &["generic"]),
        key(&["generic", "dosage_form"], "block", &["generic", "dosage_form"]),
        key(&["holder"], "company", &["company"]),
        key(&["partners"], "company", &["company"]),
        key(&["manufacturers"], "company", &["company"]),
        key(&["historical_companies"], "company", &["company"]),
        key(&["acceptance_numbers"], "registration", &["acceptance_number"]),
    ],
    columns: &[
        text("drug_id", "Stable id; merged and split ids are in drug_id_history. R32."),
        text("generic", "Standard generic name."),
        text("dosage_form", "Standard dosage form."),
        texts("drug_names", "Product names of its records in all languages, sorted. R31."),
        texts("drug_names_zh", "Those of Chinese sources."),
        texts("drug_names_ja", "Those of Japanese sources in Japanese."),
        texts("targets", "Molecular targets of the generic. R9."),
        text_opt("holder", "Marketing authorisation holder. R30."),
        text_opt("holder_group", "Corporate group of the holder."),
        code(
            "holder_source",
            "holder_source",
            "Which records named the holder: china_listing, foreign_listing, registration, trial, nobody. R30.",
        ),
        texts(
            "partners",
            "Partners (合作企业), sorted: every company of its registrations (R26), and the other companies of its records. R30.",
        ),
        texts("manufacturers", "Manufacturers of its records, sorted. R31."),
        texts(
            "historical_companies",
            "Companies that held it before, as far as the register or an earlier snapshot of this lake says. R13.",
        ),
        texts("groups", "Corporate groups of all its companies, sorted."),
        texts(
            "source_marks",
            "Sources of its records, sorted; registration for acceptance numbers. R26, R27.",
        ),
        int("records", "Records in the drug."),
        texts("records_by_source", "Records of each source, as source_id=number, sorted. R31."),
        texts("acceptance_numbers", "Acceptance numbers of its registrations, sorted."),
        date_opt(
            "first_approval_date",
            "Earliest approval date among its records. Where only a year or a month is known, its first day.",
        ),
        precision("first_approval_date_precision"),
        instant(
            "first_seen",
            "When the drug first appeared here, UTC: time of the newest fetch behind that snapshot.",
        ),
        instant(
            "last_changed",
            "When the drug or one of its records last changed, UTC: time of the newest fetch behind that snapshot.",
        ),
        texts(
            "flags",
            "bridge:<company> (held together by one company only), unmatched_generic, unmatched_form, and the like. R29.",
        ),
    ],
};

/// Why a record is in a drug.
pub const DRUG_RECORD: Table = Table {
    name: "drug_record",
    layer: Layer::Out,
    doc: "One row per record: the drug it belongs to and what links it there. R29.",
    key: &["record_id"],
    sort: &["drug_id", "record_id"],
    foreign_keys: &[
        key(&["drug_id"], "drug", &["drug_id"]),
        key(&["source_id"], "source", &["source_id"]),
        key(&["linked_to"], "drug_record", &["record_id"]),
    ],
    columns: &[
        text("drug_id", "Id of the drug."),
        text("record_id", "The record."),
        text("source_id", "Source of the record."),
        code("record_kind", "record_kind", "listing, registration or trial. R1."),
        code("country", "country", "Country of the record; EU for the Union."),
        code(
            "link_kind",
            "link_kind",
            "first (the record the others hang on), group, company, same_product, decision.",
        ),
        text_opt("link_name", "The company, group, product number or decision that links."),
        text_opt("linked_to", "The record it is linked to."),
    ],
};

/// Progress per drug and country.
pub const DRUG_PROGRESS: Table = Table {
    name: "drug_progress",
    layer: Layer::Out,
    doc: "The highest R&D progress of each drug in each country where it has records. R33-R38.",
    key: &["drug_id", "country"],
    sort: &["drug_id", "country"],
    foreign_keys: &[
        key(&["drug_id"], "drug", &["drug_id"]),
        key(&["deciding_records"], "drug_record", &["record_id"]),
        key(&["highest_evidence_records"], "drug_record", &["record_id"]),
        key(&["current_status_records"], "drug_record", &["record_id"]),
    ],
    columns: &[
        text("drug_id", "Id of the drug."),
        code("country", "country", "Country; EU for the Union."),
        code("progress", "progress", "Stage by the ladder of R33-R36."),
        text("progress_zh", "The stage in Chinese."),
        flag("inactive", "The stage rests on suspended or stopped work only. R35."),
        date_opt("progress_date", "Date of the evidence that decided."),
        precision("progress_date_precision"),
        code("highest_evidence", "progress", "The furthest stage over all evidence. R38."),
        flag("highest_evidence_inactive", "That stage rests on stopped work only."),
        date_opt("highest_evidence_date", "Date of that evidence."),
        precision("highest_evidence_date_precision"),
        texts("highest_evidence_records", "Records of that evidence. R38."),
        code(
            "current_status",
            "current_status",
            "marketed, withdrawn, suspended, not_marketed or unknown today. R38.",
        ),
        date_opt("current_status_date", "Date of the evidence for it."),
        precision("current_status_date_precision"),
        texts("current_status_records", "Records that say so. R38."),
        texts("deciding_records", "Records that decided the progress. R38."),
        int("records", "Records of the drug in the country."),
    ],
};

/// Progress per generic, form and country.
pub const PROGRESS: Table = Table {
    name: "progress",
    layer: Layer::Out,
    doc: "The highest R&D progress of each generic and dosage form in each country, over all companies. R33-R38.",
    key: &["generic", "dosage_form", "country"],
    sort: &["generic", "dosage_form", "country"],
    foreign_keys: &[
        key(&["generic", "dosage_form"], "block", &["generic", "dosage_form"]),
        key(&["deciding_records"], "drug_record", &["record_id"]),
        key(&["highest_evidence_records"], "drug_record", &["record_id"]),
        key(&["current_status_records"], "drug_record", &["record_id"]),
    ],
    columns: &[
        text("generic", "Standard generic name."),
        text("dosage_form", "Standard dosage form."),
        code("country", "country", "Country; EU for the Union."),
        code("progress", "progress", "Stage by the ladder of R33-R36."),
        text("progress_zh", "The stage in Chinese."),
        flag("inactive", "The stage rests on suspended or stopped work only."),
        date_opt("progress_date", "Date of the evidence that decided."),
        precision("progress_date_precision"),
        code("highest_evidence", "progress", "The furthest stage over all evidence."),
        flag("highest_evidence_inactive", "That stage rests on stopped work only."),
        date_opt("highest_evidence_date", "Date of that evidence."),
        precision("highest_evidence_date_precision"),
        texts("highest_evidence_records", "Records of that evidence."),
        code(
            "current_status",
            "current_status",
            "marketed, withdrawn, suspended, not_marketed or unknown today.",
        ),
        date_opt("current_status_date", "Date of the evidence for it."),
        precision("current_status_date_precision"),
        texts("current_status_records", "Records that say so. R38."),
        texts("deciding_records", "Records that decided the progress."),
        int("drugs", "Drugs of this generic and form in the country."),
        int("records", "Records behind it."),
    ],
};

/// What became of drug ids.
pub const DRUG_ID_HISTORY: Table = Table {
    name: "drug_id_history",
    layer: Layer::Out,
    doc: "Ids that drugs had before and what became of them, so that a note kept outside can still be resolved. R32.",
    key: &["drug_id", "event", "other_id", "seen_at"],
    sort: &["drug_id", "seen_at", "event", "other_id"],
    foreign_keys: &[],
    columns: &[
        text("drug_id", "The id it is about."),
        code(
            "event",
            "drug_id_event",
            "merged_into (the id was given up), split_from (records came from another drug that goes on), vanished.",
        ),
        text_opt(
            "other_id",
            "merged_into: where its records are now; split_from: where they came from; null when it vanished.",
        ),
        instant(
            "seen_at",
            "When it happened, UTC: time of the newest fetch behind the snapshot that brought it.",
        ),
        int("records", "Records that moved."),
    ],
};

/// What was computed, and when.
pub const BLOCK: Table = Table {
    name: "block",
    layer: Layer::Meta,
    doc: "One row per block: generic name and dosage form. Only blocks whose digest differs from that of the snapshot before are merged anew. R39.",
    key: &["generic", "dosage_form"],
    sort: &["generic", "dosage_form"],
    foreign_keys: &[key(&["generic"], "generic", &["generic"])],
    columns: &[
        text("generic", "Standard generic name."),
        text("dosage_form", "Standard dosage form."),
        text("digest", "SHA-256 of everything that the drugs of the block are made of."),
        int("records", "Records in the block."),
        instant("computed_at", "When its drugs were last computed, UTC."),
    ],
};
