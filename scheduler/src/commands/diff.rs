//! `regatta diff`: what changed between two kept snapshots.

use regatta_lake::{SnapshotManifest, published_snapshots};
use regatta_warehouse::{Category, Finding, PickError, SnapshotDiff, pick_snapshot};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::Format;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::output::{self, Rows, line, words};

/// Findings of one category that a person is shown.
const SHOWN: usize = 20;

/// Compares `from` with `to` and shows at most `limit` findings of each
/// category: all of them to programs, [`SHOWN`] to people, where none is given.
pub fn diff(app: &App, from: &str, to: &str, limit: Option<usize>) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let kept = published_snapshots(&lake)?;
    let (from, to) = (pick(&kept, from)?, pick(&kept, to)?);
    if from.created_at > to.created_at {
        return Err(ConfigError::new(format!(
            "{} is later than {}: name the earlier snapshot first",
            from.snapshot_id, to.snapshot_id
        ))
        .into());
    }
    let mut found = regatta_warehouse::diff(&lake, from, to)?;
    match app.format {
        Format::Json => {
            found.findings = limited(&found.findings, limit.unwrap_or(usize::MAX));
            output::json(&found)?;
        }
        Format::Csv => {
            all_columns(&limited(&found.findings, limit.unwrap_or(usize::MAX)))
                .print(app.format)?;
        }
        Format::Table | Format::Markdown => report(&found, limit.unwrap_or(SHOWN), app.format)?,
    }
    Ok(Exit::Ok)
}

/// A word that nobody can understand is wrong usage; a snapshot that is not
/// kept is not.
fn pick<'a>(kept: &'a [SnapshotManifest], asked: &str) -> anyhow::Result<&'a SnapshotManifest> {
    pick_snapshot(kept, asked).map_err(|error| match error {
        PickError::NotUnderstood { .. } => ConfigError::new(error.to_string()).into(),
        PickError::NotKept { .. } => error.into(),
    })
}

/// The first `limit` of each category.
fn limited(findings: &[Finding], limit: usize) -> Vec<Finding> {
    let of = |category| findings.iter().filter(move |f| f.category == category).take(limit);
    SECTIONS.iter().flat_map(|s| of(s.category)).cloned().collect()
}

/// One row per finding, for spreadsheets.
fn all_columns(findings: &[Finding]) -> Rows {
    let mut rows = Rows::new([
        "category",
        "drug_id",
        "generic",
        "generic_zh",
        "dosage_form",
        "dosage_form_zh",
        "company",
        "country",
        "old_value",
        "old_value_zh",
        "new_value",
        "new_value_zh",
        "reason",
        "reason_zh",
        "records",
    ]);
    for f in findings {
        rows.push([
            json!(f.category),
            json!(f.drug_id),
            json!(f.generic),
            json!(f.generic_zh),
            json!(f.dosage_form),
            json!(f.dosage_form_zh),
            json!(f.company),
            json!(f.country),
            json!(f.old_value),
            json!(f.old_value_zh),
            json!(f.new_value),
            json!(f.new_value_zh),
            json!(f.reason),
            json!(f.reason_zh),
            json!(f.records),
        ]);
    }
    rows
}

