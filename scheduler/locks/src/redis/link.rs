//! The connection: bounded waits, repeated calls, clear errors.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ScriptInvocation,
    ServerErrorKind,
};
use tokio::time::{Instant, sleep};

use crate::config::RedisConfig;
use crate::error::BackendError;
use crate::ids::Ids;
use crate::metrics::{Metrics, count};

/// What is sent.
pub(super) enum Call<'a> {
    Script(ScriptInvocation<'a>),
    Command(Cmd),
}

/// One connection, shared by all tasks, made again when it is lost.
pub(super) struct Link {
    client: Client,
    manager: Mutex<ConnectionManager>,
    address: String,
    config: RedisConfig,
    ids: Arc<Ids>,
    pub(super) metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Link {
    /// Connects with the first call, not now.
    pub(super) fn new(
        config: &RedisConfig,
        ids: Arc<Ids>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, BackendError> {
        let refused = |source| BackendError::Refused {
            address: config.shown_url(),
            operation: "this URL",
            source,
        };
        let client = Client::open(config.url.as_str()).map_err(refused)?;
        let manager = Mutex::new(manager(&client, config).map_err(refused)?);
        let address = client.get_connection_info().addr().to_string();
        Ok(Self { client, manager, address, config: config.clone(), ids, metrics })
    }

    /// Sends, and sends again after a failure that may pass, until the
    /// configured time is over. So whatever is sent must bear repetition.
    pub(super) async fn send<T: FromRedisValue + Send>(
        &self,
        operation: &'static str,
        call: Call<'_>,
    ) -> Result<T, BackendError> {
        let began = Instant::now();
        let give_up = Duration::from_millis(self.config.give_up_ms);
        let longest = Duration::from_millis(self.config.backoff_max_ms);
        let mut wait = Duration::from_millis(self.config.backoff_first_ms).min(longest);
        let mut tries = 0;
        loop {
            tries += 1;
            let source = match self.once(&call).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !may_pass(&source) {
                let address = self.address.clone();
                return Err(BackendError::Refused { address, operation, source });
            }
            // A peer that is gone without a word leaves a connection on which
            // everything times out: a new one is made.
            if source.is_timeout() {
                self.renew();
            }
            let pause = self.ids.spread(wait);
            if began.elapsed() + pause > give_up {
                return Err(BackendError::Unreachable {
                    address: self.address.clone(),
                    operation,
                    tries,
                    waited_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                    source,
                });
            }
            tracing::debug!(operation, tries, error = %source, "call to be repeated");
            count(&self.metrics.backend_retries);
            sleep(pause).await;
            wait = (wait * 2).min(longest);
        }
    }

    /// An answer that this program cannot have caused.
    pub(super) fn foreign(
        &self,
        operation: &'static str,
        expected: &'static str,
        found: impl Display,
    ) -> BackendError {
        let address = self.address.clone();
        BackendError::Foreign { address, operation, expected, found: found.to_string() }
    }

    async fn once<T: FromRedisValue>(&self, call: &Call<'_>) -> RedisResult<T> {
        let mut connection = self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match call {
            Call::Script(script) => script.invoke_async(&mut connection).await,
            Call::Command(command) => command.query_async(&mut connection).await,
        }
    }

    fn renew(&self) {
        // It was made with the same arguments before.
        if let Ok(new) = manager(&self.client, &self.config) {
            *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = new;
        }
    }
}

fn manager(client: &Client, config: &RedisConfig) -> RedisResult<ConnectionManager> {
    let settings = ConnectionManagerConfig::new()
        // Repetition, with its waits, is our own: it knows when to give up.
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(10))
        .set_max_delay(Duration::from_millis(50))
        .set_connection_timeout(Some(Duration::from_millis(config.connect_timeout_ms)))
        .set_response_timeout(Some(Duration::from_millis(config.response_timeout_ms)));
    ConnectionManager::new_lazy_with_config(client.clone(), settings)
}

/// Whether asking again may help: not reached, starting, or without a primary
/// at the moment.
fn may_pass(error: &RedisError) -> bool {
    match error.kind() {
        // Parse: an answer that was cut off.
        ErrorKind::Io | ErrorKind::Parse => true,
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::NoScript
        ),
        _ => error.code() == Some("BUSY"),
    }
}
