//! The rules of the product, and nothing else.
//!
//! This crate decides: what an acceptance number says, which phase a trial is
//! in, how far a drug has come, which records are one drug. It does no I/O,
//! reads no clock and knows no other crate of the workspace, so that every
//! rule can be tested with values alone. The rules are numbered (`R1` to
//! `R43`); the documentation of an item quotes the number it implements.
//!
//! Records, companies and groups come in as numbers ([`RecordId`],
//! [`CompanyId`], [`GroupId`]); the caller keeps the texts. Every function is
//! total and gives the same answer for any order of its input.
#![deny(missing_docs)]

pub mod acceptance;
mod code;
pub mod conclusion;
pub mod date;
pub mod holder;
pub mod jp_split;
pub mod merge;
pub mod phase;
pub mod progress;
pub mod record;
pub mod status;

pub use acceptance::{
    AcceptanceError, AcceptanceNumber, Origin, ProductKind, ReviewMatter, WrittenNumber,
};
pub use code::UnknownCode;
pub use conclusion::{Announcement, ConclusionEvidence, ReviewConclusion};
pub use date::{DateError, PartialDate, Precision};
pub use holder::{
    CompanyRoles, HolderSource, RegionOrder, RegionOrderError, RoleRecord, company_roles,
};
pub use jp_split::{
    ApprovalKind, SplitCompany, SplitFlag, SplitProduct, SplitRecord, split_english, split_japanese,
};
pub use merge::identity::{Assignment, History, HistoryEvent, IdentityError, assign_ids};
pub use merge::{
    BlockRecord, Component, Decisions, Link, LinkKey, Member, MergeError, PairDecision, merge_block,
};
pub use phase::{Phase, PhaseFinding, PhaseSource};
pub use progress::{CurrentStatus, Evidence, EvidenceKind, Progress, Stage, progress};
pub use record::{CompanyId, GroupId, Party, ReasonId, RecordId, RecordKind, Region, Role};
pub use status::{ListingStatus, TrialStatus};
