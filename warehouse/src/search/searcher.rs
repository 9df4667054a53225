//! A handle for many searches.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use duckdb::Connection;
use regatta_lake::Lake;

use super::{Hit, Index};
use crate::WarehouseError;
use crate::query::open_read_only;

/// Searches the published drugs (R43), again and again: the index is read once
/// and kept in memory with what follows from it (postings, words, lists the
/// other way round). May be shared between threads.
///
/// It answers from the snapshot that it has read until [`Searcher::reload`] is
/// called, and never from a mixture of two.
pub struct Searcher {
    lake: Lake,
    loaded: RwLock<Arc<Loaded>>,
}

struct Loaded {
    file: FileMark,
    index: Index,
}

/// Tells a file from the one that replaced it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileMark {
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Searcher {
    /// Reads the index of the file that `lake` serves.
    ///
    /// # Errors
    /// [`WarehouseError::NotBuilt`] when nothing has been published,
    /// [`WarehouseError::SearchIndex`] when the index is damaged or of another
    /// version; [`search_by_sql`](crate::search_by_sql) may still work then.
    pub fn open(lake: &Lake) -> Result<Self, WarehouseError> {
        let loaded = RwLock::new(Arc::new(load(lake)?));
        Ok(Self { lake: lake.clone(), loaded })
    }

    /// The best `limit` drugs for `term`, as [`search`](crate::search()) has them.
    #[must_use]
    pub fn search(&self, term: &str, limit: usize) -> Vec<Hit> {
        self.current().index.search(term, limit)
    }

    /// The snapshot that it answers from.
    #[must_use]
    pub fn snapshot_id(&self) -> String {
        self.current().index.summary.snapshot_id.clone()
    }

    /// Has the file been replaced since it was read? Costs one look at the
    /// file system.
    ///
    /// # Errors
    /// [`WarehouseError::NotBuilt`] when the file is gone.
    pub fn is_outdated(&self) -> Result<bool, WarehouseError> {
        Ok(FileMark::of(&self.lake.duckdb_file())? != self.current().file)
    }

    /// Reads the index again if the file has been replaced. Searches that are
    /// running end on what they began with. Returns whether there was anything new.
    ///
    /// # Errors
    /// As [`Searcher::open`]; it then answers as before.
    pub fn reload(&self) -> Result<bool, WarehouseError> {
        if !self.is_outdated()? {
            return Ok(false);
        }
        let next = Arc::new(load(&self.lake)?);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(true)
    }

    fn current(&self) -> Arc<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The mark is taken first: if the file is replaced in between, the next look
/// finds another mark and reads again.
fn load(lake: &Lake) -> Result<Loaded, WarehouseError> {
    let file = FileMark::of(&lake.duckdb_file())?;
    let index = read_index(&open_read_only(lake)?)?;
    index.warm();
    Ok(Loaded { file, index })
}

/// Reads the index out of the file, and checks that it is of the file's snapshot.
pub(crate) fn read_index(conn: &Connection) -> Result<Index, WarehouseError> {
    let fail = || WarehouseError::step("read the search index");
    let mut statement =
        conn.prepare("SELECT bytes FROM search_index ORDER BY part").map_err(fail())?;
    let mut parts = statement.query([]).map_err(fail())?;
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().map_err(fail())? {
        let part = part.get_ref(0).map_err(fail())?;
        let packed = part.as_blob().map_err(|e| fail()(e.into()))?;
        zstd::stream::copy_decode(packed, &mut bytes).map_err(|e| WarehouseError::SearchIndex {
            reason: format!("a part cannot be unpacked: {e}"),
        })?;
    }
    let index = Index::from_bytes(bytes)?;
    let snapshot: String = conn
        .query_row("SELECT value FROM meta WHERE key = 'snapshot_id'", [], |row| row.get(0))
        .map_err(fail())?;
    if index.summary.snapshot_id != snapshot {
        return Err(WarehouseError::SearchIndex {
            reason: format!("it is of snapshot {}, not {snapshot}", index.summary.snapshot_id),
        });
    }
    Ok(index)
}

impl FileMark {
    fn of(file: &Path) -> Result<Self, WarehouseError> {
        let metadata = fs::metadata(file).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => WarehouseError::NotBuilt { path: file.to_owned() },
            _ => WarehouseError::io("cannot look at", file)(source),
        })?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self { inode, bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}
