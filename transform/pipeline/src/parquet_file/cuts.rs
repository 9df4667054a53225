//! Where a file is cut into row groups: by what its rows say, not by their
//! number.
//!
//! A row that comes or goes would move every later cut, and with it every later
//! group, if groups were counted out. Here a group ends behind a row whose key
//! has a digest of a certain kind (content-defined chunking), so that a change
//! of some rows leaves all other groups as they are, byte for byte.

use polars::prelude::*;
use regatta_lake::schema::{ColumnType, Table};
use twox_hash::XxHash64;

use super::Division;
use crate::distinct::text;

impl Division {
    /// Where the group ends that begins at `from`, of rows that end at `rows`;
    /// none where they end before it does.
    pub(super) fn end(
        &self,
        from: usize,
        rows: usize,
        digest: impl Fn(usize) -> u64,
    ) -> Option<usize> {
        let longest = from + self.most;
        (from + self.least..=rows.min(longest))
            .find(|end| *end == longest || digest(end - 1).is_multiple_of(self.one_in))
    }
}

/// Texts of the columns that a table is sorted by.
pub(super) struct Keys<'a>(Vec<&'a StringChunked>);

impl<'a> Keys<'a> {
    pub(super) fn of(frame: &'a DataFrame, table: &Table) -> PolarsResult<Self> {
        text_keys(table).map(|name| text(frame, name)).collect::<PolarsResult<_>>().map(Self)
    }

    pub(super) fn digest(&self, row: usize) -> u64 {
        digest(self.0.iter().map(|column| column.get(row)))
    }
}

/// The columns that a table is sorted by, as far as they are text.
pub(super) fn text_keys(table: &Table) -> impl Iterator<Item = &'static str> {
    let columns = table.columns;
    let is_text =
        move |name: &&str| columns.iter().any(|c| c.name == *name && c.ty == ColumnType::Text);
    table.sort.iter().copied().filter(is_text)
}

/// The digest of a key. It is part of what a file looks like: the same on every
/// machine and in every version.
pub(super) fn digest<'a>(key: impl Iterator<Item = Option<&'a str>>) -> u64 {
    key.fold(0, |seed, cell| XxHash64::oneshot(seed, cell.unwrap_or_default().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIVISION: Division = Division { least: 10, most: 30, one_in: 7 };

    fn ends(digests: &[u64]) -> Vec<usize> {
        let (mut ends, mut from) = (Vec::new(), 0);
        while let Some(end) = DIVISION.end(from, digests.len(), |row| digests[row]) {
            ends.push(end);
            from = end;
        }
        ends
    }

    #[test]
    fn a_group_ends_behind_a_row_with_such_a_digest_within_bounds() {
        assert_eq!(ends(&[1; 100]), [30, 60, 90]);
        assert_eq!(ends(&[7; 35]), [10, 20, 30]);
        let mut digests = vec![1; 50];
        digests[4] = 14;
        digests[12] = 14;
        assert_eq!(ends(&digests), [13, 43]);
        assert!(ends(&[1; 29]).is_empty());
    }

    #[test]
    fn cuts_behind_a_change_are_the_same_again() {
        let digests: Vec<u64> =
            (0..2_000u64).map(|n| digest([Some(n.to_string().as_str())].into_iter())).collect();
        let mut more = digests.clone();
        more.insert(500, 1);
        let (before, after) = (ends(&digests), ends(&more));
        let moved: Vec<usize> = before.iter().filter(|e| **e > 560).map(|e| e + 1).collect();
        assert!(moved.len() > 50);
        assert!(after.ends_with(&moved));
    }
}
