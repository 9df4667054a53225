//! Whether two snapshots hold the same rows.

use std::path::Path;

use anyhow::{Context, bail};
use polars::prelude::*;

/// The number of tables that were compared and of their rows; an error names
/// the first table that differs. `block.computed_at` is left out: it says when
/// a block was computed.
pub fn same_tables(one: &Path, other: &Path) -> anyhow::Result<(usize, usize)> {
    let (mut tables, mut rows) = (0, 0);
    for file in std::fs::read_dir(one)? {
        let path = file?.path();
        if path.extension().is_none_or(|e| e != "parquet") {
            continue;
        }
        let name = path.file_name().context("a file name")?;
        let (a, b) = (read(&path)?, read(&other.join(name))?);
        if !a.equals_missing(&b) {
            bail!("{} differs", name.display());
        }
        tables += 1;
        rows += a.height();
    }
    let others = std::fs::read_dir(other)?
        .filter_map(Result::ok)
        .filter(|file| file.path().extension().is_some_and(|e| e == "parquet"))
        .count();
    if others != tables {
        bail!("{tables} tables on one side, {others} on the other");
    }
    Ok((tables, rows))
}

fn read(path: &Path) -> anyhow::Result<DataFrame> {
    let scan = ScanArgsParquet { glob: false, ..Default::default() };
    let mut frame =
        LazyFrame::scan_parquet(PlRefPath::new(path.to_string_lossy()), scan)?.collect()?;
    if path.ends_with("block.parquet") {
        frame = frame.drop("computed_at")?;
    }
    Ok(frame)
}
