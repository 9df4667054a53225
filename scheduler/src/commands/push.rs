//! `regatta push`: the current snapshot to object storage.

use regatta_lake::{Lake, current_snapshot, snapshot_ref};
use regatta_remote::{CheckReport, Served, Store};
use serde_json::json;

use crate::app::App;
use crate::cli::{Format, Push};
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::jobs;
use crate::output::{self, Rows, bars, line, words};

/// Pushes, or says what is served.
pub async fn push(app: &App, options: &Push) -> anyhow::Result<Exit> {
    let lake = app.lake()?;
    let store = app.config.object_storage.open()?.ok_or_else(|| {
        ConfigError::new("no object storage: set `url` under [object_storage] in the configuration")
    })?;
    if options.status {
        return status(app, &lake, &store, options.verify).await;
    }
    let Some(report) = jobs::push(&app.config, &lake, &store, options.take_over).await? else {
        match app.format {
            Format::Json => output::json(&json!({ "outcome": "nothing_published" }))?,
            _ => line("Nothing is published yet: run `regatta refresh` first.")?,
        }
        return Ok(Exit::Ok);
    };
    let checked =
        if options.verify { verify(&store).await?.map(|(_, checked)| checked) } else { None };
    if app.format == Format::Json {
        let mut shown = serde_json::to_value(&report)?;
        if let Some(checked) = &checked {
            shown["verified"] = serde_json::to_value(checked)?;
        }
        output::json(&shown)?;
    } else {
        let did = match report.outcome {
            regatta_remote::Outcome::Switched => "now serves",
            regatta_remote::Outcome::Renewed => "has newer ledger tables of",
            regatta_remote::Outcome::Unchanged => "already served",
        };
        line(format!(
            "{} {did} snapshot {}: {} objects uploaded ({}), {} were there; {} removed.",
            report.url,
            report.snapshot_id,
            report.uploaded,
            words::bytes(report.uploaded_bytes),
            report.present,
            report.removed.objects,
        ))?;
    }
    tell(app, checked.as_ref())
}

/// What is served, and whether that is the local snapshot.
async fn status(app: &App, lake: &Lake, store: &Store, verify: bool) -> anyhow::Result<Exit> {
    let local = current_snapshot(lake)?;
    let local_ref = local.as_ref().map(|l| snapshot_ref(lake, l)).transpose()?;
    let (served, checked) = if verify {
        match self::verify(store).await? {
            Some((served, checked)) => (Some(served), Some(checked)),
            None => (None, None),
        }
    } else {
        (regatta_remote::served(store).await?, None)
    };
    let same = match (&served, &local_ref) {
        (Some(served), Some(local)) => {
            served.snapshot_id == local.snapshot_id && served.manifest_sha256 == local.sha256
        }
        _ => false,
    };
    let local_id = local.map(|l| l.snapshot_id);
    match app.format {
        Format::Json => output::json(&json!({
            "url": store.url(""),
            "is_local_current": same,
            "local_snapshot_id": local_id,
            "served_snapshot_id": served.as_ref().map(|s| &s.snapshot_id),
            "served": served,
            "verified": checked,
        }))?,
        format => {
            let mut rows =
                Rows::new(["url", "served", "as of", "local", "same", "objects", "bytes", "kept"]);
            let kept: Option<Vec<_>> =
                served.as_ref().map(|s| s.kept.iter().map(|k| k.snapshot_id.clone()).collect());
            rows.push([
                json!(store.url("")),
                json!(served.as_ref().map(|s| &s.snapshot_id)),
                json!(served.as_ref().map(|s| s.as_of.to_string())),
                json!(local_id),
                json!(same),
                json!(served.as_ref().map(|s| s.objects().count())),
                json!(served.as_ref().map(|s| s.objects().map(|o| o.bytes).sum::<u64>())),
                json!(kept),
            ]);
            rows.print(format)?;
        }
    }
    tell(app, checked.as_ref())
}

async fn verify(store: &Store) -> anyhow::Result<Option<(Served, CheckReport)>> {
    let Some(served) = regatta_remote::served(store).await? else { return Ok(None) };
    let showing = bars::step("reading every object");
    let checked = regatta_remote::check(store, &served, |path| showing.at(path)).await?;
    drop(showing);
    Ok(Some((served, checked)))
}

fn tell(app: &App, checked: Option<&CheckReport>) -> anyhow::Result<Exit> {
    let Some(checked) = checked else { return Ok(Exit::Ok) };
    if app.format == Format::Table {
        for finding in &checked.findings {
            line(format!("{}: {}", finding.url, finding.problem))?;
        }
        line(format!(
            "{} findings in {} objects read ({}).",
            checked.findings.len(),
            checked.objects,
            words::bytes(checked.bytes)
        ))?;
    }
    Ok(if checked.findings.is_empty() { Exit::Ok } else { Exit::Failed })
}
