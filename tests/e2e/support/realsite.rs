//! The server of real regulator files, where it lies beside the checkout.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Realsite {
    child: Child,
    address: String,
}

impl Realsite {
    /// Starts it, or says plainly why the test is skipped.
    #[must_use]
    pub fn start(test: &str) -> Option<Self> {
        let shared = std::env::var_os("REGATTA_SHARED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
            PathBuf::from,
        );
        let script = shared.join("realsite/serve.py");
        if !script.exists() {
            // Straight to standard error: the test harness hides prints of tests that pass.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no {}", script.display());
            return None;
        }
        let mut child = Command::new("python3")
            .arg(&script)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 runs the site of real files");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        Some(Self { child, address })
    }

    /// Its address, for the gateway.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Sets the day.
    pub fn day(&self, day: &str) {
        let _ = self.call("POST", &format!("/__control/day/{day}"), "");
    }

    /// Adds a fault, as JSON.
    pub fn fault(&self, fault: &Value) {
        let _ = self.call("POST", "/__control/fault", &fault.to_string());
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        let _ = self.call("POST", "/__control/clear_faults", "");
    }

    /// The requests since the last call.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Value> {
        let log = self.call("GET", "/__control/log", "");
        let _ = self.call("POST", "/__control/clear_log", "");
        serde_json::from_str(&log).unwrap()
    }

    fn call(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        body.to_owned()
    }
}

impl Drop for Realsite {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
