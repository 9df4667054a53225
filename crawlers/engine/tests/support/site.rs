//! A loopback HTTP/1.1 server in which every answer is spelled out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// One thing the server does.
#[derive(Clone, Debug)]
pub enum Act {
    Write(Vec<u8>),
    Sleep(u64),
    /// TCP reset.
    Reset,
    /// Clean close.
    Close,
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub at: Instant,
    pub host: String,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Requests to this host at that moment, this one included.
    pub concurrency: usize,
}

type Route = Arc<dyn Fn(&Seen, usize) -> Vec<Act> + Send + Sync>;

#[derive(Default)]
struct State {
    routes: BTreeMap<String, Route>,
    asked: BTreeMap<String, usize>,
    busy: BTreeMap<String, usize>,
    log: Vec<Seen>,
}

#[derive(Clone)]
pub struct Site {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Site {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let site = Self { port, state: Arc::default() };
        let serving = site.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let site = serving.clone();
                tokio::spawn(async move { site.serve(stream).await });
            }
        });
        site
    }

    pub fn url(&self) -> Url {
        format!("http://127.0.0.1:{}/", self.port).parse().unwrap()
    }

    /// Answers `host/path` by what `route` says, given the request and how
    /// often it was asked for before since the route was set.
    pub fn on(
        &self,
        target: &str,
        route: impl Fn(&Seen, usize) -> Vec<Act> + Send + Sync + 'static,
    ) {
        let mut state = self.state.lock().unwrap();
        state.routes.insert(target.to_owned(), Arc::new(route));
        state.asked.remove(target);
    }

    pub fn log(&self) -> Vec<Seen> {
        self.state.lock().unwrap().log.clone()
    }

    pub fn clear_log(&self) {
        self.state.lock().unwrap().log.clear();
    }

    /// Paths asked for, in order, without robots.txt.
    pub fn paths(&self) -> Vec<String> {
        self.log().into_iter().map(|s| s.path).filter(|p| p != "/robots.txt").collect()
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let seen = self.read(&mut stream).await?;
            let acts = self.react(&seen);
            let host = seen.host.clone();
            let mut open = true;
            for act in acts {
                match act {
                    Act::Write(bytes) => open &= stream.get_mut().write_all(&bytes).await.is_ok(),
                    Act::Sleep(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                    Act::Reset => {
                        let _ = stream.get_ref().set_zero_linger();
                        open = false;
                    }
                    Act::Close => open = false,
                }
                if !open {
                    break;
                }
            }
            *self.state.lock().unwrap().busy.get_mut(&host).unwrap() -= 1;
            if !open {
                return None;
            }
        }
    }

    fn react(&self, seen: &Seen) -> Vec<Act> {
        let (route, before) = {
            let mut state = self.state.lock().unwrap();
            let target = format!("{}{}", seen.host, seen.path);
            let before = state.asked.entry(target.clone()).or_default();
            *before += 1;
            let before = *before - 1;
            (state.routes.get(&target).cloned(), before)
        };
        match route {
            Some(route) => route(seen, before),
            None if seen.path == "/robots.txt" => status(404, "no rules", &[]),
            None => status(404, "not here", &[]),
        }
    }

    async fn read(&self, stream: &mut BufReader<TcpStream>) -> Option<Seen> {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let at = Instant::now();
        let mut words = line.split_whitespace();
        let method = words.next()?.to_owned();
        let target = words.next()?.to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let Some((name, value)) = line.trim().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let (host, path) = target[1..].split_once('/')?;
        let mut state = self.state.lock().unwrap();
        let busy = state.busy.entry(host.to_owned()).or_default();
        *busy += 1;
        let seen = Seen {
            at,
            host: host.to_owned(),
            method,
            path: format!("/{path}"),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            concurrency: *busy,
        };
        state.log.push(seen.clone());
        Some(seen)
    }
}

/// A whole answer.
pub fn answer(code: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {code} X\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn status(code: u16, body: &str, headers: &[(&str, &str)]) -> Vec<Act> {
    vec![Act::Write(answer(code, headers, body.as_bytes()))]
}

pub fn ok(body: impl AsRef<[u8]>) -> Vec<Act> {
    vec![Act::Write(answer(200, &[], body.as_ref()))]
}

/// A file with validators: 304 to who has it already.
pub fn file(seen: &Seen, etag: &str, body: impl AsRef<[u8]>) -> Vec<Act> {
    let modified = "Thu, 29 Feb 2024 10:00:00 GMT";
    let headers = [("ETag", etag), ("Last-Modified", modified)];
    if seen.headers.get("if-none-match").is_some_and(|known| known == etag) {
        let head = format!("HTTP/1.1 304 X\r\nETag: {etag}\r\n\r\n");
        return vec![Act::Write(head.into_bytes())];
    }
    vec![Act::Write(answer(200, &headers, body.as_ref()))]
}
