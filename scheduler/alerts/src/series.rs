//! A figure by day, and whether its last value is in the usual range.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::robust::{Range, median};

/// Days before a value whose median it is compared with.
const LEVEL: usize = 7;

/// A figure by day (UTC), oldest first; of several values of a day the last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    days: Vec<(Date, f64)>,
}

/// The last value against its past.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) value: f64,
    /// The median of the last days before.
    pub(crate) level: f64,
    /// Relative difference of the value from the level.
    pub(crate) change: f64,
    /// Usual range of that difference; none with too little history.
    pub(crate) range: Option<Range>,
    /// Days before the last one.
    pub(crate) days: usize,
    /// The days that the range rests on, in words.
    pub(crate) basis: String,
}

/// How a series is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge {
    pub(crate) min_history: usize,
    pub(crate) max_history: usize,
    pub(crate) weekday_history: usize,
    pub(crate) width: f64,
    pub(crate) floor: f64,
}

impl Series {
    pub(crate) fn of(values: impl IntoIterator<Item = (Timestamp, f64)>) -> Self {
        let days: BTreeMap<Date, f64> =
            values.into_iter().map(|(at, v)| (at.to_zoned(TimeZone::UTC).date(), v)).collect();
        Self { days: days.into_iter().collect() }
    }

    /// None where there is no day before the last one.
    pub(crate) fn judge(&self, judge: Judge) -> Option<Judgement> {
        let (&(today, value), past) = self.days.split_last()?;
        if past.is_empty() {
            return None;
        }
        let changes: Vec<(Date, f64)> = (1..self.days.len())
            .filter_map(|i| {
                let before: Vec<f64> =
                    self.days[i.saturating_sub(LEVEL)..i].iter().map(|d| d.1).collect();
                let level = median(&before).filter(|l| *l > 0.0)?;
                Some((self.days[i].0, self.days[i].1 / level - 1.0))
            })
            .collect();
        let level = median(
            &past[past.len().saturating_sub(LEVEL)..].iter().map(|d| d.1).collect::<Vec<_>>(),
        )
        .filter(|l| *l > 0.0)?;
        let change = value / level - 1.0;
        // Without the last day itself, and no further back than asked for.
        let before = &changes[..changes.len().saturating_sub(1)];
        let before = &before[before.len().saturating_sub(judge.max_history)..];
        let (range, basis) = if past.len() < judge.min_history {
            (None, String::new())
        } else {
            usual(before, today.weekday(), judge)
        };
        Some(Judgement { value, level, change, range, days: past.len(), basis })
    }
}

/// The usual change on a weekday. With enough of them its own median counts,
/// and the spread of what changes from week to week; with fewer, all days
/// together, stretched to what that weekday has shown so far.
fn usual(changes: &[(Date, f64)], weekday: Weekday, judge: Judge) -> (Option<Range>, String) {
    let all: Vec<f64> = changes.iter().map(|c| c.1).collect();
    let same: Vec<f64> = changes.iter().filter(|c| c.0.weekday() == weekday).map(|c| c.1).collect();
    if same.len() >= judge.weekday_history {
        let by_day: BTreeMap<Date, f64> = changes.iter().copied().collect();
        // The difference of two days spreads wider than one day, by the root of
        // two. Deviations from a weekday's own median would be too small: of
        // three figures one is the median.
        let from_week_to_week: Vec<f64> = changes
            .iter()
            .filter_map(|(date, change)| {
                let week_before = date.checked_sub(jiff::Span::new().days(7)).ok()?;
                Some((change - by_day.get(&week_before)?) / std::f64::consts::SQRT_2)
            })
            .collect();
        let spread = Range::of(&from_week_to_week, judge.width, judge.floor)
            .map_or(judge.floor, |range| range.half_width);
        let range = median(&same).map(|center| Range { median: center, half_width: spread });
        let basis = format!("{} {}s out of {} days", same.len(), name(weekday), all.len());
        return (range, basis);
    }
    let range = Range::of(&all, judge.width, judge.floor).map(|range| {
        let low = same.iter().copied().fold(range.low(), |l, c| l.min(c - judge.floor));
        let high = same.iter().copied().fold(range.high(), |h, c| h.max(c + judge.floor));
        Range { median: f64::midpoint(low, high), half_width: (high - low) / 2.0 }
    });
    (range, format!("{} days of all weekdays", all.len()))
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUDGE: Judge =
        Judge { min_history: 10, max_history: 90, weekday_history: 3, width: 6.0, floor: 0.02 };

    /// 2024-08-05 is a Monday.
    fn series(values: impl IntoIterator<Item = f64>) -> Series {
        let start: Date = "2024-08-05".parse().unwrap();
        Series::of(values.into_iter().enumerate().map(|(i, v)| {
            let day = start.checked_add(jiff::Span::new().days(i64::try_from(i).unwrap())).unwrap();
            (day.to_zoned(TimeZone::UTC).unwrap().timestamp(), v)
        }))
    }

    #[test]
    fn too_little_history_gives_no_range_but_the_change() {
        let judged = series([100.0, 100.0, 70.0]).judge(JUDGE).unwrap();
        assert!(judged.range.is_none());
        assert!((judged.change + 0.3).abs() < 1e-9);
        assert!(series([100.0]).judge(JUDGE).is_none());
    }

    #[test]
    fn a_weekday_that_is_always_low_is_usual_on_that_weekday_only() {
        let day = |i: usize| if i % 7 == 6 { 80.0 } else { 100.0 };
        let sunday = series((0..35).map(day)).judge(JUDGE).unwrap();
        assert!(sunday.range.unwrap().holds(sunday.change), "{sunday:?}");
        assert!(sunday.basis.contains("Sundays"), "{sunday:?}");
        // The same number on the Wednesday after is not.
        let low =
            series((0..38).map(|i| if i == 37 { 80.0 } else { day(i) })).judge(JUDGE).unwrap();
        assert!(!low.range.unwrap().holds(low.change), "{low:?}");
    }

    #[test]
    fn steady_growth_is_usual() {
        let mut value = 100.0;
        let grown = (0..40).map(|_| {
            value *= 1.01;
            value
        });
        let judged = series(grown).judge(JUDGE).unwrap();
        assert!(judged.range.unwrap().holds(judged.change), "{judged:?}");
    }
}
