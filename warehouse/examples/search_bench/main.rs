//! Measures search (R43), engine and SQL:
//!
//! ```text
//! cargo run --release -p regatta-warehouse --example search_bench -- --drugs 1000000
//! cargo run --release -p regatta-warehouse --example search_bench -- --lake lake
//! ```
//!
//! The first generates a lake of made-up drugs in a folder that it removes
//! again (`--keep DIR` keeps it); the second measures one that is there.
//! `--build DIR` first builds the `DuckDB` file of that lake anew. `--sql N` says
//! how many queries of each class SQL answers too: at a million drugs it takes
//! seconds for each.

mod lake;
mod queries;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use regatta_lake::{Lake, current_snapshot};
use regatta_warehouse::{Connection, Searcher, open_read_only, run_sql, search, search_by_sql};

/// Drugs asked for, as `regatta search` does.
const LIMIT: usize = 20;

/// Runs of each query through the engine, after one that does not count.
const ROUNDS: usize = 5;

/// Queries of a class through SQL, each once, unless `--sql` says how many.
const BY_SQL: usize = 10;

/// Bytes of a block of a `DuckDB` file.
const BLOCK: u64 = 262_144;

struct Arguments {
    drugs: u64,
    lake: Option<PathBuf>,
    keep: Option<PathBuf>,
    sql: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = parse()?;
    let scratch = tempfile::tempdir()?;
    let root = match (&arguments.lake, &arguments.keep) {
        (Some(lake), _) => lake.clone(),
        (None, keep) => {
            let root = keep.clone().unwrap_or_else(|| scratch.path().to_owned());
            make(&root, arguments.drugs)?;
            root
        }
    };
    measure(&root, arguments.sql)
}

fn parse() -> anyhow::Result<Arguments> {
    let mut arguments = Arguments { drugs: 23_000, lake: None, keep: None, sql: BY_SQL };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--drugs" => arguments.drugs = value.parse().context("--drugs needs a number")?,
            "--lake" => arguments.lake = Some(value.into()),
            "--build" => {
                build(value.as_ref())?;
                arguments.lake = Some(value.into());
            }
            "--sql" => arguments.sql = value.parse().context("--sql needs a number")?,
            "--keep" => arguments.keep = Some(value.into()),
            _ => bail!(
                "unknown argument {word}; there are --drugs N, --lake DIR, --build DIR, --keep DIR, --sql N"
            ),
        }
    }
    Ok(arguments)
}

fn make(root: &Path, drugs: u64) -> anyhow::Result<()> {
    let begin = Instant::now();
    lake::generate(root, drugs)?;
    println!("generated {drugs} drugs in {:.1} s", begin.elapsed().as_secs_f64());
    build(root)
}

fn build(root: &Path) -> anyhow::Result<()> {
    let lake = Lake::open(root)?;
    let snapshot = current_snapshot(&lake)?.context("nothing is published")?;
    let begin = Instant::now();
    let report = regatta_warehouse::build(&lake, &snapshot)?;
    println!(
        "built the DuckDB file in {:.1} s: {} MB, {} terms",
        begin.elapsed().as_secs_f64(),
        report.bytes / 1_000_000,
        report.search_terms
    );
    println!("memory of the build, at most: {} MB", memory("VmHWM")? / 1000);
    Ok(())
}

fn measure(root: &Path, by_sql_each: usize) -> anyhow::Result<()> {
    let lake = Lake::open(root)?;
    let conn = open_read_only(&lake)?;
    sizes(&lake, &conn)?;
    let begin = Instant::now();
    let searcher = Searcher::open(&lake)?;
    println!("opened the index in {:.1} ms", milliseconds(begin.elapsed()));
    println!("memory with the index open: {} MB", memory("VmRSS")? / 1000);
    let begin = Instant::now();
    search(&open_read_only(&lake)?, "tablet", LIMIT)?;
    println!("opened the file and searched once in {:.1} ms", milliseconds(begin.elapsed()));
    println!("\n{:36} {:>7} | {:^29} | {:^29}", "", "", "engine, ms", "SQL, ms");
    println!(
        "{:36} {:>7} | {:>9}{:>10}{:>10} | {:>9}{:>10}{:>10}",
        "class", "queries", "median", "99 %", "max", "median", "99 %", "max"
    );
    let (mut all, mut all_sql) = (Vec::new(), Vec::new());
    for class in queries::classes(&conn)? {
        let mut times = Vec::new();
        let mut slowest = (Duration::ZERO, "");
        for query in &class.queries {
            let _ = searcher.search(query, LIMIT);
            for _ in 0..ROUNDS {
                let begin = Instant::now();
                let _ = searcher.search(query, LIMIT);
                times.push(begin.elapsed());
                slowest = slowest.max((begin.elapsed(), query));
            }
        }
        let mut by_sql = Vec::new();
        for query in class.queries.iter().take(by_sql_each) {
            let begin = Instant::now();
            search_by_sql(&conn, query, LIMIT)?;
            by_sql.push(begin.elapsed());
        }
        println!(
            "{:36} {:>7} | {} | {}   slowest: {}",
            class.name,
            class.queries.len(),
            summary(&mut times),
            summary(&mut by_sql),
            slowest.1
        );
        all.append(&mut times);
        all_sql.append(&mut by_sql);
    }
    println!("{:36} {:>7} | {} | {}", "all", "", summary(&mut all), summary(&mut all_sql));
    Ok(())
}

fn sizes(lake: &Lake, conn: &Connection) -> anyhow::Result<()> {
    let count = |query: &str| -> anyhow::Result<u64> {
        let rows = run_sql(conn, query)?.rows;
        rows.first().and_then(|r| r.first()?.as_u64()).context("a number was expected")
    };
    let drugs = count("SELECT count(*) FROM drug")?;
    let index = count("SELECT sum(octet_length(bytes))::BIGINT FROM search_index")?;
    let snapshot = current_snapshot(lake)?.context("nothing is published")?;
    let table = snapshot.table("drug").map_or(0, |t| t.bytes);
    #[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let per_drug = |bytes: u64| bytes as f64 / drugs.max(1) as f64;
    println!("{drugs} drugs");
    println!("index for the engine: {index} bytes, {:.1} a drug", per_drug(index));
    println!("drug.parquet: {table} bytes, {:.1} a drug", per_drug(table));
    for name in ["drug", "search_index"] {
        let blocks = count(&format!(
            "SELECT count(DISTINCT block_id)::BIGINT FROM (
                SELECT block_id FROM pragma_storage_info('{name}') WHERE block_id >= 0
                UNION SELECT unnest(additional_block_ids) FROM pragma_storage_info('{name}'))"
        ))?;
        println!("table {name} in the DuckDB file: {} bytes of blocks", blocks * BLOCK);
    }
    println!("DuckDB file: {} bytes", lake.duckdb_file().metadata()?.len());
    Ok(())
}

/// A line of what Linux says of this process, kB; 0 elsewhere.
fn memory(line: &str) -> anyhow::Result<u64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let found = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'));
    let number = found.and_then(|l| l.split_whitespace().next()).unwrap_or("0");
    number.parse().context("a number of kB was expected")
}

/// Median, 99th percentile, greatest.
fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| {
        let place = (times.len() * share).div_ceil(100).max(1) - 1;
        times.get(place).copied().map_or(0.0, milliseconds)
    };
    format!("{:>9.3}{:>10.3}{:>10.3}", at(50), at(99), at(100))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
