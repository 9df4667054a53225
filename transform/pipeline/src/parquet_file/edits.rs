//! What changes in a table from one snapshot to the next.

use std::ops::Range;
use std::sync::Arc;

use polars::prelude::*;

use super::stored::Stored;
use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::touched::below;

/// A table now: that of the snapshot before without some rows, and new ones.
pub(crate) struct Patched {
    pub(crate) base: Arc<Stored>,
    /// Numbers of the rows that are no more, in order.
    pub(crate) gone: Vec<IdxSize>,
    /// With the columns of the table.
    pub(crate) new: DataFrame,
}

impl Patched {
    /// All rows, in any order.
    pub(crate) fn frame(&self) -> Result<DataFrame, TransformError> {
        let name = self.base.table().name;
        let old = self.base.frame()?;
        let mut stands = vec![true; old.height()];
        for row in &self.gone {
            stands[*row as usize] = false;
        }
        let stands: BooleanChunked = stands.into_iter().map(Some).collect();
        old.filter(&stands).and_then(|old| below(&old, &self.new)).in_table(name)
    }

    /// Where rows go and new ones come.
    pub(super) fn edits(&self) -> Result<Edits, TransformError> {
        let name = self.base.table().name;
        let mut places = Vec::with_capacity(self.new.height());
        if self.new.height() > 0 {
            let order = self.base.table().sort;
            let old = self.base.columns(order)?;
            let cells = |frame: &DataFrame| -> PolarsResult<Vec<StringChunked>> {
                order.iter().map(|column| Ok(text(frame, column)?.rechunk().into_owned())).collect()
            };
            let (of_new, of_old) = (cells(&self.new).in_table(name)?, cells(&old).in_table(name)?);
            let before = |row: usize, other: usize| {
                let key = of_old.iter().map(|column| column.get(row));
                key.lt(of_new.iter().map(|column| column.get(other)))
            };
            let mut done = 0;
            for row in 0..self.new.height() {
                let (mut low, mut high) = (done, old.height());
                while low < high {
                    let middle = usize::midpoint(low, high);
                    if before(middle, row) { low = middle + 1 } else { high = middle }
                }
                places.push(low);
                done = low;
            }
        }
        Ok(Edits { gone: self.gone.iter().map(|row| *row as usize).collect(), places })
    }
}

/// What changes in a table, by row of before.
pub(super) struct Edits {
    gone: Vec<usize>,
    /// Before which row each new row stands.
    places: Vec<usize>,
}

/// Rows that stand one after another, of before or of now.
pub(super) enum Piece {
    /// Of the group; `from` counts within it.
    Old { from: usize, len: usize },
    /// Of the new rows.
    New { from: usize, len: usize },
}

impl Piece {
    /// How many rows they are.
    pub(super) fn len(&self) -> usize {
        let (Self::Old { len, .. } | Self::New { len, .. }) = self;
        *len
    }
}

impl Edits {
    pub(super) fn changes(&self) -> Changes<'_> {
        Changes { edits: self, gone: 0, new: 0 }
    }
}

/// The edits that no group has taken yet.
pub(super) struct Changes<'a> {
    edits: &'a Edits,
    gone: usize,
    new: usize,
}

impl Changes<'_> {
    /// What stands now where the rows `range` stood; none where they do still.
    /// What comes behind all rows stands in the last group.
    pub(super) fn pieces(&mut self, range: &Range<usize>, is_last: bool) -> Option<Vec<Piece>> {
        let Edits { gone, places } = self.edits;
        let ends = |row: usize| row < range.end || is_last;
        let next_gone = gone.get(self.gone).is_some_and(|row| ends(*row));
        let next_new = places.get(self.new).is_some_and(|row| ends(*row));
        if !next_gone && !next_new {
            return None;
        }
        let mut pieces = Vec::new();
        let mut at = range.start;
        let push_old = |pieces: &mut Vec<Piece>, from: usize, to: usize| {
            if from < to {
                pieces.push(Piece::Old { from: from - range.start, len: to - from });
            }
        };
        loop {
            let gone_at = gone.get(self.gone).copied().filter(|row| ends(*row));
            let new_at = places.get(self.new).copied().filter(|row| ends(*row));
            match (gone_at, new_at) {
                (Some(row), other) if other.is_none_or(|new| row < new) => {
                    push_old(&mut pieces, at, row);
                    at = row + 1;
                    self.gone += 1;
                }
                (_, Some(row)) => {
                    push_old(&mut pieces, at, row);
                    at = at.max(row);
                    let from = self.new;
                    while places.get(self.new) == Some(&row) {
                        self.new += 1;
                    }
                    pieces.push(Piece::New { from, len: self.new - from });
                }
                _ => break,
            }
        }
        push_old(&mut pieces, at, range.end);
        Some(pieces)
    }
}
