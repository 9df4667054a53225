//! All sources, one line each.

use crate::Source;
use crate::{us_drugs_at_fda, us_orange_book};

/// Every source, in the order of the catalogue.
pub static SOURCES: &[&dyn Source] =
    &[&us_orange_book::UsOrangeBook, &us_drugs_at_fda::UsDrugsAtFda];

/// The source with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Source> {
    SOURCES.iter().copied().find(|s| s.spec().id.as_str() == id)
}
