//! Everything that is known of one drug or one record.

mod drug;
mod record;

pub use drug::{DrugDetail, DrugMarket, DrugMember, show_drug};
pub use record::{Body, RawRow, RecordDetail, show_record};

use serde_json::{Map, Value};

/// A row of a table, by column, in the order of the contract.
pub(crate) type Fields = Map<String, Value>;
