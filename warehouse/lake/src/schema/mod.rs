//! The public contract: every table and column that regatta publishes.
//!
//! Written once, here. From it come the columns that the transform writes, the
//! types that the warehouse declares, the comments in the `DuckDB` file and the
//! data dictionary `docs/tables.md`.

mod column;
mod companies;
mod document;
mod drugs;
mod labels;
mod listings;
mod meta;
mod names;
mod raw;
mod registrations;
mod trials;

pub use column::{Column, ColumnType, ForeignKey, Layer, Table};
pub use document::data_dictionary;
pub use labels::{LABELS, Label, codes_of};
pub use raw::{ENVELOPE, ISSUE_COLUMNS};

/// Version of the contract. A change of a column's name, type or meaning, or
/// of a table's key, raises it; a new table or column does not.
pub const SCHEMA_VERSION: u32 = 3;

/// All published tables, in the order in which they are documented.
pub const TABLES: &[&Table] = &[
    &listings::LISTING,
    &listings::MARKET_LISTING,
    &registrations::REGISTRATION,
    &registrations::REGISTRATION_EVIDENCE,
    &registrations::REGISTRATION_ASSOCIATION,
    &trials::TRIAL,
    &trials::TRIAL_COUNTRY,
    &trials::TRIAL_PRODUCT,
    &companies::RECORD_COMPANY,
    &drugs::DRUG,
    &drugs::DRUG_RECORD,
    &drugs::DRUG_PROGRESS,
    &drugs::PROGRESS,
    &drugs::DRUG_ID_HISTORY,
    &drugs::BLOCK,
    &companies::COMPANY,
    &companies::CORPORATE_GROUP,
    &companies::CORPORATE_GROUP_NAME,
    &names::GENERIC,
    &names::DOSAGE_FORM,
    &names::TARGET,
    &names::TARGET_NAME,
    &names::GENERIC_NAME,
    &names::LABEL,
    &meta::CHANGE,
    &meta::REVIEW_QUEUE,
    &meta::SOURCE_RECORD_ISSUE,
    &meta::SOURCE,
    &meta::RUN,
    &meta::FETCH,
    &meta::QUALITY_CHECK,
];

/// Tables that say how the data came to be. They change with every run, so they
/// lie beside the snapshots, in `LAKE/ledger/`, and not in them.
pub const LEDGER: &[&str] = &["source", "run", "fetch"];

/// The table with this name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|t| t.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_is_described_and_named_in_snake_case() {
        let snake =
            |s: &str| s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        for table in TABLES {
            assert!(table.doc.len() > 20, "{} has no description", table.name);
            assert!(snake(table.name));
            for column in table.columns {
                assert!(snake(column.name), "{}.{}", table.name, column.name);
                assert!(column.doc.len() > 8, "{}.{} has no description", table.name, column.name);
            }
        }
    }

    #[test]
    fn keys_and_sort_orders_name_columns_and_names_are_unique() {
        for table in TABLES {
            for name in table.key.iter().chain(table.sort) {
                assert!(table.column(name).is_some(), "{} has no column {name}", table.name);
            }
            for (i, column) in table.columns.iter().enumerate() {
                assert!(
                    !table.columns[..i].iter().any(|c| c.name == column.name),
                    "{}.{} twice",
                    table.name,
                    column.name
                );
            }
        }
        for table in TABLES {
            for key in table.foreign_keys {
                let what = format!("{} {:?}", table.name, key.columns);
                let other = super::table(key.table);
                let other = other.unwrap_or_else(|| panic!("{what}: no table {}", key.table));
                assert_eq!(key.columns.len(), key.references.len(), "{what}");
                for (name, reference) in key.columns.iter().zip(key.references) {
                    assert!(table.column(name).is_some(), "{what} is not there");
                    let found = other.column(reference);
                    assert!(found.is_some(), "{what}: {} has no {reference}", other.name);
                    assert!(!found.is_some_and(|c| c.ty.is_list()), "{what}: a list is no key");
                }
                let lists = key.columns.iter().filter_map(|c| table.column(c));
                let lists = lists.filter(|c| c.ty.is_list()).count();
                assert!(lists == 0 || key.columns.len() == 1, "{what}: lists stand alone");
            }
        }
        for (i, table) in TABLES.iter().enumerate() {
            assert!(!TABLES[..i].iter().any(|t| t.name == table.name), "{} twice", table.name);
        }
    }

    #[test]
    fn every_enumeration_has_labels_and_every_kind_of_label_is_used() {
        // Names for columns that are no closed enumeration.
        let mut used = std::collections::BTreeSet::from(["member_state"]);
        for table in TABLES {
            for column in table.columns {
                let what = format!("{}.{}", table.name, column.name);
                let Some(kind) = column.labels else {
                    // Names that tell an enumeration.
                    let tells = ["_precision", "_match", "status", "phase", "reason", "severity"];
                    let raw = column.name == "status_reason" || column.name == "http_status";
                    assert!(
                        raw || !tells.iter().any(|t| column.name.ends_with(t)),
                        "{what} has no labels"
                    );
                    continue;
                };
                let ty = column.ty;
                assert!(matches!(ty, ColumnType::Text | ColumnType::TextList), "{what}");
                assert!(codes_of(kind).next().is_some(), "{what}: no label is of {kind}");
                used.insert(kind);
            }
        }
        for (i, label) in LABELS.iter().enumerate() {
            assert!(used.contains(label.kind), "no column has codes of {}", label.kind);
            assert!(!label.en.is_empty() && !label.zh.is_empty(), "{label:?}");
            let twice = |l: &Label| (l.kind, l.code) == (label.kind, label.code);
            assert!(!LABELS[..i].iter().any(twice), "{label:?} twice");
        }
    }

    #[test]
    fn a_date_that_may_be_partly_known_has_its_precision_beside_it() {
        for table in TABLES {
            for pair in table.columns.windows(2) {
                let dated = matches!(pair[0].ty, ColumnType::Date | ColumnType::DateList);
                let expected = format!("{}_precision", pair[0].name);
                assert!(!dated || pair[1].name == expected, "{}.{expected}", table.name);
            }
        }
    }
}
