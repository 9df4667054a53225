//! The test site itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use crate::SiteError;
use crate::connection;
use crate::fault::Fault;
use crate::fixtures::Fixtures;
use crate::log::LoggedRequest;
use crate::state::Shared;

/// A running site. Dropping it closes the port and all connections.
///
/// `https://host/path` of the real world is at `base_url()` + `host/path`. The
/// server also answers as a plain HTTP proxy, and to a `Host` header that
/// names a real host.
#[derive(Debug)]
pub struct TestSite {
    shared: Arc<Shared>,
    address: SocketAddr,
    base_url: Url,
    accepting: JoinHandle<()>,
}

impl TestSite {
    /// Opens a free loopback port and serves the fixtures as they are on `day1`.
    ///
    /// # Errors
    /// [`SiteError::Bind`] where there is no loopback port to be had.
    pub async fn start(source: Fixtures) -> Result<Self, SiteError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let base_url = Url::parse(&format!("http://{address}/"))
            .map_err(|error| SiteError::fixture("", error.to_string()))?;
        let shared = Arc::new(Shared::new(source));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, address, base_url, accepting })
    }

    /// `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn base_url(&self) -> Url {
        self.base_url.clone()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Moves all sites to a day, forwards or back.
    ///
    /// # Panics
    /// Where the name is not `day1`, `day2`, ...
    pub fn set_day(&self, day: &str) {
        match day.parse() {
            Ok(day) => self.shared.set_day(day),
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Adds a fault behind those that are there: the first that fits strikes.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.add_fault(fault);
    }

    /// Nothing goes wrong any more, save what is under way.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// The requests so far, in the order in which their answers ended.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.shared.clear_log();
    }

    /// Sets a host's robots.txt; `*` is every host without its own.
    pub fn set_robots(&self, host: &str, text: &str) {
        self.shared.set_robots(host, text);
    }
}

impl Drop for TestSite {
    fn drop(&mut self) {
        // The connections are owned by this task and end with it.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(stream, Arc::clone(&shared)));
                }
                // A connection that was gone before it was taken; or no file
                // handle is free, and one must end first.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
