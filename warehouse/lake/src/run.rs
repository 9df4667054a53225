//! The manifest of one crawl of one source: what was asked, what came, what
//! was made of it, and why it was or was not accepted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{RunId, Sha256, SourceId};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// New data, accepted by all gates.
    Ok,
    /// The regulator serves what the last good run already holds.
    Unchanged,
    /// The site refused us (challenge, apology page, 403): the last good data stays.
    Blocked,
    /// What is asked for is not there (404).
    NotFound,
    /// The network or the server failed after all retries.
    Failed,
    /// The bytes came but are not what they should be (format, missing column, truncated).
    Malformed,
    /// Parsed, but refused by a gate (bounds, shrinkage, declared total).
    Rejected,
}

impl RunStatus {
    /// The data of this run may be served.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Unchanged)
    }

    /// The code written to manifests and tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::Blocked => "blocked",
            Self::NotFound => "not_found",
            Self::Failed => "failed",
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
        }
    }
}

/// The record of one crawl. Written once, last, by one rename: a run without a
/// manifest never happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunManifest {
    /// Layout of this file.
    pub format: u32,
    /// This run.
    pub run_id: RunId,
    /// The source crawled.
    pub source_id: SourceId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How it ended.
    pub status: RunStatus,
    /// Why, where `status` is not good.
    pub failure: Option<RunFailure>,
    /// The run whose raw tables hold the data this run stands for: itself for
    /// `ok`, the last good one for `unchanged`, none otherwise.
    pub data_run_id: Option<RunId>,
    /// For a poll of a feed of changes, the run whose rows it took over where
    /// the feed named no change; the fetches of that run are still behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_of: Option<RunId>,
    /// When all of its data was last seen, where that is before its end: files of
    /// an operator that are a part of the data tell nothing of the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_whole_at: Option<Timestamp>,
    /// Version of the parser: another version parses the same bytes anew.
    pub parser_version: u32,
    /// Every request, in the order of its sending; none in a summary.
    pub fetches: Vec<Fetch>,
    /// What `fetches` came to, in a summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// Raw tables written by this run; `_issues` is regatta's own, of row problems.
    pub tables: Vec<RawTable>,
    /// Row problems by kind.
    pub issues: Vec<IssueCount>,
    /// Things served that no parser reads: files of an archive, columns.
    pub unread: Vec<String>,
    /// Gates and what they said.
    pub gates: Vec<Gate>,
    /// Time and volume of each step.
    pub steps: Vec<Step>,
    /// The run before this one of the same source and the digest of its
    /// manifest, so that the history is a chain.
    pub previous: Option<PreviousRun>,
}

/// What the fetches of a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Requests sent, every try counted.
    pub requests: u64,
    /// Bytes that crossed the network.
    pub wire_bytes: u64,
}

/// A link of the chain of manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviousRun {
    /// The earlier run.
    pub run_id: RunId,
    /// sha256 of its manifest file.
    pub sha256: Sha256,
}

/// Why a run is not good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFailure {
    /// What was being done, e.g. `fetch https://www.fda.gov/media/76860/download`.
    pub what: String,
    /// What happened and what was expected.
    pub reason: String,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchOutcome {
    /// A body came.
    Fetched,
    /// The server said 304: the archived body is still right.
    NotModified,
    /// Not asked for: the archived body was taken because the list row that
    /// leads to it is unchanged.
    Reused,
    /// Taken from a file that an operator supplied.
    Imported,
    /// The site refused us.
    Blocked,
    /// robots.txt forbids it.
    Disallowed,
    /// 404 or 410.
    NotFound,
    /// Larger than the limit.
    TooLarge,
    /// The body does not have the kind expected.
    WrongKind,
    /// Network or server error after all retries.
    Failed,
}

impl FetchOutcome {
    /// The code written to manifests and tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::NotModified => "not_modified",
            Self::Reused => "reused",
            Self::Imported => "imported",
            Self::Blocked => "blocked",
            Self::Disallowed => "disallowed",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::WrongKind => "wrong_kind",
            Self::Failed => "failed",
        }
    }
}

/// One try of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it was sent.
    pub at: Timestamp,
    /// HTTP status, where one came.
    pub status: Option<u16>,
    /// What went wrong, where something did.
    pub problem: Option<String>,
    /// How long was waited before the next try, ms.
    pub waited_ms: u64,
}

