use proptest::prelude::*;
use regatta_domain::date::{
    chinese, day_first, day_month_name, japanese_era, month_first, month_name, timestamp,
    year_first,
};
use regatta_domain::{DateError, PartialDate, Precision};

fn iso(text: &str) -> PartialDate {
    text.parse().unwrap()
}

#[test]
fn iso_of_any_precision() {
    let cases =
        [("2023", Precision::Year), ("2023-04", Precision::Month), ("2023-04-12", Precision::Day)];
    for (text, precision) in cases {
        assert_eq!(iso(text).precision(), precision);
        assert_eq!(iso(text).to_string(), text);
    }
    assert_eq!(iso("<1982-01-01").to_string(), "<1982-01-01");
    for wrong in ["", "23", "2023-4", "2023-04-12-01", "2023-04-12x", "+2023", "2023-", "<"] {
        assert!(wrong.parse::<PartialDate>().is_err(), "{wrong}");
    }
}

#[test]
fn only_days_of_the_calendar() {
    for day in ["2024-02-29", "2000-02-29", "2023-12-31", "2023-04-30"] {
        assert_eq!(iso(day).precision(), Precision::Day);
    }
    for none in [
        "2023-02-29",
        "1900-02-29",
        "2023-04-31",
        "2023-00",
        "2023-13",
        "2023-01-00",
        "2023-01-32",
        "0000-01-01",
    ] {
        let error = none.parse::<PartialDate>().unwrap_err();
        assert!(matches!(error, DateError::NoSuchDay { .. }), "{none}: {error}");
    }
    assert!(PartialDate::new(2023, None, Some(1)).is_err());
}

#[test]
fn order_is_by_first_possible_day() {
    let ascending = [
        "<1982-01-01",
        "1982-01-01",
        "2022-12-31",
        "2023",
        "2023-01",
        "2023-01-01",
        "2023-01-02",
        "2023-02",
        "2024",
    ];
    assert!(ascending.map(iso).is_sorted_by(|left, right| left < right));
}

#[test]
fn epoch_days() {
    let cases = [
        ("1970-01-01", Some(0)),
        ("1969-12-31", Some(-1)),
        ("2000-03-01", Some(11_017)),
        ("2024-02-29", Some(19_782)),
        ("1582-10-15", Some(-141_427)),
        ("2024-02", None),
        ("<1982-01-01", None),
    ];
    for (text, day) in cases {
        assert_eq!(iso(text).epoch_day(), day, "{text}");
    }
}

#[test]
fn formats_of_the_regulators() {
    let some = |text| Ok(Some(iso(text)));
    let one = |text| Ok(iso(text));
    assert_eq!(month_name("Jan 1, 1982"), one("1982-01-01"));
    assert_eq!(month_name("September 25, 2009"), one("2009-09-25"));
    assert_eq!(month_name("Sept 5, 2009"), one("2009-09-05"));
    assert_eq!(month_name("Jun. 26, 2023"), one("2023-06-26"));
    assert_eq!(month_name(" MAY  7, 2023 "), one("2023-05-07"));
    assert_eq!(month_name("Approved Prior to Jan 1, 1982"), one("<1982-01-01"));

    assert_eq!(timestamp("2019-07-02 00:00:00"), some("2019-07-02"));
    assert_eq!(timestamp("2019-07-02T23:59:59.000Z"), some("2019-07-02"));
    assert_eq!(timestamp("2019-07-02"), some("2019-07-02"));
    assert_eq!(timestamp("1900-01-01 00:00:00"), Ok(None));

    assert_eq!(month_first("9/13/2016"), some("2016-09-13"));
    assert_eq!(month_first("9/13/2016 0:00"), some("2016-09-13"));
    assert_eq!(month_first("9/13/2016 11:59:59 PM"), some("2016-09-13"));
    assert_eq!(month_first("1/1/1900 0:00"), Ok(None));

    assert_eq!(day_first("21/06/2022"), one("2022-06-21"));
    assert_eq!(year_first("2025.5.19"), one("2025-05-19"));
    assert_eq!(year_first("2025/5/19"), one("2025-05-19"));
    assert!(year_first("2025/5.19").is_err());

    assert_eq!(chinese("2020年9月8日"), one("2020-09-08"));
    assert_eq!(chinese("2020年09月11日"), one("2020-09-11"));
    assert_eq!(chinese("2020年9月"), one("2020-09"));
    assert_eq!(chinese("2020年"), one("2020"));
}

