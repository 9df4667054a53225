//! When a source that failed is tried again before its next regular time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regatta_lake::RunStatus;

use super::past::Past;
use super::settings::RetrySettings;

/// Where the random part of a wait comes from: a number from 0 to 1 for a run.
/// The same run has the same number, so that a restart does not move a retry.
pub trait Jitter: Send + Sync {
    /// The number for the run with this id.
    fn of(&self, run_id: &str) -> f64;
}

/// Spreads runs by their id and by where this installation is, so that many
/// installations do not come back to a regulator at one moment.
#[derive(Clone, Copy, Debug)]
pub struct SpreadBy(pub u64);

impl Jitter for SpreadBy {
    fn of(&self, run_id: &str) -> f64 {
        // FNV-1a: small, stable over versions, and good enough to spread.
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ self.0;
        let hash =
            run_id.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        f64::from(u32::try_from(mixed >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

/// When `past` calls for another try: none after a good run, where retries of
/// this kind are switched off, or where the next regular run comes first.
///
/// The first wait depends on what happened. A network that failed may be back
/// in minutes. Bytes that are wrong or incomplete are being repaired by people,
/// in hours. A site that refused us is not asked again for most of a day. The
/// wait doubles with each failure in a row, up to a bound, and up to a quarter
/// of it is added at random.
pub fn retry_at(
    past: &Past,
    next_regular: Option<Timestamp>,
    settings: &RetrySettings,
    jitter: &dyn Jitter,
) -> Option<Timestamp> {
    let last = past.last.as_ref()?;
    let (first, most) = match last.status {
        RunStatus::Ok | RunStatus::Unchanged => return None,
        RunStatus::Failed => (settings.failed_first_s, settings.max_s),
        RunStatus::Malformed | RunStatus::Rejected | RunStatus::NotFound => {
            (settings.wrong_first_s, settings.max_s)
        }
        RunStatus::Blocked => (settings.blocked_first_s, settings.blocked_max_s),
    };
    if first == 0 {
        return None;
    }
    let doublings = past.failures_in_a_row.saturating_sub(1).min(32);
    let wait = first.saturating_mul(1 << doublings).min(most.max(first));
    let wait = Duration::from_secs(wait);
    let random = wait.mul_f64(0.25 * jitter.of(&last.run_id).clamp(0.0, 1.0));
    let wait = SignedDuration::try_from(wait + random).ok()?;
    let at = last.finished_at.checked_add(wait).ok()?;
    next_regular.is_none_or(|regular| at < regular).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::past::LastRun;
    use super::*;

    struct Fixed(f64);

    impl Jitter for Fixed {
        fn of(&self, _: &str) -> f64 {
            self.0
        }
    }

    const SETTINGS: RetrySettings = RetrySettings {
        failed_first_s: 300,
        wrong_first_s: 3600,
        max_s: 14_400,
        blocked_first_s: 28_800,
        blocked_max_s: 86_400,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn past(status: RunStatus, failures_in_a_row: u32) -> Past {
        let last = LastRun {
            run_id: "20261126T060000000Z".into(),
            status,
            started_at: at("2026-11-26T05:59:00Z"),
            finished_at: at("2026-11-26T06:00:00Z"),
        };
        Past { last: Some(last), failures_in_a_row, ..Past::default() }
    }

    fn retry(status: RunStatus, failures: u32, jitter: f64) -> Option<String> {
        let regular = Some(at("2026-11-27T06:00:00Z"));
        retry_at(&past(status, failures), regular, &SETTINGS, &Fixed(jitter)).map(|t| t.to_string())
    }

    #[test]
    fn waits_depend_on_what_happened_double_and_end_at_a_bound() {
        let expect = |status, failures, time: &str| {
            assert_eq!(
                retry(status, failures, 0.0).as_deref(),
                Some(time),
                "{status:?} {failures}"
            );
        };
        expect(RunStatus::Failed, 1, "2026-11-26T06:05:00Z");
        expect(RunStatus::Failed, 2, "2026-11-26T06:10:00Z");
        expect(RunStatus::Failed, 4, "2026-11-26T06:40:00Z");
        expect(RunStatus::Failed, 7, "2026-11-26T10:00:00Z");
        expect(RunStatus::Failed, u32::MAX, "2026-11-26T10:00:00Z");
        for wrong in [RunStatus::Malformed, RunStatus::Rejected, RunStatus::NotFound] {
            expect(wrong, 1, "2026-11-26T07:00:00Z");
            expect(wrong, 2, "2026-11-26T08:00:00Z");
        }
        expect(RunStatus::Blocked, 1, "2026-11-26T14:00:00Z");
        expect(RunStatus::Blocked, 2, "2026-11-26T22:00:00Z");
    }

    #[test]
    fn success_ends_it_and_the_next_regular_run_comes_first() {
        assert_eq!(retry(RunStatus::Ok, 0, 0.0), None);
        assert_eq!(retry(RunStatus::Unchanged, 0, 0.0), None);
        // 24 hours after the third block is not before the regular run.
        assert_eq!(retry(RunStatus::Blocked, 3, 0.0), None);
        let failed = past(RunStatus::Failed, 1);
        let soon = Some(at("2026-11-26T06:05:00Z"));
        assert_eq!(retry_at(&failed, soon, &SETTINGS, &Fixed(0.0)), None);
        assert!(retry_at(&failed, None, &SETTINGS, &Fixed(0.0)).is_some());
        assert_eq!(retry_at(&Past::default(), soon, &SETTINGS, &Fixed(0.0)), None);
    }

    #[test]
    fn the_random_part_is_at_most_a_quarter_and_zero_switches_a_kind_off() {
        assert_eq!(retry(RunStatus::Failed, 1, 1.0).as_deref(), Some("2026-11-26T06:06:15Z"));
        let settings = RetrySettings { blocked_first_s: 0, ..SETTINGS };
        let blocked = past(RunStatus::Blocked, 1);
        assert_eq!(retry_at(&blocked, None, &settings, &Fixed(0.0)), None);
    }

    #[test]
    fn runs_are_spread_and_the_same_run_always_alike() {
        let ids: Vec<String> = (0..1000).map(|n| format!("20261126T06000{n:04}Z")).collect();
        let spread: Vec<f64> = ids.iter().map(|id| SpreadBy(7).of(id)).collect();
        assert_eq!(spread, ids.iter().map(|id| SpreadBy(7).of(id)).collect::<Vec<_>>());
        assert!(spread.iter().all(|n| (0.0..=1.0).contains(n)));
        for tenth in 0..10 {
            let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
            let share = spread.iter().filter(|n| (from..to).contains(*n)).count();
            assert!((50..=150).contains(&share), "{share} of 1000 from {from} to {to}");
        }
        assert_ne!(spread, ids.iter().map(|id| SpreadBy(8).of(id)).collect::<Vec<_>>());
    }
}
