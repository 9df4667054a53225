//! `regatta serve` over all sources of the real files, while the days are
//! switched under it. The numbers are facts of these files.

use std::collections::BTreeMap;

use regatta_lake::{
    Lake, RunStatus, SnapshotManifest, current_snapshot, history, published_snapshots,
};
use regatta_tests::{Daemon, Realsite, Regatta, wait_for};
use serde_json::{Value, json};

/// The sources with several days, and the rows of their raw tables on each.
const DAYS: [(&str, &str, [u64; 3]); 3] = [
    ("us_orange_book", "products", [44_572, 44_678, 44_820]),
    ("eu_ema", "medicine", [2_433, 2_433, 2_576]),
    ("jp_mhlw_price", "price", [12_429, 12_434, 12_434]),
];
/// Sources whose saved files do not make a whole.
const NEVER: [(&str, RunStatus); 2] =
    [("us_cber", RunStatus::NotFound), ("cn_chictr", RunStatus::Rejected)];

#[test]
fn three_real_days_are_published_each_as_it_is_and_nothing_else() {
    let Some(site) = Realsite::start("three_real_days_are_published") else { return };
    let regatta = Regatta::all(&site.url(), false);
    // One page of the registers may take longer than that on a busy machine.
    regatta.network("idle_timeout_s = 2", "idle_timeout_s = 60");
    let sources = sources(&regatta);
    assert_eq!(sources.len(), 15);
    for source in &sources {
        let changes = DAYS.iter().any(|(id, ..)| id == source);
        let seconds = if changes { "*/10" } else { "0" };
        regatta.set(source, &format!("cron = \"{seconds} * * * * *\""));
    }
    let daemon = Daemon::start(&regatta);
    let _ = daemon.logged("serving");
    let lake = Lake::open(&regatta.lake()).unwrap();
    for day in 0..3 {
        site.day(&format!("day{}", day + 1));
        wait_for(|| shows(&lake, &sources, day).then_some(()));
        // The DuckDB file follows the snapshot.
        for (source, table, rows) in DAYS {
            let count = format!("SELECT count(*) FROM raw.{source}_{table}");
            wait_for(|| (regatta.ask(&count) == rows[day].to_string()).then_some(()));
        }
    }
    assert_eq!(daemon.get("/readyz").0, 200);
    let failures = daemon.metric("regatta_refresh_failures_total");
    assert_eq!(failures, Some(0.0), "{}", daemon.log_text());
    for (source, status) in NEVER {
        let labels = format!("{{source=\"{source}\",status=\"{}\"}}", status.code());
        assert_eq!(daemon.metric(&format!("regatta_source_last_status{labels}")), Some(1.0));
    }
    assert!(daemon.stop().success());

    for source in &sources {
        let runs = history(&lake, &source.parse().unwrap()).unwrap().runs;
        for pair in runs.windows(2) {
            assert!(pair[0].finished_at <= pair[1].started_at, "{source} ran twice at a time");
        }
    }
    let mut chain = published_snapshots(&lake).unwrap();
    chain.reverse();
    assert_only_truths(&lake, &chain);
    // The rows of the files that differ, counted by their keys.
    let changes = |source| changes(&chain, source);
    assert_eq!(
        changes("us_orange_book"),
        [
            json!({"appeared": 108, "changed": 382, "vanished": 2}),
            json!({"appeared": 143, "changed": 635, "vanished": 1})
        ]
    );
    assert_eq!(changes("eu_ema"), [json!({"appeared": 147, "changed": 2_305, "vanished": 4})]);
    assert_eq!(changes("jp_mhlw_price"), [json!({"appeared": 5, "changed": 12})]);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

fn sources(regatta: &Regatta) -> Vec<String> {
    let list = regatta.json(&["sources"]);
    let id = |s: &Value| s["source_id"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

/// The day's data of every source is in the snapshot that is served.
fn shows(lake: &Lake, sources: &[String], day: usize) -> bool {
    let Ok(Some(served)) = current_snapshot(lake) else { return false };
    sources.iter().all(|source| {
        let id = source.parse().unwrap();
        let past = history(lake, &id).unwrap();
        if let Some((_, status)) = NEVER.iter().find(|(never, _)| never == source) {
            assert!(past.data_run().is_none());
            return past.last().is_some_and(|r| r.status == *status);
        }
        let Some(run) = past.data_run() else { return false };
        let fresh = DAYS.iter().find(|(id, ..)| id == source).is_none_or(|(_, table, rows)| {
            run.tables.iter().any(|t| t.name == *table && t.rows == rows[day])
        });
        fresh && served.inputs.get(&id).is_some_and(|i| i.data_run_id == run.run_id)
    })
}

/// Whatever was served at any time: of a source nothing, or one whole day of
/// it, and never an earlier one after a later one.
fn assert_only_truths(lake: &Lake, chain: &[SnapshotManifest]) {
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for snapshot in chain {
        assert!(NEVER.iter().all(|(id, _)| !snapshot.inputs.contains_key(&id.parse().unwrap())));
        for (source, table, truths) in DAYS {
            let id = source.parse().unwrap();
            let Some(input) = snapshot.inputs.get(&id) else { continue };
            let past = history(lake, &id).unwrap();
            let run = past.runs.iter().find(|r| r.run_id == input.data_run_id).unwrap();
            let rows = run.tables.iter().find(|t| t.name == table).unwrap().rows;
            let from = reached.get(source).copied().unwrap_or(0);
            let day = (from..3).find(|day| truths[*day] == rows);
            let day = day.unwrap_or_else(|| panic!("{source}: {rows} rows after day {}", from + 1));
            reached.insert(source, day);
        }
    }
}

/// The change log of a source's listings, snapshot by snapshot, where any came
/// or went. (What other sources add may change a listing of this one: R6a.)
/// The snapshot that has the source for the first time is left out: it may be
/// the first of all, without a change log, or follow one of quicker sources.
fn changes(chain: &[SnapshotManifest], source: &str) -> Vec<Value> {
    let id = source.parse().unwrap();
    let chain = chain.iter().skip_while(|s| !s.inputs.contains_key(&id)).skip(1);
    let of = |snapshot: &SnapshotManifest| {
        let mut counts = json!({});
        for change in &snapshot.changes {
            if change.source_id == source && change.entity == "listing" {
                counts[&change.change] = json!(change.count);
            }
        }
        counts
    };
    let moved = |c: &Value| c.get("appeared").is_some() || c.get("vanished").is_some();
    chain.map(of).filter(moved).collect()
}
