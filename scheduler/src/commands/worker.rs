//! `regatta worker`: merges blocks of a refresh that runs elsewhere.

use regatta_locks::Until;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{self, Rows};
use crate::workers;

/// Works until SIGTERM or SIGINT, or until nothing is left to do. What is under
/// way is finished first.
pub async fn worker(app: &App, until_idle: bool) -> anyhow::Result<Exit> {
    let (stop, stopped) = watch::channel(false);
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what is under way is finished");
        stop.send_replace(true);
        // Kept, since a channel without a sender counts as stopped, too.
        std::future::pending::<()>().await;
    });
    let until = if until_idle { Until::Drained } else { Until::Stopped };
    let counted = workers::work(&app.config, stopped, until).await?;
    match app.format {
        Format::Json => output::json(&counted)?,
        format => {
            let mut rows = Rows::new(["counter", "value", "meaning"]);
            for (name, meaning, value) in counted.entries() {
                rows.push([name.into(), value.into(), meaning.into()]);
            }
            rows.print(format)?;
        }
    }
    Ok(Exit::Ok)
}
