use std::fmt;

use regatta_domain::{
    CurrentStatus, HistoryEvent, HolderSource, ListingStatus, PartialDate, Phase, PhaseSource,
    RecordKind, Region, ReviewConclusion, Role, Stage, TrialStatus,
};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer};
use serde::ser::Serialize;

/// Every code reads back as its value, and no code or label stands for two.
macro_rules! check {
    ($($name:ident),+) => {$({
        let mut codes: Vec<&str> = $name::ALL.iter().map(|value| value.code()).collect();
        let mut labels: Vec<&str> = $name::ALL.iter().map(|value| value.label_zh()).collect();
        for value in $name::ALL {
            assert_eq!(value.code().parse::<$name>().as_ref(), Ok(value));
            assert_eq!(value.to_string(), value.code());
        }
        codes.sort_unstable();
        codes.dedup();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(codes.len(), $name::ALL.len(), stringify!($name));
        assert_eq!(labels.len(), $name::ALL.len(), stringify!($name));
        assert!($name::ALL.is_sorted());
        let unknown = "no such code".parse::<$name>().unwrap_err();
        assert_eq!(unknown.vocabulary, stringify!($name));
    })+};
}

#[test]
fn r17_r19_r22_r23_codes_read_back() {
    check!(
        CurrentStatus,
        HistoryEvent,
        HolderSource,
        ListingStatus,
        Phase,
        PhaseSource,
        RecordKind,
        Region,
        ReviewConclusion,
        Role,
        Stage,
        TrialStatus
    );
}

#[test]
fn r19_label_of_no_conclusion() {
    assert_eq!(ReviewConclusion::None.label_zh(), "暂无");
    assert_eq!(ReviewConclusion::None.code(), "none");
}

/// What serialisation writes.
struct Written<T>(T);

impl<T: Serialize> fmt::Display for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let deserializer: StrDeserializer<'de, Error> = text.into_deserializer();
    T::deserialize(deserializer)
}

#[test]
fn r17_codes_and_dates_are_serialised_as_text() {
    assert_eq!(Written(Stage::PhaseOneTwo).to_string(), "phase_1_2");
    assert_eq!(read("phase_1_2"), Ok(Stage::PhaseOneTwo));
    assert!(read::<Stage>("phase_5").is_err());
    let date: PartialDate = read("2023-04").unwrap();
    assert_eq!(Written(date).to_string(), "2023-04");
    assert!(read::<PartialDate>("2023-13").is_err());
}
