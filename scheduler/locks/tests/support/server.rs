//! A Redis of the test's own.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

/// How a server ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// SIGTERM: it writes everything.
    Asked,
    /// SIGKILL.
    Killed,
}

/// A running redis-server with an append-only file in a folder of its own. It
/// ends with this value.
#[derive(Debug)]
pub struct RedisServer {
    program: PathBuf,
    directory: TempDir,
    fsync: &'static str,
    port: u16,
    child: Child,
}

impl RedisServer {
    /// Starts one. Where there is no redis-server, says so, and gives nothing;
    /// with the variable CI set that is a failure.
    pub fn start(test: &str, fsync: &'static str) -> Option<Self> {
        let Some(program) = program() else {
            let reason = "no redis-server in PATH or REGATTA_REDIS_SERVER (scripts/setup.sh)";
            assert!(std::env::var_os("CI").is_none(), "{test}: {reason}");
            // Straight to standard error: the harness hides prints of tests that pass.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        // The port is free now; should somebody else take it, another is tried.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = spawn(&program, directory.path(), fsync, port);
            if answers(&mut child, directory.path(), port) {
                return Some(Self { program, directory, fsync, port, child });
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("{test}: redis-server does not start: {}", log(directory.path()));
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn stop(&mut self, end: End) {
        match end {
            End::Asked => signal("TERM", self.child.id()),
            End::Killed => self.child.kill().unwrap(),
        }
        self.child.wait().unwrap();
    }

    /// Starts it again with what its append-only file holds.
    pub fn start_again(&mut self) {
        self.child = spawn(&self.program, self.directory.path(), self.fsync, self.port);
        let up = answers(&mut self.child, self.directory.path(), self.port);
        assert!(up, "redis-server does not start again: {}", log(self.directory.path()));
    }

    /// The append-only file.
    pub fn journal(&self) -> Vec<u8> {
        fs::read(self.journal_path()).unwrap()
    }

    /// Replaces it by its beginning, as if a machine had died before writing
    /// the rest. Only while the server does not run.
    pub fn set_journal(&self, bytes: &[u8]) {
        fs::write(self.journal_path(), bytes).unwrap();
    }

    fn journal_path(&self) -> PathBuf {
        let directory = self.directory.path().join("appendonlydir");
        let mut found: Vec<PathBuf> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(".incr.aof"))
            .collect();
        found.sort();
        found.pop().unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal with the shell's own `kill`.
pub fn signal(name: &str, pid: u32) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("REGATTA_REDIS_SERVER") {
        return Some(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("redis-server"))
        .find(|program| program.is_file())
}

fn spawn(program: &Path, directory: &Path, fsync: &str, port: u16) -> Child {
    Command::new(program)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .arg("--dir")
        .arg(directory)
        .args(["--appendonly", "yes", "--appendfsync", fsync, "--save", ""])
        // One file from the beginning to the end, so that a test can cut it.
        .args(["--auto-aof-rewrite-percentage", "0", "--logfile", "redis.log"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether it takes connections; false if it ended.
fn answers(child: &mut Child, directory: &Path, port: u16) -> bool {
    let pid = format!("process_id:{}", child.id());
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/")).unwrap();
    for _ in 0..1_500 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        // Somebody else's Redis may have the port.
        let info = client
            .get_connection_with_timeout(Duration::from_secs(1))
            .and_then(|mut connection| redis::cmd("INFO").query::<String>(&mut connection));
        if let Ok(info) = info {
            let ready = info.contains("loading:0");
            if !info.contains(&pid) {
                return false;
            }
            if ready {
                return true;
            }
        }
        sleep(Duration::from_millis(20));
    }
    panic!("redis-server does not answer: {}", log(directory));
}

fn log(directory: &Path) -> String {
    fs::read_to_string(directory.join("redis.log")).unwrap_or_default()
}
