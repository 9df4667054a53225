//! Whether what was published step by step is what all of it gives at once.

use std::path::Path;

use regatta_lake::{Lake, current_snapshot};

use crate::Regatta;

/// R39: the tables of the served snapshot, made of changes one after another, are
/// those that are made of everything at once, but for the changes themselves and
/// the time of making.
pub fn assert_stands(regatta: &Regatta) {
    let lake = Lake::open(&regatta.lake()).unwrap();
    let served = current_snapshot(&lake).unwrap().unwrap();
    let folder = lake.snapshot_dir(&served.snapshot_id);
    let _ = regatta.ok(&["transform", "--all"]);
    let duckdb = duckdb::Connection::open_in_memory().unwrap();
    for table in &served.tables {
        let left_out = match table.name.as_str() {
            "change" | "quality_check" => continue,
            "block" => "EXCLUDE (computed_at)",
            _ => "",
        };
        let rows = |folder: &Path| {
            let file = folder.join(format!("{}.parquet", table.name));
            format!("SELECT * {left_out} FROM '{}'", file.display())
        };
        let (stands, anew) = (rows(&folder), rows(&lake.staged_dir()));
        let differ = format!(
            "SELECT count(*) FROM (({stands} EXCEPT ALL {anew})
                UNION ALL ({anew} EXCEPT ALL {stands}))"
        );
        let differ: u64 = duckdb.query_row(&differ, [], |row| row.get(0)).unwrap();
        assert_eq!(differ, 0, "rows of {}", table.name);
    }
    std::fs::remove_dir_all(lake.staged_dir()).unwrap();
}
