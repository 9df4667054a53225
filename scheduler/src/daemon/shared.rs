//! What the tasks of the daemon share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use regatta_crawlers::{CancellationToken, Crawler};
use regatta_dictionaries::Dictionaries;
use regatta_lake::{Lake, SnapshotManifest, WriterLock, current_snapshot, history};
use regatta_sources::Source;
use tokio::sync::Notify;

use super::agenda::{Agenda, Plan};
use super::health::{SourceAge, Step};
use super::past::Past;
use super::queue::Queue;
use super::retry::SpreadBy;
use super::schedule::Schedule;
use crate::catalogue;
use crate::config::{Config, ConfigError};
use crate::jobs::{self, Crawled};

/// The step of transform and publish: one at a time.
pub const PUBLISH: &str = "publish";

/// The configuration in force, and what is made of it.
pub struct InForce {
    pub config: Config,
    /// One for all sources: it keeps the pace of every host.
    pub crawler: Crawler,
    pub sources: Vec<&'static dyn Source>,
    /// When each of them runs.
    pub plans: BTreeMap<String, Plan>,
}

impl InForce {
    /// The sources and their objectives, with what is known of them.
    pub fn source(&self, id: &str) -> Option<&'static dyn Source> {
        self.sources.iter().copied().find(|s| s.spec().id.as_str() == id)
    }
}

/// All that lives as long as the daemon.
pub struct Shared {
    pub lake: Lake,
    pub lock: WriterLock,
    pub queue: Queue,
    pub cancel: CancellationToken,
    /// Runs whose data is not published yet.
    pub unpublished: Mutex<Unpublished>,
    /// Something may be to be published.
    pub publish: Notify,
    in_force: Mutex<Arc<InForce>>,
    agenda: Mutex<Agenda>,
    board: Mutex<Board>,
    spread: SpreadBy,
}

/// Runs since the last publish.
#[derive(Default)]
pub struct Unpublished {
    pub runs: Vec<Crawled>,
    pub since: Option<Timestamp>,
    /// Of each run that came while another publish was under way: when.
    pub waiting: Vec<Instant>,
}

/// What health and metrics are told from.
struct Board {
    ticked: Instant,
    steps: BTreeMap<String, Instant>,
    pasts: BTreeMap<String, Past>,
    snapshot: Option<SnapshotManifest>,
    configured_at: Timestamp,
}

impl Shared {
    /// Begins with this configuration.
    pub fn new(config: Config, lake: Lake, lock: WriterLock, spread: u64) -> anyhow::Result<Self> {
        let cancel = CancellationToken::new();
        let spread = SpreadBy(spread);
        let now = Timestamp::now();
        let (in_force, agenda, pasts) = arrange(&config, &lake, &cancel, spread, now)?;
        let board = Board {
            ticked: Instant::now(),
            steps: BTreeMap::new(),
            pasts,
            snapshot: current_snapshot(&lake)?,
            configured_at: now,
        };
        Ok(Self {
            lake,
            lock,
            queue: Queue::default(),
            cancel,
            unpublished: Mutex::default(),
            publish: Notify::new(),
            in_force: Mutex::new(Arc::new(in_force)),
            agenda: Mutex::new(agenda),
            board: Mutex::new(board),
            spread,
        })
    }

    /// Puts another configuration into force. Work under way ends with the old one.
    pub fn put_into_force(&self, config: &Config, now: Timestamp) -> anyhow::Result<()> {
        let (in_force, mut agenda, pasts) =
            arrange(config, &self.lake, &self.cancel, self.spread, now)?;
        let mut held = locked(&self.agenda);
        for source in self.queue.busy() {
            agenda.under_way(&source, now);
        }
        *held = agenda;
        *locked(&self.in_force) = Arc::new(in_force);
        let mut board = locked(&self.board);
        (board.pasts, board.configured_at) = (pasts, now);
        Ok(())
    }

