//! The kinds of rules and their settings.

use std::collections::BTreeMap;

use regatta_domain::{ListingStatus, Region, Stage, TrialStatus};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Status of listings.
    ListingStatus(ListingStatusRule),
    /// Status of trials.
    TrialStatus(TrialStatusRule),
    /// Holders of listings.
    Holder(HolderRule),
    /// Progress of watched drugs.
    NewStage(NewStageRule),
    /// Records that vanish together.
    Vanished(VanishedRule),
    /// Runs that are not good.
    SourceRun(SourceRunRule),
    /// Columns of raw tables.
    Columns(ColumnsRule),
    /// Age of data.
    Overdue(OverdueRule),
    /// Refreshes that do not come to a snapshot.
    Refresh(RefreshRule),
    /// Feeds of changes that cannot be read.
    Feed(FeedRule),
    /// Number of rows.
    Rows(RowsRule),
    /// Distribution of values.
    Values(ValuesRule),
    /// Share of empty cells.
    Nulls(NullsRule),
    /// What dictionaries and rules changed.
    OwnChanges(OwnChangesRule),
}

impl Kind {
    /// The kind with this code and its settings; else what is wrong.
    pub(super) fn read(code: &str, settings: Table) -> Result<Self, String> {
        let kind = match code {
            "listing_status" => Self::ListingStatus(read(settings)?),
            "trial_status" => Self::TrialStatus(read(settings)?),
            "holder" => Self::Holder(read(settings)?),
            "new_stage" => Self::NewStage(read(settings)?),
            "vanished" => Self::Vanished(read(settings)?),
            "source_run" => Self::SourceRun(read(settings)?),
            "columns" => Self::Columns(read(settings)?),
            "overdue" => Self::Overdue(read(settings)?),
            "refresh" => Self::Refresh(read(settings)?),
            "feed" => Self::Feed(read(settings)?),
            "rows" => Self::Rows(read(settings)?),
            "values" => Self::Values(read(settings)?),
            "nulls" => Self::Nulls(read(settings)?),
            "own_changes" => Self::OwnChanges(read(settings)?),
            other => {
                return Err(format!(
                    "`kind`: {other:?} is none of listing_status, trial_status, holder, \
                     new_stage, vanished, source_run, columns, overdue, refresh, feed, rows, \
                     values, nulls, own_changes"
                ));
            }
        };
        kind.check()?;
        Ok(kind)
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::ListingStatus(rule) => {
                codes::<ListingStatus>("from", &rule.from)?;
                codes::<ListingStatus>("to", &rule.to)
            }
            Self::TrialStatus(rule) => codes::<TrialStatus>("to", &rule.to),
            Self::NewStage(rule) => {
                codes::<Region>("countries", &rule.countries)?;
                codes::<Stage>("min_stage", std::slice::from_ref(&rule.min_stage))
            }
            Self::Vanished(rule) => {
                portion("min_share", rule.min_share)?;
                portion("cold_share", rule.cold_share)?;
                at_least("factor", rule.factor, 1.0)?;
                history(rule.min_history)
            }
            Self::SourceRun(rule) => rule.check(),
            Self::Overdue(rule) => at_least("critical_factor", rule.critical_factor, 1.0),
            Self::Refresh(rule) => {
                one_or_more("after", rule.after.into())?;
                one_or_more("unpublished_hours", rule.unpublished_hours.into())
            }
            Self::Feed(rule) => {
                one_or_more("after", rule.after.into())?;
                one_or_more("max_hours", rule.max_hours.into())
            }
            Self::Rows(rule) => {
                portion("min_share", rule.min_share)?;
                portion("cold_share", rule.cold_share)?;
                portion("critical_loss", rule.critical_loss)?;
                at_least("width", rule.width, 1.0)?;
                history(rule.min_history)
            }
            Self::Values(rule) => {
                portion("min_distance", rule.min_distance)?;
                portion("cold_distance", rule.cold_distance)?;
                at_least("width", rule.width, 1.0)?;
                history(rule.min_history)
            }
            Self::Nulls(rule) => {
                portion("min_points", rule.min_points)?;
                portion("cold_points", rule.cold_points)?;
                at_least("width", rule.width, 1.0)?;
                history(rule.min_history)
            }
            Self::Holder(_) | Self::Columns(_) | Self::OwnChanges(_) => Ok(()),
        }
    }
}

macro_rules! settings {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$field_meta:meta])* $field:ident: $ty:ty, )* } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $ty, )* }
    )+};
}

