//! How often the statistics cry wolf on quiet days, and how soon they notice
//! what was planted. Both are computed, with fixed seeds.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "tests, and numbers far below 2^52"
)]

mod world;

use std::collections::BTreeMap;

use regatta_alerts::{Alert, NoticeKind, Rules, Severity, State};
use world::{Planted, World};

/// Lakes for the false alerts, and for each thing planted.
const SEEDS: u64 = 40;
const PLANTED_SEEDS: u64 = 15;
const DAYS: usize = 30;

/// From an empty lake: thirty days of daily noise, weekly patterns, growth,
/// monthly re-issues and a few failed runs.
#[test]
fn thirty_quiet_days_give_fewer_than_one_false_alert_a_week() {
    let rules = Rules::built_in().unwrap();
    let mut total = 0;
    let mut worst = 0;
    let mut heard = Vec::new();
    let mut about: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        let mut state = State::default();
        let mut alerts = 0;
        for _ in 0..DAYS {
            world.next_day(None);
            let mut told = world.evaluate(&rules, &mut state);
            // The end of a false alert is no further one.
            told.retain(|n| n.kind != NoticeKind::Resolved);
            alerts += told.len();
            for notice in &told {
                let Alert { rule, subject, .. } = &notice.alert;
                *about.entry(format!("{rule} {subject}")).or_insert(0) += 1;
            }
            heard.extend(told.into_iter().map(|n| format!("seed {seed}: {}", n.alert.what)));
        }
        total += alerts;
        worst = worst.max(alerts);
    }
    let weeks = SEEDS as f64 * DAYS as f64 / 7.0;
    let rate = total as f64 / weeks;
    println!("{total} false alerts in {weeks:.0} weeks: {rate:.3} a week; worst seed {worst}");
    for (what, times) in about {
        println!("{times:>4} {what}");
    }
    assert!(rate < 1.0, "{rate:.2} a week\n{}", heard.join("\n"));
    // No single lake may be noisy either: 30 days are 4.3 weeks.
    assert!(worst <= 4, "{worst} in one lake\n{}", heard.join("\n"));
}

/// The same world, and on day 25 something happens. It must be told on the day
/// itself, by the right rule, about the right thing.
#[test]
fn what_is_planted_is_told_on_the_same_day() {
    let rules = Rules::built_in().unwrap();
    for (planted, rule, subject) in [
        (Planted::Loss(0.20), "rows_unusual", "us_big/products"),
        (Planted::Loss(0.08), "rows_unusual", "us_big/products"),
        (Planted::Gain(0.15), "rows_unusual", "us_big/products"),
        (Planted::Blocked, "source_failing", "us_big"),
        (Planted::NullColumn, "column_emptied", "raw products/us_big"),
        (Planted::StatusShift(0.12), "values_shifted", "listing/us_big"),
    ] {
        for seed in 0..PLANTED_SEEDS {
            let mut world = World::new(seed);
            let mut state = State::default();
            for _ in 0..25 {
                world.next_day(None);
            }
            let _ = world.evaluate(&rules, &mut state);
            world.next_day(Some(planted));
            let told = world.evaluate(&rules, &mut state);
            assert!(
                told.iter().any(|n| n.alert.rule == rule && n.alert.subject == subject),
                "seed {seed}, {planted:?}: {:?}",
                told.iter().map(|n| &n.alert.what).collect::<Vec<_>>()
            );
        }
    }
}

/// A lake that is three days old has no statistics yet, but must not be blind.
#[test]
fn a_young_lake_sees_large_things() {
    let rules = Rules::built_in().unwrap();
    for (planted, rule) in [
        (Planted::Loss(0.20), "rows_unusual"),
        (Planted::Blocked, "source_failing"),
        (Planted::NullColumn, "column_emptied"),
        (Planted::StatusShift(0.30), "values_shifted"),
    ] {
        for seed in 0..PLANTED_SEEDS {
            let mut world = World::new(seed);
            let mut state = State::default();
            for _ in 0..3 {
                world.next_day(None);
                let _ = world.evaluate(&rules, &mut state);
            }
            world.next_day(Some(planted));
            let told = world.evaluate(&rules, &mut state);
            assert!(told.iter().any(|n| n.alert.rule == rule), "seed {seed}, {planted:?}");
        }
    }
}

/// A loss is one alert while it lasts, with its numbers; when the rows are back
/// it is over.
#[test]
fn a_loss_is_told_once_explained_and_ends_when_the_rows_are_back() {
    let rules = Rules::built_in().unwrap();
    let mut world = World::new(7);
    let mut state = State::default();
    for _ in 0..35 {
        world.next_day(None);
        let _ = world.evaluate(&rules, &mut state);
    }
    let about = |told: &[regatta_alerts::Notice]| {
        told.iter().filter(|n| n.alert.subject == "us_big/products").cloned().collect::<Vec<_>>()
    };
    world.next_day(Some(Planted::Loss(0.25)));
    let told = about(&world.evaluate(&rules, &mut state));
    assert_eq!(told.len(), 1);
    let alert = &told[0].alert;
    assert_eq!(alert.severity, Severity::Critical);
    for words in ["% fewer than usual", "table products"] {
        assert!(alert.what.contains(words), "{}", alert.what);
    }
    for words in ["expected", "to the median of the last days", "s out of 34 days"] {
        assert!(alert.because.contains(words), "{}", alert.because);
    }
    world.next_day(Some(Planted::Loss(0.25)));
    assert!(about(&world.evaluate(&rules, &mut state)).is_empty(), "told twice");
    world.next_day(None);
    let told = about(&world.evaluate(&rules, &mut state));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].alert.resolved.is_some());
}
