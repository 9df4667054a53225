//! Review conclusions (审评结论) of Chinese registrations (R19, R20).

use crate::acceptance::{Origin, ReviewMatter, WrittenNumber};
use crate::code::coded_enum;
use crate::date::PartialDate;

coded_enum! {
    /// How the review of a registration ended (R19, R20).
    pub enum ReviewConclusion {
        /// None yet.
        None = "none", "暂无";
        /// Not approved.
        NotApproved = "not_approved", "不批准";
        /// Clinical trial approved.
        ClinicalApproved = "clinical_approved", "批准临床";
        /// Production approved.
        ProductionApproved = "production_approved", "批准生产";
        /// Import approved.
        ImportApproved = "import_approved", "批准进口";
        /// Supplement approved.
        SupplementApproved = "supplement_approved", "批准补充";
        /// Re-registration approved.
        ReRegistrationApproved = "re_registration_approved", "批准再注册";
        /// Repacking approved.
        RepackingApproved = "repacking_approved", "批准分包装";
        /// Technology transfer approved.
        TechnologyTransferApproved = "technology_transfer_approved", "批准技术转移";
        /// One-off import approved.
        OneOffImportApproved = "one_off_import_approved", "批准一次性进口";
    }
}

/// An announcement that names the acceptance number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement<'a> {
    /// Its title, normalised (R4).
    pub title: &'a str,
    /// Its date, where known.
    pub date: Option<PartialDate>,
}

/// All evidence about one acceptance number at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConclusionEvidence<'a> {
    /// R19a: it is in a list of issued clinical-trial notices or of implied
    /// permissions.
    pub clinical_trial_notice: bool,
    /// R19b: it is in the marketed-drug list, with review report or insert.
    pub marketed_with_documents: bool,
    /// R19c: it is in a collection list "old certificate for new" (旧证换新证).
    pub old_certificate_for_new: bool,
    /// R20: announcements, in any order.
    pub announcements: &'a [Announcement<'a>],
}

impl ReviewConclusion {
    /// The conclusion that the evidence as a whole gives, whatever the order
    /// in which it arrived.
    ///
    /// An announcement names the decision itself, so it goes first; the latest
    /// dated one counts, and on the same date an approval beats a refusal. The
    /// lists of R19 only fill in where no announcement decides, a before b
    /// before c.
    #[must_use]
    pub fn of(number: &WrittenNumber, evidence: &ConclusionEvidence<'_>) -> Self {
        let announced = evidence
            .announcements
            .iter()
            .filter_map(|announcement| {
                let conclusion = Self::from_title(number, announcement.title)?;
                let approves = conclusion != Self::NotApproved;
                Some((announcement.date, approves, conclusion))
            })
            .max();
        announced
            .map_or_else(|| Self::from_lists(number, evidence), |(_, _, conclusion)| conclusion)
    }

    /// R20: what the title of an announcement says about a number; `None`
    /// where it says nothing. A refusal asks nothing of the number: it holds
    /// for one that cannot be read, too.
    #[must_use]
    pub fn from_title(number: &WrittenNumber, title: &str) -> Option<Self> {
        let opinion_notice = title.contains("药品审批意见通知");
        let approval_document = title.contains("药品批准证明文件");
        let matter = number.matter();
        match (opinion_notice, approval_document) {
            (false, false) => None,
            (true, true) if matter == ReviewMatter::OneOffImport => {
                Some(Self::OneOffImportApproved)
            }
            (true, true) if number.fourth() == Some('T') => Some(Self::TechnologyTransferApproved),
            (true, _) => Some(Self::NotApproved),
            (false, true) => Self::approval_of(number, matter),
        }
    }

    /// Whether this is an approval of any kind.
    #[must_use]
    pub const fn is_approval(self) -> bool {
        !matches!(self, Self::None | Self::NotApproved)
    }

    /// R19 a, b, c.
    fn from_lists(number: &WrittenNumber, evidence: &ConclusionEvidence<'_>) -> Self {
        if evidence.clinical_trial_notice {
            Self::ClinicalApproved
        } else if evidence.marketed_with_documents {
            Self::marketing_approval(number)
        } else if evidence.old_certificate_for_new
            && ["JYHB", "JYSB", "JYZB", "JYBB", "JYFB"].iter().any(|p| number.starts_with(p))
        {
            Self::SupplementApproved
        } else {
            Self::None
        }
    }

    /// R20, the last sentence: an approval document approves what was asked.
    fn approval_of(number: &WrittenNumber, matter: ReviewMatter) -> Option<Self> {
        match matter {
            ReviewMatter::Production => Some(Self::marketing_approval(number)),
            ReviewMatter::Supplement => Some(Self::SupplementApproved),
            ReviewMatter::ReRegistration => Some(Self::ReRegistrationApproved),
            ReviewMatter::Repacking => Some(Self::RepackingApproved),
            ReviewMatter::ClinicalTrial => Some(Self::ClinicalApproved),
            ReviewMatter::TechnologyTransfer => Some(Self::TechnologyTransferApproved),
            ReviewMatter::OneOffImport => Some(Self::OneOffImportApproved),
            ReviewMatter::ReviewAgain | ReviewMatter::Other(_) => None,
        }
    }

    /// 批准生产, or 批准进口 for numbers of imported products.
    fn marketing_approval(number: &WrittenNumber) -> Self {
        match number.origin() {
            Origin::Domestic => Self::ProductionApproved,
            Origin::Imported => Self::ImportApproved,
        }
    }
}
