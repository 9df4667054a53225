//! For tests: a crawl without a network, files of fixtures and of real days,
//! and damage to pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::{Issue, Page, ParseError, Request, Source, TextTable, record_keys};

/// What a crawl brought.
#[derive(Debug, Default)]
pub(crate) struct Crawled {
    /// Requests in order.
    pub(crate) requests: Vec<Request>,
    /// Tables of all pages.
    pub(crate) tables: Vec<TextTable>,
    /// Record keys by table.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
    /// Row problems, repeated keys among them.
    pub(crate) issues: Vec<Issue>,
    totals: BTreeMap<(String, String), u64>,
}

impl Crawled {
    /// Rows of a table.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.tables.iter().filter(|t| t.name == table).map(|t| t.len() as u64).sum()
    }

    /// Sum of the declared totals of a table.
    pub(crate) fn declared(&self, table: &str) -> u64 {
        self.totals.iter().filter(|((t, _), _)| t == table).map(|(_, rows)| rows).sum()
    }

    /// The cells of a column, over all pages.
    pub(crate) fn column(&self, table: &str, column: &str) -> Vec<Option<&str>> {
        let tables = self.tables.iter().filter(|t| t.name == table);
        tables
            .flat_map(|t| (0..t.len()).map(move |row| t.column(column).and_then(|c| c.get(row))))
            .collect()
    }

    /// How many kinds of issues there are.
    pub(crate) fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for issue in &self.issues {
            *kinds.entry(issue.kind.as_str()).or_insert(0) += 1;
        }
        kinds
    }
}

/// Asks `answer` for everything that follows from `seeds`; `None` is a 404,
/// which only an optional request may get.
pub(crate) fn crawl(
    source: &dyn Source,
    seeds: Vec<Request>,
    mut answer: impl FnMut(&Request) -> Option<Vec<u8>>,
) -> Result<Crawled, ParseError> {
    let mut crawled = Crawled::default();
    let mut planned = BTreeSet::new();
    let mut seen: BTreeMap<String, HashMap<String, u32>> = BTreeMap::new();
    let mut queue: VecDeque<Request> = seeds.into();
    while let Some(request) = queue.pop_front() {
        if !planned.insert(request.key()) {
            continue;
        }
        assert!(planned.len() < 100_000, "the crawl does not end");
        match answer(&request) {
            Some(body) => {
                let page = Page {
                    request: &request,
                    content_type: None,
                    last_modified: None,
                    body: &body,
                };
                let parsed = source.parse(&page)?;
                crawled.issues.extend(parsed.issues);
                crawled
                    .totals
                    .extend(parsed.totals.into_iter().map(|t| ((t.table, t.part), t.rows)));
                for table in parsed.tables {
                    let spec = source.spec().table(&table.name);
                    let seen = seen.entry(table.name.clone()).or_default();
                    let keys = record_keys(spec, &table, seen, &mut crawled.issues);
                    crawled.keys.entry(table.name.clone()).or_default().extend(keys);
                    crawled.tables.push(table);
                }
                queue.extend(parsed.follow_ups);
            }
            None => assert!(request.optional, "no answer for {}", request.key()),
        }
        crawled.requests.push(request);
    }
    Ok(crawled)
}

/// A file of this repository's fixtures.
pub(crate) fn fixture(source: &str, day: &str, file: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    std::fs::read(root.join(source).join(day).join(file)).ok()
}

/// The folder of a source's real files beside the checkout; says plainly where
/// there is none.
pub(crate) fn real_day(source: &str, day: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("REGATTA_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("real").join(source).join(day);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no real files at {}", folder.display());
    None
}

/// Pages near `page`: cut off, with bytes changed or a piece repeated.
pub(crate) fn damaged(page: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = page.len().max(1);
    let flips = proptest::collection::vec((0..length, any::<u8>()), 0..6);
    (flips, 0..=length, 0..length, 0..200_usize).prop_map(move |(flips, cut, from, more)| {
        let mut damaged = page.clone();
        for (at, byte) in flips {
            if let Some(b) = damaged.get_mut(at) {
                *b = byte;
            }
        }
        let piece: Vec<u8> = damaged.iter().skip(from).take(more).copied().collect();
        damaged.truncate(cut);
        damaged.extend(piece);
        damaged
    })
}
