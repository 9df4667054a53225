//! A made-up lake that lives day by day: sources of several habits, with noise.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "made-up numbers of rows are small and positive"
)]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use regatta_alerts::{
    ChangeFact, Facts, FeedFacts, FieldProfile, Notice, Profile, Recipient, RefreshFacts, Rules,
    RunFacts, Severity, SnapshotFacts, SourceFacts, State, TableFacts, detect,
};
use regatta_lake::RunStatus;

/// What happens on a day that is not quiet, to the source `us_big`.
#[derive(Clone, Copy, Debug)]
pub enum Planted {
    /// This share of its products is gone.
    Loss(f64),
    /// So many more.
    Gain(f64),
    /// The site refuses the crawler.
    Blocked,
    /// A column that is nearly always filled is empty in every row.
    NullColumn,
    /// This share of the listings goes from active to discontinued.
    StatusShift(f64),
}

/// How a source behaves on quiet days.
struct Habit {
    id: &'static str,
    table: &'static str,
    /// Rows on the first day.
    rows: f64,
    /// Growth per day, share.
    growth: f64,
    /// Standard deviation of the noise of a day, share.
    noise: f64,
    /// On Saturdays and Sundays so many fewer, share.
    weekend: f64,
    /// New data only every so many days, in one step.
    every: usize,
    /// Runs that fail although nothing is wrong, share.
    flaky: f64,
}

const HABITS: &[Habit] = &[
    // A daily list that breathes a little.
    habit("us_big", "products", 44_572.0, 0.0002, 0.001, 0.0, 1, 0.01),
    // A monthly re-issue: the same for four weeks, then a step.
    habit("us_monthly", "products", 1_811.0, 0.0003, 0.002, 0.0, 28, 0.0),
    // A portal that lists fewer on weekends, because pages close.
    habit("eu_weekly", "products", 9_000.0, 0.0003, 0.004, 0.08, 1, 0.01),
    // A young register that grows fast.
    habit("eu_young", "trials", 1_200.0, 0.004, 0.002, 0.0, 1, 0.0),
    // A small notice list: a few rows more or less are many per cent.
    habit("cn_notices", "documents", 49.0, 0.001, 0.05, 0.0, 1, 0.02),
    // A search whose window moves: noisy by nature.
    habit("cn_window", "acceptance", 520.0, 0.0, 0.03, 0.1, 1, 0.03),
    // A price list that never moves.
    habit("jp_prices", "prices", 12_429.0, 0.0, 0.0, 0.0, 1, 0.0),
];

#[expect(clippy::too_many_arguments, reason = "a table reads better in lines")]
const fn habit(
    id: &'static str,
    table: &'static str,
    rows: f64,
    growth: f64,
    noise: f64,
    weekend: f64,
    every: usize,
    flaky: f64,
) -> Habit {
    Habit { id, table, rows, growth, noise, weekend, every, flaky }
}

