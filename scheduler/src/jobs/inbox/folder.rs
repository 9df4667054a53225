//! What lies in the drop folders.

use std::fs;
use std::path::{Path, PathBuf};

use regatta_lake::{Lake, SourceId};

use crate::config::Config;

/// Folders of what was dealt with.
pub const TAKEN: &str = "taken";
pub const REFUSED: &str = "refused";

/// How programs name what is not whole yet.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".crdownload", ".filepart", "~"];

/// The drop folder of a source.
pub fn of(lake: &Lake, source: &SourceId) -> PathBuf {
    root(lake).join(source.as_str())
}

fn root(lake: &Lake) -> PathBuf {
    lake.root().join("inbox")
}

/// The files in a folder that are not hidden, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_file()).collect()
}

/// Whether the name says that the file is not whole yet.
pub fn is_unfinished(path: &Path) -> bool {
    let name = name(path).to_lowercase();
    UNFINISHED.iter().any(|end| name.ends_with(end))
}

/// Files that were refused and lie there still.
pub fn refused(lake: &Lake, source: &SourceId) -> usize {
    beneath(&of(lake, source).join(REFUSED))
}

/// Files that nobody will ever take where they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The folder, as `inbox/us_orange_bok`.
    pub folder: String,
    /// How many files.
    pub files: usize,
    /// Why they are not taken.
    pub why: &'static str,
}

impl Stray {
    /// In a sentence.
    pub fn said(&self) -> String {
        let s = if self.files == 1 { "" } else { "s" };
        format!("{}: {} file{s} not taken: {}", self.folder, self.files, self.why)
    }
}

/// Files beside the folders of the sources that are switched on.
pub fn strays(lake: &Lake, config: &Config) -> Vec<Stray> {
    let root = root(lake);
    let mut strays = Vec::new();
    let mut add = |folder: String, files: usize, why| {
        if files > 0 {
            strays.push(Stray { folder, files, why });
        }
    };
    add("inbox".into(), files(&root).len(), "they belong into the folder of a source");
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        let id = name(&folder);
        let said = format!("inbox/{id}");
        if regatta_sources::registry::find(&id).is_none() {
            add(said, beneath(&folder), "there is no source of this name; see `regatta sources`");
            continue;
        }
        if !config.source(&id).enabled {
            add(said.clone(), files(&folder).len(), "the source is switched off");
        }
        for inner in entries(&folder).into_iter().filter(|path| path.is_dir()) {
            let name = name(&inner);
            if name != TAKEN && name != REFUSED {
                add(format!("{said}/{name}"), beneath(&inner), "folders in it are not looked into");
            }
        }
    }
    strays
}

/// Files in a folder and the folders in it.
fn beneath(folder: &Path) -> usize {
    let inner = entries(folder).into_iter().filter(|path| path.is_dir() && !path.is_symlink());
    files(folder).len() + inner.map(|path| beneath(&path)).sum::<usize>()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !name(path).starts_with('.'))
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceConfig;

    #[test]
    fn names_of_what_is_not_whole_are_known() {
        for name in ["a.zip.part", "A.ZIP.PART", "b.tmp", "c.crdownload", "d.filepart", "e.zip~"] {
            assert!(is_unfinished(Path::new(name)), "{name}");
        }
        for name in ["a.zip", "tmp.csv", "part1.xlsx"] {
            assert!(!is_unfinished(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn files_that_nobody_takes_are_found_wherever_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(folder.path()).unwrap();
        for file in [
            "lost.zip",
            "us_orange_book/good.zip",
            "us_orange_book/taken/R1/good.zip",
            "us_orange_book/refused/T1/photo.jpg",
            "us_orange_book/new/one.zip",
            "eu_ema/off.xlsx",
            "us_orange_bok/typo.zip",
            ".hidden/file",
        ] {
            let path = lake.root().join("inbox").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let mut config = Config::default();
        let off = SourceConfig { enabled: false, ..SourceConfig::default() };
        config.sources.insert("eu_ema".into(), off);
        let found: Vec<(String, usize)> =
            strays(&lake, &config).into_iter().map(|s| (s.folder, s.files)).collect();
        let expected = ["inbox", "inbox/eu_ema", "inbox/us_orange_bok", "inbox/us_orange_book/new"];
        assert_eq!(found, expected.map(|folder| (folder.to_owned(), 1)));
        assert_eq!(refused(&lake, &"us_orange_book".parse().unwrap()), 1);
    }
}
