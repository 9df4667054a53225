//! `regatta serve`: every source on its own schedule, unattended.
//!
//! ```text
//! timetable   a cron job for each source and feed, in tokio-cron-scheduler
//! clockwork   hears the jobs ring, looks at the clocks, gives   agenda, schedule, retry, clock
//!             out what is due
//! queue       a source once, and never twice at a time
//! worker      crawls, imports, polls feeds: one task a source
//! publisher   transforms and publishes, one at a time
//! lookout     early warning between refreshes
//! http        /healthz, /readyz, /metrics                       health, numbers
//! reload      SIGHUP
//! ```
//!
//! The files on the right are pure: their time is handed in. All state is in
//! the lake: after a restart, what was missed and what failed is read off the
//! run manifests.

mod agenda;
mod clock;
mod clockwork;
mod health;
mod http;
mod lookout;
mod numbers;
mod past;
mod publisher;
mod queue;
mod reload;
mod retry;
mod schedule;
mod settings;
mod shared;
mod supervisor;
mod timetable;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

pub use settings::ServeConfig;
pub use shared::plans;
pub use supervisor::Supervisor;

use self::shared::Shared;
use self::timetable::Timetable;
use crate::app::App;
use crate::exit::Exit;
use crate::metrics::COLLECTORS;

/// Runs until SIGTERM or SIGINT. The lake's lock is held throughout: another
/// writer is refused, a crash gives it back.
pub async fn serve(app: &App) -> anyhow::Result<Exit> {
    // Signals first: one that comes early must not be lost.
    let mut signals = Signals::listen()?;
    shared::plans(&app.config)?;
    crate::alerts::check(&app.config)?;
    let dictionaries = app.dictionaries()?;
    let (lake, lock) = app.lake_for_writing()?;
    let listener = match app.config.serve.address()? {
        Some(address) => Some(http::bind(address).await?),
        None => None,
    };
    let place = place(lake.root());
    let shared = Arc::new(Shared::new(app.config.clone(), lake, lock, place)?);
    numbers::begin(&shared);
    COLLECTORS.add({
        let shared = Arc::clone(&shared);
        move |registry| numbers::collect(&shared, registry, jiff::Timestamp::now())
    });
    let (sender, rings) = tokio::sync::mpsc::unbounded_channel();
    let mut timetable = Timetable::start(sender).await?;
    timetable.arm(&shared.in_force().plans, jiff::Timestamp::now()).await?;
    announce(&shared);
    let publisher = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move { publisher::run(&shared, dictionaries).await }
    });
    let worker = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move { worker::run(&shared).await }
    });
    let clockwork = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move { clockwork::run(&shared, timetable, rings).await }
    });
    let lookout = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move { lookout::run(&shared).await }
    });
    let server = listener.map(|listener| tokio::spawn(http::run(Arc::clone(&shared), listener)));
    let tell = |state: &str| {
        if let Some(supervisor) = &app.config.supervisor {
            supervisor.tell(state);
        }
    };
    tell("READY=1");
    let (mut publisher, mut worker, mut clockwork) = (publisher, worker, clockwork);
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Reload => {
                    tell("RELOADING=1");
                    tokio::task::block_in_place(|| reload::reload(&shared, &app.global));
                    tell("READY=1");
                }
                Asked::Stop => break,
            },
            // None of them ends by itself: whatever it is, a supervisor's
            // restart is better than a daemon that only seems to work.
            ended = &mut clockwork => anyhow::bail!("the clock task ended: {ended:?}"),
            ended = &mut worker => anyhow::bail!("the worker ended: {ended:?}"),
            ended = &mut publisher => anyhow::bail!("the publisher ended: {ended:?}"),
        }
    }
    tell("STOPPING=1");
    info!("stopping: requests under way are abandoned, nothing half done is published");
    clockwork.abort();
    lookout.abort();
    shared.cancel.cancel();
    let bound = Duration::from_secs(shared.in_force().config.serve.stop_within_s);
    let ended = tokio::time::timeout(bound, async { tokio::join!(worker, publisher) }).await;
    if let Some(server) = server {
        server.abort();
    }
    if ended.is_ok() {
        info!("stopped");
    } else {
        let steps: Vec<String> = shared.steps().into_iter().map(|s| s.name).collect();
        warn!(
            seconds = bound.as_secs(),
            steps = steps.join(", "),
            "stopped without waiting longer; what was under way is taken up at the next start"
        );
    }
    Ok(Exit::Ok)
}

fn announce(shared: &Shared) {
    let in_force = shared.in_force();
    for source in &in_force.sources {
        let source_id = source.spec().id.as_str();
        let next = shared.agenda().next(source_id).map(|t| t.to_string());
        info!(source_id, next, "scheduled");
    }
    info!(sources = in_force.sources.len(), lake = %shared.lake.root().display(), "serving");
}

/// What is stuck: the clock, or a step without an end.
fn stuck_steps(shared: &Shared) -> Vec<String> {
    let bound = Duration::from_secs(shared.in_force().config.serve.stuck_after_s);
    health::stuck(shared.silence(), &shared.steps(), bound)
}

/// What spreads the retries of many installations: where this one is. The same
/// after a restart, so that a restart does not move a retry.
fn place(lake: &std::path::Path) -> u64 {
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let bytes = machine.iter().chain(lake.as_os_str().as_encoded_bytes());
    bytes.fold(0, |h: u64, b| h.rotate_left(5) ^ u64::from(*b).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

enum Asked {
    Stop,
    Reload,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind: SignalKind, name: &str| {
            signal(kind).with_context(|| format!("cannot listen for {name}"))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
            hangup: listen(SignalKind::hangup(), "SIGHUP")?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hangup.recv() => Asked::Reload,
        }
    }
}
