//! The date formats that regulators use, one function each.
//!
//! Lists are typed by hand and padded to line up (`2018. 1.19`): white space
//! may stand around each part of a date, but never inside a number.

use super::{DateError, PartialDate};

/// `Mon D, YYYY` (Orange Book), also with the month written out or with a
/// point after it (`Jun. 26, 2023`, `September 25, 2009`), and FDA's
/// `Approved Prior to Jan 1, 1982`, which becomes an upper bound.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn month_name(text: &str) -> Result<PartialDate, DateError> {
    const PRIOR: &str = "approved prior to ";
    let shape = || shape(text, "Mon D, YYYY");
    let trimmed = text.trim();
    let prior = trimmed.get(..PRIOR.len()).is_some_and(|start| start.eq_ignore_ascii_case(PRIOR));
    let date = if prior { &trimmed[PRIOR.len()..] } else { trimmed };
    let (month_and_day, year) = date.split_once(',').ok_or_else(shape)?;
    let (month, day) = month_and_day.trim().split_once(is_space_or_point).ok_or_else(shape)?;
    let month = month_number(month).ok_or_else(shape)?;
    let day = number(day.trim_start_matches(is_space_or_point), 1..=2).ok_or_else(shape)?;
    let year = number(year.trim(), 4..=4).ok_or_else(shape)?;
    let date = PartialDate::day_of(year, month, day)?;
    Ok(if prior { date.as_upper_bound() } else { date })
}

/// `YYYY-MM-DD hh:mm:ss` (Drugs@FDA), also with `T` between day and time or
/// without a time. The day counts, the time is dropped. `1900-01-01` is the
/// way this source writes "none". A month or day of one digit needs a blank in
/// the place of the other.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn timestamp(text: &str) -> Result<Option<PartialDate>, DateError> {
    const FORM: &str = "YYYY-MM-DD hh:mm:ss";
    let shape = || shape(text, FORM);
    let mut parts = text.trim().splitn(3, '-');
    let (Some(year), Some(month), Some(day_and_time)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(shape());
    };
    // The time begins behind the day, not at the blank that pads it.
    let day_at = day_and_time.len() - day_and_time.trim_start().len();
    let ends_day = |(at, c): &(usize, char)| *at > day_at && (c.is_whitespace() || *c == 'T');
    let end = day_and_time.char_indices().find(ends_day);
    let (day, time) = match end.and_then(|(at, _)| day_and_time.split_at_checked(at)) {
        Some((day, time)) => (day, time.strip_prefix('T').unwrap_or(time)),
        None => (day_and_time, "0:00"),
    };
    if !is_time(time) {
        return Err(shape());
    }
    let year = number(year.trim(), 4..=4).ok_or_else(shape)?;
    let month = padded(month).ok_or_else(shape)?;
    let day = padded(day).ok_or_else(shape)?;
    let date = PartialDate::day_of(year, month, day)?;
    Ok(unless_placeholder(date))
}

/// `M/D/YYYY`, with or without a time (`M/D/YYYY h:mm`, Drugs@FDA and Purple
/// Book). `1/1/1900` means "none" here too.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn month_first(text: &str) -> Result<Option<PartialDate>, DateError> {
    const FORM: &str = "M/D/YYYY h:mm";
    let trimmed = text.trim();
    // The time is looked for behind the year: blanks may pad month and day.
    let year_at = trimmed.rfind('/').map_or(0, |slash| slash + 1);
    let (before, last) = trimmed.split_at_checked(year_at).ok_or_else(|| shape(text, FORM))?;
    let last = last.trim_start();
    let (year, time) = last.split_once(char::is_whitespace).unwrap_or((last, "0:00"));
    if !is_time(time) {
        return Err(shape(text, FORM));
    }
    let date = format!("{before}{year}");
    let [month, day, year] = three(&date, '/', [1..=2, 1..=2, 4..=4]).ok_or(shape(text, FORM))?;
    PartialDate::day_of(year, month, day).map(unless_placeholder)
}

