//! Step one: fetch and parse.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use regatta_crawlers::{
    CancellationToken, CrawlError, CrawlOptions, Crawler, ImportFile, recognises,
};
use regatta_lake::{Lake, RunManifest, SourceId, WriterLock};
use regatta_sources::Source;
use tracing::error;

use super::inbox::{self, Refused};
use crate::config::Config;
use crate::output::bars::CrawlBars;

/// What came of one source.
#[derive(Clone, Debug)]
pub struct Crawled {
    /// The crawl or import.
    pub run: RunManifest,
    /// Files of its inbox that were refused.
    pub refused: Vec<Refused>,
}

impl From<RunManifest> for Crawled {
    fn from(run: RunManifest) -> Self {
        Self { run, refused: Vec::new() }
    }
}

/// What came of several sources.
#[derive(Debug, Default)]
pub struct Crawls {
    /// The crawls and imports, good or not.
    pub runs: Vec<Crawled>,
    /// Sources whose crawl came to no end: it could not read or write what is its
    /// own in the lake. The others go on.
    pub broken: Vec<Broken>,
}

/// A source whose crawl came to no end.
#[derive(Debug)]
pub struct Broken {
    pub source_id: SourceId,
    pub error: CrawlError,
}

/// Crawls the sources side by side; sources on one host share its pace. A
/// source with files in its inbox is read from these instead. A regulator that
/// fails is a manifest with a failure; an error here means that nothing came of any
/// source, as where the lake itself cannot be used.
pub async fn crawl(
    config: &Config,
    lake: &Lake,
    _lock: &WriterLock,
    sources: &[&'static dyn Source],
    accept_shrink: bool,
    cancel: &CancellationToken,
) -> Result<Crawls, CrawlError> {
    let crawler = crawler(config, lake, accept_shrink, cancel)?;
    inbox::tell_strays(lake, config);
    inbox::look_twice(lake, sources).await;
    crawler.announce(sources);
    let ended = join_all(sources.iter().map(|source| crawl_one(&crawler, lake, *source))).await;
    let mut crawls = Crawls::default();
    for (source, ended) in sources.iter().zip(ended) {
        match ended {
            Ok(run) => crawls.runs.push(run),
            Err(CrawlError::Cancelled) => return Err(CrawlError::Cancelled),
            Err(error) => {
                crawls.broken.push(Broken { source_id: source.spec().id.clone(), error });
            }
        }
    }
    // Where nothing came of any source, the last of them says why.
    let last = if crawls.runs.is_empty() { crawls.broken.pop() } else { None };
    for Broken { source_id, error } in &crawls.broken {
        error!(%source_id, %error, "the crawl came to no end");
    }
    match last {
        Some(last) => Err(last.error),
        None => Ok(crawls),
    }
}

/// Crawls one source, or reads the files in its inbox.
pub async fn crawl_one(
    crawler: &Crawler,
    lake: &Lake,
    source: &'static dyn Source,
) -> Result<Crawled, CrawlError> {
    let id = &source.spec().id;
    let (known, refused) = sorted(source, inbox::settled(lake, id));
    if !refused.is_empty() {
        inbox::refuse(lake, id, &refused);
    }
    if known.is_empty() {
        return Ok(Crawled { run: crawler.crawl(source).await?, refused });
    }
    let (files, proofs): (Vec<_>, Vec<_>) = known.into_iter().map(inbox::Read::split).unzip();
    let run = crawler.import(source, files).await.inspect_err(|error| {
        if !matches!(error, CrawlError::Cancelled) {
            inbox::broke_down(id);
        }
    })?;
    inbox::settle(lake, &run, &proofs);
    Ok(Crawled { run, refused })
}

/// The files that the source knows, and the others with the reason. One that is
/// being written to is neither: it waits for the next time.
fn sorted(source: &dyn Source, files: Vec<PathBuf>) -> (Vec<inbox::Read>, Vec<Refused>) {
    let (mut known, mut refused) = (Vec::new(), Vec::new());
    for path in files {
        let reason = match inbox::load(&path) {
            Ok(None) => continue,
            Ok(Some(read)) => match recognises(source, &read.file) {
                Ok(()) => {
                    known.push(read);
                    continue;
                }
                Err(error) => error.to_string(),
            },
            Err(error) => format!("cannot be read: {error}"),
        };
        refused.push(Refused { path, reason });
    }
    (known, refused)
}

/// Reads files of an operator.
pub async fn import(
    crawler: &Crawler,
    _lock: &WriterLock,
    source: &'static dyn Source,
    files: Vec<ImportFile>,
) -> Result<RunManifest, CrawlError> {
    crawler.import(source, files).await
}

/// A crawler for files of an operator. With `replace` single records take the
/// place of the tables.
pub fn crawler_for_import(
    config: &Config,
    lake: &Lake,
    accept_shrink: bool,
    replace: bool,
) -> Result<Crawler, CrawlError> {
    let options = CrawlOptions {
        import_replaces: replace,
        ..options(config, accept_shrink, &CancellationToken::new())
    };
    Crawler::new(lake.clone(), config.network.clone(), options)
}

/// A crawler with these settings. It keeps the pace of every host, so there is
/// one for all sources that may be crawled at the same time.
pub fn crawler(
    config: &Config,
    lake: &Lake,
    accept_shrink: bool,
    cancel: &CancellationToken,
) -> Result<Crawler, CrawlError> {
    let options = options(config, accept_shrink, cancel);
    Crawler::new(lake.clone(), config.network.clone(), options)
}

fn options(config: &Config, accept_shrink: bool, cancel: &CancellationToken) -> CrawlOptions {
    let min_rows = config
        .sources
        .iter()
        .flat_map(|(id, s)| s.min_rows.iter().map(move |(t, n)| ((id.clone(), t.clone()), *n)))
        .collect();
    CrawlOptions {
        clock: config.clock(),
        progress: Arc::new(CrawlBars::default()),
        cancel: cancel.clone(),
        accept_shrink,
        min_rows,
        ..CrawlOptions::default()
    }
}
