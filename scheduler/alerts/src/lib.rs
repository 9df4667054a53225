//! Early warning: what a regulator, a sponsor or a source did that somebody
//! should know of.
//!
//! [`detect`] holds [`Facts`] (changes, runs, profiles of values: plain structs
//! that the caller reads) against [`Rules`] and gives [`Finding`]s. [`State`]
//! makes alerts of them: the same thing found again is the same alert.
//! [`Store`] keeps the state in the lake, in one file that one rename replaces,
//! together with the outbox; [`deliver`] empties the outbox through [`Channel`]s
//! that the caller supplies. Nothing here reads a clock, a network or a
//! database.

mod alert;
mod deliver;
mod detect;
mod digest;
mod facts;
mod feed;
mod finding;
mod message;
mod outbox;
pub mod robust;
mod rules;
mod series;
mod signature;
mod state;
mod store;

pub use alert::{Ack, Alert, Resolved, Status};
pub use deliver::{Channel, Delivered, Moment, Probe, SendError, Undisturbed, deliver};
pub use detect::{Detected, Undone, detect};
pub use facts::{
    ChangeFact, Facts, FeedFacts, FieldProfile, Profile, RefreshFacts, RunFacts, SnapshotFacts,
    SourceFacts, TableFacts,
};
pub use feed::atom;
pub use finding::{Certainty, Finding, Lasting, Severity};
pub use message::{Message, mail_body, mail_subject};
pub use outbox::{Delivery, Notice, NoticeKind, Recipient};
pub use rules::{
    ColumnsRule, DEFAULT_RULES, FeedRule, HolderRule, Kind, ListingStatusRule, NewStageRule,
    NullsRule, OverdueRule, OwnChangesRule, RefreshRule, RowsRule, Rule, Rules, RulesError,
    SourceRunRule, TrialStatusRule, ValuesRule, VanishedRule,
};
pub use signature::sign;
pub use state::State;
pub use store::{Store, StoreError};
