//! Record keys: the source's own key of each row, unique in its table.

use std::collections::HashMap;

use crate::{Issue, Severity, TableSpec, TextTable};

/// The keys of `table`, in row order. A row that repeats an earlier key gets
/// `#2`, `#3` … behind it and an issue. No row is dropped.
///
/// `seen` counts keys over the pages of one run.
pub fn record_keys(
    spec: &TableSpec,
    table: &TextTable,
    seen: &mut HashMap<String, u32>,
    issues: &mut Vec<Issue>,
) -> Vec<String> {
    let columns: Vec<_> = spec.key.iter().filter_map(|name| table.column(name)).collect();
    let mut keys = Vec::with_capacity(table.len());
    for row in 0..table.len() {
        let mut key = String::new();
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                key.push('-');
            }
            key.push_str(column.get(row).unwrap_or_default().trim());
        }
        let mut count = seen.get(&key).map_or(1, |count| count + 1);
        // What was numbered may be another row's key as it is.
        while count > 1 && seen.contains_key(&format!("{key}#{count}")) {
            count += 1;
        }
        seen.insert(key.clone(), count);
        if count > 1 {
            issues.push(Issue::row(
                Severity::Note,
                "repeated_key",
                table,
                table.row_numbers[row],
                format!("the key {key} occurs again; this row is kept as {key}#{count}"),
            ));
            key = format!("{key}#{count}");
            seen.insert(key.clone(), 1);
        }
        keys.push(key);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bounds;

    fn spec() -> TableSpec {
        TableSpec {
            description: String::new(),
            member: None,
            optional: false,
            key: vec!["a".into(), "b".into()],
            import_adds_by: vec![],
            import_whole: false,
            dated: false,
            bounds: Bounds { min_rows: 0, max_rows: 9, max_shrink: 0.0 },
            columns: vec![],
        }
    }

    #[test]
    fn a_repeated_key_is_kept_under_a_number_and_reported() {
        let mut table = TextTable::new("t", "", ["a", "b"]);
        for row in 0..3 {
            table.push(row + 2, [Some("N"), Some(" 001 ")]);
        }
        let mut issues = vec![];
        let keys = record_keys(&spec(), &table, &mut HashMap::new(), &mut issues);
        assert_eq!(keys, ["N-001", "N-001#2", "N-001#3"]);
        assert_eq!(issues.iter().map(|i| i.row_number).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn a_key_that_looks_like_a_numbered_one_is_not_taken_for_it() {
        for (keys, expected) in [
            (["1#2", "1", "1"], ["N-1#2", "N-1", "N-1#3"]),
            (["1", "1", "1#2"], ["N-1", "N-1#2", "N-1#2#2"]),
        ] {
            let mut table = TextTable::new("t", "", ["a", "b"]);
            for (row, key) in (2..).zip(keys) {
                table.push(row, [Some("N"), Some(key)]);
            }
            let found = record_keys(&spec(), &table, &mut HashMap::new(), &mut vec![]);
            assert_eq!(found, expected);
        }
    }
}