/// How a category is shown: its heading, and the names of the columns before
/// and after where it has them.
struct Section {
    category: Category,
    heading: &'static str,
    values: Option<[&'static str; 2]>,
}

const SECTIONS: [Section; 8] = [
    Section { category: Category::Appeared, heading: "Drugs that appeared", values: None },
    Section { category: Category::Vanished, heading: "Drugs that vanished", values: None },
    Section {
        category: Category::Merged,
        heading: "Drugs that were merged",
        values: Some(["was", "is part of"]),
    },
    Section {
        category: Category::Split,
        heading: "Drugs that were split",
        values: Some(["was part of", "is"]),
    },
    Section {
        category: Category::StageUp,
        heading: "Further in a country",
        values: Some(["stage before", "stage"]),
    },
    Section {
        category: Category::StageDown,
        heading: "Back in a country",
        values: Some(["stage before", "stage"]),
    },
    Section {
        category: Category::Status,
        heading: "Another market status",
        values: Some(["status before", "status"]),
    },
    Section {
        category: Category::Holder,
        heading: "Another holder",
        values: Some(["holder before", "holder"]),
    },
];

fn report(found: &SnapshotDiff, limit: usize, format: Format) -> anyhow::Result<()> {
    let heading = |level: usize, text: &str| match format {
        Format::Markdown => line(format!("{} {text}\n", "#".repeat(level))),
        _ => line(text),
    };
    let rows = |rows: Rows| {
        rows.print(format)?;
        line("")
    };
    heading(1, &format!("What changed from {} to {}", found.from.created_at, found.to.created_at))?;
    rows(sides(found))?;
    if found.findings.is_empty() {
        line("No drug differs.\n")?;
    } else {
        heading(2, "In short")?;
        rows(counts(found))?;
    }
    for section in &SECTIONS {
        let of: Vec<&Finding> =
            found.findings.iter().filter(|f| f.category == section.category).collect();
        if of.is_empty() || limit == 0 {
            continue;
        }
        heading(2, &format!("{} ({})", section.heading, words::count(of.len() as u64)))?;
        rows(findings(section, &of[..of.len().min(limit)]))?;
        if of.len() > limit {
            line(format!("… and {} more; --limit shows more.\n", of.len() - limit))?;
        }
    }
    heading(2, "Records by source")?;
    rows(sources(found))?;
    if !found.changes.is_empty() {
        heading(2, "The change log by reason")?;
        rows(changes(found))?;
    }
    Ok(())
}

fn sides(found: &SnapshotDiff) -> Rows {
    let mut rows = Rows::new(["", "snapshot", "made", "drugs", "records in drugs"]);
    for (name, side) in [("from", &found.from), ("to", &found.to)] {
        rows.push([
            json!(name),
            json!(side.snapshot_id),
            json!(side.created_at),
            json!(side.drugs),
            json!(side.records),
        ]);
    }
    rows
}

fn counts(found: &SnapshotDiff) -> Rows {
    let mut rows = Rows::new(["what", "reason", "drugs"]);
    for count in &found.counts {
        let section = SECTIONS.iter().find(|s| s.category == count.category);
        rows.push([json!(section.map(|s| s.heading)), json!(count.reason), json!(count.findings)]);
    }
    rows
}

fn findings(section: &Section, findings: &[&Finding]) -> Rows {
    let stage =
        matches!(section.category, Category::StageUp | Category::StageDown | Category::Status);
    let mut columns = vec!["drug", "generic", "form", "company"];
    if stage {
        columns.push("country");
    }
    columns.extend(section.values.into_iter().flatten());
    columns.push("reason");
    columns.push("records");
    let mut rows = Rows::new(columns);
    for f in findings {
        let mut row = vec![
            json!(f.drug_id),
            both(Some(&f.generic), f.generic_zh.as_deref()),
            both(Some(&f.dosage_form), f.dosage_form_zh.as_deref()),
            json!(f.company),
        ];
        if stage {
            row.push(json!(f.country));
        }
        if section.values.is_some() {
            row.push(both(f.old_value.as_deref(), f.old_value_zh.as_deref()));
            row.push(both(f.new_value.as_deref(), f.new_value_zh.as_deref()));
        }
        row.push(json!(f.reason));
        row.push(some_of(&f.records));
        rows.push(row);
    }
    rows
}

/// `tablet 片剂`.
fn both(text: Option<&str>, chinese: Option<&str>) -> Value {
    let words: Vec<&str> = text.into_iter().chain(chinese).filter(|w| !w.is_empty()).collect();
    json!(words.join(" "))
}

/// The first records, and how many more there are.
fn some_of(records: &[String]) -> Value {
    const FEW: usize = 2;
    let mut shown: Vec<String> = records.iter().take(FEW).cloned().collect();
    if records.len() > FEW {
        shown.push(format!("… {} more", records.len() - FEW));
    }
    json!(shown)
}

fn sources(found: &SnapshotDiff) -> Rows {
    let mut rows = Rows::new([
        "source",
        "kind",
        "before",
        "after",
        "appeared",
        "vanished",
        "changed",
        "in another drug",
    ]);
    for s in &found.sources {
        rows.push([
            json!(s.source_id),
            json!(s.kind),
            json!(s.before),
            json!(s.after),
            json!(s.appeared),
            json!(s.vanished),
            json!(s.changed),
            json!(s.moved),
        ]);
    }
    rows
}

fn changes(found: &SnapshotDiff) -> Rows {
    let mut rows = Rows::new(["what", "change", "reason", "entities"]);
    for c in &found.changes {
        rows.push([
            json!(c.entity_kind),
            json!(c.change),
            both(Some(&c.reason), c.reason_zh.as_deref()),
            json!(c.entities),
        ]);
    }
    rows
}
