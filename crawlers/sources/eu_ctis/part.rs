//! Parts of the search that fit its window.
//!
//! The search shows at most the first 10,000 rows of what it finds. A part is a
//! set of criteria; one that does not fit is split into parts that have no
//! trial in common: by status, those by the year in which the trial started in
//! the EU, those by month. Each part is counted first (a page of one row), then
//! its last page is asked for: only when that page is there are the pages before
//! it fetched, so that no row comes twice from a part and from its parts.

use crate::{BodyKind, Page, Request, RequestBody, SourceSpec};

/// Rows a page may have.
pub(super) const PAGE_SIZE: u64 = 100;
/// Rows that the search shows of what it finds.
pub(super) const WINDOW: u64 = 10_000;
/// Every status a trial can have.
const STATUSES: std::ops::RangeInclusive<u8> = 1..=12;
/// Trials that moved from EudraCT started as early as this.
const FIRST_YEAR: i16 = 2004;

/// A set of criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Status code; none: all.
    status: Option<u8>,
    /// Year of the start in the EU; none: any.
    year: Option<i16>,
    /// Month of that year.
    month: Option<i8>,
    /// Last year that is asked for.
    last_year: i16,
}

impl Part {
    /// Everything.
    pub(super) fn whole(last_year: i16) -> Self {
        Self { status: None, year: None, month: None, last_year }
    }

    /// The part that a request asks for.
    pub(super) fn of(page: &Page<'_>) -> Self {
        fn value<T: std::str::FromStr>(page: &Page<'_>, name: &str) -> Option<T> {
            page.request.context.get(name)?.parse().ok()
        }
        Self {
            status: value(page, "status"),
            year: value(page, "year"),
            month: value(page, "month"),
            last_year: value(page, "last_year").unwrap_or(FIRST_YEAR),
        }
    }

    /// No criteria at all.
    pub(super) fn is_whole(self) -> bool {
        self.status.is_none()
    }

    /// In words, for messages.
    pub(super) fn name(self) -> String {
        match (self.status, self.year, self.month) {
            (None, ..) => "all trials".to_owned(),
            (Some(s), None, _) => format!("trials of status {s}"),
            (Some(s), Some(y), None) => format!("trials of status {s} started in {y}"),
            (Some(s), Some(y), Some(m)) => format!("trials of status {s} started in {y}-{m:02}"),
        }
    }

    /// The parts that it splits into; none where it cannot be split further.
    pub(super) fn split(self) -> Vec<Self> {
        match (self.status, self.year, self.month) {
            (None, ..) => STATUSES.map(|s| Self { status: Some(s), ..self }).collect(),
            (_, None, _) => (FIRST_YEAR..=self.last_year)
                .map(|year| Self { year: Some(year), ..self })
                .collect(),
            (_, _, None) => (1..=12).map(|month| Self { month: Some(month), ..self }).collect(),
            _ => Vec::new(),
        }
    }

    /// Asks how many rows there are, for as little as possible.
    pub(super) fn count(self, spec: &SourceSpec) -> Request {
        self.request(spec, "count", 1, 1)
    }

    /// Asks for one page.
    pub(super) fn page(self, spec: &SourceSpec, kind: &str, page: u64, size: u64) -> Request {
        self.request(spec, kind, page, size)
            .with("page", page.to_string())
            .with("size", size.to_string())
    }

    fn request(self, spec: &SourceSpec, kind: &str, page: u64, size: u64) -> Request {
        let body = format!(
            "{{\"pagination\":{{\"page\":{page},\"size\":{size}}},\
             \"sort\":{{\"property\":\"decisionDate\",\"direction\":\"DESC\"}},\
             \"searchCriteria\":{}}}",
            self.criteria()
        );
        let url = spec.url("search");
        let mut request = Request::post(url, RequestBody::Json(body), kind, BodyKind::Json)
            .with("last_year", self.last_year.to_string());
        for (name, value) in [
            ("status", self.status.map(|s| s.to_string())),
            ("year", self.year.map(|y| y.to_string())),
            ("month", self.month.map(|m| m.to_string())),
        ] {
            if let Some(value) = value {
                request = request.with(name, value);
            }
        }
        request
    }

    fn criteria(self) -> String {
        let mut criteria = Vec::new();
        if let Some(status) = self.status {
            criteria.push(format!("\"status\":[{status}]"));
        }
        if let Some((from, to)) = self.dates() {
            criteria.push(format!("\"eeaStartDateFrom\":\"{from}\",\"eeaStartDateTo\":\"{to}\""));
        }
        format!("{{{}}}", criteria.join(","))
    }

    /// First and last day.
    fn dates(self) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
        let year = self.year?;
        let first = jiff::civil::Date::new(year, self.month.unwrap_or(1), 1).ok()?;
        let last = jiff::civil::Date::new(year, self.month.unwrap_or(12), 1).ok()?;
        Some((first, last.last_of_month()))
    }
}
