//! What a run read so far, over all its pages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regatta_lake::{Fetch, IssueCount};
use regatta_sources::{Issue, Parsed, Request, SourceSpec, TextTable, record_keys};

/// Everything read from the pages of one run.
#[derive(Default)]
pub(crate) struct Gathered {
    tables: BTreeMap<String, Gathering>,
    issues: Vec<Issue>,
    /// Declared rows, by table and part.
    totals: BTreeMap<(String, String), u64>,
    unread: BTreeSet<String>,
}

/// The rows of one table.
#[derive(Default)]
pub(crate) struct Gathering {
    /// In the order of the pages.
    pub(crate) parts: Vec<Part>,
    /// How often each key came.
    seen: HashMap<String, u32>,
}

/// The rows that one page gave for a table.
pub(crate) struct Part {
    pub(crate) url: String,
    /// ISO 8601 in UTC, to the millisecond.
    pub(crate) fetched_at: String,
    pub(crate) body_sha256: String,
    pub(crate) table: TextTable,
    pub(crate) keys: Vec<String>,
}

impl Gathered {
    /// Adds what a page gave, and returns what it asks for next.
    ///
    /// # Errors
    /// In words, when the parser filled a table that its catalogue entry does
    /// not have.
    pub(crate) fn add(
        &mut self,
        spec: &SourceSpec,
        fetch: &Fetch,
        parsed: Parsed,
    ) -> Result<Vec<Request>, String> {
        let Parsed { tables, issues, follow_ups, totals, unread } = parsed;
        self.issues.extend(issues);
        self.unread.extend(unread);
        // Later pages know better: lists grow while they are read.
        self.totals.extend(totals.into_iter().map(|t| ((t.table, t.part), t.rows)));
        for table in tables {
            let Some(table_spec) = spec.tables.get(&table.name) else {
                return Err(format!(
                    "the parser filled a table {:?} that source.toml does not have",
                    table.name
                ));
            };
            let gathering = self.tables.entry(table.name.clone()).or_default();
            let keys = record_keys(table_spec, &table, &mut gathering.seen, &mut self.issues);
            gathering.parts.push(Part {
                url: fetch.url.clone(),
                fetched_at: fetch.fetched_at.map_or_else(String::new, |at| format!("{at:.3}")),
                body_sha256: fetch.body_sha256.map(String::from).unwrap_or_default(),
                table,
                keys,
            });
        }
        Ok(follow_ups)
    }

    /// The tables that came, by name.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&str, &Gathering)> {
        self.tables.iter().map(|(name, gathering)| (name.as_str(), gathering))
    }

    /// Rows of a table; `None` where it never came.
    pub(crate) fn rows_of(&self, table: &str) -> Option<u64> {
        self.tables.get(table).map(Gathering::rows)
    }

    /// Rows over all tables.
    pub(crate) fn rows(&self) -> u64 {
        self.tables.values().map(Gathering::rows).sum()
    }

    /// The sum of the totals declared for a table, with the number of parts.
    pub(crate) fn declared(&self, table: &str) -> Option<(u64, usize)> {
        let parts: Vec<u64> =
            self.totals.iter().filter(|((t, _), _)| t == table).map(|(_, n)| *n).collect();
        // A regulator may declare anything.
        let all = parts.iter().fold(0, |all: u64, rows| all.saturating_add(*rows));
        (!parts.is_empty()).then_some((all, parts.len()))
    }

    /// Tables for which a total was declared.
    pub(crate) fn declared_tables(&self) -> BTreeSet<&str> {
        self.totals.keys().map(|(table, _)| table.as_str()).collect()
    }

    /// Row problems, in the order of the pages.
    pub(crate) fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Adds things that no parser reads.
    pub(crate) fn note_unread(&mut self, unread: Vec<String>) {
        self.unread.extend(unread);
    }

    /// Things served that no parser reads.
    pub(crate) fn unread(&self) -> Vec<String> {
        self.unread.iter().cloned().collect()
    }

    /// Row problems by table, kind and severity.
    pub(crate) fn issue_counts(&self) -> Vec<IssueCount> {
        count_issues(&self.issues)
    }
}

impl Gathering {
    /// Rows over all parts.
    pub(crate) fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.table.len() as u64).sum()
    }

    /// Names of the columns over all parts: known ones first, then those that
    /// the catalogue does not know, each in the order of first sight.
    pub(crate) fn columns(&self) -> (Vec<String>, Vec<String>) {
        let mut known = Vec::new();
        let mut new = Vec::new();
        for part in &self.parts {
            for column in &part.table.columns {
                let is_new = part.table.new_columns.contains(&column.name);
                let names = if is_new { &mut new } else { &mut known };
                if !names.contains(&column.name) {
                    names.push(column.name.clone());
                }
            }
        }
        new.retain(|name| !known.contains(name));
        (known, new)
    }
}

/// Row problems by table, kind and severity.
pub(crate) fn count_issues<'a>(issues: impl IntoIterator<Item = &'a Issue>) -> Vec<IssueCount> {
    let mut counts: BTreeMap<(&str, &str, &str), (u64, &Issue)> = BTreeMap::new();
    for issue in issues {
        let kind = (issue.table.as_str(), issue.kind.as_str(), issue.severity.code());
        counts.entry(kind).or_insert((0, issue)).0 += 1;
    }
    let count = |((table, kind, severity), (count, first)): ((&str, &str, &str), (u64, &Issue))| {
        IssueCount {
            table: table.to_owned(),
            kind: kind.to_owned(),
            severity: severity.to_owned(),
            count,
            example: in_words(first),
        }
    };
    counts.into_iter().map(count).collect()
}

/// `products.txt line 7, column strength: …`
fn in_words(issue: &Issue) -> String {
    let mut place = Vec::new();
    if !issue.member.is_empty() {
        place.push(issue.member.clone());
    }
    if issue.row_number > 0 {
        place.push(format!("row {}", issue.row_number));
    }
    if !issue.column.is_empty() {
        place.push(format!("column {}", issue.column));
    }
    if place.is_empty() {
        issue.message.clone()
    } else {
        format!("{}: {}", place.join(", "), issue.message)
    }
}
