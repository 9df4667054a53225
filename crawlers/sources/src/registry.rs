//! All sources, one line each.

use crate::Source;
use crate::{
    cn_cde, cn_chictr, cn_drug_trials, cn_nmpa, cn_nmpa_pickup, eu_ctis, eu_ema, eu_euctr,
    eu_hma_mri, jp_mhlw_price, jp_pmda, us_cber, us_drugs_at_fda, us_orange_book, us_purple_book,
};

/// Every source, in the order of the catalogue.
#[rustfmt::skip]
pub static SOURCES: &[&dyn Source] = &[
    &us_orange_book::UsOrangeBook,
    &us_drugs_at_fda::UsDrugsAtFda,
    &us_purple_book::UsPurpleBook,
    &us_cber::UsCber,
    &eu_ema::EuEma,
    &eu_hma_mri::EuHmaMri,
    &eu_euctr::EuEuctr,
    &eu_ctis::EuCtis,
    &jp_pmda::JpPmda,
    &jp_mhlw_price::JpMhlwPrice,
    &cn_nmpa::CnNmpa,
    &cn_nmpa_pickup::CnNmpaPickup,
    &cn_cde::CnCde,
    &cn_drug_trials::CnDrugTrials,
    &cn_chictr::CnChictr,
];

/// The source with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Source> {
    SOURCES.iter().copied().find(|s| s.spec().id.as_str() == id)
}
