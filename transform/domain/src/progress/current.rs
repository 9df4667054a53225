//! Whether a drug is on the market today (R38).

use super::{Evidence, EvidenceKind, Stage, earliest, of_date, was_marketed};
use crate::code::coded_enum;
use crate::conclusion::ReviewConclusion;
use crate::date::PartialDate;
use crate::record::RecordId;
use crate::status::ListingStatus;

coded_enum! {
    /// What the listings say about today (R38). Where the listings of a drug
    /// differ, the greatest speaks for it.
    pub enum CurrentStatus {
        /// It was never marketed, as far as is known.
        NotMarketed = "not_marketed", "未上市";
        /// Every listing that was marketed is discontinued, withdrawn,
        /// revoked or expired.
        Withdrawn = "withdrawn", "已撤市";
        /// Suspended, and no listing is active.
        Suspended = "suspended", "暂停";
        /// It was marketed or may have been, but no listing says what holds
        /// today: approved without a listing, a listing of unknown status, or
        /// one that vanished from its source (R17).
        Unknown = "unknown", "未知";
        /// On the market.
        Marketed = "marketed", "在市";
    }
}

pub(super) struct Current {
    pub(super) status: CurrentStatus,
    pub(super) date: Option<PartialDate>,
    pub(super) records: Vec<RecordId>,
}

/// One active listing is enough to be marketed. Otherwise one that may be
/// active leaves it unknown; otherwise a suspended one may come back, so it
/// goes before those that are gone for good.
///
/// The date is the earliest approval of what is marketed, the latest date on
/// which a listing was suspended or withdrawn.
pub(super) fn current_status(evidence: &[Evidence], furthest: Stage) -> Current {
    let listings = evidence.iter().filter_map(today);
    let status = listings.clone().map(|(status, ..)| status).max();
    let Some(status) = status.filter(|status| *status != CurrentStatus::NotMarketed) else {
        // Approved, or in a phase IV trial, but not to be seen in a listing.
        let marketed = furthest == Stage::Marketed || evidence.iter().any(approves_a_product);
        return Current {
            status: if marketed { CurrentStatus::Unknown } else { CurrentStatus::NotMarketed },
            date: None,
            records: Vec::new(),
        };
    };
    let dated =
        listings.filter(|(other, ..)| *other == status).map(|(_, date, record)| (date, record));
    let (date, records) = match status {
        CurrentStatus::Marketed => earliest(dated),
        CurrentStatus::Withdrawn | CurrentStatus::Suspended => {
            let latest = dated.clone().filter_map(|(date, _)| date).max();
            (latest, of_date(dated, latest))
        }
        CurrentStatus::Unknown | CurrentStatus::NotMarketed => {
            (None, of_date(dated.map(|(_, record)| (None, record)), None))
        }
    };
    Current { status, date, records }
}

/// An approved supplement, re-registration or import: of a product that is or
/// was approved, whatever the stage of the drug.
fn approves_a_product(evidence: &Evidence) -> bool {
    match evidence.kind {
        EvidenceKind::Registration { conclusion, .. } => {
            conclusion.is_approval() && conclusion != ReviewConclusion::ClinicalApproved
        }
        EvidenceKind::Listing { .. } | EvidenceKind::Trial { .. } => false,
    }
}

/// What one listing says about today, and the date of that.
fn today(evidence: &Evidence) -> Option<(CurrentStatus, Option<PartialDate>, RecordId)> {
    let EvidenceKind::Listing { status, ever_marketed, status_date, vanished } = evidence.kind
    else {
        return None;
    };
    let marketed = was_marketed(status, ever_marketed);
    let (today, date) = match status {
        ListingStatus::Unknown if ever_marketed != Some(false) => (CurrentStatus::Unknown, None),
        _ if !marketed => (CurrentStatus::NotMarketed, None),
        ListingStatus::Active if vanished => (CurrentStatus::Unknown, None),
        ListingStatus::Active => (CurrentStatus::Marketed, evidence.date),
        ListingStatus::Suspended => (CurrentStatus::Suspended, status_date),
        _ => (CurrentStatus::Withdrawn, status_date),
    };
    Some((today, date, evidence.record))
}
