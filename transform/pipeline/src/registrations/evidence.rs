//! The rows of the lists of CDE and NMPA that name an acceptance number.

use polars::prelude::*;
use regatta_dictionaries::{clean, clean_opt};
use regatta_domain::{PartialDate, WrittenNumber, date};

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::raw::RawTables;
use crate::rejected::RowProblem;

/// What kind of list names the number. In this order a registration takes
/// its name and its source from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Applications accepted (受理品种).
    Acceptance,
    /// The review queue, old list.
    ReviewQueue,
    /// Implied permissions of clinical trials (临床默示许可).
    ClinicalPermission,
    /// Marketed drugs with report and insert (上市药品信息).
    PostMarket,
    /// Priority review (优先审评).
    PriorityReview,
    /// Breakthrough therapy (突破性治疗).
    Breakthrough,
    /// Documents awaiting collection at the NMPA.
    Announcement,
}

impl Kind {
    /// The code in `registration_evidence.evidence`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance",
            Self::ReviewQueue => "review_queue",
            Self::ClinicalPermission => "clinical_permission",
            Self::PostMarket => "post_market",
            Self::PriorityReview => "priority_review",
            Self::Breakthrough => "breakthrough",
            Self::Announcement => "announcement",
        }
    }

    /// The kind with this code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        LISTS.iter().map(|list| list.kind).find(|kind| kind.code() == code)
    }
}

/// One row of a list.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// The number without its unit character; as written where it ends in
    /// anything else.
    pub(super) key: String,
    pub(super) number_raw: String,
    pub(super) kind: Kind,
    pub(super) source_id: String,
    pub(super) raw_table: &'static str,
    pub(super) record_key: String,
    pub(super) row_number: i64,
    pub(super) body_sha256: String,
    pub(super) title: Option<String>,
    pub(super) date: Option<PartialDate>,
    pub(super) product_name: Option<String>,
    pub(super) companies: Vec<String>,
    pub(super) application_type: Option<String>,
    pub(super) approval_number: Option<String>,
}

/// Where the columns of a list are; an empty name is a column it lacks.
struct List {
    source_id: &'static str,
    table: &'static str,
    kind: Kind,
    companies: &'static str,
    date: &'static str,
    application_type: &'static str,
    title: &'static str,
    approval_number: &'static str,
}

const fn cde(table: &'static str, kind: Kind, date: &'static str) -> List {
    List {
        source_id: "cn_cde",
        table,
        kind,
        companies: "companies",
        date,
        application_type: "application_type",
        title: "",
        approval_number: "",
    }
}

const LISTS: &[List] = &[
    cde("acceptance", Kind::Acceptance, "accepted_date"),
    cde("review_queue", Kind::ReviewQueue, "received_date"),
    cde("clinical_permission", Kind::ClinicalPermission, ""),
    cde("post_market", Kind::PostMarket, "listed_date"),
    cde("priority_review", Kind::PriorityReview, "notice_date"),
    cde("breakthrough", Kind::Breakthrough, "notice_date"),
    List {
        source_id: "cn_nmpa_pickup",
        table: "document",
        kind: Kind::Announcement,
        companies: "applicant_parties",
        date: "signed_date",
        application_type: "",
        title: "notice_title",
        approval_number: "approval_number",
    },
];

/// All rows of all lists that the runs hold.
pub(super) fn read(
    raws: &[RawTables<'_>],
    problems: &mut Vec<RowProblem>,
) -> Result<Vec<Evidence>, TransformError> {
    let mut found = Vec::new();
    for list in LISTS {
        let Some(raw) = raws.iter().find(|r| r.run().source_id.as_str() == list.source_id) else {
            continue;
        };
        if let Some(frame) = raw.scan_opt(list.table)? {
            let name = format!("{}.{}", list.source_id, list.table);
            let frame = frame.collect().in_table(&name)?;
            list.read(&frame, raw, &mut found, problems).in_table(&name)?;
        }
    }
    Ok(found)
}

impl List {
    fn read(
        &self,
        frame: &DataFrame,
        raw: &RawTables<'_>,
        rows: &mut Vec<Evidence>,
        problems: &mut Vec<RowProblem>,
    ) -> PolarsResult<()> {
        let optional = |name: &str| -> PolarsResult<Option<&StringChunked>> {
            if frame.column(name).is_ok() { text(frame, name).map(Some) } else { Ok(None) }
        };
        let (numbers, keys) = (text(frame, "acceptance_number")?, text(frame, "record_key")?);
        let (names, bodies) = (text(frame, "product_name")?, text(frame, "body_sha256")?);
        let lines = frame.column("row_number")?.as_materialized_series().cast(&DataType::Int64)?;
        let lines = lines.i64()?;
        let (companies, dates) = (optional(self.companies)?, optional(self.date)?);
        let (types, titles) = (optional(self.application_type)?, optional(self.title)?);
        let approvals = optional(self.approval_number)?;
        for row in 0..frame.height() {
            let line = lines.get(row).unwrap_or(0);
            let mut problem = |column: &str, kind: &'static str, message: String| {
                problems.push(RowProblem {
                    source_id: self.source_id.to_owned(),
                    run_id: raw.run().run_id.to_string(),
                    table_name: self.table.to_owned(),
                    row_number: line,
                    column_name: column.to_owned(),
                    kind,
                    message,
                });
            };
            let owned = |column: Option<&StringChunked>| {
                clean_opt(column.and_then(|c| c.get(row))).map(std::borrow::Cow::into_owned)
            };
            let written = clean(numbers.get(row).unwrap_or_default());
            let number = WrittenNumber::new(&written);
            if let Some(error) = number.problem() {
                // R10: kept, and what can be read of it counts.
                problem("acceptance_number", "unreadable_number", error.to_string());
            }
            let key = number.key();
            let date = owned(dates).and_then(|d| {
                read_date(&d)
                    .map_err(|reason| problem(self.date, "unreadable_date", reason))
                    .ok()
                    .flatten()
            });
            rows.push(Evidence {
                key,
                number_raw: written.into_owned(),
                kind: self.kind,
                source_id: self.source_id.to_owned(),
                raw_table: self.table,
                record_key: keys.get(row).unwrap_or_default().to_owned(),
                row_number: line,
                body_sha256: bodies.get(row).unwrap_or_default().to_owned(),
                title: owned(titles),
                date,
                product_name: owned(Some(names)),
                companies: parts(companies.and_then(|c| c.get(row))),
                application_type: owned(types),
                approval_number: owned(approvals),
            });
        }
        Ok(())
    }
}

/// The names of a cell (R21). Lists separate them with `;` `；` `、` or a line
/// break.
fn parts(cell: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in cell.unwrap_or_default().split([';', '；', '、', '\n']) {
        // A null mark may stand before the name within one cell.
        let name = name.trim().trim_start_matches("无 ").trim_start_matches("无\u{a0}");
        if let Some(name) = clean_opt(Some(name))
            && !names.iter().any(|n| *n == name)
        {
            names.push(name.into_owned());
        }
    }
    names
}

fn read_date(raw: &str) -> Result<Option<PartialDate>, String> {
    date::chinese(raw)
        .map(Some)
        .or_else(|_| date::timestamp(raw))
        .or_else(|e| date::year_first(raw).map(Some).map_err(|_| e))
        .map_err(|e| e.to_string())
}
