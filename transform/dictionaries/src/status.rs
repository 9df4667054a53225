//! R17, R23, R24: the status words of each source.

use std::collections::HashMap;

use regatta_domain::{ListingStatus, TrialStatus, UnknownCode};
use serde::Deserialize;

use crate::DictionaryError;
use crate::csv_file::CsvFile;
use crate::text::clean;

#[derive(Deserialize)]
struct StatusRow {
    source_id: String,
    kind: String,
    raw: String,
    status: String,
    category: String,
}

/// Source and cleaned word in lower case -> status and note.
type Table<S> = HashMap<String, HashMap<String, (S, String)>>;

/// The statuses of listings and trials, by source.
#[derive(Debug, Default)]
pub struct Statuses {
    listing: Table<ListingStatus>,
    trial: Table<TrialStatus>,
}

impl Statuses {
    pub(crate) fn new(file: &CsvFile) -> Result<Self, DictionaryError> {
        let mut this = Self::default();
        file.each(|row: StatusRow| match row.kind.as_str() {
            "listing" => insert(&mut this.listing, row),
            "trial" => insert(&mut this.trial, row),
            other => Err(format!("kind {other:?}: expected listing or trial")),
        })?;
        Ok(this)
    }

    /// Status and marketing category of a source's word for a listing (R17);
    /// none where the word is not known: that is a row problem, never a
    /// default. The empty word has a row where the source leaves the field
    /// empty.
    #[must_use]
    pub fn listing(&self, source: &str, raw: &str) -> Option<(ListingStatus, Option<&str>)> {
        get(&self.listing, source, raw)
    }

    /// Status of a trial, or of a trial in one member state (R24), and the
    /// reason of a stop or what else the word says (R23). None where the word
    /// is not known.
    #[must_use]
    pub fn trial(&self, source: &str, raw: &str) -> Option<(TrialStatus, Option<&str>)> {
        get(&self.trial, source, raw)
    }
}

fn insert<S>(table: &mut Table<S>, row: StatusRow) -> Result<(), String>
where
    S: std::str::FromStr<Err = UnknownCode>,
{
    let status = row.status.parse().map_err(|e: UnknownCode| e.to_string())?;
    let words = table.entry(row.source_id).or_default();
    match words.insert(fold(&row.raw), (status, row.category)) {
        Some(_) => Err(format!("{} stands twice", row.raw)),
        None => Ok(()),
    }
}

fn get<'a, S: Copy>(table: &'a Table<S>, source: &str, raw: &str) -> Option<(S, Option<&'a str>)> {
    let (status, note) = table.get(source)?.get(&fold(raw))?;
    Some((*status, Some(note.as_str()).filter(|n| !n.is_empty())))
}

/// Spaces are nothing in Chinese and Japanese words (`承　認`, `进行中\u{a0}招募中`)
/// and brackets around a sub-status come and go.
fn fold(raw: &str) -> String {
    let text = clean(raw).to_lowercase();
    if text.is_ascii() {
        return text;
    }
    text.chars().filter(|c| !matches!(c, ' ' | '(' | ')' | ',' | ';')).collect()
}

#[cfg(test)]
mod tests {
    use regatta_domain::{ListingStatus, TrialStatus};

    use crate::Dictionaries;

    #[test]
    fn r17_listing_words_of_every_source() {
        let statuses = Dictionaries::load(None).unwrap().statuses;
        for (source, raw, status) in [
            ("us_orange_book", "DISCN", ListingStatus::Discontinued),
            ("eu_ema", "Authorised", ListingStatus::Active),
            ("eu_ema", "Opinion", ListingStatus::Opinion),
            ("eu_ema", "Opinion under re-examination", ListingStatus::Opinion),
            ("eu_ema", "Refused", ListingStatus::Refused),
            ("eu_ema", "Application withdrawn", ListingStatus::ApplicationWithdrawn),
            ("eu_ema", "Withdrawn from rolling review", ListingStatus::ApplicationWithdrawn),
            ("eu_ema", "Lapsed", ListingStatus::Expired),
            ("eu_ema", "Revoked", ListingStatus::Revoked),
            ("eu_hma_mri", "Positive", ListingStatus::Active),
            ("eu_hma_mri", "Withdrawn", ListingStatus::Withdrawn),
            ("jp_pmda", "承　認", ListingStatus::Active),
            ("jp_pmda", "Approval", ListingStatus::Active),
        ] {
            assert_eq!(statuses.listing(source, raw).map(|s| s.0), Some(status), "{source} {raw}");
        }
        assert_eq!(statuses.listing("eu_ema", "Approvable"), None);
        assert_eq!(statuses.trial("eu_ema", "Authorised"), None);
    }

    #[test]
    fn r23_r24_trial_words_of_every_registry() {
        let statuses = Dictionaries::load(None).unwrap().statuses;
        for (source, raw, status) in [
            ("cn_drug_trials", "进行中\u{a0}招募中", TrialStatus::Recruiting),
            ("cn_drug_trials", "进行中 （尚未招募）", TrialStatus::NotYetRecruiting),
            ("cn_drug_trials", "主动终止", TrialStatus::SuspendedOrTerminatedBySponsor),
            ("cn_drug_trials", "IEC/IRB暂停", TrialStatus::StoppedByAuthority),
            ("cn_chictr", "结束", TrialStatus::Completed),
            ("eu_euctr", "Ongoing", TrialStatus::Recruiting),
            ("eu_euctr", "GB - no longer in EU/EEA", TrialStatus::Unknown),
            ("eu_euctr", "", TrialStatus::Unknown),
            ("eu_ctis", "4", TrialStatus::Recruiting),
            ("eu_ctis", "Ended", TrialStatus::Completed),
        ] {
            assert_eq!(statuses.trial(source, raw).map(|s| s.0), Some(status), "{source} {raw}");
        }
        let stop = statuses.trial("cn_drug_trials", "IEC/IRB暂停").unwrap();
        assert_eq!(stop.1, Some("IEC/IRB暂停"));
        assert_eq!(statuses.trial("eu_euctr", "Paused"), None);
    }

    #[test]
    fn r23_the_rows_of_the_chinese_registry_agree_with_the_rule() {
        let statuses = Dictionaries::load(None).unwrap().statuses;
        for raw in [
            "进行中 尚未招募",
            "进行中 招募中",
            "进行中 招募完成",
            "已完成",
            "主动暂停",
            "主动终止",
            "IEC/IRB暂停",
            "IEC/IRB终止",
            "责令暂停",
            "责令终止",
        ] {
            let rule = TrialStatus::from_chinese(raw);
            assert!(rule.is_some(), "{raw}");
            assert_eq!(statuses.trial("cn_drug_trials", raw), rule, "{raw}");
        }
    }
}
