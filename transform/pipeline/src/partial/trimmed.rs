//! Of the records that were standardised anew those that are other ones now.

use std::collections::HashSet;
use std::sync::Arc;

use polars::prelude::*;

use super::{GoneRows, Partial, RawRows};
use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::parquet_file::Stored;
use crate::previous::{Previous, Standing, numbers};
use crate::standard::Standard;
use crate::touched::{RecordTables, differing, with_ids};

/// Leaves out the records whose rows are what they were.
pub(super) fn trimmed(
    previous: &Previous,
    gone: &GoneRows,
    made: Standard,
    raw: RawRows,
) -> Result<Partial, TransformError> {
    let chosen = made.height();
    let mut standing = Standing::default();
    let none = HashSet::new();
    let mut differ = |name: &str, mask, new: &DataFrame, key: &'static str, also: &_| {
        other_rows(previous.table(name)?, &mut standing, (mask, new), key, also)
    };
    // A record is made of its companies too.
    let (parties, made_parties, mut records) =
        differ("record_company", &gone.parties, &made.parties, "record_id", &none)?;
    let (listing, made_listing, _) =
        differ("listing", &gone.listing, &made.listing, "record_id", &records)?;
    let (registration, made_registration, _) =
        differ("registration", &gone.registration, &made.registration, "record_id", &records)?;
    let (evidence, made_evidence, _) =
        differ("registration_evidence", &gone.evidence, &made.evidence, "record_id", &none)?;
    let (trial, made_trial, trials) = differ("trial", &gone.trial, &made.trial, "trial_id", &none)?;
    let (trial_country, made_country, _) =
        differ("trial_country", &gone.trial_country, &made.trial_country, "trial_id", &none)?;
    // Phase, status and start of a record are those of its trial.
    let products = previous.table("trial_product")?.columns(&["record_id", "trial_id"])?;
    for frame in [&products, &made.trial_product] {
        let cells = |name| text(frame, name).in_table("trial_product");
        for (record, trial) in cells("record_id")?.iter().zip(cells("trial_id")?.iter()) {
            if trial.is_some_and(|trial| trials.contains(trial)) {
                records.extend(record.map(str::to_owned));
            }
        }
    }
    let (trial_product, made_product, _) =
        differ("trial_product", &gone.trial_product, &made.trial_product, "record_id", &records)?;
    let gone = RecordTables {
        listing,
        registration,
        trial,
        trial_product,
        parties,
        evidence,
        trial_country,
    };
    let made = Standard {
        listing: made_listing,
        registration: made_registration,
        evidence: made_evidence,
        trial: made_trial,
        trial_country: made_country,
        trial_product: made_product,
        parties: made_parties.clone(),
        listing_parties: made_parties,
        problems: made.problems,
    };
    Ok(Partial { chosen, made, gone, standing, raw })
}

/// Of the rows `mask` of a table and the rows `new` that stand for them now those
/// whose keys have other rows now, and those with the keys `also`; these keys.
/// All others stand.
fn other_rows(
    table: &Arc<Stored>,
    standing: &mut Standing,
    (mask, new): (&BooleanChunked, &DataFrame),
    key: &'static str,
    also: &HashSet<String>,
) -> Result<(DataFrame, DataFrame, HashSet<String>), TransformError> {
    let name = table.table().name;
    let mut rows = numbers(mask);
    let old = table.rows(&rows)?;
    let mut other = differing(&old, new, key, &[]).in_table(name)?;
    other.extend(also.iter().map(String::as_str));
    let both =
        (with_ids(&old, key, &other).in_table(name)?, with_ids(new, key, &other).in_table(name)?);
    let keys = table.columns(&[key])?;
    let keys = text(&keys, key).in_table(name)?;
    rows.retain(|row| keys.get(*row as usize).is_some_and(|key| other.contains(key)));
    standing.without(table, rows);
    let other = other.into_iter().map(str::to_owned).collect();
    Ok((both.0, both.1, other))
}
