//! Registrations in China (R18-R21): one record per acceptance number, made of
//! all rows of all lists that name it.

mod evidence;
mod rule;
mod table;

use std::collections::BTreeMap;

use polars::prelude::*;
use regatta_dictionaries::Dictionaries;
use regatta_domain::{
    Announcement, ConclusionEvidence, PartialDate, ReviewConclusion, ReviewMatter, WrittenNumber,
};

use crate::TransformError;
use crate::error::InTable;
use crate::parties::RoleColumn;
use crate::raw::RawTables;
use crate::rejected::RowProblem;

use evidence::Evidence;
pub(crate) use evidence::Kind;
pub(crate) use rule::Rule;
use rule::is_old_for_new;

/// Registrations, what they are made of, and who is what to them.
pub(crate) struct Registrations {
    /// By record id; the columns of the table but those of companies.
    pub(crate) registration: DataFrame,
    pub(crate) evidence: DataFrame,
    /// `record_id`, `source_id`, `applicant_raw`.
    pub(crate) applicants: DataFrame,
    pub(crate) problems: Vec<RowProblem>,
}

/// The prefix of their record ids: acceptance numbers are CDE's, whatever list
/// names one first.
pub(crate) const PREFIX: &str = "cn_cde:";

/// All registrations that the lists of `raws` name.
pub(crate) fn registrations(
    raws: &[RawTables<'_>],
    dictionaries: &Dictionaries,
) -> Result<Registrations, TransformError> {
    let mut problems = Vec::new();
    let found = evidence::read(raws, &mut problems)?;
    let mut by_number: BTreeMap<&str, Vec<&Evidence>> = BTreeMap::new();
    for row in &found {
        by_number.entry(&row.key).or_default().push(row);
    }
    let records: Vec<Registration<'_>> =
        by_number.into_iter().map(|(key, rows)| Registration::of(key, rows)).collect();
    let registration = table::registration(&records, dictionaries).in_table("registration")?;
    Ok(Registrations {
        registration,
        applicants: table::applicants(&records).in_table("registration")?,
        evidence: table::evidence(&records).in_table("registration_evidence")?,
        problems,
    })
}

impl Registrations {
    /// The role column of [`Registrations::applicants`].
    pub(crate) const ROLES: &'static [RoleColumn] = &[("applicant_raw", "applicant")];

    /// The table `registration` in full.
    pub(crate) fn with_companies(
        registration: DataFrame,
        parties: &DataFrame,
    ) -> PolarsResult<DataFrame> {
        table::with_companies(registration, parties)
    }
}

/// One acceptance number and its rows, in the order of [`Kind`].
struct Registration<'a> {
    key: &'a str,
    number: WrittenNumber,
    rows: Vec<&'a Evidence>,
    decided: Decided,
}

/// The review conclusion, and what decided it.
struct Decided {
    conclusion: ReviewConclusion,
    rule: Option<&'static str>,
    date: Option<PartialDate>,
}

impl<'a> Registration<'a> {
    fn of(key: &'a str, mut rows: Vec<&'a Evidence>) -> Self {
        rows.sort_by_key(|r| (r.kind, r.date, &r.source_id, &r.record_key));
        let number = WrittenNumber::new(key);
        let decided = decide(&number, &rows);
        Self { key, number, rows, decided }
    }

    fn record_id(&self) -> String {
        format!("{PREFIX}{}", self.key)
    }

    /// The first value that a row gives, in the order of the kinds.
    fn first<T: ?Sized>(&self, pick: impl Fn(&'a Evidence) -> Option<&'a T>) -> Option<&'a T> {
        self.rows.iter().find_map(|r| pick(r))
    }

    /// The earliest date of the rows of a kind.
    fn date_of(&self, kind: Kind) -> Option<PartialDate> {
        self.rows.iter().filter(|r| r.kind == kind).filter_map(|r| r.date).min()
    }

    fn matter(&self) -> ReviewMatter {
        self.number.matter()
    }
}

/// R19, R20, over all evidence at once.
fn decide(number: &WrittenNumber, rows: &[&Evidence]) -> Decided {
    let undecided = Decided { conclusion: ReviewConclusion::None, rule: None, date: None };
    if !number.is_number() {
        // Rows without a number stand together, but are not one application.
        return undecided;
    }
    let announcements: Vec<Announcement<'_>> = rows
        .iter()
        .filter_map(|r| Some(Announcement { title: r.title.as_deref()?, date: r.date }))
        .collect();
    let of_kind = |kind| rows.iter().any(|r| r.kind == kind);
    let evidence = ConclusionEvidence {
        clinical_trial_notice: of_kind(Kind::ClinicalPermission),
        marketed_with_documents: of_kind(Kind::PostMarket),
        old_certificate_for_new: announcements.iter().any(|a| is_old_for_new(a.title)),
        announcements: &announcements,
    };
    let conclusion = ReviewConclusion::of(number, &evidence);
    if conclusion == ReviewConclusion::None {
        return undecided;
    }
    let rests = |rule: &Rule, row: &Evidence| {
        rule.rests_on(row.kind, row.title.as_deref(), number, conclusion)
    };
    // In the order in which they decide.
    let rule = Rule::ALL.into_iter().find(|rule| rows.iter().any(|r| rests(rule, r)));
    let Some(rule) = rule else { return undecided };
    let dates = rows.iter().filter(|r| rests(&rule, r)).filter_map(|r| r.date);
    Decided { conclusion, rule: Some(rule.code()), date: rule.date(dates) }
}
