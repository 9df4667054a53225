//! R30: the order of the regions that name the holder, and what another one makes
//! of a lake (R39).

use std::collections::BTreeMap;

use regatta_transform::{Options, Recompute, RegionOrder};

use crate::incremental::{NEXT_DAY, Place};

const LATER: &str = "2026-11-22T00:00:00Z";

/// Holder and source by drug.
fn holders(place: &Place) -> BTreeMap<String, (String, String)> {
    let drugs = crate::staged::rows(&place.lake.staged_dir().join("drug.parquet"));
    drugs
        .into_iter()
        .map(|d| (d["drug_id"].clone(), (d["holder"].clone(), d["holder_source"].clone())))
        .collect()
}

#[test]
fn r30_r39_another_order_of_the_regions_computes_all_holders_anew() {
    let place = Place::new();
    let order = RegionOrder::read(&["JP", "EU", "US"]).unwrap();
    let staged = |now, recompute, holder_order| {
        place.staged_with(now, Options { recompute, holder_order, ..Options::default() })
    };
    let (default, some) = (RegionOrder::default(), Some(&order));
    staged(NEXT_DAY, Recompute::All, Some(&default));
    let before = holders(&place);
    let all = staged(NEXT_DAY, Recompute::All, some);
    assert_eq!(staged(NEXT_DAY, Recompute::Touched, some), all, "though no row has changed");
    let now = holders(&place);
    let others: Vec<_> = before.iter().filter(|(id, was)| now.get(*id) != Some(*was)).collect();
    assert!(!others.is_empty());
    for (id, (_, source)) in others {
        assert_eq!(source, "foreign_listing", "{id}: all else names the holder as before");
    }
    let changes = crate::staged::rows(&place.lake.staged_dir().join("change.parquet"));
    let holder = changes.iter().filter(|row| row["field"] == "holder");
    assert!(holder.clone().count() > 0);
    for row in holder {
        assert_eq!((row["reason"].as_str(), row["run_id"].as_str()), ("dictionary_changed", ""));
    }
    // And back again.
    place.publish();
    staged(LATER, Recompute::Touched, None);
    assert_eq!(holders(&place), before);
}
