//! All sources, one line each.

use crate::Source;
use crate::in_utf8::InUtf8;
use crate::{
    cn_cde, cn_chictr, cn_drug_trials, cn_nmpa, cn_nmpa_pickup, eu_ctis, eu_ema, eu_euctr,
    eu_hma_mri, jp_mhlw_price, jp_pmda, us_cber, us_drugs_at_fda, us_orange_book, us_purple_book,
};

/// Every source, in the order of the catalogue.
#[rustfmt::skip]
pub static SOURCES: &[&dyn Source] = &[
    &InUtf8(us_orange_book::UsOrangeBook),
    &InUtf8(us_drugs_at_fda::UsDrugsAtFda),
    &InUtf8(us_purple_book::UsPurpleBook),
    &InUtf8(us_cber::UsCber),
    &InUtf8(eu_ema::EuEma),
    &InUtf8(eu_hma_mri::EuHmaMri),
    &InUtf8(eu_euctr::EuEuctr),
    &InUtf8(eu_ctis::EuCtis),
    &InUtf8(jp_pmda::JpPmda),
    &InUtf8(jp_mhlw_price::JpMhlwPrice),
    &InUtf8(cn_nmpa::CnNmpa),
    &InUtf8(cn_nmpa_pickup::CnNmpaPickup),
    &InUtf8(cn_cde::CnCde),
    &InUtf8(cn_drug_trials::CnDrugTrials),
    &InUtf8(cn_chictr::CnChictr),
];

/// The source with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Source> {
    SOURCES.iter().copied().find(|s| s.spec().id.as_str() == id)
}
