//! How far a drug has come in a country (R33 to R38).

mod current;

use crate::acceptance::ReviewMatter;
use crate::code::coded_enum;
use crate::conclusion::ReviewConclusion;
use crate::date::PartialDate;
use crate::phase::Phase;
use crate::record::RecordId;
use crate::status::{ListingStatus, TrialStatus};

pub use current::CurrentStatus;

coded_enum! {
    /// The ladder of progress. A later value is further.
    pub enum Stage {
        /// There is no record at all (R36).
        NotFiled = "not_filed", "无申报";
        /// There are records, but none says a stage: a supplement without a
        /// conclusion, say, or a listing of unknown status.
        Undetermined = "undetermined", "未判定";
        /// A clinical trial has been applied for.
        ClinicalFiled = "clinical_filed", "申请临床";
        /// A clinical trial has been approved.
        ClinicalApproved = "clinical_approved", "批准临床";
        /// A trial of no particular phase.
        ClinicalResearch = "clinical_research", "临床研究";
        /// A bioequivalence study.
        Bioequivalence = "bioequivalence", "生物等效性";
        /// Phase I.
        PhaseOne = "phase_1", "I期";
        /// Phase I/II.
        PhaseOneTwo = "phase_1_2", "I/II期";
        /// Phase II.
        PhaseTwo = "phase_2", "II期";
        /// Phase II/III.
        PhaseTwoThree = "phase_2_3", "II/III期";
        /// Phase III.
        PhaseThree = "phase_3", "III期";
        /// Phase III/IV.
        PhaseThreeFour = "phase_3_4", "III/IV期";
        /// Marketing has been applied for.
        Filed = "filed", "申请上市";
        /// Marketed, now or at some time. A phase IV trial says so too.
        Marketed = "marketed", "已上市";
    }
}

/// One record of the drug in the country, as far as progress needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The record.
    pub record: RecordId,
    /// The date of what it is evidence for: approval, conclusion or
    /// acceptance, first registration of a trial.
    pub date: Option<PartialDate>,
    /// What it says.
    pub kind: EvidenceKind,
}

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// A listing.
    Listing {
        /// Its status (R17).
        status: ListingStatus,
        /// Whether it was ever marketed, where that is known apart from the
        /// status; `None` leaves it to [`ListingStatus::was_marketed`].
        /// Ignored for `tentative`, `refused`, `application_withdrawn` and
        /// `opinion`, which never count as marketed (R17).
        ever_marketed: Option<bool>,
        /// The date since when it has this status (withdrawal, suspension).
        status_date: Option<PartialDate>,
        /// It is no longer in its source (R17: `not_seen_since`). Then an
        /// `active` of former days says nothing about today.
        vanished: bool,
    },
    /// A registration.
    Registration {
        /// Its review matter (R18).
        matter: ReviewMatter,
        /// Its review conclusion (R19, R20).
        conclusion: ReviewConclusion,
    },
    /// A trial.
    Trial {
        /// Its phase (R22).
        phase: Phase,
        /// Its status (R23).
        status: TrialStatus,
    },
}

/// Progress of a drug in a country. Where several records say the same, the
/// date is the earliest of them and the deciding records are those of this
/// date, in ascending order; without any date all of them decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The stage by the rules R33 to R37, the first that holds.
    pub progress: Stage,
    /// Whether what decided has stopped (R35), or was an application that
    /// ended without approval.
    pub inactive: bool,
    /// Since when.
    pub progress_date: Option<PartialDate>,
    /// The records that decided it.
    pub deciding: Vec<RecordId>,
    /// The furthest stage over all evidence (R38).
    pub highest_evidence: Stage,
    /// As `inactive`, for the furthest stage.
    pub highest_inactive: bool,
    /// Since when.
    pub highest_date: Option<PartialDate>,
    /// The records that decided it.
    pub highest_deciding: Vec<RecordId>,
    /// Whether it is on the market today (R38).
    pub current_status: CurrentStatus,
    /// Since when; `None` for `unknown` and `not_marketed`.
    pub current_status_date: Option<PartialDate>,
    /// The records that decided it.
    pub current_status_deciding: Vec<RecordId>,
}

/// Progress from all evidence of one drug in one country, in any order.
///
/// `progress` follows the rules in their order: a listing that was ever
/// marketed (R33); then registrations, and with them the applications known
/// from listings (R34, R37); then trials (R35). So an approved clinical trial
/// application hides a phase III trial; `highest_evidence` does not (R38).
/// An application that was refused or withdrawn fits no rule of R34. It is
/// used last, as filed and inactive, because R36 calls only a drug without any
/// record not filed.
#[must_use]
pub fn progress(evidence: &[Evidence]) -> Progress {
    let claims: Vec<Claim> = evidence.iter().map(Claim::of).collect();
    let rule = claims.iter().map(|claim| claim.rule).min();
    let by_rule =
        Decided::furthest(claims.iter().filter(|claim| Some(claim.rule) == rule).copied());
    let highest = Decided::furthest(claims.iter().copied());
    let current = current::current_status(evidence, by_rule.stage.max(highest.stage));
    Progress {
        progress: by_rule.stage,
        inactive: by_rule.inactive,
        progress_date: by_rule.date,
        deciding: by_rule.records,
        highest_evidence: highest.stage,
        highest_inactive: highest.inactive,
        highest_date: highest.date,
        highest_deciding: highest.records,
        current_status: current.status,
        current_status_date: current.date,
        current_status_deciding: current.records,
    }
}

