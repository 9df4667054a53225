//! A site that does as it is told, a source to crawl it, and a lake.
#![allow(dead_code, unused_imports, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

pub mod fake;
pub mod site;

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray};
use jiff::Timestamp;
use regatta_crawlers::{CrawlOptions, Crawler, FixedClock, NetworkConfig};
use regatta_lake::{Lake, RunManifest, SourceId, WriterLock, hash_file, history};

pub use fake::{Fake, Settings, fake, fake_with_feed, request, text_table};
pub use site::{Act, Seen, Site, file, ok, status};

/// A lake, a site and the settings to crawl the one into the other.
pub struct Bench {
    pub lake: Lake,
    pub site: Site,
    pub config: NetworkConfig,
    pub options: CrawlOptions,
    pub lock: Arc<WriterLock>,
    _dir: tempfile::TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let site = Site::start().await;
        let config = NetworkConfig {
            gateway: Some(site.url()),
            contact: "tests@regatta.example".into(),
            idle_timeout_s: 1,
            total_timeout_s: 3,
            max_retries: 2,
            backoff_first_ms: 5,
            backoff_max_ms: 20,
            ..NetworkConfig::default()
        };
        let lock = Arc::new(WriterLock::acquire(&lake).unwrap());
        Self { lake, site, config, options: CrawlOptions::default(), lock, _dir: dir }
    }

    pub fn at(mut self, time: &str) -> Self {
        self.set_time(time);
        self
    }

    pub fn set_time(&mut self, time: &str) {
        self.options.clock = Arc::new(FixedClock(time.parse::<Timestamp>().unwrap()));
    }

    pub fn crawler(&self) -> Crawler {
        Crawler::new(self.lake.clone(), self.config.clone(), self.options.clone()).unwrap()
    }

    /// A crawl by a process of its own: nothing is remembered but the lake.
    pub async fn crawl(&self, source: &'static Fake) -> RunManifest {
        self.crawler().crawl(source).await.unwrap()
    }

    pub fn raw_file(&self, run: &RunManifest, table: &str) -> PathBuf {
        let table = run.tables.iter().find(|t| t.name == table).unwrap();
        self.lake.root().join(&table.path)
    }

    /// A column of a raw table.
    pub fn column(&self, run: &RunManifest, table: &str, name: &str) -> Vec<String> {
        column(&rows(&self.raw_file(run, table)), name)
    }

    /// The data of `good` is what is served, byte for byte.
    pub fn assert_served(&self, good: &RunManifest) {
        let history = history(&self.lake, &good.source_id).unwrap();
        assert_eq!(history.data_run().unwrap().run_id, good.run_id);
        for table in &good.tables {
            let (sha256, bytes) = hash_file(&self.lake.root().join(&table.path)).unwrap();
            assert_eq!((sha256, bytes), (table.sha256, table.bytes), "{}", table.name);
        }
        let report = regatta_lake::verify(&self.lake, |_| {}).unwrap();
        assert_eq!(report.findings, []);
    }

    pub fn runs(&self, source: &str) -> usize {
        let id: SourceId = source.parse().unwrap();
        history(&self.lake, &id).unwrap().runs.len()
    }
}

/// Reads a Parquet file as one batch.
pub fn rows(path: &std::path::Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .with_batch_size(1 << 20)
        .build()
        .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    batches.into_iter().next().unwrap()
}

/// A text column; `-` for null.
pub fn column(batch: &RecordBatch, name: &str) -> Vec<String> {
    let array = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    let array = array.as_any().downcast_ref::<StringArray>().unwrap();
    (0..array.len())
        .map(|i| if array.is_null(i) { "-".to_owned() } else { array.value(i).to_owned() })
        .collect()
}
