//! Telling systemd how the daemon is: `sd_notify` over its datagram socket.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tracing::warn;

/// The supervisor that started this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervisor {
    /// A path, or a name after `@`.
    socket: String,
    /// It restarts a daemon of which it has not heard for so long.
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// From `NOTIFY_SOCKET` and `WATCHDOG_USEC`; none where nobody listens.
    pub fn named(socket: Option<String>, watchdog_usec: Option<String>) -> Option<Self> {
        let socket = socket.filter(|s| s.starts_with(['/', '@']))?;
        let micros = watchdog_usec.and_then(|text| text.parse().ok()).filter(|n| *n > 0);
        Some(Self { socket, watchdog: micros.map(Duration::from_micros) })
    }

    /// How often it is to hear from a daemon with a watchdog.
    pub fn interval(&self) -> Option<Duration> {
        Some(self.watchdog? / 3)
    }

    /// Sends e.g. `READY=1`. That nobody hears it must not stop the daemon.
    pub fn tell(&self, state: &str) {
        if let Err(error) = self.send(state) {
            warn!(%error, state, "the supervisor cannot be told");
        }
    }

    fn send(&self, state: &str) -> std::io::Result<()> {
        let address = match self.socket.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&self.socket)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.send_to_addr(state.as_bytes(), &address)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        let name = path.to_str().map(str::to_owned);
        let supervisor = Supervisor::named(name, Some("30000000".into())).unwrap();
        assert_eq!(supervisor.interval(), Some(Duration::from_secs(10)));
        supervisor.tell("READY=1");
        let mut buffer = [0; 64];
        let length = listener.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"READY=1");
    }

    #[test]
    fn without_a_socket_there_is_no_supervisor_and_a_dead_one_is_no_error() {
        assert_eq!(Supervisor::named(None, Some("1".into())), None);
        assert_eq!(Supervisor::named(Some(String::new()), None), None);
        let gone = Supervisor::named(Some("/nowhere/notify".into()), Some("x".into())).unwrap();
        assert_eq!(gone.interval(), None);
        gone.tell("READY=1");
    }
}
