//! One transform in a process of its own, so that its processor time is its
//! own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use regatta_dictionaries::Dictionaries;
use regatta_lake::{Lake, Step, WriterLock, publish_snapshot};
use regatta_transform::{Options, Outcome, Recompute, transform};
use serde::{Deserialize, Serialize};

use crate::SOURCES;
use crate::lake::catalogue;

/// What a transform took.
#[derive(Debug, Serialize, Deserialize)]
pub struct Taken {
    /// User and system time of all threads, seconds.
    pub cpu_s: f64,
    pub wall_s: f64,
    /// Most memory that the process had, MB.
    pub memory_mb: u64,
    pub steps: Vec<Step>,
}

/// What the child is asked to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Transform all there is, and publish it.
    First,
    /// Transform a change, and leave it staged.
    Change(Recompute),
}

impl Task {
    const ALL: [(&str, Self); 3] = [
        ("first", Self::First),
        ("touched", Self::Change(Recompute::Touched)),
        ("all", Self::Change(Recompute::All)),
    ];
}

/// Starts this program again for one transform.
pub fn in_a_process(root: &Path, task: Task, now: &str) -> anyhow::Result<Taken> {
    let word = Task::ALL.iter().find(|t| t.1 == task).map_or("", |t| t.0);
    let child = Command::new(std::env::current_exe()?)
        .arg("child")
        .arg(root)
        .args([word, now])
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        bail!("the transform failed: {}", child.status);
    }
    serde_json::from_slice(&child.stdout).context("the child's answer")
}

/// The child: prints what it took as JSON.
pub fn child(words: &[String]) -> anyhow::Result<()> {
    let [root, word, now] = words else { bail!("child ROOT TASK TIME") };
    let task = Task::ALL.iter().find(|t| t.0 == word).map(|t| t.1).context("unknown task")?;
    let lake = Lake::open(root.as_ref())?;
    let dictionaries = Dictionaries::load(None)?;
    let lock = WriterLock::acquire(&lake)?;
    let recompute = match task {
        Task::First => Recompute::All,
        Task::Change(recompute) => recompute,
    };
    let (cpu, wall) = (cpu_seconds()?, Instant::now());
    let outcome = transform(
        &lake,
        &catalogue(&SOURCES)?,
        &dictionaries,
        now.parse()?,
        Options { recompute, ..Options::default() },
        &lock,
    )?;
    let (cpu_s, wall_s) = (cpu_seconds()? - cpu, wall.elapsed().as_secs_f64());
    let Outcome::Staged(staged) = outcome else { bail!("nothing was staged") };
    if task == Task::First {
        publish_snapshot(&lake, &lake.staged_dir(), &staged.manifest)?;
    }
    let taken = Taken { cpu_s, wall_s, memory_mb: memory()?, steps: staged.steps };
    println!("{}", serde_json::to_string(&taken)?);
    Ok(())
}

/// User and system time of all threads of this process so far (Linux).
fn cpu_seconds() -> anyhow::Result<f64> {
    /// Linux counts in hundredths of a second for programs.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program stands in parentheses and may hold spaces.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).context("/proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
}

fn memory() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kb: u64 = line.split_whitespace().next().context("kB")?.parse()?;
    Ok(kb / 1_000)
}