/// The ledger entry of one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// Identity of the request: method, URL and digest of its body.
    pub key: String,
    /// The regulator's URL (never that of a gateway).
    pub url: String,
    /// What became of it.
    pub outcome: FetchOutcome,
    /// All tries.
    pub attempts: Vec<Attempt>,
    /// When the bytes were transferred. For `not_modified` and `reused` this
    /// is the time of the transfer that the archive holds.
    pub fetched_at: Option<Timestamp>,
    /// When the server last confirmed the bytes.
    pub checked_at: Timestamp,
    /// Bytes of body on the wire; 0 where none was transferred.
    pub wire_bytes: u64,
    /// Bytes of the body after content decoding.
    pub body_bytes: u64,
    /// Digest of the body in the archive.
    pub body_sha256: Option<Sha256>,
    /// The server's validator.
    pub etag: Option<String>,
    /// The server's validator, as sent.
    pub last_modified: Option<String>,
    /// As sent.
    pub content_type: Option<String>,
    /// Fingerprint of the list row that led here, where there is one.
    pub fingerprint: Option<String>,
    /// Plain words, where it failed.
    pub problem: Option<String>,
    /// From the first try to the end of the body, ms.
    pub duration_ms: u64,
}

/// One raw Parquet file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTable {
    /// Table name in the source, e.g. `products`.
    pub name: String,
    /// Path from the lake's root.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Source columns, in file order, without the envelope.
    pub columns: Vec<String>,
    /// Columns that the source catalogue does not know yet.
    pub new_columns: Vec<String>,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// Digest of the file.
    pub sha256: Sha256,
    /// When it was last seen whole, where the run only added to it or left it as
    /// it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_whole_at: Option<Timestamp>,
}

/// How often a kind of row problem occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCount {
    /// Table.
    pub table: String,
    /// Kind, e.g. `stray_tab`.
    pub kind: String,
    /// `note` (repaired, nothing lost), `warning` or `error` (the row is not used).
    pub severity: String,
    /// How many.
    pub count: u64,
    /// The first one in words.
    pub example: String,
}

/// A gate that data must pass before it may be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// e.g. `minimum`, `maximum`, `shrinkage`, `declared_total`.
    pub gate: String,
    /// Table.
    pub table: String,
    /// `passed`, `warned` or `failed`.
    pub verdict: String,
    /// The numbers.
    pub detail: String,
}

/// Time and volume of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// e.g. `fetch`, `parse`, `write`.
    pub step: String,
    /// Wall time, ms.
    pub wall_ms: u64,
    /// Rows handled, where that means something.
    pub rows: u64,
    /// Bytes handled.
    pub bytes: u64,
}

impl RunManifest {
    /// A poll of a feed of changes, not a crawl of the whole.
    #[must_use]
    pub fn is_feed(&self) -> bool {
        self.feed_of.is_some()
    }

    /// When all of its data was last seen: the age of a source counts from here.
    #[must_use]
    pub fn seen_whole(&self) -> Timestamp {
        self.seen_whole_at.unwrap_or(self.finished_at)
    }

    /// Rows over all raw tables of the source, without regatta's own `_issues`.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().filter(|t| !t.name.starts_with('_')).map(|t| t.rows).sum()
    }

    /// Bytes that crossed the network.
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.counts().wire_bytes
    }

    /// Requests sent, every try counted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.counts().requests
    }

    fn counts(&self) -> Counted {
        self.counted.unwrap_or_else(|| Counted {
            requests: self.fetches.iter().map(|f| f.attempts.len() as u64).sum(),
            wire_bytes: self.fetches.iter().map(|f| f.wire_bytes).sum(),
        })
    }

    /// The manifest without its fetches: of a source of many pages they are
    /// megabytes, and only those behind what is served are ever asked for.
    #[must_use]
    pub fn into_summary(self) -> Self {
        Self { counted: Some(self.counts()), fetches: Vec::new(), ..self }
    }

    /// Issues by severity.
    #[must_use]
    pub fn issues_by_severity(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for issue in &self.issues {
            *counts.entry(issue.severity.as_str()).or_default() += issue.count;
        }
        counts
    }
}
