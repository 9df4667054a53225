//! A cron expression in a time zone: when does it fire next? The scheduler's
//! jobs are made of it; the agenda asks it what was missed.

use chrono::{DateTime, FixedOffset};
use croner::parser::{CronParser, Seconds};
use croner::{Cron, JobType};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::ConfigError;

/// Clock changes that may lie between a moment and the next time of a schedule.
const MAX_CLOCK_CHANGES: usize = 64;

/// The times of one cron expression (six fields) in one time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
    text: String,
    chrono_zone: chrono_tz::Tz,
}

impl Schedule {
    /// Reads the expression as the scheduler does: where both a day of month and
    /// a day of week are given, both must hold. `what` names the setting in the
    /// error.
    pub fn parse(what: &str, cron: &str, zone: &str) -> Result<Self, ConfigError> {
        let parser = CronParser::builder().seconds(Seconds::Required).dom_and_dow(true).build();
        let text = cron.to_owned();
        let cron = parser.parse(cron).map_err(|e| {
            ConfigError::new(format!(
                "{what}: {cron:?} is no schedule of six fields, second to day of week ({e})"
            ))
        })?;
        let unknown = || ConfigError::new(format!("{what}: {zone:?} is no time zone"));
        let chrono_zone = zone.parse().map_err(|_| unknown())?;
        let zone = TimeZone::get(zone).map_err(|_| unknown())?;
        Ok(Self { cron, zone, text, chrono_zone })
    }

    /// The expression as it was read.
    pub fn cron(&self) -> &str {
        &self.text
    }

    /// The zone, as the scheduler takes it.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.chrono_zone
    }

    /// The zone's offset from UTC at `at`, seconds.
    pub fn offset(&self, at: Timestamp) -> i32 {
        self.zone.to_offset(at).seconds()
    }

    /// The first time after `at`; none where the expression never fires again
    /// (the 30th of February).
    ///
    /// The hour that is repeated in autumn and the one that is left out in
    /// spring: a schedule with one fixed time of day fires once on both days,
    /// at the first 02:30 and, where there is no 02:30, when the clocks have
    /// changed. A schedule of several times fires at each time that exists.
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        let fixed_time = self.cron.determine_job_type() == JobType::FixedTime;
        let mut from = at;
        let mut inclusive = false;
        for _ in 0..MAX_CLOCK_CHANGES {
            let found = self.in_offset(from, inclusive)?;
            let Some(change) = self.zone.following(from).next() else { return Some(found) };
            let (before, after) = (self.zone.to_offset(from), change.offset());
            let changes = change.timestamp();
            if found < changes {
                if !(fixed_time && self.is_second_time(found)) {
                    return Some(found);
                }
                from = found;
                inclusive = false;
                continue;
            }
            // What the old offset would have fired in the hour that is left out.
            let gap = i64::from(after.seconds()) - i64::from(before.seconds());
            let skipped = found.duration_since(changes) < SignedDuration::from_secs(gap);
            if fixed_time && skipped {
                return Some(changes);
            }
            from = changes;
            inclusive = true;
        }
        None
    }

    /// As if the offset at `from` held for ever.
    fn in_offset(&self, from: Timestamp, inclusive: bool) -> Option<Timestamp> {
        let offset = FixedOffset::east_opt(self.zone.to_offset(from).seconds())?;
        let start = DateTime::from_timestamp(from.as_second(), 0)?.with_timezone(&offset);
        let found = self.cron.find_next_occurrence(&start, inclusive).ok()?;
        Timestamp::from_second(found.timestamp()).ok()
    }

    /// The wall clock has shown this time before: it was put back since.
    fn is_second_time(&self, at: Timestamp) -> bool {
        let Some(change) = self.zone.preceding(at + SignedDuration::from_secs(1)).next() else {
            return false;
        };
        let before = self.zone.to_offset(change.timestamp() - SignedDuration::from_secs(1));
        let put_back = i64::from(before.seconds()) - i64::from(change.offset().seconds());
        at.duration_since(change.timestamp()) < SignedDuration::from_secs(put_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn times(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse("test", cron, zone).unwrap();
        let next = |t: &Timestamp| schedule.after(*t);
        std::iter::successors(next(&at(from)), next).take(count).map(|t| t.to_string()).collect()
    }

    #[test]
    fn a_day_has_its_time_in_its_zone_in_summer_and_winter() {
        assert_eq!(
            times("0 20 6 * * *", "America/New_York", "2026-10-31T09:00:00Z", 3),
            ["2026-10-31T10:20:00Z", "2026-11-01T11:20:00Z", "2026-11-02T11:20:00Z"]
        );
        // Fractions of a second do not shift it.
        assert_eq!(
            times("0 20 6 * * *", "Asia/Tokyo", "2026-01-01T21:19:59.999Z", 1),
            ["2026-01-01T21:20:00Z"]
        );
        assert_eq!(
            times("0 20 6 * * *", "Asia/Tokyo", "2026-01-01T21:20:00Z", 1),
            ["2026-01-02T21:20:00Z"]
        );
    }

    #[test]
    fn a_fixed_time_in_the_hour_left_out_fires_once_when_the_clocks_changed() {
        // 02:00 becomes 03:00 on 2026-03-29 in Berlin, at 01:00 UTC.
        assert_eq!(
            times("0 30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
    }

    #[test]
    fn a_fixed_time_in_the_repeated_hour_fires_once() {
        // 03:00 becomes 02:00 on 2026-10-25 in Berlin, at 01:00 UTC.
        let expected = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        assert_eq!(times("0 30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2), expected);
        // Also where the daemon begins between the two.
        assert_eq!(
            times("0 30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1),
            ["2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            times("0 0 3 * * *", "Europe/Berlin", "2026-10-25T00:10:00Z", 1),
            ["2026-10-25T02:00:00Z"]
        );
    }

    #[test]
    fn an_interval_fires_through_both_hours_and_never_goes_back() {
        assert_eq!(
            times("0 */30 * * * *", "Europe/Berlin", "2026-10-25T00:10:00Z", 5),
            [
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:00:00Z",
                "2026-10-25T02:30:00Z"
            ]
        );
        assert_eq!(
            times("0 */30 * * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", 3),
            ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]
        );
    }

    #[test]
    fn a_rare_day_is_found_over_many_clock_changes_and_never_is_none() {
        assert_eq!(
            times("0 0 12 29 2 *", "Europe/Berlin", "2026-03-01T00:00:00Z", 1),
            ["2028-02-29T11:00:00Z"]
        );
        assert!(times("0 0 0 30 2 *", "UTC", "2026-03-01T00:00:00Z", 1).is_empty());
    }

    #[test]
    fn errors_name_the_setting_and_what_was_expected() {
        let error = Schedule::parse("us_x", "every day", "UTC").unwrap_err().to_string();
        assert!(error.contains("us_x") && error.contains("six fields"), "{error}");
        let error = Schedule::parse("us_x", "* * * * *", "UTC").unwrap_err().to_string();
        assert!(error.contains("six fields"), "{error}");
        let error = Schedule::parse("us_x", "0 0 0 * * *", "Mars/Base").unwrap_err().to_string();
        assert!(error.contains("Mars/Base"), "{error}");
    }
}
