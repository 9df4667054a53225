//! What a number in a workbook means.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::ParseError;
use crate::xlsx::{attribute, for_each_start};

/// The day that a workbook counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateSystem {
    From1900,
    From1904,
}

/// For each cell style whether it shows a number as a date.
pub(crate) fn date_styles(xml: &str) -> Result<Vec<bool>, ParseError> {
    let mut own_formats = Vec::new();
    let mut styles = Vec::new();
    // `xf` elements also stand under cellStyleXfs, which cells do not point to.
    let mut in_cell_xfs = false;
    for_each_start("styles", xml, |element| {
        match element.local_name().as_ref() {
            b"numFmt" => {
                let id: Option<u32> =
                    attribute(element, b"numFmtId").and_then(|id| id.parse().ok());
                let code = attribute(element, b"formatCode").unwrap_or_default();
                own_formats.extend(id.map(|id| (id, is_date_format(&code))));
            }
            b"cellXfs" => in_cell_xfs = true,
            b"cellStyleXfs" | b"cellStyles" | b"dxfs" => in_cell_xfs = false,
            b"xf" if in_cell_xfs => {
                let id =
                    attribute(element, b"numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                let own = own_formats.iter().rev().find(|(own, _)| *own == id);
                styles.push(own.map_or_else(|| is_built_in_date(id), |(_, is_date)| *is_date));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(styles)
}

/// The built-in formats, those of Japanese and Chinese Excel included.
fn is_built_in_date(id: u32) -> bool {
    matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// A format with a year, month, day, hour or second outside of quotes and
/// brackets.
fn is_date_format(code: &str) -> bool {
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.find(|c| *c == '"');
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if matches!(inside.to_lowercase().as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss") {
                    return true;
                }
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// `45796` is 2025-05-19; a part of a day gives the time. None for what is no
/// number or no day that Excel knows.
pub(crate) fn as_date(value: &str, system: DateSystem) -> Option<String> {
    let serial: f64 = value.trim().parse().ok()?;
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked: below 2^22 days")]
    let (day, second) =
        (serial.floor() as i64, ((serial - serial.floor()) * 86_400.0).round() as i64);
    let (day, second) = if second == 86_400 { (day + 1, 0) } else { (day, second) };
    let time = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    if day == 0 {
        return Some(time);
    }
    let first: Date = match system {
        DateSystem::From1904 => date(1904, 1, 1),
        // Excel takes 1900 for a leap year: its day 60 never was.
        DateSystem::From1900 if day < 60 => date(1899, 12, 31),
        DateSystem::From1900 => date(1899, 12, 30),
    };
    let date = first.checked_add(day.days()).ok()?;
    Some(if second == 0 { date.to_string() } else { format!("{date}T{time}") })
}

/// `79.59999999999999` is what the file holds where Excel shows `79.6`: a
/// number counts to its 15th digit. Whole numbers and what is no number stay.
pub(crate) fn as_number(value: &str) -> String {
    let value = value.trim();
    let digits = value.strip_prefix('-').unwrap_or(value);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return value.to_owned();
    }
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            let rounded = format!("{number:.14e}").parse().unwrap_or(number);
            format!("{rounded}")
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_excel_shows() {
        for (stored, shown) in [
            ("79.59999999999999", "79.6"),
            ("0.30000000000000004", "0.3"),
            ("7.5", "7.5"),
            ("9670", "9670"),
            ("1E+2", "100"),
            ("-0.5", "-0.5"),
            ("9007199254740993", "9007199254740993"),
            ("n/a", "n/a"),
        ] {
            assert_eq!(as_number(stored), shown);
        }
    }

    #[test]
    fn serial_numbers_are_days() {
        for (serial, system, day) in [
            ("45796", DateSystem::From1900, Some("2025-05-19")),
            ("1", DateSystem::From1900, Some("1900-01-01")),
            ("61", DateSystem::From1900, Some("1900-03-01")),
            ("44334", DateSystem::From1904, Some("2025-05-19")),
            ("45796.5", DateSystem::From1900, Some("2025-05-19T12:00:00")),
            ("45795.9999999", DateSystem::From1900, Some("2025-05-19")),
            ("0.25", DateSystem::From1900, Some("06:00:00")),
            ("-1", DateSystem::From1900, None),
            ("1e300", DateSystem::From1900, None),
            ("NaN", DateSystem::From1900, None),
        ] {
            assert_eq!(as_date(serial, system).as_deref(), day, "{serial}");
        }
    }

    #[test]
    fn formats_are_told_by_their_letters() {
        for (format, is_date) in [
            ("yyyy/mm/dd", true),
            ("[$-411]ggge\"年\"m\"月\"d\"日\"", true),
            ("[h]:mm", true),
            ("#,##0.00_);[Red]\\(#,##0.00\\)", false),
            ("0\"days\"", false),
            ("General", false),
            ("@", false),
        ] {
            assert_eq!(is_date_format(format), is_date, "{format}");
        }
    }
}
