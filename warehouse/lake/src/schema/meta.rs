//! How the data came to be: changes, open questions, runs, requests.

use super::column::{
    Layer, Table, code, code_opt, flag, instant, instant_opt, int, int_opt, key, text, text_opt,
    texts,
};

/// The change log.
pub const CHANGE: Table = Table {
    name: "change",
    layer: Layer::Meta,
    doc: "The change log between this snapshot and the one before: one row per changed field, or per entity that appeared or vanished. R41.",
    key: &["entity_kind", "entity_id", "field"],
    sort: &["entity_kind", "source_id", "entity_id", "field"],
    foreign_keys: &[key(&["source_id", "run_id"], "run", &["source_id", "run_id"])],
    columns: &[
        code(
            "entity_kind",
            "entity_kind",
            "listing (the regulator's own row), registration, trial, drug.",
        ),
        text(
            "entity_id",
            "record_id, trial_id or drug_id; of what was read of a trial's drug under test the record_id.",
        ),
        text(
            "source_id",
            "Source; for a changed registration or a drug the one whose run saw the change, empty for a drug where there is none.",
        ),
        code("change", "change", "appeared, vanished, changed."),
        text(
            "field",
            "Column that changed: raw.<column> is the regulator's own; conclusion_evidence the rows (source:table:record_key) that a changed conclusion rests on, R19; empty for appeared and vanished.",
        ),
        text_opt("old_value", "Value before."),
        text_opt("new_value", "Value after."),
        code(
            "reason",
            "reason",
            "source_changed, dictionary_changed, rule_changed, record_appeared, record_vanished, fetch_partial (missing from a run of which a gate says that not all came). R41.",
        ),
        text_opt(
            "run_id",
            "The run that saw it, of several the last; null where no run of a source is the cause.",
        ),
        instant(
            "seen_at",
            "Time of the fetch that saw it, UTC; without a run, of the newest fetch behind the snapshot, or of its making where no data is new.",
        ),
    ],
};

/// The review queue.
pub const REVIEW_QUEUE: Table = Table {
    name: "review_queue",
    layer: Layer::Meta,
    doc: "Values that no dictionary knows, by impact, with suggestions that are never applied by themselves. R7, R10.",
    key: &["kind", "value"],
    sort: &["kind", "value"],
    foreign_keys: &[key(&["sources"], "source", &["source_id"])],
    columns: &[
        code("kind", "review_kind", "generic, dosage_form, company or status."),
        text("value", "The source value."),
        texts("sources", "Sources it occurs in, sorted."),
        int("records", "Records affected."),
        int("drugs", "Drugs affected."),
        text_opt("suggestion", "Nearest known value."),
        int_opt("suggestion_score", "Similarity, 0 to 100."),
        text_opt(
            "reopened_from",
            "Value that the same record had before and for which a decision was made: the decision is open again. R10.",
        ),
    ],
};

/// Row problems.
pub const SOURCE_RECORD_ISSUE: Table = Table {
    name: "rejected",
    layer: Layer::Meta,
    doc: "Row problems of the runs behind this snapshot: repaired rows, odd values, rows that could not be used.",
    key: &["source_id", "table_name", "member", "row_number", "column_name", "kind"],
    sort: &["source_id", "table_name", "member", "row_number", "column_name", "kind"],
    foreign_keys: &[key(&["source_id", "run_id"], "run", &["source_id", "run_id"])],
    columns: &[
        text("source_id", "Source of the catalogue."),
        text("run_id", "Run of the source."),
        text("table_name", "Raw table."),
        text("member", "File inside the archive; empty if none."),
        int("row_number", "Line or row in that file, from 1; 0 for the file as a whole."),
        text("column_name", "Column; empty for the whole row."),
        code(
            "severity",
            "severity",
            "note (repaired, nothing lost), warning, or error (the row is not used).",
        ),
        text("kind", "Kind of problem."),
        text("message", "What was found and what was expected."),
    ],
};

