//! Progress: bars on a terminal, log lines elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use regatta_crawlers::ProgressSink;
use regatta_lake::{RunId, RunManifest, SourceId};
use regatta_remote::Event;
use tracing::{debug, info};

use super::words;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Standard error is a terminal: bars can be drawn.
pub fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Standard output is a terminal: tables may fit themselves to it.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Where log lines go: above the bars.
pub fn log_writer() -> impl Write {
    LogWriter
}

struct LogWriter;

/// A log that cannot be written (a full disk, a pipe that nobody reads) must not
/// keep the work from being done. The subscriber would tell of an error on
/// standard error, and panic where that fails, too.
impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = if on_terminal() {
            BARS.suspend(|| std::io::stderr().write_all(bytes))
        } else {
            std::io::stderr().write_all(bytes)
        };
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let _ = std::io::stderr().flush();
        Ok(())
    }
}

/// A bar for a step of unknown length; log lines elsewhere.
pub fn step(what: &str) -> Step {
    let bar = on_terminal().then(|| {
        let bar = BARS.add(ProgressBar::new_spinner());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar.set_message(what.to_owned());
        bar
    });
    if bar.is_none() {
        info!("{what}");
    }
    Step { bar }
}

/// A step under way; its bar goes when it is dropped.
pub struct Step {
    bar: Option<ProgressBar>,
}

impl Step {
    /// What it is at now; only shown on a terminal.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            BARS.remove(bar);
        }
    }
}

/// A bar for an upload; a log line at its beginning elsewhere.
pub fn upload() -> Upload {
    Upload { bar: Mutex::new(None) }
}

/// An upload under way; its bar goes when it is dropped.
pub struct Upload {
    bar: Mutex<Option<ProgressBar>>,
}

impl Upload {
    /// Shows what happens.
    pub fn on(&self, event: Event<'_>) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begins { objects, bytes } if on_terminal() => {
                let style = ProgressStyle::with_template(
                    "uploading {bar:24} {bytes}/{total_bytes}  {wide_msg}",
                )
                .unwrap_or_else(|_| ProgressStyle::default_bar());
                let new = BARS.add(ProgressBar::new(bytes).with_style(style));
                new.set_message(format!("{objects} objects"));
                new.enable_steady_tick(Duration::from_millis(200));
                *bar = Some(new);
            }
            Event::Begins { objects, bytes } => {
                info!(objects, bytes, "comparing with object storage");
            }
            Event::There { path, bytes, uploaded } => {
                if let Some(bar) = bar.as_ref() {
                    // What had to be uploaded was counted as it was sent.
                    bar.inc(if uploaded { 0 } else { bytes });
                    bar.set_message(path.to_owned());
                } else if uploaded {
                    debug!(path, bytes, "uploaded");
                }
            }
            Event::Sent { bytes } => {
                if let Some(bar) = bar.as_ref() {
                    bar.inc(bytes);
                }
            }
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
            BARS.remove(&bar);
        }
    }
}

/// Shows the crawls: one bar a source on a terminal; elsewhere the engine's own
/// log line at the end of each.
#[derive(Default)]
pub struct CrawlBars {
    bars: Mutex<BTreeMap<SourceId, ProgressBar>>,
}

impl CrawlBars {
    fn with(&self, source: &SourceId, act: impl FnOnce(&ProgressBar)) {
        let bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.get(source) {
            act(bar);
        }
    }
}

impl ProgressSink for CrawlBars {
    fn started(&self, source: &SourceId, _run: &RunId) {
        if !on_terminal() {
            return;
        }
        let bar = BARS.add(ProgressBar::new(0));
        let style =
            ProgressStyle::with_template("{prefix:20} {bar:24} {pos}/{len} requests  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(source.to_string());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bars.lock().unwrap_or_else(PoisonError::into_inner).insert(source.clone(), bar);
    }

    fn fetched(&self, source: &SourceId, done: u64, known: u64, wire_bytes: u64) {
        self.with(source, |bar| {
            bar.set_length(known);
            bar.set_position(done);
            bar.set_message(words::bytes(wire_bytes));
        });
    }

    fn parsed(&self, source: &SourceId, rows: u64) {
        self.with(source, |bar| bar.set_message(format!("{} rows", words::count(rows))));
    }

    fn finished(&self, manifest: &RunManifest) {
        self.with(&manifest.source_id, ProgressBar::finish_and_clear);
    }
}
