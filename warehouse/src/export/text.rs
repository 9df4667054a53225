//! Dates and instants as ISO 8601.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// `2026-11-23`; `DuckDB`'s infinite dates keep their names.
pub(super) fn date(days: i32) -> String {
    let shifted = jiff::Span::new().try_days(days).and_then(|span| EPOCH.checked_add(span));
    shifted.map_or_else(|_| infinite(i64::from(days)), |d| d.to_string())
}

/// `2026-11-23T08:15:00.250Z`: to the millisecond, as the contract has it;
/// finer where the value is finer.
pub(super) fn instant(microseconds: i64) -> String {
    let digits = if microseconds % 1_000 == 0 { 3 } else { 6 };
    match Timestamp::from_microsecond(microseconds) {
        Ok(at) => {
            let at = at.to_zoned(TimeZone::UTC).datetime();
            format!("{at:.digits$}Z")
        }
        Err(_) => infinite(microseconds),
    }
}

fn infinite(value: i64) -> String {
    if value < 0 { "-infinity".to_owned() } else { "infinity".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_instants_are_iso_8601() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(20_780), "2026-11-23");
        assert_eq!(date(i32::MAX), "infinity");
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(instant(1_795_421_700_250_000), "2026-11-23T08:15:00.250Z");
        assert_eq!(instant(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(instant(i64::MIN + 1), "-infinity");
    }
}
