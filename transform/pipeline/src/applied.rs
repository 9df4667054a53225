//! What a transform says of the names it applied.

use polars::prelude::*;

use crate::error::InTable;
use crate::previous::Previous;
use crate::reopened::Reopened;
use crate::standard::Standard;
use crate::status_words::StatusWords;
use crate::transform::Computation;
use crate::{TransformError, names, review};

impl Computation<'_> {
    /// The tables of names as applied, and the open questions. `before` is the
    /// snapshot before.
    pub(crate) fn names(
        &self,
        tables: &Standard,
        drug_record: &DataFrame,
        before: Option<&Previous>,
        day: &str,
    ) -> Result<(), TransformError> {
        let d = self.dictionaries;
        let all = tables.all().in_table("drug_record")?;
        let parties = &tables.parties;
        let company = names::company(parties, drug_record, d, day).in_table("company")?;
        let groups = names::corporate_group(&company, d).in_table("corporate_group")?;
        let generic = names::generic(&all, d).in_table("generic")?;
        let reopened = match before {
            Some(before) => before.reopened(before.records()?, (&all, parties), d)?,
            None => Reopened::new(),
        };
        let statuses = StatusWords::of(tables, d).in_table("review_queue")?;
        let queue = review::review_queue(&all, (parties, &statuses), drug_record, d, &reopened)
            .in_table("review_queue")?;
        let target = names::target(&generic, d).in_table("target")?;
        for (name, frame) in [
            (
                "corporate_group_name",
                names::corporate_group_name(&groups, d).in_table("corporate_group_name")?,
            ),
            ("corporate_group", groups),
            ("company", company),
            ("target_name", names::target_name(&target, d).in_table("target_name")?),
            ("target", target),
            ("generic_name", names::generic_name(&generic, d).in_table("generic_name")?),
            ("generic", generic),
            ("dosage_form", names::dosage_form(&all, d).in_table("dosage_form")?),
            ("review_queue", queue),
        ] {
            self.give(name, frame);
        }
        Ok(())
    }
}
