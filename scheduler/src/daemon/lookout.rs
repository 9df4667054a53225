//! The task that looks between refreshes: data grows old, and messages that
//! could not be delivered wait for their next try.

use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use crate::alerts;

/// Retries of the outbox are minutes apart; freshness objectives are hours.
const EVERY: Duration = Duration::from_mins(5);

/// Evaluates the rules and empties the outbox, again and again.
pub async fn run(shared: &Arc<Shared>) {
    loop {
        tokio::select! {
            () = shared.cancel.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let shared = Arc::clone(shared);
        let look = tokio::task::spawn_blocking(move || {
            alerts::after_refresh(&shared.in_force().config, &shared.lake);
        });
        if let Err(error) = look.await {
            tracing::error!(%error, "early warning ended unexpectedly; it looks again");
        }
    }
}
