//! Measures what a small change costs (R39), against all computed anew:
//!
//! ```text
//! cargo run --release -p regatta-transform --example change_bench -- --records 1000000
//! ```
//!
//! Makes a lake of made-up records in a folder that it removes again (`--keep
//! DIR` keeps it), transforms it, then changes one record in a hundred and, in
//! another run, one in ten thousand. Each change is transformed twice, each
//! time in a process of its own: once as a refresh does it, once with all
//! blocks computed anew; the tables of both are compared. `--format json`
//! prints the same as JSON. Linux only: it reads processor time from `/proc`.

mod change;
mod compare;
mod dice;
mod fda;
mod lake;
mod measure;
mod names;
mod records;

use std::path::PathBuf;

use anyhow::{Context, bail};
use regatta_dictionaries::Dictionaries;
use regatta_lake::Lake;
use regatta_transform::Recompute;
use serde::Serialize;

use crate::measure::{Taken, Task, in_a_process};

/// The sources that it makes up.
const SOURCES: [&str; 7] = [
    "us_orange_book",
    "us_drugs_at_fda",
    "cn_nmpa",
    "jp_mhlw_price",
    "cn_cde",
    "cn_drug_trials",
    "eu_ctis",
];

/// One record in so many changes, and the day on which.
const CHANGES: [(usize, &str); 2] =
    [(100, "2026-11-21T00:00:00Z"), (10_000, "2026-11-22T00:00:00Z")];

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Arguments {
    records: usize,
    keep: Option<PathBuf>,
    seed: u64,
    json: bool,
}

#[derive(Serialize)]
struct Report {
    records: usize,
    first: Taken,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    one_in: usize,
    records: usize,
    touched: Taken,
    all: Taken,
    /// Processor time of `touched`, percent of that of `all`, and of the
    /// first transform.
    percent_of_all: f64,
    percent_of_first: f64,
    tables_compared: usize,
    rows_compared: usize,
}

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = words.split_first().filter(|(first, _)| *first == "child") {
        return measure::child(rest).with_context(|| first.clone());
    }
    let arguments = parse(words)?;
    let scratch = tempfile::tempdir()?;
    let root = arguments.keep.clone().unwrap_or_else(|| scratch.path().to_owned());
    let report = run(&arguments, &root)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn parse(words: Vec<String>) -> anyhow::Result<Arguments> {
    let mut arguments = Arguments { records: 1_000_000, keep: None, seed: 1, json: false };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} needs a value"))?;
        match (word.as_str(), value.as_str()) {
            ("--records", _) => arguments.records = value.parse().context("--records")?,
            ("--seed", _) => arguments.seed = value.parse().context("--seed")?,
            ("--keep", _) => arguments.keep = Some(value.into()),
            ("--format", "json") => arguments.json = true,
            ("--format", "text") => arguments.json = false,
            _ => bail!(
                "unknown argument {word} {value}; there are --records N, --seed N, --keep DIR, --format text|json"
            ),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments, root: &std::path::Path) -> anyhow::Result<Report> {
    let lake = Lake::open_or_create(root)?;
    let dictionaries = Dictionaries::load(None)?;
    let make = || records::make(&dictionaries, arguments.records, arguments.seed);
    let tables = make();
    let records = tables.iter().filter(|t| t.changes.is_some()).map(|t| t.rows.len()).sum();
    lake::write_runs(&lake, &tables, lake::FIRST_DAY)?;
    drop(tables);
    let first = in_a_process(root, Task::First, lake::FIRST_DAY)?;
    let mut changes = Vec::new();
    for (one_in, day) in CHANGES {
        let mut tables = make();
        let count = change::change(&mut tables, one_in, arguments.seed + one_in as u64);
        lake::write_runs(&lake, &tables, day)?;
        drop(tables);
        let touched = in_a_process(root, Task::Change(Recompute::Touched), day)?;
        let aside = root.join("staged_touched");
        std::fs::rename(lake.staged_dir(), &aside)?;
        let all = in_a_process(root, Task::Change(Recompute::All), day)?;
        let (tables_compared, rows_compared) = compare::same_tables(&aside, &lake.staged_dir())?;
        std::fs::remove_dir_all(&aside)?;
        changes.push(Change {
            one_in,
            records: count,
            percent_of_all: 100.0 * touched.cpu_s / all.cpu_s,
            percent_of_first: 100.0 * touched.cpu_s / first.cpu_s,
            touched,
            all,
            tables_compared,
            rows_compared,
        });
    }
    Ok(Report { records, first, changes })
}

fn print(report: &Report) {
    let line = |name: &str, taken: &Taken| {
        println!("{name:34} {:>9.2} {:>9.2} {:>9}", taken.cpu_s, taken.wall_s, taken.memory_mb);
        for step in &taken.steps {
            println!("    {:30} {:>19} ms, {} rows", step.step, step.wall_ms, step.rows);
        }
    };
    println!("{} records\n", report.records);
    println!("{:34} {:>9} {:>9} {:>9}", "", "CPU, s", "wall, s", "MB");
    line("first transform", &report.first);
    for change in &report.changes {
        println!("\n{} records changed (one in {})", change.records, change.one_in);
        line("a refresh", &change.touched);
        line("all computed anew", &change.all);
        println!(
            "the refresh took {:.1} % of the CPU time of all computed anew, {:.1} % of the first",
            change.percent_of_all, change.percent_of_first
        );
        println!("{} tables with {} rows are equal", change.tables_compared, change.rows_compared);
    }
}