    pub fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&locked(&self.in_force))
    }

    pub fn agenda(&self) -> MutexGuard<'_, Agenda> {
        locked(&self.agenda)
    }

    /// A crawl or a poll has ended: what the manifests say now.
    pub fn read_past(&self, source: &'static dyn Source) -> anyhow::Result<Past> {
        let id = &source.spec().id;
        let past = Past::of(&history(&self.lake, id)?);
        locked(&self.board).pasts.insert(id.to_string(), past.clone());
        Ok(past)
    }

    pub fn past(&self, source: &str) -> Option<Past> {
        locked(&self.board).pasts.get(source).cloned()
    }

    pub fn ticked(&self) {
        locked(&self.board).ticked = Instant::now();
    }

    /// Time since the clock last gave out what is due.
    pub fn silence(&self) -> Duration {
        locked(&self.board).ticked.elapsed()
    }

    /// Enters a step as begun; it ends when the value is dropped.
    pub fn step(&self, name: &str) -> Underway<'_> {
        locked(&self.board).steps.insert(name.to_owned(), Instant::now());
        Underway { shared: self, name: name.to_owned() }
    }

    pub fn steps(&self) -> Vec<Step> {
        let board = locked(&self.board);
        let step =
            |(name, at): (&String, &Instant)| Step { name: name.clone(), since: at.elapsed() };
        board.steps.iter().map(step).collect()
    }

    /// A transform or publish is under way.
    pub fn publishing(&self) -> bool {
        locked(&self.board).steps.contains_key(PUBLISH)
    }

    pub fn published(&self, snapshot: Option<SnapshotManifest>) {
        locked(&self.board).snapshot = snapshot;
    }

    pub fn snapshot(&self) -> Option<SnapshotManifest> {
        locked(&self.board).snapshot.clone()
    }

    pub fn configured_at(&self) -> Timestamp {
        locked(&self.board).configured_at
    }

    /// How old the sources are that are switched on.
    pub fn ages(&self) -> Vec<SourceAge> {
        let board = locked(&self.board);
        let age = |source: &&'static dyn Source| {
            let spec = source.spec();
            SourceAge {
                source_id: spec.id.to_string(),
                last_success: board.pasts.get(spec.id.as_str()).and_then(|p| p.last_success),
                max_age_hours: spec.schedule.max_age_hours,
            }
        };
        locked(&self.in_force).sources.iter().map(age).collect()
    }

    /// The dictionaries as they lie in the folder now.
    pub fn dictionaries(&self) -> anyhow::Result<Dictionaries> {
        let in_force = self.in_force();
        Ok(Dictionaries::load(in_force.config.transform.dictionaries.as_deref())?)
    }
}

/// A step under way.
pub struct Underway<'a> {
    shared: &'a Shared,
    name: String,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        locked(&self.shared.board).steps.remove(&self.name);
    }
}

/// The plan of every source that is switched on.
pub fn plans(config: &Config) -> Result<BTreeMap<String, Plan>, ConfigError> {
    let entries = catalogue::entries(config);
    let mut plans = BTreeMap::new();
    for source in catalogue::selected(config, &[])? {
        let spec = source.spec();
        let id = spec.id.as_str();
        let Some(entry) = entries.iter().find(|e| e.source_id == spec.id) else { continue };
        let own = config.source(id).feed_cron;
        let feed = spec.feed.as_ref().filter(|_| config.serve.feeds);
        let feed = feed
            .map(|feed| own.unwrap_or_else(|| feed.cron.clone()))
            .filter(|cron| !cron.is_empty())
            .map(|cron| Schedule::parse(&format!("{id}, feed_cron"), &cron, &entry.time_zone))
            .transpose()?;
        let crawl = Schedule::parse(&format!("{id}, cron"), &entry.cron, &entry.time_zone)?;
        plans.insert(id.to_owned(), Plan { crawl, feed });
    }
    Ok(plans)
}

type Pasts = BTreeMap<String, Past>;

fn arrange(
    config: &Config,
    lake: &Lake,
    cancel: &CancellationToken,
    spread: SpreadBy,
    now: Timestamp,
) -> anyhow::Result<(InForce, Agenda, Pasts)> {
    let mut pasts = Pasts::new();
    let mut all = BTreeMap::new();
    let plans = plans(config)?;
    for (id, plan) in plans.clone() {
        let source = catalogue::find(&id)?;
        let history = history(lake, &source.spec().id)
            .with_context(|| format!("the history of {id} cannot be read"))?;
        let past = Past::of(&history);
        pasts.insert(id.clone(), past.clone());
        all.insert(id, (plan, past));
    }
    let sources = catalogue::selected(config, &[])?;
    let crawler = jobs::crawler(config, lake, false, cancel)?;
    crawler.announce(&sources);
    let agenda = Agenda::new(all, config.serve.retry, Arc::new(spread), now);
    Ok((InForce { config: config.clone(), crawler, sources, plans }, agenda, pasts))
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
