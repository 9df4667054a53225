//! The catalogue entry of a source: `source.toml`.

use std::collections::BTreeMap;

use regatta_lake::SourceId;
use serde::Deserialize;
use url::Url;

/// What is known of a source without asking it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Id, e.g. `us_orange_book`; the name of its folder.
    pub id: SourceId,
    /// Name of the data set.
    pub title: String,
    /// The regulator.
    pub publisher: String,
    /// Market it describes: ISO 3166 code, `EU` for the Union.
    pub country: String,
    /// What the data set is, in a sentence or two.
    pub description: String,
    /// Page on which the regulator publishes it.
    pub homepage: Url,
    /// URLs that the source's seeds are made of, by name.
    pub urls: BTreeMap<String, Url>,
    /// Version of the parser. Raise it with every change of what is read from
    /// the same bytes: the archived bytes are then parsed anew.
    pub parser_version: u32,
    /// Terms of use.
    pub licence: Licence,
    /// When to crawl.
    pub schedule: Schedule,
    /// The feed of changes, where the regulator offers one.
    #[serde(default)]
    pub feed: Option<Feed>,
    /// How gently to crawl.
    #[serde(default)]
    pub politeness: Politeness,
    /// Raw tables, by name.
    pub tables: BTreeMap<String, TableSpec>,
    /// What is served but not read, on purpose: member or field name and why.
    #[serde(default)]
    pub ignored: BTreeMap<String, String>,
    /// Known oddities of the data, as sentences.
    pub quirks: Vec<String>,
}

/// Terms of use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Short name.
    pub name: String,
    /// Where the terms stand.
    pub url: Url,
    /// How the source wants to be named.
    pub attribution: String,
}

/// When to crawl.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Six fields: second minute hour day-of-month month day-of-week.
    pub cron: String,
    /// IANA name, e.g. `America/New_York`.
    pub time_zone: String,
    /// Freshness objective: hours after which the data counts as overdue.
    pub max_age_hours: u32,
}

/// A feed of changes, polled between crawls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// When to poll: six fields, in the time zone of the schedule.
    pub cron: String,
    /// Column that every table of the source has: which record a row belongs
    /// to. The rows of a record that the feed names replace those it had.
    pub record: String,
}

/// How gently to crawl. The defaults suit a site about which nothing is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Politeness {
    /// Least time between the starts of two requests to a host, ms.
    pub min_interval_ms: u64,
    /// Requests under way at a host at once.
    pub concurrency: usize,
    /// Largest body on the wire, bytes.
    pub max_wire_bytes: u64,
    /// Largest body after content decoding, and largest member of an archive, bytes.
    pub max_body_bytes: u64,
}

impl Default for Politeness {
    fn default() -> Self {
        Self {
            min_interval_ms: 2_000,
            concurrency: 1,
            max_wire_bytes: 64 << 20,
            max_body_bytes: 256 << 20,
        }
    }
}

/// One raw table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// What one row is.
    pub description: String,
    /// File inside the archive, where there is one.
    pub member: Option<String>,
    /// A table that not every release has: its absence is not an error.
    #[serde(default)]
    pub optional: bool,
    /// Columns (snake_case) whose values, joined with '-', identify a row.
    pub key: Vec<String>,
    /// Columns of the key that say which record a row belongs to, where a file
    /// of an operator holds one record or a few of many: an import then keeps
    /// the rows of all records that its files do not bring. Without them it
    /// takes the place of the table.
    #[serde(default)]
    pub import_adds_by: Vec<String>,
    /// A file of an operator holds the whole table: one with too few rows is
    /// refused, as it is when it is crawled. Files of other tables may hold a
    /// part of them.
    #[serde(default)]
    pub import_whole: bool,
    /// A list as it stood on a day of the past: it does not grow old.
    #[serde(default)]
    pub dated: bool,
    /// Rows that are to be expected.
    pub bounds: Bounds,
    /// Columns, by the regulator's own name.
    pub columns: Vec<ColumnSpec>,
}

/// Expected rows of a table.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Fewer rows reject the run.
    pub min_rows: u64,
    /// More rows are reported.
    pub max_rows: u64,
    /// Largest share of the last good run's rows that may be gone, 0 to 1;
    /// more rejects the run.
    #[serde(default = "default_shrink")]
    pub max_shrink: f64,
}

fn default_shrink() -> f64 {
    0.05
}

/// One column of a raw table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// The regulator's name, as in the header.
    pub name: String,
    /// Other spellings that releases have used.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name in the raw table; the snake_case of `name` if not given.
    #[serde(default)]
    pub column: Option<String>,
    /// Meaning.
    pub doc: String,
    /// A column that not every release has.
    #[serde(default)]
    pub optional: bool,
}

impl ColumnSpec {
    /// Name in the raw table.
    #[must_use]
    pub fn column_name(&self) -> String {
        self.column.clone().unwrap_or_else(|| crate::snake_case(&self.name))
    }
}

impl SourceSpec {
    /// Reads a `source.toml`. Called once per source at its first use, with a
    /// text that is compiled in and checked by a test over all sources.
    ///
    /// # Panics
    /// When the text is not a valid catalogue entry: a defect of the build.
    #[must_use]
    pub fn from_toml(text: &str) -> Self {
        match toml::from_str(text) {
            Ok(spec) => spec,
            Err(e) => panic!("a source.toml in this build is invalid: {e}"),
        }
    }

    /// The table `name`.
    ///
    /// # Panics
    /// When the catalogue has no such table: a defect of the source's code.
    #[must_use]
    pub fn table(&self, name: &str) -> &TableSpec {
        match self.tables.get(name) {
            Some(table) => table,
            None => panic!("{} has no table {name} in its source.toml", self.id),
        }
    }

    /// The URL `name`.
    ///
    /// # Panics
    /// When the catalogue has no such URL: a defect of the source's code.
    #[must_use]
    pub fn url(&self, name: &str) -> Url {
        match self.urls.get(name) {
            Some(url) => url.clone(),
            None => panic!("{} has no url {name} in its source.toml", self.id),
        }
    }
}
