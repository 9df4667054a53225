//! Which rows a review conclusion rests on (R19, R20).

use regatta_domain::{PartialDate, ReviewConclusion, WrittenNumber};

use super::Kind;

/// The rule that gave a conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The title of an announcement.
    R20,
    /// A list of permissions of clinical trials.
    R19a,
    /// The list of marketed drugs.
    R19b,
    /// A collection list "old certificate for new".
    R19c,
}

impl Rule {
    /// In the order in which they decide.
    pub(crate) const ALL: [Self; 4] = [Self::R20, Self::R19a, Self::R19b, Self::R19c];

    /// The code in `registration.conclusion_rule`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::R20 => "R20",
            Self::R19a => "R19a",
            Self::R19b => "R19b",
            Self::R19c => "R19c",
        }
    }

    /// Whether a row of a list, with its title, is what `conclusion` about
    /// `number` rests on.
    pub(crate) fn rests_on(
        self,
        kind: Kind,
        title: Option<&str>,
        number: &WrittenNumber,
        conclusion: ReviewConclusion,
    ) -> bool {
        match self {
            Self::R20 => title.is_some_and(|title| {
                ReviewConclusion::from_title(number, title) == Some(conclusion)
            }),
            Self::R19a => kind == Kind::ClinicalPermission,
            Self::R19b => kind == Kind::PostMarket,
            Self::R19c => title.is_some_and(is_old_for_new),
        }
    }

    /// The date of the conclusion: of the last announcement that says it, or of
    /// the first list that has it.
    pub(super) fn date(self, dates: impl Iterator<Item = PartialDate>) -> Option<PartialDate> {
        match self {
            Self::R20 | Self::R19c => dates.max(),
            Self::R19a | Self::R19b => dates.min(),
        }
    }
}

/// Whether the title is that of a collection list "old certificate for new".
pub(super) fn is_old_for_new(title: &str) -> bool {
    title.contains("旧证换新证")
}