/// `DD/MM/YYYY` (EMA, CTIS).
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn day_first(text: &str) -> Result<PartialDate, DateError> {
    let [day, month, year] =
        three(text, '/', [1..=2, 1..=2, 4..=4]).ok_or_else(|| shape(text, "DD/MM/YYYY"))?;
    PartialDate::day_of(year, month, day)
}

/// `D-Mon-YY` (Purple Book, PMDA). A year of two digits means the latest year
/// with these digits that is not after `latest_year`: with 2026, `87` is 1987
/// and `24` is 2024; a licence known to be older is read with a smaller
/// `latest_year`. Years of four digits are taken as they are.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn day_month_name(text: &str, latest_year: u16) -> Result<PartialDate, DateError> {
    let shape = || shape(text, "D-Mon-YY");
    let mut parts = text.trim().split('-');
    let (Some(day), Some(month), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(shape());
    };
    let day = number(day.trim(), 1..=2).ok_or_else(shape)?;
    let month = month_number(month).ok_or_else(shape)?;
    let year = year.trim();
    let year = match (number(year, 2..=2), number(year, 4..=4)) {
        (Some(two_digits), _) => {
            let latest = u32::from(latest_year);
            let in_century = latest - latest % 100 + two_digits;
            if in_century <= latest {
                in_century
            } else {
                in_century.checked_sub(100).ok_or_else(shape)?
            }
        }
        (None, Some(year)) => year,
        (None, None) => return Err(shape()),
    };
    PartialDate::day_of(year, month, day)
}

/// `YYYY.M.D` (PMDA), `YYYY/M/D` and `YYYY-M-D` (Chinese sources), month and
/// day of one or two digits. One mark holds for the whole date.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn year_first(text: &str) -> Result<PartialDate, DateError> {
    let parts = |mark| three(text, mark, [4..=4, 1..=2, 1..=2]);
    let [year, month, day] =
        ['.', '/', '-'].into_iter().find_map(parts).ok_or_else(|| shape(text, "YYYY.M.D"))?;
    PartialDate::day_of(year, month, day)
}

/// `2020年9月8日` (NMPA); month or day may be missing from the end.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn chinese(text: &str) -> Result<PartialDate, DateError> {
    let shape = || shape(text, "2020年9月8日");
    let (year, rest) = text.trim().split_once('年').ok_or_else(shape)?;
    let year = number(year.trim(), 4..=4).ok_or_else(shape)?;
    if rest.trim().is_empty() {
        return PartialDate::new(year, None, None);
    }
    let (month, rest) = rest.split_once('月').ok_or_else(shape)?;
    let month = number(month.trim(), 1..=2).ok_or_else(shape)?;
    if rest.trim().is_empty() {
        return PartialDate::new(year, Some(month), None);
    }
    let day = rest.trim().strip_suffix('日').ok_or_else(shape)?;
    let day = number(day.trim(), 1..=2).ok_or_else(shape)?;
    PartialDate::day_of(year, month, day)
}

