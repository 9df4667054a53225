//! Step one: fetch and parse.

use std::sync::Arc;

use futures::future::join_all;
use regatta_crawlers::{CancellationToken, CrawlError, CrawlOptions, Crawler, ImportFile};
use regatta_lake::{Lake, RunManifest, WriterLock};
use regatta_sources::Source;

use super::inbox;
use crate::config::Config;
use crate::output::bars::CrawlBars;

/// Crawls the sources side by side; sources on one host share its pace. A
/// source with files in its inbox is read from these instead. A regulator that
/// fails is a manifest with a failure; an error here means that the lake itself
/// cannot be used.
pub async fn crawl(
    config: &Config,
    lake: &Lake,
    _lock: &WriterLock,
    sources: &[&'static dyn Source],
    accept_shrink: bool,
    cancel: &CancellationToken,
) -> Result<Vec<RunManifest>, CrawlError> {
    let crawler = crawler(config, lake, accept_shrink, cancel)?;
    crawler.announce(sources);
    let runs = join_all(sources.iter().map(|source| crawl_one(&crawler, lake, *source))).await;
    runs.into_iter().collect()
}

/// Crawls one source, or reads the files in its inbox.
pub async fn crawl_one(
    crawler: &Crawler,
    lake: &Lake,
    source: &'static dyn Source,
) -> Result<RunManifest, CrawlError> {
    let id = &source.spec().id;
    let files = inbox::waiting(lake, id);
    if !files.is_empty() {
        match inbox::load(&files) {
            Ok(loaded) => match crawler.import(source, loaded).await {
                Ok(run) => {
                    inbox::settle(lake, &run, &files);
                    return Ok(run);
                }
                Err(error @ CrawlError::UnknownFile { .. }) => {
                    inbox::refuse(lake, id, &files, &error.to_string());
                }
                Err(error) => return Err(error),
            },
            Err(error) => inbox::refuse(lake, id, &files, &error.to_string()),
        }
    }
    crawler.crawl(source).await
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
