//! `regatta serve`: every source on its schedule, until told to stop.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use regatta_crawlers::CancellationToken;
use regatta_lake::{CatalogueEntry, Lake, WriterLock};
use regatta_sources::Source;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::{error, info, warn};

use crate::alerts;
use crate::app::App;
use crate::catalogue;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::jobs::{self, RefreshRequest};

/// How often the drop folders are looked into.
const INBOX_INTERVAL: std::time::Duration = std::time::Duration::from_secs(5);

/// How often alerts are looked at between refreshes: data grows old, and
/// messages wait for another try.
const ALERT_INTERVAL: std::time::Duration = std::time::Duration::from_mins(5);

/// How often the time zones are looked at for a change of the clocks.
const CLOCK_INTERVAL: std::time::Duration = std::time::Duration::from_mins(10);

/// Runs until SIGTERM or SIGINT. Sources that are due wait in a set: a source
/// is there once however often its time came, and the one worker takes all
/// that are due together, so no source ever runs twice at once. The lake's lock
/// is held throughout: another writer is refused, a crash gives it back.
pub async fn serve(app: &App) -> anyhow::Result<Exit> {
    let sources = catalogue::selected(&app.config, &[])?;
    let (lake, lock) = app.lake_for_writing()?;
    let due = Arc::new(Due::default());
    let cancel = CancellationToken::new();
    let mut scheduler = schedule(app, &sources, &due).await?;
    scheduler.start().await?;
    let mut offsets = offsets(app)?;
    info!(sources = sources.len(), lake = %lake.root().display(), "serving");
    let worker = work(app, &lake, &lock, &due, &cancel);
    let clocks = async {
        loop {
            tokio::time::sleep(CLOCK_INTERVAL).await;
            let now = self::offsets(app)?;
            if now != offsets {
                info!("the clocks were changed somewhere: the schedules are made anew");
                scheduler.shutdown().await?;
                scheduler = schedule(app, &sources, &due).await?;
                scheduler.start().await?;
                offsets = now;
            }
        }
    };
    let ended: anyhow::Result<()> = tokio::select! {
        result = worker => result,
        result = clocks => result,
        () = watch_inbox(&lake, &sources, &due) => Ok(()),
        result = watch_alerts(app, &lake) => result,
        result = stop_asked() => {
            info!("stopping: requests under way are abandoned, nothing half done is published");
            cancel.cancel();
            result
        }
    };
    ended?;
    scheduler.shutdown().await?;
    info!("stopped");
    Ok(Exit::Ok)
}

/// The present offset from UTC of every schedule's time zone. The scheduler
/// takes the offset of the moment at which a job is made and keeps it; without
/// this, summer time would shift every schedule by an hour.
fn offsets(app: &App) -> anyhow::Result<Vec<i32>> {
    let now = app.config.clock().now();
    catalogue::entries(&app.config)
        .iter()
        .map(|entry| {
            let zone = jiff::tz::TimeZone::get(&entry.time_zone).map_err(|e| {
                ConfigError::new(format!("{}: {:?}: {e}", entry.source_id, entry.time_zone))
            })?;
            Ok(zone.to_offset(now).seconds())
        })
        .collect()
}

/// Sources whose time has come.
#[derive(Default)]
struct Due {
    sources: Mutex<BTreeSet<String>>,
    notify: Notify,
}

impl Due {
    fn add(&self, source: &str) {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned());
        self.notify.notify_one();
    }

    async fn take(&self) -> BTreeSet<String> {
        loop {
            let taken =
                std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken;
            }
            self.notify.notified().await;
        }
    }
}

async fn schedule(
    app: &App,
    sources: &[&'static dyn Source],
    due: &Arc<Due>,
) -> anyhow::Result<JobScheduler> {
    let scheduler = JobScheduler::new().await?;
    let entries = catalogue::entries(&app.config);
    for source in sources {
        let id = &source.spec().id;
        if let Some(entry) = entries.iter().find(|e| e.source_id == *id) {
            scheduler.add(job(entry, due)?).await?;
            info!(source_id = %id, cron = entry.cron, time_zone = entry.time_zone, "scheduled");
        }
    }
    Ok(scheduler)
}

fn job(entry: &CatalogueEntry, due: &Arc<Due>) -> anyhow::Result<Job> {
    let zone: chrono_tz::Tz = entry.time_zone.parse().map_err(|_| {
        ConfigError::new(format!("{}: {:?} is no time zone", entry.source_id, entry.time_zone))
    })?;
    let (due, id) = (Arc::clone(due), entry.source_id.to_string());
    Job::new_async_tz(entry.cron.as_str(), zone, move |_, _| {
        let (due, id) = (Arc::clone(&due), id.clone());
        Box::pin(async move { due.add(&id) })
    })
    .map_err(|e| {
        ConfigError::new(format!("{}: {:?} is no schedule ({e})", entry.source_id, entry.cron))
            .into()
    })
}

async fn work(
    app: &App,
    lake: &Lake,
    lock: &WriterLock,
    due: &Due,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let mut dictionaries = app.dictionaries()?;
    loop {
        let ids: Vec<String> = due.take().await.into_iter().collect();
        // Decisions made since the last refresh count from this one. A file
        // that cannot be used must not stop the data from being fetched.
        match app.dictionaries() {
            Ok(read) => dictionaries = read,
            Err(e) => error!(error = format!("{e:#}"), "dictionaries unusable; the last ones hold"),
        }
        let request = RefreshRequest {
            config: &app.config,
            dictionaries: &dictionaries,
            sources: catalogue::selected(&app.config, &ids)?,
            accept_shrink: false,
            cancel: cancel.clone(),
        };
        match jobs::refresh(&request, lake, lock).await {
            Ok(report) => {
                for source in report.sources.iter().filter(|s| !s.status.is_good()) {
                    warn!(
                        source_id = source.source_id,
                        status = source.status.code(),
                        problem = source.problem,
                        "a source failed; its last good data is still served"
                    );
                }
                info!(outcome = report.outcome, sources = ids.join(","), "refreshed");
            }
            // The daemon goes on: the next time may be better.
            Err(e) => error!(error = format!("{e:#}"), "the refresh failed"),
        }
    }
}

/// Looks into the drop folders: a source with new files is due at once.
async fn watch_inbox(lake: &Lake, sources: &[&'static dyn Source], due: &Due) {
    let mut tick = tokio::time::interval(INBOX_INTERVAL);
    loop {
        tick.tick().await;
        for id in sources.iter().map(|s| &s.spec().id) {
            if !jobs::inbox::waiting(lake, id).is_empty() {
                due.add(id.as_str());
            }
        }
    }
}

/// Evaluates and sends between refreshes.
async fn watch_alerts(app: &App, lake: &Lake) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(ALERT_INTERVAL);
    loop {
        tick.tick().await;
        let (config, lake) = (app.config.clone(), lake.clone());
        tokio::task::spawn_blocking(move || alerts::after_refresh(&config, &lake)).await?;
    }
}

async fn stop_asked() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
