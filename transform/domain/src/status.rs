//! Statuses of listings (R17) and of trials (R23, R24).

use crate::code::coded_enum;

coded_enum! {
    /// Status of a listing (R17).
    pub enum ListingStatus {
        /// On the market.
        Active = "active", "在市";
        /// Approved, no longer sold.
        Discontinued = "discontinued", "停产";
        /// The authorisation was withdrawn.
        Withdrawn = "withdrawn", "撤市";
        /// The authorisation is suspended.
        Suspended = "suspended", "暂停";
        /// The authorisation was revoked.
        Revoked = "revoked", "撤销";
        /// The authorisation expired or lapsed.
        Expired = "expired", "过期";
        /// Tentative approval (US): may not be marketed yet.
        Tentative = "tentative", "暂定批准";
        /// The application was refused.
        Refused = "refused", "拒绝";
        /// The application was withdrawn before a decision.
        ApplicationWithdrawn = "application_withdrawn", "撤回申请";
        /// The committee gave its opinion, the decision is open (EU).
        Opinion = "opinion", "审评意见";
        /// The source does not say.
        Unknown = "unknown", "未知";
    }
}

impl ListingStatus {
    /// Whether the status itself says that the product was marketed at some
    /// time (R17). `tentative`, `refused`, `application_withdrawn` and
    /// `opinion` never do, and `unknown` says nothing.
    #[must_use]
    pub const fn was_marketed(self) -> bool {
        matches!(
            self,
            Self::Active
                | Self::Discontinued
                | Self::Withdrawn
                | Self::Suspended
                | Self::Revoked
                | Self::Expired
        )
    }

    /// Whether the product is on the market today.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether an authorisation has been asked for and is not decided (R37).
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Tentative | Self::Opinion)
    }

    /// Whether an application ended without an authorisation.
    #[must_use]
    pub const fn is_rejected(self) -> bool {
        matches!(self, Self::Refused | Self::ApplicationWithdrawn)
    }
}

coded_enum! {
    /// Status of a trial (R23).
    pub enum TrialStatus {
        /// Nothing is known.
        Unknown = "unknown", "未知";
        /// Never started.
        Withdrawn = "withdrawn", "撤回";
        /// Suspended or terminated by an authority or an ethics committee.
        StoppedByAuthority = "stopped_by_authority", "责令暂停或终止";
        /// Suspended or terminated by the sponsor.
        SuspendedOrTerminatedBySponsor = "suspended_or_terminated_by_sponsor", "主动暂停或终止";
        /// Completed.
        Completed = "completed", "已完成";
        /// Under way, not yet recruiting.
        NotYetRecruiting = "not_yet_recruiting", "进行中 尚未招募";
        /// Under way, recruiting.
        Recruiting = "recruiting", "进行中 招募中";
        /// Under way, recruitment completed.
        RecruitmentCompleted = "recruitment_completed", "进行中 招募完成";
    }
}

impl TrialStatus {
    /// Whether the trial is under way.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::NotYetRecruiting | Self::Recruiting | Self::RecruitmentCompleted)
    }

    /// Whether the trial was suspended, terminated, stopped or never started:
    /// what R35 marks `inactive`. A completed trial is not stopped.
    #[must_use]
    pub const fn is_stopped(self) -> bool {
        matches!(
            self,
            Self::Withdrawn | Self::StoppedByAuthority | Self::SuspendedOrTerminatedBySponsor
        )
    }

    /// The status of one trial over its member states (R24): the most advanced
    /// active one; where none is active, `completed` before any kind of stop.
    /// No status at all is [`TrialStatus::Unknown`].
    pub fn over_member_states(statuses: impl IntoIterator<Item = Self>) -> Self {
        // The variants are declared in this order.
        statuses.into_iter().max().unwrap_or(Self::Unknown)
    }

    /// Status and reason from the wording of the Chinese trial registry (R23).
    /// The reason is the text of a stop as written (`IEC/IRB暂停`). `None` for
    /// a wording that no rule knows.
    #[must_use]
    pub fn from_chinese(text: &str) -> Option<(Self, Option<&str>)> {
        const AUTHORITY: [&str; 2] = ["责令", "IEC/IRB"];
        let text = text.trim();
        let stop = |rest: &str| {
            let rest = rest.trim_start();
            rest.starts_with("暂停") || rest.starts_with("终止")
        };
        if text.strip_prefix("主动").is_some_and(stop) {
            return Some((Self::SuspendedOrTerminatedBySponsor, Some(text)));
        }
        let by_authority =
            AUTHORITY.iter().any(|authority| text.strip_prefix(authority).is_some_and(stop));
        if by_authority {
            return Some((Self::StoppedByAuthority, Some(text)));
        }
        let status = if text.starts_with("已完成") {
            Self::Completed
        } else if text.contains("尚未招募") {
            Self::NotYetRecruiting
        } else if text.contains("招募完成") {
            Self::RecruitmentCompleted
        } else if text.contains("招募中") {
            Self::Recruiting
        } else {
            return None;
        };
        Some((status, None))
    }
}
