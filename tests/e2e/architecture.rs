//! The direction of dependencies, as ARCHITECTURE.md states it.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// For each crate of the workspace, the crates of the workspace it may use.
/// Crawlers, transform and warehouse meet in files only.
const ALLOWED: &[(&str, &[&str])] = &[
    ("regatta-domain", &[]),
    ("regatta-lake", &[]),
    ("regatta-locks", &[]),
    ("regatta-sources", &["regatta-lake"]),
    ("regatta-crawlers", &["regatta-sources", "regatta-lake"]),
    ("regatta-dictionaries", &["regatta-domain", "regatta-lake"]),
    ("regatta-transform", &["regatta-dictionaries", "regatta-domain", "regatta-lake"]),
    ("regatta-remote", &["regatta-lake"]),
    ("regatta-warehouse", &["regatta-lake"]),
    ("regatta-alerts", &["regatta-domain", "regatta-lake"]),
    ("regatta-testsite", &[]),
    (
        "regatta",
        &[
            "regatta-alerts",
            "regatta-crawlers",
            "regatta-dictionaries",
            "regatta-lake",
            "regatta-locks",
            "regatta-remote",
            "regatta-sources",
            "regatta-testsite",
            "regatta-transform",
            "regatta-warehouse",
        ],
    ),
    ("regatta-tests", &["regatta-lake", "regatta-testsite", "regatta-warehouse"]),
];

#[test]
fn crates_depend_only_in_the_stated_direction() {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let ours: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    assert_eq!(
        ours.iter().map(String::as_str).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>()
    );
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Normal && ours.contains(&dependency.name) {
                assert!(
                    allowed[package.name.as_str()].contains(&dependency.name.as_str()),
                    "{} must not depend on {}",
                    package.name,
                    dependency.name
                );
            }
        }
    }
}
