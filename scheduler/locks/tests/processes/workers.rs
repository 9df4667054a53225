//! Processes that are killed and paused.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::signal;

const WORKERS: usize = 4;

/// The processes; they end with this value.
pub struct Workers<'a> {
    folder: &'a TempDir,
    mode: &'static str,
    next_seed: u64,
    children: Vec<Child>,
    /// When to wake a worker that is paused.
    paused: BTreeMap<usize, Instant>,
}

impl<'a> Workers<'a> {
    pub fn start(folder: &'a TempDir, mode: &'static str, seed: u64) -> Self {
        let mut workers = Self {
            folder,
            mode,
            next_seed: seed.wrapping_mul(1_000_003),
            children: Vec::new(),
            paused: BTreeMap::new(),
        };
        for _ in 0..WORKERS {
            let child = workers.spawn();
            workers.children.push(child);
        }
        workers
    }

    /// Each with a random number of its own.
    fn spawn(&mut self) -> Child {
        self.next_seed += 1;
        Command::new(env!("CARGO_BIN_EXE_locks-test-worker"))
            .arg(self.folder.path())
            .args([&self.next_seed.to_string(), self.mode])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// SIGKILL, also to one that is paused; another takes its place.
    pub fn kill(&mut self, which: u64) {
        let which = usize::try_from(which).unwrap();
        self.check(which);
        self.children[which].kill().unwrap();
        self.children[which].wait().unwrap();
        self.paused.remove(&which);
        self.children[which] = self.spawn();
    }

    /// SIGSTOP for a time; false if it is paused already.
    pub fn pause(&mut self, which: u64, time_ms: u64) -> bool {
        let which = usize::try_from(which).unwrap();
        if self.paused.contains_key(&which) {
            return false;
        }
        self.check(which);
        signal("STOP", self.children[which].id());
        self.paused.insert(which, Instant::now() + Duration::from_millis(time_ms));
        true
    }

    /// SIGCONT for those whose time is over.
    pub fn wake(&mut self) {
        let now = Instant::now();
        for (which, _) in self.paused.extract_if(.., |_, until| *until <= now) {
            signal("CONT", self.children[which].id());
        }
    }

    pub fn wake_all(&mut self) {
        while !self.paused.is_empty() {
            self.wake();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A worker that ended by itself has failed.
    fn check(&mut self, which: usize) {
        let ended = self.children[which].try_wait().unwrap();
        assert!(ended.is_none(), "worker {which} ended by itself: {ended:?}");
    }

    /// Lets all finish what they have.
    pub fn stop(&mut self) {
        for child in &mut self.children {
            drop(child.stdin.take());
        }
        for child in &mut self.children {
            assert!(child.wait().unwrap().success());
        }
    }
}

impl Drop for Workers<'_> {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