/// Japanese era, `R8.3.31` or `令和8年3月31日`; a closing `まで` (until) is
/// dropped. Years after the end of an era are converted, because documents
/// printed before the change of era use them; days before its first day are
/// refused.
///
/// # Errors
/// [`DateError`] where the text is no such date.
pub fn japanese_era(text: &str) -> Result<PartialDate, DateError> {
    let shape = || shape(text, "R8.3.31");
    let trimmed = text.trim();
    let date = trimmed.strip_suffix("まで").unwrap_or(trimmed).trim_end();
    let (era, digits) = ERAS
        .iter()
        .find_map(|era| {
            let letter = date.strip_prefix([era.letter, era.letter.to_ascii_lowercase()]);
            letter
                .or_else(|| date.strip_prefix(era.name))
                .map(|rest| (era, rest.trim_start_matches('.')))
        })
        .ok_or_else(shape)?;
    let dotted = digits.replace('元', "1").replace(['年', '月'], ".").replace('日', "");
    let [year, month, day] = three(&dotted, '.', [1..=2, 1..=2, 1..=2]).ok_or_else(shape)?;
    if year == 0 {
        return Err(shape());
    }
    let (first_year, first_month, first_day) = era.first_day;
    let year = first_year + year - 1;
    if (year, month, day) < (first_year, first_month, first_day) {
        return Err(DateError::NoSuchDay { year, month, day });
    }
    PartialDate::day_of(year, month, day)
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `whole` is what an error shows.
pub(super) fn iso(text: &str, whole: &str) -> Result<PartialDate, DateError> {
    let shape = || shape(whole, "YYYY-MM-DD");
    let mut parts = text.split('-');
    let year = parts.next().and_then(|year| number(year, 4..=4)).ok_or_else(shape)?;
    let mut two_digits = || match parts.next() {
        None => Ok(None),
        Some(part) => number(part, 2..=2).map(Some).ok_or_else(shape),
    };
    let month = two_digits()?;
    let day = two_digits()?;
    if parts.next().is_some() {
        return Err(shape());
    }
    PartialDate::new(year, month, day)
}

struct Era {
    letter: char,
    name: &'static str,
    first_day: (u32, u32, u32),
}

const ERAS: [Era; 5] = [
    era('R', "令和", (2019, 5, 1)),
    era('H', "平成", (1989, 1, 8)),
    era('S', "昭和", (1926, 12, 25)),
    era('T', "大正", (1912, 7, 30)),
    era('M', "明治", (1868, 10, 23)),
];

const fn era(letter: char, name: &'static str, first_day: (u32, u32, u32)) -> Era {
    Era { letter, name, first_day }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A month by its English name or any beginning of it of three letters or
/// more (`Sep`, `Sept`).
fn month_number(name: &str) -> Option<u32> {
    let name = name.trim().to_ascii_lowercase();
    if name.len() < 3 {
        return None;
    }
    (1..).zip(MONTHS).find_map(|(number, month)| month.starts_with(&name).then_some(number))
}

/// Digits only, of a length within `lengths`.
fn number(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits_only && lengths.contains(&text.len()) { text.parse().ok() } else { None }
}

/// Two digits, or one behind the blank that stands for a zero.
fn padded(text: &str) -> Option<u32> {
    let shortest = if text.starts_with(char::is_whitespace) { 1 } else { 2 };
    number(text.trim(), shortest..=2)
}

/// Exactly three numbers between separators, each with white space around it.
fn three(
    text: &str,
    separator: char,
    lengths: [std::ops::RangeInclusive<usize>; 3],
) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let [first, second, third] = lengths;
    let numbers = [
        number(parts.next()?.trim(), first)?,
        number(parts.next()?.trim(), second)?,
        number(parts.next()?.trim(), third)?,
    ];
    parts.next().is_none().then_some(numbers)
}

fn is_space_or_point(c: char) -> bool {
    c.is_whitespace() || c == '.'
}

/// `h:mm`, `hh:mm:ss`, with a fraction, `Z`, or AM/PM.
fn is_time(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    let clock = upper
        .strip_suffix("AM")
        .or_else(|| upper.strip_suffix("PM"))
        .or_else(|| upper.strip_suffix('Z'))
        .unwrap_or(&upper)
        .trim_end();
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let parts: Vec<&str> = clock.split(':').collect();
    let limits = [24, 59, 59];
    (2..=3).contains(&parts.len())
        && parts
            .iter()
            .zip(limits)
            .all(|(part, limit)| number(part, 1..=2).is_some_and(|value| value <= limit))
}

/// Drugs@FDA writes the first day of 1900 where it has no date.
fn unless_placeholder(date: PartialDate) -> Option<PartialDate> {
    let placeholder = (date.year(), date.month(), date.day()) == (1900, Some(1), Some(1));
    (!placeholder).then_some(date)
}

fn shape(text: &str, form: &'static str) -> DateError {
    DateError::Shape { text: text.to_owned(), form }
}
