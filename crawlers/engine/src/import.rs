//! Files that an operator supplies, through the same parsers and gates.

use std::sync::Arc;

use jiff::Timestamp;
use regatta_lake::{Fetch, FetchOutcome, RunManifest, RunStatus};
use regatta_sources::{BodyKind, Page, Request, Sniffed, Source, ZipLimits, read_members, sniff};

use crate::accumulate::Gathered;
use crate::baseline::Baseline;
use crate::body::kind_words;
use crate::error::blocking;
use crate::finish::{Ending, Run};
use crate::gates::Allowances;
use crate::obtain::{Obtained, archivable};
use crate::{CrawlError, Crawler};

/// As much of a file as a source sees to tell what it is.
const HEAD: usize = 4096;

/// How every .xlsx begins.
const ZIP_HEAD: &[u8] = b"PK\x03\x04";

/// Members of an archive: the saved pages of a register are hundreds.
const MAX_MEMBERS: usize = 5_000;

/// A file as an operator gave it.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// File name without folders; the provenance of its rows.
    pub name: String,
    /// The bytes.
    pub data: Vec<u8>,
}

impl Crawler {
    /// Takes files instead of crawling. A table that no file brings stays as the
    /// last good run left it; where files hold single records of many (see
    /// `import_adds_by` of [`regatta_sources::TableSpec`]), all records that no
    /// file brings stay too. Files may be a part of the data set: gates that ask
    /// for completeness warn, save where a file holds a whole table
    /// (`import_whole`). A zip that the source does not know as such is
    /// opened and the members that it knows are taken. Requests that pages lead
    /// to are not sent.
    ///
    /// # Errors
    /// [`CrawlError::UnknownFile`] when the source has no use for a file,
    /// [`CrawlError::OldWorkbook`] when it would have if it were an .xlsx; else
    /// as [`Crawler::crawl`].
    pub async fn import(
        &self,
        source: &'static dyn Source,
        files: Vec<ImportFile>,
    ) -> Result<RunManifest, CrawlError> {
        let spec = source.spec();
        let mut run = Run::begin(&self.lake, source, &*self.options.clock).await?;
        self.options.progress.started(&spec.id, &run.id);
        let (lake, now) = (self.lake.clone(), run.started_at);
        let (baseline, obtained, unread) = blocking(move || {
            let baseline = Baseline::load(&lake, &source.spec().id)?;
            let mut obtained = Vec::new();
            let Recognised { known, unread } = recognised(source, files)?;
            for (name, request, data) in known {
                let (fetch, body) = archive(&lake, source, &name, &request, &data, now)?;
                obtained.push(Obtained { request, fetch, body: Some(body) });
            }
            Ok((baseline, obtained, unread))
        })
        .await?;
        run.fetches = obtained.iter().map(|o| o.fetch.clone()).collect();
        let mut ending = self.read_all(source, &mut run, &baseline, obtained).await?;
        if let Ending::Read(gathered) = &mut ending {
            gathered.note_unread(unread);
        }
        let clock = Arc::clone(&self.options.clock);
        let accept = Allowances { partial: true, ..self.allowances() };
        let manifest = run.finish(ending, Arc::new(baseline), accept, clock).await?;
        self.options.progress.finished(&manifest);
        Ok(manifest)
    }

    async fn read_all(
        &self,
        source: &'static dyn Source,
        run: &mut Run,
        baseline: &Baseline,
        obtained: Vec<Obtained>,
    ) -> Result<Ending, CrawlError> {
        let keys = run.fetches.iter().map(|f| f.key.clone()).collect();
        let served = baseline.served_by(source.spec().parser_version);
        if let Some(data_run) = served
            && baseline.asked_exactly(&keys)
            && run.fetches.iter().all(|f| baseline.same(f))
        {
            return Ok(Ending::Unchanged(data_run.clone()));
        }
        let mut all: Box<Gathered> = Box::default();
        for one in obtained {
            if self.options.cancel.is_cancelled() {
                return Err(CrawlError::Cancelled);
            }
            if let Err(failure) = run.read(one, &mut all).await? {
                return Ok(Ending::Failed(RunStatus::Malformed, failure));
            }
            self.options.progress.parsed(&source.spec().id, all.rows());
        }
        Ok(Ending::Read(all))
    }
}