/// The catalogue of sources.
pub const SOURCE: Table = Table {
    name: "source",
    layer: Layer::Meta,
    doc: "The catalogue of sources with licence, schedule and freshness at the time the file was built.",
    key: &["source_id"],
    sort: &["source_id"],
    foreign_keys: &[],
    columns: &[
        text("source_id", "Source of the catalogue."),
        text("title", "Data set."),
        text("publisher", "Regulator."),
        code("country", "country", "Market it describes."),
        text("homepage", "Where the regulator publishes it."),
        text("licence", "Terms of use."),
        text("attribution", "How to name it."),
        text("cron", "Schedule (second minute hour day month weekday)."),
        text("time_zone", "Time zone of the schedule."),
        int("max_age_hours", "Freshness objective: hours after which the data counts as overdue."),
        code_opt("last_run_status", "run_status", "How the last run ended."),
        text_opt("last_run_id", "The last run."),
        instant_opt(
            "last_success_at",
            "When all of the source's data was last fetched, confirmed or imported. A poll of a feed does not count, nor do files of an operator that hold a part of the data.",
        ),
        text_opt("data_run_id", "The run whose data is served."),
        int("rows", "Raw rows served."),
        text_opt("problem", "Why the last run is not good."),
    ],
};

/// Runs.
pub const RUN: Table = Table {
    name: "run",
    layer: Layer::Meta,
    doc: "One row per crawl of a source that the lake knows.",
    key: &["source_id", "run_id"],
    sort: &["source_id", "run_id"],
    foreign_keys: &[key(&["source_id"], "source", &["source_id"])],
    columns: &[
        text("source_id", "Source of the catalogue."),
        text("run_id", "Run of the source."),
        instant("started_at", "When it began, UTC."),
        instant("finished_at", "When it ended, UTC."),
        code(
            "status",
            "run_status",
            "ok, unchanged, blocked, not_found, failed, malformed, rejected.",
        ),
        text_opt("problem", "Why it is not good."),
        text_opt("data_run_id", "The run whose raw tables hold its data."),
        int("requests", "Requests sent, every try counted."),
        int("wire_bytes", "Bytes of bodies on the wire."),
        int("rows", "Raw rows written."),
        int("issues", "Row problems."),
    ],
};

/// Requests.
pub const FETCH: Table = Table {
    name: "fetch",
    layer: Layer::Meta,
    doc: "One row per request of the runs that this snapshot was made from: which bytes came from where and when.",
    key: &["source_id", "run_id", "fetch_number"],
    sort: &["source_id", "run_id", "fetch_number"],
    foreign_keys: &[key(&["source_id", "run_id"], "run", &["source_id", "run_id"])],
    columns: &[
        text("source_id", "Source of the catalogue."),
        text("run_id", "Run of the source."),
        int("fetch_number", "Order in the run, from 1."),
        text("url", "The regulator's URL."),
        code(
            "outcome",
            "fetch_outcome",
            "fetched, not_modified, reused, imported, blocked, disallowed, not_found, too_large, wrong_kind, failed.",
        ),
        int_opt("http_status", "Of the last try."),
        int("attempts", "Tries, the first one included."),
        instant_opt("fetched_at", "When the bytes were transferred, UTC."),
        instant("checked_at", "When the server last confirmed them, UTC."),
        int("wire_bytes", "Bytes on the wire."),
        int("body_bytes", "Bytes of the body."),
        text_opt("body_sha256", "Digest of the body."),
        text_opt("last_modified", "As the server says."),
        text_opt("problem", "What went wrong."),
    ],
};

/// Checks.
pub const QUALITY_CHECK: Table = Table {
    name: "quality_check",
    layer: Layer::Meta,
    doc: "The checks that ran before this snapshot was published.",
    key: &["check_name"],
    sort: &["check_name"],
    foreign_keys: &[],
    columns: &[
        text("check_name", "Name of the check."),
        flag("passed", "Nothing was wrong."),
        int("rows", "Rows that are wrong."),
        texts(
            "examples",
            "Up to ten of them, as JSON with their ids; none where the check passed.",
        ),
        texts(
            "remarks",
            "What the check found and accepts, as JSON: e.g. a table that grew, by how much, and why.",
        ),
    ],
};
