//! An S3 server on a loopback port, over a folder, that can fail on demand.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::RwLock;

use super::s3_files::Files;
use crate::Regatta;

const ACCESS_KEY: &str = "regatta-test-key";
const SECRET_KEY: &str = "regatta-test-secret-that-nobody-may-see";
const BUCKET: &str = "data";

/// A running server with one bucket. Publishing goes to `s3://data/drugs`.
pub struct S3 {
    runtime: Runtime,
    folder: tempfile::TempDir,
    shared: Arc<Shared>,
    address: String,
}

struct Shared {
    service: S3Service,
    /// s3s-fs writes an object, its attributes and its digest one after the
    /// other, and looks at conditions before; S3 does each in one step. Readers
    /// share, writers wait.
    one_at_a_time: RwLock<()>,
    control: Mutex<Control>,
}

#[derive(Default)]
struct Control {
    /// Method and path of each request that changes something.
    log: Vec<String>,
    failure: Option<(usize, Failure)>,
    failed: usize,
}

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 500 before anything is done, once.
    Once,
    /// 500 for this and all later ones.
    FromThen,
    /// The request takes effect, and the answer is 500, once.
    AnswerLost,
    /// 403 before anything is done, once: clients do not try again.
    Denied,
}

impl S3 {
    /// Starts it, empty.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(Files::new(folder.path().to_owned()));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let shared = Arc::new(Shared {
            service: builder.build(),
            one_at_a_time: RwLock::new(()),
            control: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { runtime, folder, shared, address }
    }

    /// Its address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.address
    }

    /// What a configuration says of it; `more` are lines of the section.
    pub fn configure(&self, regatta: &Regatta, more: &str) {
        regatta.configure(&format!(
            "[object_storage]\nurl = \"s3://{BUCKET}/drugs\"\nendpoint = \"{}\"\n\
             region = \"us-east-1\"\nallow_http = true\n{more}\n",
            self.address
        ));
    }

    /// The environment of who may write.
    #[must_use]
    pub fn credentials() -> [(&'static str, &'static str); 2] {
        [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)]
    }

    /// A lake that pushes here.
    #[must_use]
    pub fn regatta(&self, gateway: &str, more: &str) -> Regatta {
        let mut regatta = Regatta::new(gateway, true);
        for (name, value) in Self::credentials() {
            regatta = regatta.with_env(name, value);
        }
        self.configure(&regatta, more);
        regatta
    }

    /// The request of this number from now, from 0, that changes something fails.
    pub fn fail(&self, number: usize, failure: Failure) {
        let mut control = self.shared.control.lock().unwrap();
        let at = control.log.len() + number;
        control.failure = Some((at, failure));
        control.failed = 0;
    }

    /// Nothing fails any more. Returns how many requests did.
    #[must_use]
    pub fn heal(&self) -> usize {
        let mut control = self.shared.control.lock().unwrap();
        control.failure = None;
        std::mem::take(&mut control.failed)
    }

    /// The requests since the last call that changed something.
    #[must_use]
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.control.lock().unwrap().log)
    }

    /// The folder of what was published.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().join(BUCKET).join("drugs")
    }

    /// Waits for requests under way whose sender is gone.
    pub fn settle(&self) {
        self.runtime.block_on(async {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            drop(self.shared.one_at_a_time.write().await);
        });
    }

    /// What is served, after every file of it was found whole: the id of the
    /// snapshot. Reads the folder, not through the server. None before the
    /// first push.
    #[must_use]
    pub fn served(&self) -> Option<String> {
        let text = std::fs::read(self.root().join("current.json")).ok()?;
        let current: Value = serde_json::from_slice(&text).unwrap();
        self.check(&current);
        for kept in current["kept"].as_array().unwrap() {
            let text = std::fs::read(self.root().join(kept["path"].as_str().unwrap())).unwrap();
            self.check(&serde_json::from_slice(&text).unwrap());
        }
        Some(current["snapshot_id"].as_str().unwrap().to_owned())
    }

    fn check(&self, state: &Value) {
        let id = state["snapshot_id"].as_str().unwrap();
        let objects = ["tables", "files"].iter().flat_map(|k| state[*k].as_array().unwrap());
        let mut names = Vec::new();
        for object in objects {
            let path = object["path"].as_str().unwrap();
            assert!(path.starts_with(&format!("snapshots/{id}/")), "{path} in {id}");
            let (sha256, bytes) = regatta_lake::hash_file(&self.root().join(path)).unwrap();
            assert_eq!(object["sha256"], sha256.to_string(), "{path}");
            assert_eq!(object["bytes"], bytes, "{path}");
            names.push(object["name"].as_str().unwrap());
        }
        for table in regatta_lake::schema::TABLES {
            assert!(names.contains(&table.name), "{} is missing in {id}", table.name);
        }
        assert!(names.contains(&"manifest.json"));
    }

    /// Copies what is published to another folder, or back.
    pub fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                Self::copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// The server's own folder, with its notes on objects.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts the server's folder back to a copy of it.
    pub fn restore(&self, copy: &Path) {
        self.settle();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            } else {
                std::fs::remove_file(path).unwrap();
            }
        }
        Self::copy(copy, self.folder.path());
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let failure = if changes { shared.note(&request) } else { None };
    match failure {
        Some(Failure::Once | Failure::FromThen) => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Some(Failure::Denied) => return StatusCode::FORBIDDEN.into_response(),
        Some(Failure::AnswerLost) | None => {}
    }
    let (parts, body) = request.into_parts();
    let request = axum::http::Request::from_parts(parts, s3s::Body::http_body_unsync(body));
    // A task of its own: a request whose sender is killed ends all the same,
    // or fails for want of its body, but never stops halfway.
    let done = tokio::spawn(async move {
        if changes {
            let _alone = shared.one_at_a_time.write().await;
            shared.service.call(request).await
        } else {
            let _shared = shared.one_at_a_time.read().await;
            shared.service.call(request).await
        }
    });
    match done.await.unwrap() {
        Ok(_) if failure.is_some() => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Shared {
    fn note(&self, request: &Request) -> Option<Failure> {
        let mut control = self.control.lock().unwrap();
        let number = control.log.len();
        control.log.push(format!("{} {}", request.method(), request.uri().path()));
        let (at, failure) = control.failure?;
        let hit = number == at || (number > at && failure == Failure::FromThen);
        control.failed += usize::from(hit);
        hit.then_some(failure)
    }
}