/// The rules in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// R33.
    EverMarketed,
    /// R34, and R37 for applications outside China. Within it the further
    /// stage is the earlier rule.
    Registration,
    /// R35.
    Trial,
    /// No rule, but an application there was.
    Rejected,
    /// No rule, and no stage.
    Silent,
}

/// The stage that one record claims, under the rule that reads it.
#[derive(Debug, Clone, Copy)]
struct Claim {
    record: RecordId,
    date: Option<PartialDate>,
    rule: Rule,
    stage: Stage,
    inactive: bool,
}

impl Claim {
    fn of(evidence: &Evidence) -> Self {
        let (rule, stage, inactive) = match evidence.kind {
            EvidenceKind::Listing { status, ever_marketed, .. } => {
                of_listing(status, ever_marketed)
            }
            EvidenceKind::Registration { matter, conclusion } => {
                of_registration(matter, conclusion)
            }
            EvidenceKind::Trial { phase, status } => {
                (Rule::Trial, of_phase(phase), status.is_stopped())
            }
        };
        Self { record: evidence.record, date: evidence.date, rule, stage, inactive }
    }
}

/// R33 and R37.
fn of_listing(status: ListingStatus, ever_marketed: Option<bool>) -> (Rule, Stage, bool) {
    if was_marketed(status, ever_marketed) {
        (Rule::EverMarketed, Stage::Marketed, false)
    } else if status.is_pending() {
        (Rule::Registration, Stage::Filed, false)
    } else if status.is_rejected() {
        (Rule::Rejected, Stage::Filed, true)
    } else {
        (Rule::Silent, Stage::Undetermined, false)
    }
}

/// R17: what the caller knows counts, except where the status excludes it.
fn was_marketed(status: ListingStatus, ever_marketed: Option<bool>) -> bool {
    let excluded = status.is_pending() || status.is_rejected();
    !excluded && ever_marketed.unwrap_or(status.was_marketed())
}

/// R34, its rules in their order.
fn of_registration(matter: ReviewMatter, conclusion: ReviewConclusion) -> (Rule, Stage, bool) {
    use ReviewConclusion as Conclusion;
    let approved = matches!(
        conclusion,
        Conclusion::ProductionApproved
            | Conclusion::ImportApproved
            | Conclusion::TechnologyTransferApproved
    );
    // A technology transfer is of a product that is already marketed, so its
    // conclusion does not matter.
    if matter == ReviewMatter::TechnologyTransfer || approved {
        return (Rule::Registration, Stage::Marketed, false);
    }
    match (matter, conclusion) {
        (ReviewMatter::Production, Conclusion::None) => (Rule::Registration, Stage::Filed, false),
        (_, Conclusion::ClinicalApproved) => (Rule::Registration, Stage::ClinicalApproved, false),
        (ReviewMatter::ClinicalTrial, Conclusion::None) => {
            (Rule::Registration, Stage::ClinicalFiled, false)
        }
        (ReviewMatter::Production, Conclusion::NotApproved) => (Rule::Rejected, Stage::Filed, true),
        (ReviewMatter::ClinicalTrial, Conclusion::NotApproved) => {
            (Rule::Rejected, Stage::ClinicalFiled, true)
        }
        _ => (Rule::Silent, Stage::Undetermined, false),
    }
}

/// R35.
fn of_phase(phase: Phase) -> Stage {
    match phase {
        Phase::Other => Stage::ClinicalResearch,
        Phase::Bioequivalence => Stage::Bioequivalence,
        Phase::One => Stage::PhaseOne,
        Phase::OneTwo => Stage::PhaseOneTwo,
        Phase::Two => Stage::PhaseTwo,
        Phase::TwoThree => Stage::PhaseTwoThree,
        Phase::Three => Stage::PhaseThree,
        Phase::ThreeFour => Stage::PhaseThreeFour,
        Phase::Four => Stage::Marketed,
    }
}

/// A stage with the records that decided it.
struct Decided {
    stage: Stage,
    inactive: bool,
    date: Option<PartialDate>,
    records: Vec<RecordId>,
}

impl Decided {
    /// The furthest stage; among the same an active one beats an inactive one
    /// (R35).
    fn furthest(claims: impl Iterator<Item = Claim> + Clone) -> Self {
        let rank = |claim: &Claim| (claim.stage, !claim.inactive);
        let Some((stage, active)) = claims.clone().map(|claim| rank(&claim)).max() else {
            return Self {
                stage: Stage::NotFiled,
                inactive: false,
                date: None,
                records: Vec::new(),
            };
        };
        let best = claims.filter(|claim| rank(claim) == (stage, active));
        let (date, records) = earliest(best.map(|claim| (claim.date, claim.record)));
        Self { stage, inactive: !active, date, records }
    }
}

/// The earliest date and the records of this date; all records where none has
/// a date.
fn earliest(
    dated: impl Iterator<Item = (Option<PartialDate>, RecordId)> + Clone,
) -> (Option<PartialDate>, Vec<RecordId>) {
    let date = dated.clone().filter_map(|(date, _)| date).min();
    (date, of_date(dated, date))
}

/// The records of one date, in ascending order.
fn of_date(
    dated: impl Iterator<Item = (Option<PartialDate>, RecordId)>,
    wanted: Option<PartialDate>,
) -> Vec<RecordId> {
    let mut records: Vec<RecordId> =
        dated.filter(|(date, _)| *date == wanted).map(|(_, record)| record).collect();
    records.sort_unstable();
    records.dedup();
    records
}