/// The lake and its random numbers.
pub struct World {
    random: SplitMix,
    day: usize,
    runs: BTreeMap<&'static str, Vec<RunFacts>>,
    rows: BTreeMap<&'static str, u64>,
    vanished: BTreeMap<String, u64>,
    profiles: Vec<Profile>,
    snapshots: Vec<SnapshotFacts>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            random: SplitMix(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed),
            day: 0,
            runs: BTreeMap::new(),
            rows: BTreeMap::new(),
            vanished: BTreeMap::new(),
            profiles: Vec::new(),
            snapshots: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        let start: Timestamp = "2024-08-01T06:30:00Z".parse().unwrap();
        start + SignedDuration::from_hours(24 * i64::try_from(self.day).unwrap())
    }

    /// Every source is crawled once, then a snapshot is published.
    pub fn next_day(&mut self, planted: Option<Planted>) {
        self.day += 1;
        let now = self.now();
        let mut changes = Vec::new();
        self.vanished.clear();
        for habit in HABITS {
            let before = self.rows.get(habit.id).copied();
            let planted = planted.filter(|_| habit.id == "us_big");
            let flaky = self.random.unit() < habit.flaky && before.is_some();
            let mut status = if flaky { RunStatus::Failed } else { RunStatus::Ok };
            if matches!(planted, Some(Planted::Blocked)) {
                status = RunStatus::Blocked;
            } else if planted.is_some() {
                status = RunStatus::Ok;
            } else if !flaky && before.is_some() && !self.day.is_multiple_of(habit.every) {
                status = RunStatus::Unchanged;
            }
            let mut tables = Vec::new();
            if status == RunStatus::Ok {
                let rows = self.rows_of(habit, planted);
                tables.push(TableFacts {
                    name: habit.table.into(),
                    rows,
                    columns: vec!["number".into(), "name".into()],
                    new_columns: Vec::new(),
                });
                let (came, went) = churn(before, rows);
                self.vanished.insert(habit.id.into(), went);
                changes.extend(some(habit.id, "appeared", came, self.day));
                changes.extend(some(habit.id, "vanished", went, self.day));
                self.rows.insert(habit.id, rows);
            }
            self.runs.entry(habit.id).or_default().push(RunFacts {
                run_id: format!("{}-{}", habit.id, self.day),
                finished_at: now,
                seen_whole: now,
                feed: false,
                status,
                problem: (!status.is_good()).then(|| "fetch: the server answered 503".into()),
                tables,
            });
        }
        let id = format!("s{:03}", self.day);
        let profile = self.profile(&id, planted);
        self.profiles.push(profile);
        let records = self.rows.iter().map(|(id, n)| ((*id).to_owned(), (*n, *n))).collect();
        self.snapshots =
            vec![SnapshotFacts { snapshot_id: id, own_rules_changed: false, changes, records }];
    }

    fn rows_of(&mut self, habit: &Habit, planted: Option<Planted>) -> u64 {
        let weekend = matches!(self.day % 7, 2 | 3);
        let steps = (self.day / habit.every * habit.every) as f64;
        let mut rows = habit.rows * (1.0 + habit.growth).powf(steps);
        rows *= 1.0 + habit.noise * self.random.normal();
        if weekend {
            rows *= 1.0 - habit.weekend;
        }
        match planted {
            Some(Planted::Loss(share)) => rows *= 1.0 - share,
            Some(Planted::Gain(share)) => rows *= 1.0 + share,
            _ => {}
        }
        rows.round().max(1.0) as u64
    }

    /// Statuses and empty cells of each source, with the noise of drawing.
    fn profile(&mut self, id: &str, planted: Option<Planted>) -> Profile {
        let mut fields = BTreeMap::new();
        let rows = self.rows.clone();
        for (source, rows) in rows {
            let here = planted.filter(|_| source == "us_big");
            let shift = match here {
                Some(Planted::StatusShift(share)) => share,
                _ => 0.0,
            };
            let status = self.draw(
                rows,
                &[
                    ("active", 0.80 - shift),
                    ("discontinued", 0.16 + shift),
                    ("withdrawn", 0.03),
                    ("unknown", 0.01),
                ],
            );
            fields.insert(format!("listing/{source}/status"), status);
            let form = self.draw(
                rows,
                &[
                    ("tablet", 0.4),
                    ("capsule", 0.2),
                    ("injection", 0.25),
                    ("cream", 0.1),
                    ("unspecified", 0.05),
                ],
            );
            fields.insert(format!("listing/{source}/dosage_form"), form);
            for (column, share) in [("strength", 0.02), ("note", 0.6), ("approval_date", 0.1)] {
                let mut nulls = self.binomial(rows, share);
                if matches!(here, Some(Planted::NullColumn)) && column == "strength" {
                    nulls = rows;
                }
                let table = HABITS.iter().find(|h| h.id == source).unwrap().table;
                let field = FieldProfile { rows, nulls, values: BTreeMap::new() };
                fields.insert(format!("raw {table}/{source}/{column}"), field);
            }
        }
        let total: u64 = self.rows.values().sum();
        Profile {
            snapshot_id: id.to_owned(),
            created_at: self.now(),
            rules: "dictionaries 1".into(),
            rows: BTreeMap::from([("listing".into(), total), ("drug".into(), total / 3)]),
            vanished: self.vanished.clone(),
            fields,
        }
    }

    fn draw(&mut self, rows: u64, shares: &[(&str, f64)]) -> FieldProfile {
        let values: BTreeMap<String, u64> = shares
            .iter()
            .map(|(value, share)| ((*value).to_owned(), self.binomial(rows, *share)))
            .collect();
        FieldProfile { rows: values.values().sum(), nulls: 0, values }
    }

    /// About `rows * share`, with the spread of day to day changes: a tenth of
    /// the rows is new, the others keep what they had.
    fn binomial(&mut self, rows: u64, share: f64) -> u64 {
        let rows = rows as f64;
        let spread = (rows * share * (1.0 - share) * 0.1).sqrt();
        (rows * share + spread * self.random.normal()).round().clamp(0.0, rows) as u64
    }

    pub fn evaluate(&self, rules: &Rules, state: &mut State) -> Vec<Notice> {
        let sources = self.runs.iter().map(|(id, runs)| SourceFacts {
            source_id: (*id).to_owned(),
            title: (*id).to_owned(),
            max_age_hours: 72,
            runs: runs.clone(),
            // Every snapshot is published, and feeds fail now and then.
            served_run: runs
                .iter()
                .rev()
                .find(|r| r.status == RunStatus::Ok)
                .map(|r| r.run_id.clone()),
            feed: Some(FeedFacts {
                every_s: 600,
                polled_at: Some(self.now()),
                good_at: Some(self.now() - SignedDuration::from_mins(40)),
                failures_in_a_row: u32::try_from(self.day % 4).unwrap(),
                blocked: self.day % 4 == 1,
                problem: Some("fetch: the server answered 503".into()),
            }),
        });
        let facts = Facts {
            now: self.now(),
            sources: sources.collect(),
            snapshots: self.snapshots.clone(),
            profiles: self.profiles.clone(),
            // Two refreshes in three days fail, and the next one is good.
            refreshes: (0..self.day)
                .map(|day| RefreshFacts {
                    finished_at: self.now(),
                    problem: (day % 3 != 2).then(|| "no space left on device".into()),
                })
                .collect(),
            published_at: Some(self.now()),
        };
        let to = [Recipient { channel: "test".into(), min_severity: Severity::Info }];
        state.apply(detect(rules, &facts), rules, &to, self.now())
    }
}

/// Records that came and went: the difference, and a few that were renumbered.
fn churn(before: Option<u64>, now: u64) -> (u64, u64) {
    let Some(before) = before else { return (0, 0) };
    let renumbered = now / 2_000;
    (now.saturating_sub(before) + renumbered, before.saturating_sub(now) + renumbered)
}

fn some(
    source: &'static str,
    change: &'static str,
    count: u64,
    day: usize,
) -> impl Iterator<Item = ChangeFact> {
    (0..count).map(move |n| ChangeFact {
        entity_kind: "listing".into(),
        entity_id: format!("{source}:{day}-{n}"),
        source_id: source.into(),
        change: change.into(),
        reason: format!("record_{change}"),
        generic: "imatinib".into(),
        ..ChangeFact::default()
    })
}

/// A small generator with a good name; the standard library has none.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-12), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}
