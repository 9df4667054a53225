//! A mail server on loopback that takes everything, or only what comes by TLS
//! and from whoever may send.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A running server.
#[derive(Debug)]
pub struct MailSink {
    port: u16,
    shared: Arc<Shared>,
    /// Where its certificate is, for clients to trust.
    folder: Option<tempfile::TempDir>,
}

#[derive(Debug)]
struct Shared {
    mails: Mutex<Vec<String>>,
    /// What `AUTH PLAIN` has to bring, in base 64; none where nobody logs in.
    login: Option<&'static str>,
    tls: Option<Arc<ServerConfig>>,
}

/// How a client is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// By TLS from the first byte.
    FromTheStart,
    /// By `STARTTLS`.
    Upgrade,
}

impl MailSink {
    /// The user and the password of a server with TLS.
    pub const LOGIN: (&'static str, &'static str) = ("regatta", "a secret of the test");

    /// Starts one without TLS and without login.
    #[must_use]
    pub fn start() -> Self {
        Self::listen(Shared { mails: Mutex::default(), login: None, tls: None }, None, None)
    }

    /// Starts one that takes mail only by TLS and after [`Self::LOGIN`]. Its
    /// name is `localhost`.
    #[must_use]
    pub fn start_tls(tls: MailTls) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::from(key))
            .unwrap();
        // What stands in `LOGIN`, with a zero byte before each.
        let login = Some("AHJlZ2F0dGEAYSBzZWNyZXQgb2YgdGhlIHRlc3Q=");
        let shared = Shared { mails: Mutex::default(), login, tls: Some(Arc::new(config)) };
        Self::listen(shared, Some(tls), Some(folder))
    }

    fn listen(shared: Shared, tls: Option<MailTls>, folder: Option<tempfile::TempDir>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(shared);
        let taken = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                std::thread::spawn(move || {
                    let stream: Box<dyn Wire> = Box::new(stream);
                    if tls == Some(MailTls::FromTheStart) {
                        Conversation::over(encrypted(stream, &taken), &taken, true).run(true);
                    } else {
                        Conversation::over(stream, &taken, false).run(true);
                    }
                });
            }
        });
        Self { port, shared, folder }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with its certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.as_ref().map_or(Path::new(""), |f| f.path()).join("certificate.pem")
    }

    /// The mails since the last call, as they came.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.mails.lock().unwrap())
    }
}

trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

fn encrypted(stream: Box<dyn Wire>, shared: &Shared) -> Box<dyn Wire> {
    let config = shared.tls.clone().unwrap();
    Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream))
}

/// What one client says.
struct Conversation<'a> {
    stream: Box<dyn Wire>,
    shared: &'a Shared,
    encrypted: bool,
    known: bool,
}

impl<'a> Conversation<'a> {
    fn over(stream: Box<dyn Wire>, shared: &'a Shared, encrypted: bool) -> Self {
        Self { stream, shared, encrypted, known: shared.login.is_none() }
    }

    fn run(mut self, greet: bool) {
        if greet {
            self.say("220 sink");
        }
        while let Some(line) = self.line() {
            let line = line.trim();
            let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
            match command.to_uppercase().as_str() {
                "EHLO" if self.shared.tls.is_some() && !self.encrypted => {
                    self.say("250-sink\r\n250 STARTTLS");
                }
                "EHLO" if self.shared.login.is_some() => self.say("250-sink\r\n250 AUTH PLAIN"),
                "STARTTLS" => {
                    self.say("220 go on");
                    let stream = encrypted(self.stream, self.shared);
                    return Conversation::over(stream, self.shared, true).run(false);
                }
                "AUTH" => {
                    let said = rest.rsplit(' ').next();
                    self.known = self.encrypted && said == self.shared.login;
                    self.say(if self.known { "235 welcome" } else { "535 who is that" });
                }
                "MAIL" if !self.known => self.say("530 log in first"),
                "DATA" => {
                    self.say("354 go on");
                    let mut mail = String::new();
                    while let Some(line) = self.line().filter(|l| l != ".\r\n") {
                        mail.push_str(&line);
                    }
                    self.shared.mails.lock().unwrap().push(mail);
                    self.say("250 taken");
                }
                "QUIT" => return self.say("221 bye"),
                _ => self.say("250 ok"),
            }
        }
    }

    fn say(&mut self, text: &str) {
        let _ = self.stream.write_all(format!("{text}\r\n").as_bytes());
        let _ = self.stream.flush();
    }

    /// Byte by byte, so that nothing of a handshake that follows is swallowed.
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.last() != Some(&b'\n') {
            if self.stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            line.push(byte[0]);
        }
        String::from_utf8(line).ok()
    }
}