#[test]
fn year_first_takes_one_mark_of_three() {
    let cases = [
        ("2025/5/26", "2025-05-26"),
        ("2025-5-6", "2025-05-06"),
        ("2025-05-06", "2025-05-06"),
        ("2024/1/3", "2024-01-03"),
        ("2024.01.03", "2024-01-03"),
        ("2024-12-3", "2024-12-03"),
    ];
    for (text, date) in cases {
        assert_eq!(year_first(text), Ok(iso(date)), "{text}");
    }
    for wrong in [
        "2025/5-6",
        "2025-5.6",
        "2025--6",
        "2025-5",
        "2025-5-6-7",
        "-2025-5-6",
        "25-5-6",
        "2025-005-6",
        "2025-5-006",
        "2025-13-1",
        "2025/2/30",
        "2025.0.1",
        "2010-123456-12",
        "2025-5-6 0:00",
        "2025 5 6",
        "20250506",
    ] {
        assert!(year_first(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn white_space_pads_parts_of_dates() {
    let day = Ok(iso("2018-01-09"));
    let some = Ok(Some(iso("2018-01-09")));
    for text in ["2018. 1. 9", "2018. 1.09", "2018 .1 .9", "2018.\u{3000}1.\u{a0}9 ", "2018/ 1/ 9"]
    {
        assert_eq!(year_first(text), day, "{text}");
    }
    assert_eq!(year_first("2018. 1.19"), Ok(iso("2018-01-19")));
    assert_eq!(year_first("2018- 1- 9"), day);
    assert_eq!(month_name("Jan.\u{a0}9, 2018"), day);
    assert_eq!(month_name("Jan  9 ,2018"), day);
    assert_eq!(day_first(" 9/ 1/2018"), day);
    assert_eq!(day_first("09/ 01 /2018"), day);
    assert_eq!(day_month_name(" 9- Jan- 18", 2026), day);
    assert_eq!(chinese("2018年 1月 9日"), day);
    assert_eq!(japanese_era("H30. 1. 9"), day);
    assert_eq!(japanese_era("平成 30年 1月 9日 まで"), day);
    assert_eq!(month_first(" 1/ 9/2018"), some);
    assert_eq!(month_first("1/ 9/ 2018  0:00"), some);
    assert_eq!(month_first("1/ 1/1900 0:00"), Ok(None));
    assert_eq!(timestamp("2018- 1- 9"), some);
    assert_eq!(timestamp("2018- 1- 9 00:00:00"), some);
    assert_eq!(timestamp("2018-01- 9T00:00:00Z"), some);
    assert_eq!(timestamp("1900- 1- 1 00:00:00"), Ok(None));

    // A blank is no mark and no digit, and a number stays in one piece.
    for wrong in
        ["2018 1 9", "2018. 1 9", "2018. .9", "2018.1. ", "20 18.1.9", "2018.1.1 9", "2018.1 2.9"]
    {
        assert!(year_first(wrong).is_err(), "{wrong}");
    }
    for wrong in ["2018-1-9", "2018- 1-9", "2018-01", "2018-01- ", "2018-01-1 2", "2018-01-T0:00"] {
        assert!(timestamp(wrong).is_err(), "{wrong}");
    }
    for wrong in ["1/9/20 18", "1/9/", "1/9/ 0:00", "1 0:00/9/2018", "1/9/2018 noon", "0:00"] {
        assert!(month_first(wrong).is_err(), "{wrong}");
    }
    assert!(day_first("9 1 2018").is_err());
    assert!(day_month_name("9 Jan 18", 2026).is_err());
    // What is written into the tables has one form only.
    assert!("2018- 1- 9".parse::<PartialDate>().is_err());
}

#[test]
fn two_digit_years_end_at_the_pivot() {
    let cases = [
        ("2-Dec-87", 2026, "1987-12-02"),
        ("13-Mar-24", 2026, "2024-03-13"),
        ("13-Mar-26", 2026, "2026-03-13"),
        ("13-Mar-27", 2026, "1927-03-13"),
        ("13-Mar-24", 1960, "1924-03-13"),
        ("99-May-99", 2026, ""),
        ("9-May-99", 2026, "1999-05-09"),
        ("9-May-2003", 1960, "2003-05-09"),
    ];
    for (text, pivot, date) in cases {
        assert_eq!(day_month_name(text, pivot).ok(), date.parse().ok(), "{text}");
    }
}

#[test]
fn japanese_eras() {
    let cases = [
        ("R8.3.31", "2026-03-31"),
        ("R8.3.31まで", "2026-03-31"),
        ("令和8年3月31日まで", "2026-03-31"),
        ("令和元年5月1日", "2019-05-01"),
        ("r1.5.1", "2019-05-01"),
        ("H1.1.8", "1989-01-08"),
        ("H31.4.30", "2019-04-30"),
        // Printed before the era ended.
        ("H32.3.31", "2020-03-31"),
        ("S64.1.7", "1989-01-07"),
        ("T1.7.30", "1912-07-30"),
        ("M45.7.29", "1912-07-29"),
    ];
    for (text, date) in cases {
        assert_eq!(japanese_era(text), Ok(iso(date)), "{text}");
    }
    for wrong in ["R1.4.30", "H1.1.7", "R0.5.1", "R8.2.30", "R8.3", "8.3.31", "X8.3.31", "R8.3.31."]
    {
        assert!(japanese_era(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn formats_refuse_what_they_are_not() {
    for text in
        ["", "Date TBD", "13/21/2022", "1982-13-01 00:00:00", "2022", "2020年9月8", "2025.5"]
    {
        assert!(month_name(text).is_err(), "{text}");
        assert!(timestamp(text).is_err(), "{text}");
        assert!(month_first(text).is_err(), "{text}");
        assert!(day_first(text).is_err(), "{text}");
        assert!(day_month_name(text, 2026).is_err(), "{text}");
        assert!(year_first(text).is_err(), "{text}");
        assert!(chinese(text).is_err(), "{text}");
    }
    assert!(timestamp("2019-07-02 25:00:00").is_err());
    assert!(timestamp("2019-07-02 noon").is_err());
    assert!(timestamp("2019-07").is_err());
    assert!(month_name("Ja 1, 1982").is_err());
    assert!(month_name("Janvier 1, 1982").is_err());
    assert!(day_first("2022/06/21").is_err());
}

proptest! {
    #[test]
    fn dates_round_trip(
        year in 1_u32..=9999,
        month in prop::option::of(1_u32..=12),
        day in prop::option::of(1_u32..=28),
        bound in any::<bool>(),
    ) {
        let date = PartialDate::new(year, month, month.and(day)).unwrap();
        let date = if bound { date.as_upper_bound() } else { date };
        prop_assert_eq!(date.to_string().parse(), Ok(date));
    }

    #[test]
    fn iso_text_sorts_like_full_dates(
        left in (1_u32..=9999, 1_u32..=12, 1_u32..=28),
        right in (1_u32..=9999, 1_u32..=12, 1_u32..=28),
    ) {
        let date = |(year, month, day)| PartialDate::day_of(year, month, day).unwrap();
        let (left, right) = (date(left), date(right));
        prop_assert_eq!(left.cmp(&right), left.to_string().cmp(&right.to_string()));
        prop_assert_eq!(left.cmp(&right), left.epoch_day().cmp(&right.epoch_day()));
    }

    #[test]
    fn formats_agree(year in 1927_u32..=2026, month in 1_u32..=12, day in 1_u32..=28) {
        const NAMES: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let name = NAMES[month as usize - 1];
        let date = PartialDate::day_of(year, month, day).unwrap();
        prop_assert_eq!(month_name(&format!("{name} {day}, {year}")), Ok(date));
        prop_assert_eq!(day_month_name(&format!("{day}-{name}-{:02}", year % 100), 2026), Ok(date));
        prop_assert_eq!(month_first(&format!("{month}/{day}/{year}")), Ok(Some(date)));
        prop_assert_eq!(day_first(&format!("{day:02}/{month:02}/{year}")), Ok(date));
        for mark in ['.', '/', '-'] {
            prop_assert_eq!(year_first(&format!("{year}{mark}{month}{mark}{day}")), Ok(date));
            prop_assert_eq!(year_first(&format!("{year}{mark}{month:2}{mark}{day:02}")), Ok(date));
        }
        prop_assert_eq!(chinese(&format!("{year}年{month}月{day}日")), Ok(date));
        prop_assert_eq!(timestamp(&format!("{date} 00:00:00")), Ok(Some(date)));
    }

    #[test]
    fn white_space_is_read_around_parts_and_not_inside_numbers(
        (year, month, day) in (1990_u32..=2026, 10_u32..=12, 10_u32..=28),
        blanks in prop::collection::vec("[ \u{3000}\u{a0}\t]{0,2}", 6),
        (broken, blank) in (0_usize..3, "[ \u{3000}\u{a0}\t]{1,2}"),
    ) {
        const NAMES: [&str; 3] = ["Oct", "Nov", "Dec"];
        let date = PartialDate::day_of(year, month, day).unwrap();
        let name = NAMES[month as usize - 10];
        let [b0, b1, b2, b3, b4, b5] = &blanks[..] else { unreachable!() };
        // Each form from the written year, month and day.
        let dates = |y: &str, m: &str, d: &str| {
            let of = |first: &str, mark: &str, second: &str, third: &str| {
                format!("{b0}{first}{b1}{mark}{b2}{second}{b3}{mark}{b4}{third}{b5}")
            };
            vec![
                year_first(&of(y, ".", m, d)).ok(),
                year_first(&of(y, "/", m, d)).ok(),
                year_first(&of(y, "-", m, d)).ok(),
                day_first(&of(d, "/", m, y)).ok(),
                month_first(&of(m, "/", d, y)).ok().flatten(),
                timestamp(&of(y, "-", m, d)).ok().flatten(),
                timestamp(&format!("{} 00:00", of(y, "-", m, d))).ok().flatten(),
                chinese(&format!("{b0}{y}{b1}年{b2}{m}{b3}月{b4}{d}{b5}日")).ok(),
                day_month_name(&of(d, "-", name, y), 2026).ok().filter(|_| m.len() == 2),
            ]
        };
        let whole = [year.to_string(), month.to_string(), day.to_string()];
        let [y, m, d] = &whole;
        prop_assert!(dates(y, m, d).iter().all(|found| *found == Some(date)));

        let mut parts = whole.clone();
        parts[broken].insert_str(1, &blank);
        let [y, m, d] = &parts;
        prop_assert_eq!(dates(y, m, d), vec![None; 9]);
    }

    #[test]
    fn what_is_read_has_all_parts_of_the_date(near in "[0-9]{3,5}[./ -]{0,2}[0-9]{0,3}[./ -]{0,2}[0-9]{0,3}") {
        if let Ok(date) = year_first(&near) {
            let parts: Vec<&str> = near.split(['.', '/', '-']).map(str::trim).collect();
            let [year, month, day] = parts[..] else { panic!("three parts: {near}") };
            prop_assert_eq!(year.len(), 4);
            prop_assert_eq!(format!("{year}-{month:0>2}-{day:0>2}"), date.to_string());
        }
    }

    #[test]
    fn parsers_are_total(text in r"\PC{0,24}", near in "[0-9A-Za-z年月日RHS./: ,<-]{0,24}", pivot in any::<u16>()) {
        for text in [text, near] {
            let _ = text.parse::<PartialDate>();
            let _ = month_name(&text);
            let _ = month_name(&format!("Approved Prior to {text}"));
            let _ = timestamp(&text);
            let _ = month_first(&text);
            let _ = day_first(&text);
            let _ = day_month_name(&text, pivot);
            let _ = day_month_name(&format!("1-Jan-{text}"), pivot);
            let _ = year_first(&text);
            let _ = chinese(&text);
            let _ = japanese_era(&text);
        }
    }
}
