//! Numbers and times in words.

use jiff::{SignedDuration, Timestamp};

/// `1.0 MB`.
pub fn bytes(n: u64) -> String {
    indicatif::HumanBytes(n).to_string()
}

/// `44,572`.
pub fn count(n: u64) -> String {
    indicatif::HumanCount(n).to_string()
}

/// `3 min`, `5 h`, `2 days`: the age of something.
pub fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).max(SignedDuration::ZERO).as_secs();
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min", seconds / 60),
        3_600..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `0.42 s`.
pub fn seconds(ms: u64) -> String {
    format!("{}.{:02} s", ms / 1_000, ms % 1_000 / 10)
}

/// The text cut to so many characters, with a mark where something is missing.
pub fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(characters.saturating_sub(1)).collect();
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (since, words) in [
            ("2026-11-23T11:59:30Z", "30 s"),
            ("2026-11-23T11:18:00Z", "42 min"),
            ("2026-11-22T12:00:00Z", "24 h"),
            ("2026-11-20T12:00:00Z", "3 days"),
            ("2026-11-24T12:00:00Z", "0 s"),
        ] {
            assert_eq!(age(since.parse().unwrap(), now), words);
        }
    }
}
