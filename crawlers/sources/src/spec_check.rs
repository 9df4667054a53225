//! The catalogue, checked entry by entry.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::registry::SOURCES;

    #[test]
    fn every_source_is_a_folder_with_a_complete_entry() {
        let mut ids = BTreeSet::new();
        for source in SOURCES {
            let spec = source.spec();
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(spec.id.as_str());
            assert!(ids.insert(spec.id.as_str()), "{} twice", spec.id);
            for file in ["source.toml", "mod.rs", "README.md"] {
                assert!(folder.join(file).exists(), "{} has no {file}", spec.id);
            }
            assert!(!spec.tables.is_empty() && !spec.urls.is_empty() && !spec.quirks.is_empty());
            assert!(spec.schedule.max_age_hours > 0);
            jiff::tz::TimeZone::get(&spec.schedule.time_zone)
                .unwrap_or_else(|e| panic!("{}: {e}", spec.id));
            if let Some(feed) = &spec.feed {
                // A record's rows can be replaced without touching the keys of others.
                for (name, table) in &spec.tables {
                    assert!(table.key.contains(&feed.record), "{}.{name}", spec.id);
                }
                let today = jiff::civil::date(2026, 11, 26);
                let window = crate::Window { today, since: Some(today) };
                assert!(!source.feed_seeds(&window).is_empty(), "{}", spec.id);
            }
            for (name, table) in &spec.tables {
                let columns: Vec<_> =
                    table.columns.iter().map(crate::ColumnSpec::column_name).collect();
                for key in &table.key {
                    assert!(
                        columns.contains(key),
                        "{}.{name}: the key names no column {key}",
                        spec.id
                    );
                }
                for column in &table.import_adds_by {
                    // The rows of a record can then go without touching keys of others.
                    assert!(table.key.contains(column), "{}.{name}.{column}", spec.id);
                }
                let adding = |t: &crate::TableSpec| !t.import_adds_by.is_empty();
                assert!(!(table.import_whole && adding(table)), "{}.{name}", spec.id);
                assert!(
                    !spec.tables.values().any(adding) || spec.tables.values().all(adding),
                    "{}: an import adds to all tables or to none",
                    spec.id
                );
                assert!(table.bounds.min_rows <= table.bounds.max_rows);
                assert!((0.0..=1.0).contains(&table.bounds.max_shrink));
                for (envelope, _) in regatta_lake::schema::ENVELOPE {
                    assert!(
                        !columns.iter().any(|c| c == envelope),
                        "{}.{name}.{envelope}",
                        spec.id
                    );
                }
            }
        }
    }
}
