//! The binary, with a lake and a configuration of its own.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A lake in a temporary folder, and the binary to work on it.
#[derive(Debug)]
pub struct Regatta {
    folder: tempfile::TempDir,
    gateway: String,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Regatta {
    /// An empty lake whose requests go to `gateway`, for the two FDA sources.
    /// `min_rows` of every table is zero where the site holds an extract.
    #[must_use]
    pub fn new(gateway: &str, extract: bool) -> Self {
        Self::with_sources(gateway, extract, |id| id == "us_orange_book" || id == "us_drugs_at_fda")
    }

    /// The same for all sources.
    #[must_use]
    pub fn all(gateway: &str, extract: bool) -> Self {
        Self::with_sources(gateway, extract, |_| true)
    }

    fn with_sources(gateway: &str, extract: bool, enabled: fn(&str) -> bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = String::from(
            "[network]\nmin_interval_ms = 0\nmax_retries = 1\nbackoff_first_ms = 10\n\
             idle_timeout_s = 2\nconnect_timeout_s = 2\nretry_after_max_s = 2\n\
             [serve]\nlisten = \"127.0.0.1:0\"\nfeeds = false\n",
        );
        config.push_str(&sources(extract, enabled));
        std::fs::write(folder.path().join("regatta.toml"), config).unwrap();
        Self { folder, gateway: gateway.to_owned(), environment: Vec::new() }
    }

    /// Adds an environment variable to every call.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds lines to the configuration.
    pub fn configure(&self, lines: &str) {
        let path = self.folder.path().join("regatta.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{lines}\n{text}")).unwrap();
    }

    /// Replaces a part of the configuration.
    pub fn network(&self, from: &str, to: &str) {
        let path = self.folder.path().join("regatta.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// Replaces the configuration.
    pub fn rewrite(&self, change: impl FnOnce(String) -> String) {
        let path = self.folder.path().join("regatta.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, change(text)).unwrap();
    }

    /// Adds settings of the daemon.
    pub fn serve(&self, lines: &str) {
        self.rewrite(|text| text.replacen("[serve]\n", &format!("[serve]\n{lines}\n"), 1));
    }

    /// Only these sources are on.
    pub fn only(&self, sources: &[&str]) {
        self.rewrite(|text| {
            let mut text = text.replace("enabled = true", "enabled = false");
            for source in sources {
                let off = format!("[sources.{source}]\nenabled = false");
                assert!(text.contains(&off), "{source}");
                text = text.replace(&off, &format!("[sources.{source}]\nenabled = true"));
            }
            text
        });
    }

    /// Adds settings of one source.
    pub fn set(&self, source: &str, lines: &str) {
        let path = self.folder.path().join("regatta.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let header = format!("[sources.{source}]\n");
        std::fs::write(&path, text.replace(&header, &format!("{header}{lines}\n"))).unwrap();
    }

    /// The folder of the lake.
    #[must_use]
    pub fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// Runs a command to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        Ran {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Runs a command that must succeed.
    #[must_use]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "regatta {arguments:?}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    /// Runs a command that must succeed, and reads its JSON.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--format", "json"];
        all.extend(arguments);
        serde_json::from_str(&self.ok(&all)).unwrap()
    }

    /// The first value of a query's first row, as text.
    #[must_use]
    pub fn ask(&self, sql: &str) -> String {
        let rows = self.json(&["sql", sql]);
        match rows[0].as_object().unwrap().values().next().unwrap() {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Starts a command and leaves it running.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The command as it would be run, for a test that starts it by itself.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(["--lake".as_ref(), self.lake().as_os_str()])
            .args(["--config".as_ref(), self.folder.path().join("regatta.toml").as_os_str()])
            .args(arguments)
            .env("REGATTA_GATEWAY", &self.gateway)
            .env_remove("RUST_LOG")
            .env_remove("SOURCE_DATE_EPOCH")
            .envs(self.environment.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Digests of all Parquet files under a folder of the lake, by path with
    /// run and snapshot ids taken out.
    #[must_use]
    pub fn parquet_digests(&self, folder: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        collect(&self.lake().join(folder), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "parquet") {
            let (sha, _) = regatta_lake::hash_file(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, sha.to_string()));
        }
    }
}

/// Which sources are on and, for an extract, `min_rows = 0` for every table.
fn sources(extract: bool, enabled: fn(&str) -> bool) -> String {
    let mut text = String::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crawlers/sources");
    let registry = std::fs::read_to_string(sources.join("src/registry.rs")).unwrap();
    for entry in std::fs::read_dir(sources).unwrap() {
        let path = entry.unwrap().path().join("source.toml");
        let Ok(spec) = std::fs::read_to_string(&path) else { continue };
        let id = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        // A folder without its registry line is not a source yet.
        if !registry.contains(&format!("{id}::")) {
            continue;
        }
        let _ = writeln!(text, "[sources.{id}]\nenabled = {}", enabled(&id));
        if !extract {
            continue;
        }
        let _ = writeln!(text, "[sources.{id}.min_rows]");
        for line in spec.lines() {
            if let Some(table) = line.strip_prefix("[tables.").and_then(|l| l.strip_suffix(']')) {
                let _ = writeln!(text, "{table} = 0");
            }
        }
    }
    text
}

/// The binary beside this test's own folder.
#[must_use]
pub fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here.parent().unwrap().parent().unwrap().join("regatta");
    assert!(path.exists(), "{} is not built: run `make build`", path.display());
    path
}
