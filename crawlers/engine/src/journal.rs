//! The journal of a crawl: one line per finished request, so that a crawl that
//! is interrupted goes on where it stopped.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use regatta_lake::{Fetch, Lake, LakeError, SourceId, make_folder, write_atomic};
use serde::{Deserialize, Serialize};

/// The first line. Another parser version may mask other parts of the bodies,
/// so its journal is of no use.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Header {
    parser_version: u32,
}

/// Which entries of an old journal still count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usable {
    /// Entries of this age and older are fetched again.
    pub(crate) max_age: SignedDuration,
    pub(crate) now: Timestamp,
    /// End of the last good run: what is older belongs to it.
    pub(crate) after: Option<Timestamp>,
}

/// The journal of one source.
pub(crate) struct Journal {
    path: PathBuf,
    header: Header,
    known: BTreeMap<String, Fetch>,
    file: Mutex<Option<File>>,
}

impl Journal {
    /// Opens the journal of `source`, with what an interrupted crawl left in it.
    pub(crate) fn open(
        lake: &Lake,
        source: &SourceId,
        parser_version: u32,
        usable: Usable,
    ) -> Result<Self, LakeError> {
        let path = lake.journal_file(source);
        let header = Header { parser_version };
        let known = match fs::read(&path) {
            Ok(text) => read(lake, &text, &header, usable),
            Err(e) if e.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(io_error("cannot read", &path)(e)),
        };
        let journal = Self { path, header, known, file: Mutex::new(None) };
        // Also takes away a torn last line, behind which nothing may be written.
        journal.rewrite()?;
        Ok(journal)
    }

    /// What an interrupted crawl found under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Fetch> {
        self.known.get(key)
    }

    /// Requests that an interrupted crawl had done.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Appends a finished request, whose body is in the archive.
    pub(crate) fn append(&self, fetch: &Fetch) -> Result<(), LakeError> {
        let line = line(fetch).map_err(|e| damaged(&self.path, &e))?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            make_folder(self.path.parent().unwrap_or(Path::new(".")))?;
            let mut options = File::options();
            let mut opened = options
                .create(true)
                .append(true)
                .open(&self.path)
                .map_err(io_error("cannot open", &self.path))?;
            let empty = opened.metadata().is_ok_and(|m| m.len() == 0);
            if empty {
                let first = self::line(&self.header).map_err(|e| damaged(&self.path, &e))?;
                opened.write_all(&first).map_err(io_error("cannot write", &self.path))?;
            }
            *file = Some(opened);
        }
        match file.as_mut() {
            // One write per line: a kill leaves whole lines and at most one torn.
            Some(file) => file.write_all(&line).map_err(io_error("cannot write", &self.path)),
            None => Ok(()),
        }
    }

    /// Takes one request out, so that the next crawl asks for it again.
    pub(crate) fn forget(&self, key: &str) -> Result<(), LakeError> {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(io_error("cannot read", &self.path)(e)),
        };
        let kept = text.split_inclusive(|b| *b == b'\n').filter(|line| {
            serde_json::from_slice::<Fetch>(line).map_or(true, |fetch| fetch.key != key)
        });
        write_atomic(&self.path, &kept.collect::<Vec<_>>().concat())
    }

    /// The crawl is done: there is nothing to take up.
    pub(crate) fn remove(&self) -> Result<(), LakeError> {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(io_error("cannot remove", &self.path)(e))
            }
            _ => Ok(()),
        }
    }

    /// Writes the known entries; no entries, no file.
    fn rewrite(&self) -> Result<(), LakeError> {
        if self.known.is_empty() {
            return self.remove();
        }
        let mut text = line(&self.header).map_err(|e| damaged(&self.path, &e))?;
        for fetch in self.known.values() {
            text.extend(line(fetch).map_err(|e| damaged(&self.path, &e))?);
        }
        make_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        write_atomic(&self.path, &text)
    }
}

/// The entries that count. Lines that cannot be read (the last one of a crawl
/// that was killed) are left out: their requests are sent again.
fn read(lake: &Lake, text: &[u8], header: &Header, usable: Usable) -> BTreeMap<String, Fetch> {
    let mut lines = text.split(|b| *b == b'\n');
    let first = lines.next().and_then(|l| serde_json::from_slice::<Header>(l).ok());
    if first.as_ref() != Some(header) {
        return BTreeMap::new();
    }
    let archive = lake.archive();
    lines
        .filter_map(|line| serde_json::from_slice::<Fetch>(line).ok())
        .filter(|fetch| usable.now.duration_since(fetch.checked_at) < usable.max_age)
        .filter(|fetch| usable.after.is_none_or(|after| fetch.checked_at > after))
        .filter(|fetch| fetch.body_sha256.is_none_or(|sha| archive.path(sha).exists()))
        .map(|fetch| (fetch.key.clone(), fetch))
        .collect()
}

fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LakeError {
    let path = path.to_owned();
    move |source| LakeError::Io { action, path, source }
}

fn damaged(path: &Path, reason: &serde_json::Error) -> LakeError {
    LakeError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use regatta_lake::FetchOutcome;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn fetch(key: &str, checked_at: &str) -> Fetch {
        Fetch {
            key: key.into(),
            url: "https://a/".into(),
            outcome: FetchOutcome::NotFound,
            attempts: vec![],
            fetched_at: None,
            checked_at: at(checked_at),
            wire_bytes: 0,
            body_bytes: 0,
            body_sha256: None,
            etag: None,
            last_modified: None,
            content_type: None,
            fingerprint: None,
            problem: None,
            duration_ms: 0,
        }
    }

    #[test]
    fn entries_come_back_unless_torn_old_superseded_or_of_another_parser() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        let source: SourceId = "us_test".parse().unwrap();
        let usable = Usable {
            max_age: SignedDuration::from_hours(48),
            now: at("2026-11-23T08:00:00Z"),
            after: None,
        };
        let open = |version, usable| Journal::open(&lake, &source, version, usable).unwrap();
        let journal = open(1, usable);
        journal.append(&fetch("old", "2026-11-20T08:00:00Z")).unwrap();
        journal.append(&fetch("a", "2026-11-22T08:00:00Z")).unwrap();
        journal.append(&fetch("b", "2026-11-23T07:00:00Z")).unwrap();
        drop(journal);
        let path = lake.journal_file(&source);
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"key\":\"torn");
        fs::write(&path, &text).unwrap();

        let journal = open(1, usable);
        assert_eq!(journal.known.keys().collect::<Vec<_>>(), ["a", "b"]);
        journal.append(&fetch("c", "2026-11-23T07:30:00Z")).unwrap();
        journal.forget("a").unwrap();
        journal.append(&fetch("d", "2026-11-23T07:40:00Z")).unwrap();
        let journal = open(1, usable);
        assert_eq!(journal.known.keys().collect::<Vec<_>>(), ["b", "c", "d"]);

        let after = Some(at("2026-11-23T07:30:00Z"));
        assert_eq!(open(1, Usable { after, ..usable }).known.keys().collect::<Vec<_>>(), ["d"]);
        assert_eq!(open(2, usable).len(), 0);
        assert!(!path.exists());
    }
}
