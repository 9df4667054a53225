//! A receiver of alerts on loopback: a webhook that misbehaves on demand.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A message that the webhook got.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: String,
}

/// What the webhook does with the next messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// Nothing at all, for so long; then the connection closes.
    Hang(std::time::Duration),
    /// Kills the process that was named, then answers 200 to nobody.
    KillThenOk,
    /// Answers 200, and at once kills the process that was named.
    OkThenKill,
}

/// A webhook receiver.
#[derive(Debug)]
pub struct Hook {
    address: String,
    shared: Arc<Mutex<HookState>>,
}

#[derive(Debug, Default)]
struct HookState {
    posted: Vec<Posted>,
    answers: Vec<Answer>,
    victim: Option<u32>,
}

impl Hook {
    /// Starts it; without orders it answers 204.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Mutex::new(HookState::default()));
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook?token=in-the-address", self.address)
    }

    /// Answers of the next messages; then 204 again.
    pub fn next(&self, answers: &[Answer]) {
        let mut answers = answers.to_vec();
        answers.reverse();
        self.shared.lock().unwrap().answers = answers;
    }

    /// The process to kill.
    pub fn kills(&self, pid: u32) {
        self.shared.lock().unwrap().victim = Some(pid);
    }

    /// The messages since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Posted> {
        std::mem::take(&mut self.shared.lock().unwrap().posted)
    }
}

fn answer(stream: TcpStream, state: &Mutex<HookState>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    assert!(line.starts_with("POST /hook"), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let order = {
        let mut state = state.lock().unwrap();
        state.posted.push(Posted { headers, body });
        state.answers.pop()
    };
    let respond = |status: u16| {
        let mut stream = &stream;
        let _ =
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = stream.flush();
    };
    match order {
        None => respond(204),
        Some(Answer::Status(status)) => respond(status),
        Some(Answer::Hang(time)) => std::thread::sleep(time),
        Some(Answer::KillThenOk) => {
            kill(state);
            respond(200);
        }
        Some(Answer::OkThenKill) => {
            respond(200);
            kill(state);
        }
    }
}

/// SIGKILL: nothing in the process can tidy up. The test may still be about to
/// say which process.
fn kill(state: &Mutex<HookState>) {
    let pid = loop {
        if let Some(pid) = state.lock().unwrap().victim.take() {
            break pid.to_string();
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    let _ = std::process::Command::new("kill").args(["-9", &pid]).status();
}
