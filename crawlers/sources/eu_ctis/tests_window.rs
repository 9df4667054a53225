//! A server with the window that the real one has: rows beyond it are never shown.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::tests::{answer, search_row};
use super::*;
use crate::{Issue, RequestBody, Severity};

/// A server that shows the first `window` rows of what it finds.
struct Capped {
    trials: Vec<(String, u8, Date)>,
    window: u64,
    /// Filters by status and date work.
    filters: bool,
    asked: usize,
}

impl Capped {
    fn new(trials: u32, window: u64) -> Self {
        let trial = |n: u32| {
            let status = [8, 8, 8, 8, 8, 5, 4, 2][n as usize % 8];
            let start = date(2015, 1, 1).saturating_add(jiff::Span::new().days(n % 3650));
            (format!("20{:02}-{n:06}-00-00", n % 100), status, start)
        };
        Self { trials: (0..trials).map(trial).collect(), window, filters: true, asked: 0 }
    }

    fn answer(&mut self, request: &Request) -> Vec<u8> {
        self.asked += 1;
        let Some(RequestBody::Json(body)) = &request.body else { return b"{}".to_vec() };
        let asked: Value = serde_json::from_str(body).unwrap();
        let criteria = &asked["searchCriteria"];
        let day = |name: &str| criteria[name].as_str().map(|d| d.parse::<Date>().unwrap());
        let fits = |(_, status, start): &&(String, u8, Date)| {
            !self.filters
                || (criteria["status"].as_array().is_none_or(|s| s.contains(&json!(status)))
                    && day("eeaStartDateFrom").is_none_or(|d| *start >= d)
                    && day("eeaStartDateTo").is_none_or(|d| *start <= d))
        };
        let found: Vec<_> = self.trials.iter().filter(fits).collect();
        let page = asked["pagination"]["page"].as_u64().unwrap();
        let size = asked["pagination"]["size"].as_u64().unwrap();
        let rows: Vec<Value> = if page * size > self.window {
            vec![]
        } else {
            let skip = usize::try_from((page - 1) * size).unwrap();
            found
                .iter()
                .skip(skip)
                .take(usize::try_from(size).unwrap())
                .map(|(n, s, _)| search_row(n, *s))
                .collect()
        };
        answer(found.len(), &rows)
    }

    /// Numbers with how often they came, the declared total, the issues.
    fn crawl(&mut self) -> (BTreeMap<String, u32>, u64, Vec<Issue>) {
        let window = Window { today: date(2026, 3, 1), since: None };
        let mut queue = VecDeque::from(EuCtis.seeds(&window));
        let mut seen = BTreeSet::new();
        let (mut numbers, mut total, mut issues) = (BTreeMap::new(), 0, vec![]);
        while let Some(request) = queue.pop_front() {
            if request.kind == "retrieve" || !seen.insert(request.key()) {
                continue;
            }
            assert!(seen.len() < 5_000, "no end");
            let body = self.answer(&request);
            let page =
                Page { request: &request, content_type: None, last_modified: None, body: &body };
            let parsed = EuCtis.parse(&page).unwrap();
            for number in parsed.tables[0].column("ct_number").unwrap().iter().flatten() {
                *numbers.entry(number.to_owned()).or_insert(0) += 1;
            }
            parsed.totals.iter().for_each(|t| total = t.rows);
            issues.extend(parsed.issues.into_iter().filter(|i| i.table == "trial"));
            queue.extend(parsed.follow_ups);
        }
        (numbers, total, issues)
    }
}

#[test]
fn what_fits_the_window_is_fetched_page_by_page() {
    let mut server = Capped::new(1_234, 10_000);
    let (numbers, total, issues) = server.crawl();
    assert_eq!((numbers.len(), total), (1_234, 1_234));
    assert!(numbers.values().all(|n| *n == 1) && issues.is_empty());
    assert_eq!(server.asked, 1 + 13);
}

#[test]
fn what_does_not_fit_is_split_until_it_does_and_nothing_comes_twice() {
    // The window that the regulator has: by status, and one status by year.
    let mut server = Capped::new(17_000, 10_000);
    let (numbers, total, issues) = server.crawl();
    assert_eq!((numbers.len(), total), (17_000, 17_000));
    assert!(numbers.values().all(|n| *n == 1));
    assert_eq!(issues, []);
    // A smaller one than is known: found out by the last page that is not there.
    let mut server = Capped::new(4_000, 100);
    let (numbers, _, issues) = server.crawl();
    assert_eq!(numbers.len(), 4_000);
    assert!(numbers.values().all(|n| *n == 1));
    assert_eq!(issues, []);
}

#[test]
fn the_smallest_window_is_no_trouble() {
    let mut server = Capped::new(8, 5);
    let (numbers, total, issues) = server.crawl();
    assert_eq!((numbers.len(), total, issues.len()), (8, 8, 0));
}

#[test]
fn criteria_that_do_nothing_end_in_an_issue_and_too_few_rows() {
    let mut server = Capped { filters: false, ..Capped::new(12_000, 10_000) };
    let (numbers, total, issues) = server.crawl();
    assert_eq!((numbers.len(), total), (0, 12_000));
    assert!(issues.iter().all(|i| i.kind == "beyond_window" && i.severity == Severity::Error));
    assert_eq!((issues.len(), server.asked), (12, 13));
}
