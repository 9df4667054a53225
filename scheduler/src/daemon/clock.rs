//! Jumps of the wall clock, seen against the monotonic one.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Smaller differences are the ordinary drift and slewing of a clock.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// The wall clock did not go with the time that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// It went further: the machine slept, or the clock was set forward.
    Forward(SignedDuration),
    /// It was set back.
    Back(SignedDuration),
}

/// Compares the two clocks from look to look.
#[derive(Clone, Copy, Debug)]
pub struct JumpDetector {
    wall: Timestamp,
    monotonic: Instant,
}

impl JumpDetector {
    /// Begins with this reading of both clocks.
    pub fn new(wall: Timestamp, monotonic: Instant) -> Self {
        Self { wall, monotonic }
    }

    /// Takes the next reading.
    pub fn look(&mut self, wall: Timestamp, monotonic: Instant) -> Option<Jump> {
        let passed: Duration = monotonic.saturating_duration_since(self.monotonic);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let ahead = wall.duration_since(self.wall) - passed;
        (self.wall, self.monotonic) = (wall, monotonic);
        if ahead > TOLERANCE {
            Some(Jump::Forward(ahead))
        } else if ahead < -TOLERANCE {
            Some(Jump::Back(-ahead))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_monotonic_clock_did_not_see_is_a_jump() {
        let (wall, start) = ("2026-11-26T06:00:00Z".parse::<Timestamp>().unwrap(), Instant::now());
        let mut detector = JumpDetector::new(wall, start);
        let mut look = |wall_s: i64, monotonic_s: u64| {
            let wall = wall + SignedDuration::from_secs(wall_s);
            detector.look(wall, start + Duration::from_secs(monotonic_s))
        };
        assert_eq!(look(1, 1), None);
        // A busy machine is late on both clocks.
        assert_eq!(look(601, 601), None);
        assert_eq!(look(604, 602), None);
        assert_eq!(look(4204, 602), Some(Jump::Forward(SignedDuration::from_secs(3600))));
        assert_eq!(look(4205, 603), None);
        assert_eq!(look(606, 604), Some(Jump::Back(SignedDuration::from_secs(3600))));
        assert_eq!(look(607, 605), None);
    }
}
