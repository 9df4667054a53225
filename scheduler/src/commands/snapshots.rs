//! `regatta snapshots`.

use regatta_lake::{SnapshotManifest, published_snapshots};
use serde_json::json;

use crate::app::App;
use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{Rows, line, words};

/// The kept snapshots, newest first.
pub fn snapshots(app: &App) -> anyhow::Result<Exit> {
    let kept = published_snapshots(&app.lake()?)?;
    if kept.is_empty() && app.format == Format::Table {
        line("Nothing has been published yet.")?;
        return Ok(Exit::Ok);
    }
    let for_people = matches!(app.format, Format::Table | Format::Markdown);
    let mut rows = Rows::new([
        "snapshot",
        "made",
        "current",
        "previous",
        "tables",
        "rows",
        if for_people { "size" } else { "bytes" },
        "drugs",
        "appeared",
        "vanished",
        "changed",
    ]);
    for (i, snapshot) in kept.iter().enumerate() {
        let bytes = snapshot.tables.iter().map(|t| t.bytes).sum::<u64>();
        rows.push([
            json!(snapshot.snapshot_id),
            json!(snapshot.created_at.to_string()),
            json!(i == 0),
            json!(snapshot.previous.as_ref().map(|p| &p.snapshot_id)),
            json!(snapshot.tables.len()),
            json!(snapshot.tables.iter().map(|t| t.rows).sum::<u64>()),
            if for_people { json!(words::bytes(bytes)) } else { json!(bytes) },
            json!(snapshot.table("drug").map(|t| t.rows)),
            json!(changes(snapshot, &["appeared"])),
            json!(changes(snapshot, &["vanished"])),
            json!(changes(snapshot, &["changed", "dictionary_changed", "rule_changed"])),
        ]);
    }
    rows.print(app.format)?;
    Ok(Exit::Ok)
}

/// Records and drugs that changed with the snapshot.
fn changes(snapshot: &SnapshotManifest, kinds: &[&str]) -> u64 {
    let of_kind = snapshot.changes.iter().filter(|c| kinds.contains(&c.change.as_str()));
    of_kind.map(|c| c.count).sum()
}
