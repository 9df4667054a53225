//! A lake lives through many steps: some sources at a time, days that go on, rows
//! that are lost and come back. After each the tables are those that all of it
//! gives at once (R39).
//!
//! One way by default; `REGATTA_STEP_SEEDS=1..20` goes others.

use regatta_tests::{Realsite, Regatta, assert_stands};
use serde_json::json;

const STEPS: usize = 5;

#[test]
fn after_every_step_the_tables_are_those_of_all_at_once() {
    let seeds = std::env::var("REGATTA_STEP_SEEDS").ok();
    let seeds = seeds.map_or(1..2, |text| {
        let (from, to) = text.split_once("..").expect("e.g. 1..20");
        from.parse().unwrap()..to.parse().unwrap()
    });
    for seed in seeds {
        let Some(site) = Realsite::start("after_every_step_the_tables_stand") else { return };
        walk(&site, &mut fastrand::Rng::with_seed(seed));
    }
}

fn walk(site: &Realsite, dice: &mut fastrand::Rng) {
    let regatta = Regatta::all(&site.url(), false);
    regatta.network("idle_timeout_s = 2", "idle_timeout_s = 60");
    let list = regatta.json(&["sources"]);
    let sources: Vec<&str> =
        list.as_array().unwrap().iter().map(|s| s["source_id"].as_str().unwrap()).collect();
    let mut day = 1;
    for step in 0..STEPS {
        if step > 0 && day < 3 && dice.bool() {
            day += 1;
            site.day(&format!("day{day}"));
        }
        site.clear_faults();
        let kept = (step > 0 && dice.bool()).then(|| dice.u32(..100));
        if let Some(kept) = kept {
            let fraction = f64::from(kept) / 100.0;
            let fault =
                json!({"host": "*", "kind": "drop_rows", "fraction": fraction, "times": -1});
            site.fault(&fault);
        }
        // Most of them at first, then some.
        let chosen: Vec<&str> =
            sources.iter().copied().filter(|_| (dice.u32(..3) == 0) != (step == 0)).collect();
        eprintln!("step {step}: day {day}, {kept:?} % of the rows, {chosen:?}");
        let mut crawl = vec!["crawl", "--accept-shrink"];
        crawl.extend(chosen.iter().flat_map(|source| ["--source", source]));
        // Some sources do not come whole from these files.
        let _ = regatta.run(&crawl);
        let _ = regatta.ok(&["transform"]);
        let _ = regatta.ok(&["publish"]);
        assert_stands(&regatta);
    }
}