/// Whether [`Crawler::import`] would take a file for `source`, so that one it has
/// no use for does not keep the others from being taken.
///
/// # Errors
/// [`CrawlError::UnknownFile`] when the source has no use for it, or
/// [`CrawlError::OldWorkbook`].
pub fn recognises(source: &dyn Source, file: &ImportFile) -> Result<(), CrawlError> {
    // Only an archive has to be opened to be known.
    match ask(source, &file.name, &file.data) {
        Some(_) => Ok(()),
        None => recognised(source, vec![file.clone()]).map(|_| ()),
    }
}

/// What came of the files of an import.
struct Recognised {
    /// Name, the request that the file stands for, and its bytes.
    known: Vec<(String, Request, Vec<u8>)>,
    /// Members of archives that the source has no use for.
    unread: Vec<String>,
}

/// The files that `source` knows; archives opened.
fn recognised(source: &dyn Source, mut files: Vec<ImportFile>) -> Result<Recognised, CrawlError> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let unknown =
        |file: String| CrawlError::UnknownFile { source_id: source.spec().id.clone(), file };
    let mut all = Recognised { known: Vec::new(), unread: Vec::new() };
    for ImportFile { name, data } in files {
        if let Some(request) = ask(source, &name, &data) {
            all.known.push((name, request, data));
            continue;
        }
        if is_old_workbook(source, &name, &data) {
            return Err(CrawlError::OldWorkbook { file: name });
        }
        if sniff(&data) != Sniffed::Zip {
            return Err(unknown(name));
        }
        let limits = ZipLimits { members: MAX_MEMBERS, ..ZipLimits::default() };
        let (members, _) = read_members(&data, limits, |member| !is_clutter(member))
            .map_err(|e| unknown(format!("{name} ({e})")))?;
        let mut others = Vec::new();
        let mut known = Vec::new();
        let mut old_workbook = None;
        for member in members {
            let inner = format!("{name}/{}", member.basename);
            if let Some(request) = ask(source, &member.basename, &member.data) {
                known.push((inner, request, member.data));
                continue;
            }
            if is_old_workbook(source, &member.basename, &member.data) {
                old_workbook.get_or_insert_with(|| inner.clone());
            }
            others.push(inner);
        }
        if known.is_empty() {
            if let Some(file) = old_workbook {
                return Err(CrawlError::OldWorkbook { file });
            }
            return Err(unknown(others.into_iter().next().unwrap_or(name)));
        }
        all.known.append(&mut known);
        all.unread.append(&mut others);
    }
    Ok(all)
}

/// What desktops put into archives beside the files.
fn is_clutter(member: &str) -> bool {
    member.starts_with("._")
        || [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|n| n.eq_ignore_ascii_case(member))
}

/// A workbook of Excel 97-2003 that `source` would take if it were an .xlsx.
fn is_old_workbook(source: &dyn Source, name: &str, data: &[u8]) -> bool {
    if sniff(data) != Sniffed::Xls {
        return false;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    ask(source, &format!("{stem}.xlsx"), ZIP_HEAD).is_some_and(|r| r.expect == BodyKind::Xlsx)
}

fn ask(source: &dyn Source, name: &str, data: &[u8]) -> Option<Request> {
    source.import_request(name, &data[..data.len().min(HEAD)])
}

fn archive(
    lake: &regatta_lake::Lake,
    source: &dyn Source,
    name: &str,
    request: &Request,
    data: &[u8],
    now: Timestamp,
) -> Result<(Fetch, Vec<u8>), CrawlError> {
    let page = Page { request, content_type: None, last_modified: None, body: data };
    let body = archivable(source, &page).into_owned();
    let fetch = Fetch {
        key: request.key(),
        url: format!("import:{name}"),
        outcome: FetchOutcome::Imported,
        attempts: Vec::new(),
        fetched_at: Some(now),
        checked_at: now,
        wire_bytes: 0,
        body_bytes: data.len() as u64,
        body_sha256: Some(lake.archive().put(&body)?),
        etag: None,
        last_modified: None,
        content_type: None,
        fingerprint: None,
        problem: misfit(request.expect, data),
        duration_ms: 0,
    };
    Ok((fetch, body))
}

/// An imported file is what the operator says it is; a doubt is noted.
fn misfit(expected: BodyKind, data: &[u8]) -> Option<String> {
    let fits = sniff(data).fits(expected);
    (!fits).then(|| format!("does not look like {}", kind_words(expected)))
}