settings! {
    /// A listing goes from one status to another.
    ListingStatusRule {
        /// Statuses before.
        from: Vec<String>,
        /// Statuses now.
        to: Vec<String>,
        /// More families of products than this become one alert.
        single_up_to: usize,
    }
    /// A trial gets one of these statuses.
    TrialStatusRule {
        /// Statuses now.
        to: Vec<String>,
        /// More trials than this become one alert.
        single_up_to: usize,
    }
    /// A listing has another holder.
    HolderRule {
        /// More pairs of companies than this become one alert.
        single_up_to: usize,
    }
    /// Somebody gets further.
    NewStageRule {
        /// Standard generic names.
        #[serde(default)]
        generics: Vec<String>,
        /// Molecular targets, by any name: `HER2`, `PD-1`, `EGFR`.
        #[serde(default)]
        targets: Vec<String>,
        /// Standard companies.
        #[serde(default)]
        companies: Vec<String>,
        /// Corporate groups, by any name: `Bristol-Myers Squibb`, `BMS`.
        #[serde(default)]
        groups: Vec<String>,
        /// Countries; empty: all.
        #[serde(default)]
        countries: Vec<String>,
        /// Least stage.
        #[serde(default = "NewStageRule::least_stage")]
        min_stage: String,
        /// More drugs than this become one alert.
        #[serde(default = "NewStageRule::singles")]
        single_up_to: usize,
    }
    /// Records vanish together.
    VanishedRule {
        /// Least number.
        min_records: u64,
        /// Least share of the records of the source.
        min_share: f64,
        /// So many times what is usual.
        factor: f64,
        /// Snapshots before it is known what is usual.
        min_history: usize,
        /// Snapshots that it looks back.
        look_back: usize,
        /// Least share before that.
        cold_share: f64,
    }
    /// Runs that are not good.
    SourceRunRule {
        /// Runs in a row after which a status is told.
        after: BTreeMap<String, usize>,
    }
    /// Columns of raw tables.
    ColumnsRule {}
    /// Age of data.
    OverdueRule {
        /// Critical from so many times the objective.
        critical_factor: f64,
    }
    /// Refreshes that do not come to a snapshot.
    RefreshRule {
        /// Failures in a row.
        after: u32,
        /// Hours that new data of a source may wait to be published.
        unpublished_hours: u32,
    }
    /// Feeds of changes that cannot be read.
    FeedRule {
        /// Failed polls in a row.
        after: u32,
        /// Hours without a good poll, where polls fail; at least three times
        /// its schedule.
        max_hours: u32,
    }
    /// Number of rows.
    RowsRule {
        /// Days before the statistics speak.
        min_history: usize,
        /// Days that they look back.
        max_history: usize,
        /// Days of one weekday from which it is judged by its own median.
        weekday_history: usize,
        /// Half the width of the range, robust standard deviations.
        width: f64,
        /// Least half width, share of the rows.
        min_share: f64,
        /// Least difference, rows.
        min_rows: u64,
        /// Jump that is told before there is enough history, share.
        cold_share: f64,
        /// Loss from which it is critical, share.
        critical_loss: f64,
        /// Published tables that are judged.
        tables: Vec<String>,
    }
    /// Distribution of values.
    ValuesRule {
        /// Snapshots before the statistics speak.
        min_history: usize,
        /// Snapshots taken together for the comparison.
        reference: usize,
        /// As [`RowsRule::width`].
        width: f64,
        /// Least distance that is told.
        min_distance: f64,
        /// Distance that is told before there is enough history.
        cold_distance: f64,
        /// Fewer rows are not judged.
        min_rows: u64,
    }
    /// Share of empty cells.
    NullsRule {
        /// Snapshots before the statistics speak.
        min_history: usize,
        /// As [`RowsRule::width`].
        width: f64,
        /// Least difference of shares that is told.
        min_points: f64,
        /// Difference that is told before there is enough history.
        cold_points: f64,
        /// Fewer rows are not judged.
        min_rows: u64,
    }
    /// What dictionaries and rules changed.
    OwnChangesRule {}
}

impl NewStageRule {
    fn least_stage() -> String {
        Stage::PhaseOne.code().to_owned()
    }

    fn singles() -> usize {
        10
    }
}

impl SourceRunRule {
    fn check(&self) -> Result<(), String> {
        const KNOWN: [&str; 5] = ["blocked", "not_found", "failed", "malformed", "rejected"];
        for (status, runs) in &self.after {
            if !KNOWN.contains(&status.as_str()) {
                return Err(format!("`after`: {status:?} is none of {}", KNOWN.join(", ")));
            }
            if *runs == 0 {
                return Err(format!("`after`: {status} must be at least 1 run"));
            }
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(settings: Table) -> Result<T, String> {
    // toml's message ends with the key: "in `min_history`".
    T::deserialize(Value::Table(settings)).map_err(|e| e.to_string().trim_end().replace('\n', " "))
}

fn codes<T: std::str::FromStr<Err: std::fmt::Display>>(
    key: &str,
    codes: &[String],
) -> Result<(), String> {
    for code in codes {
        code.parse::<T>().map_err(|e| format!("`{key}`: {e}"))?;
    }
    Ok(())
}

fn portion(key: &str, value: f64) -> Result<(), String> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    Err(format!("`{key}`: expected a share above 0 and at most 1, found {value}"))
}

fn at_least(key: &str, value: f64, least: f64) -> Result<(), String> {
    if value >= least {
        return Ok(());
    }
    Err(format!("`{key}`: expected at least {least}, found {value}"))
}

fn one_or_more(key: &str, value: u64) -> Result<(), String> {
    if value >= 1 {
        return Ok(());
    }
    Err(format!("`{key}`: expected at least 1, found {value}"))
}

fn history(value: usize) -> Result<(), String> {
    if value >= 3 {
        return Ok(());
    }
    Err(format!("`min_history`: expected at least 3, found {value}"))
}
