//! `regatta serve` as a child process: its log, its signals, its HTTP server.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::Regatta;

/// A running daemon; it is killed with this value.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it, with its log as JSON lines in a file.
    #[must_use]
    pub fn start(regatta: &Regatta) -> Self {
        Self::start_with(regatta, &[])
    }

    /// The same with further environment variables.
    #[must_use]
    pub fn start_with(regatta: &Regatta, environment: &[(&str, &str)]) -> Self {
        let folder = regatta.lake().with_file_name("logs");
        std::fs::create_dir_all(&folder).unwrap();
        let number = std::fs::read_dir(&folder).unwrap().count();
        let log = folder.join(format!("{number}.jsonl"));
        let child = regatta
            .command(&["--log-json", "serve"])
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// The log so far, line by line.
    #[must_use]
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The log as text.
    #[must_use]
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for a log line with this message, and gives its fields.
    #[must_use]
    pub fn logged(&self, message: &str) -> Value {
        wait_for(|| {
            let found = |line: &&Value| {
                line["fields"]["message"].as_str().is_some_and(|m| m.contains(message))
            };
            self.log().iter().find(found).map(|line| line["fields"].clone())
        })
    }

    /// Asks for a path: status and body.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) =
            self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        (status, body)
    }

    /// Sends bytes to the server and reads until it closes: status, head, body.
    #[must_use]
    pub fn send(&self, request: &str) -> (u16, String, String) {
        let mut stream = self.connect();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        (status, head.to_owned(), body.to_owned())
    }

    /// A connection to the server.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        let address = self.logged("health and metrics")["address"].as_str().unwrap().to_owned();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The number of a metric with exactly these labels, in any order; none
    /// where it is not there.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics");
        let mut samples = text.lines().filter(|l| !l.starts_with('#'));
        samples.find_map(|l| {
            let (sample, value) = l.rsplit_once(' ')?;
            (sorted(sample) == sorted(name)).then(|| value.parse().ok())?
        })
    }

    /// A metric that counts; 0 where it is not there.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.metric(name).map_or(0, |n| n.to_string().parse().unwrap())
    }

    /// Sends a signal, e.g. `HUP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// SIGTERM, and how it ended.
    #[must_use]
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().unwrap()
    }

    /// Waits for its end.
    #[must_use]
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, std::fs::read_to_string(&self.log).unwrap())
    }

    /// It has ended.
    #[must_use]
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // What a failed test waited for in vain is told by the end of the log.
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let end = &lines[lines.len().saturating_sub(60)..];
            eprintln!("the log of the daemon ends with:\n{}", end.join("\n"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something, so long that a busy machine is no failure.
pub fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(15);
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited for a quarter of an hour");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A schedule that fires once a year, `seconds` from now, in UTC.
#[must_use]
pub fn when(seconds: i64) -> String {
    let at = Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let at = at.to_zoned(TimeZone::UTC);
    format!(
        "cron = \"{} {} {} {} {} *\"\ntime_zone = \"UTC\"",
        at.second(),
        at.minute(),
        at.hour(),
        at.day(),
        at.month()
    )
}

/// Name and labels of a sample, the labels in order. No value here holds a comma.
fn sorted(sample: &str) -> (&str, Vec<&str>) {
    let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
    let mut labels: Vec<&str> = labels.trim_end_matches('}').split(',').collect();
    labels.sort_unstable();
    (name, labels)
}
