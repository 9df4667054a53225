//! `regatta sources`.

use jiff::{SignedDuration, Timestamp};
use regatta_lake::{SourceHistory, history};
use serde_json::{Value, json};

use crate::app::App;
use crate::catalogue;
use crate::cli::Format;
use crate::exit::Exit;
use crate::jobs::inbox;
use crate::output::{Rows, line, words};

/// The catalogue with schedule, licence, last success and age.
pub fn sources(app: &App) -> anyhow::Result<Exit> {
    // The catalogue can be read before there is a lake.
    let lake = app.lake_if_any()?;
    let now = Timestamp::now();
    let columns = match app.format {
        Format::Table => {
            vec!["source", "data set", "status", "records", "issues", "age", "schedule", "licence"]
        }
        _ => vec![
            "source_id",
            "title",
            "publisher",
            "country",
            "enabled",
            "status",
            "rows",
            "issues",
            "last_success_at",
            "age_s",
            "overdue",
            "cron",
            "time_zone",
            "max_age_hours",
            "licence",
            "attribution",
            "homepage",
            "problem",
            "inbox_waiting",
            "inbox_refused",
        ],
    };
    let mut rows = Rows::new(columns);
    let mut remarks = Vec::new();
    for entry in catalogue::entries(&app.config) {
        let past = match &lake {
            Some(lake) => history(lake, &entry.source_id)?,
            None => SourceHistory::default(),
        };
        let (waiting, refused) = match &lake {
            Some(lake) => {
                (inbox::lying(lake, &entry.source_id), inbox::refused(lake, &entry.source_id))
            }
            None => (0, 0),
        };
        if waiting + refused > 0 {
            remarks.push(format!(
                "{}: {waiting} in its inbox, {refused} refused (inbox/{0}/refused)",
                entry.source_id
            ));
        }
        let state = State::of(&past, now, entry.max_age_hours);
        let enabled = app.config.source(entry.source_id.as_str()).enabled;
        rows.push(match app.format {
            Format::Table => vec![
                json!(entry.source_id),
                json!(words::clip(&entry.title, 40)),
                json!(if enabled { state.status } else { "disabled" }),
                json!(state.rows),
                json!(state.issues),
                json!(state.age_in_words(now)),
                json!(format!("{} {}", entry.cron, entry.time_zone)),
                json!(words::clip(&entry.licence, 34)),
            ],
            _ => vec![
                json!(entry.source_id),
                json!(entry.title),
                json!(entry.publisher),
                json!(entry.country),
                json!(enabled),
                json!(state.status),
                json!(state.rows),
                json!(state.issues),
                json!(state.last_success.map(|t| t.to_string())),
                json!(state.last_success.map(|t| now.duration_since(t).as_secs())),
                json!(state.overdue),
                json!(entry.cron),
                json!(entry.time_zone),
                json!(entry.max_age_hours),
                json!(entry.licence),
                json!(entry.attribution),
                json!(entry.homepage),
                json!(state.problem),
                json!(waiting),
                json!(refused),
            ],
        });
    }
    rows.print(app.format)?;
    if app.format == Format::Table {
        let strays = lake.iter().flat_map(|lake| inbox::strays(lake, &app.config));
        for remark in remarks.into_iter().chain(strays.map(|stray| stray.said())) {
            line(remark)?;
        }
    } else if let Some(lake) = &lake {
        // Their folders are no sources, and have no row.
        inbox::tell_strays(lake, &app.config);
    }
    Ok(Exit::Ok)
}

struct State {
    status: &'static str,
    rows: Value,
    issues: Value,
    last_success: Option<Timestamp>,
    overdue: bool,
    problem: Option<String>,
}

impl State {
    fn of(past: &SourceHistory, now: Timestamp, max_age_hours: u32) -> Self {
        let last_success = past.seen_whole();
        let limit = SignedDuration::from_hours(max_age_hours.into());
        let data = past.data_run();
        Self {
            status: past.last_crawl().map_or("never run", |r| r.status.code()),
            rows: data.map_or(Value::Null, |r| json!(r.rows())),
            issues: data
                .map_or(Value::Null, |r| json!(r.issues.iter().map(|i| i.count).sum::<u64>())),
            last_success,
            overdue: last_success.is_none_or(|t| now.duration_since(t) > limit),
            problem: past
                .last_crawl()
                .and_then(|r| r.failure.as_ref())
                .map(|f| format!("{}: {}", f.what, f.reason)),
        }
    }

    fn age_in_words(&self, now: Timestamp) -> String {
        match self.last_success {
            None => "-".into(),
            Some(at) if self.overdue => format!("{} (overdue)", words::age(at, now)),
            Some(at) => words::age(at, now),
        }
    }
}
