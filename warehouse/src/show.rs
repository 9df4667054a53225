//! Everything that is known of one drug or one record, and why.

mod drug;
mod explain;
mod record;
mod tree;
mod why;

pub use drug::{DrugDetail, DrugMarket, DrugMember, show_drug};
pub use explain::{
    CountryExplanation, Decided, DrugExplanation, HolderExplanation, RecordsOfKind, explain,
};
pub use record::{Body, Origin, RawRow, RecordDetail, show_record};
pub use tree::{explanation_tree, why_text};
pub use why::{Why, WhyStep, why};

use serde_json::{Map, Value};

/// A row of a table, by column, in the order of the contract.
pub(crate) type Fields = Map<String, Value>;
