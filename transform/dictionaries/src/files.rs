//! The dictionary files as they hold: compiled in, replaced, added to.

use std::path::Path;

use regatta_lake::Sha256;

use crate::csv_file::CsvFile;
use crate::{ADDED_TO, DictionaryError, FILES};

/// All files of one load.
#[derive(Debug)]
pub(crate) struct Files {
    /// By name; a name of [`ADDED_TO`] stands for the compiled-in file.
    files: Vec<(&'static str, CsvFile)>,
    /// The user's files that are added to compiled-in ones.
    added: Vec<(&'static str, CsvFile)>,
}

impl Files {
    /// The files of `folder`, and the compiled-in ones. `pending` are texts that
    /// are about to be written there: they stand in for what the folder holds.
    pub(crate) fn read(
        folder: Option<&Path>,
        pending: &[(&str, &str)],
    ) -> Result<Self, DictionaryError> {
        let mut this = Self { files: Vec::new(), added: Vec::new() };
        for (name, text) in FILES {
            let own = own(folder, pending, name)?;
            this.files.push((name, own.unwrap_or_else(|| CsvFile::builtin(name, text))));
        }
        for (name, text) in ADDED_TO {
            this.files.push((name, CsvFile::builtin(name, text)));
            this.added.extend(own(folder, pending, name)?.map(|file| (*name, file)));
        }
        Ok(this)
    }

    /// A file by its name; the names are those of [`FILES`] and [`ADDED_TO`].
    pub(crate) fn get(&self, name: &str) -> &CsvFile {
        self.files.iter().find(|(n, _)| *n == name).map_or(&self.files[0].1, |(_, file)| file)
    }

    /// The user's file that is added to the compiled-in one of the same name.
    pub(crate) fn added(&self, name: &str) -> Option<&CsvFile> {
        self.added.iter().find(|(n, _)| *n == name).map(|(_, file)| file)
    }

    /// Digest of everything that was read.
    pub(crate) fn sha256(&self) -> Sha256 {
        let mut all = String::new();
        for (name, file) in self.files.iter().chain(&self.added) {
            all.push_str(name);
            all.push('\n');
            all.push_str(&file.text);
        }
        Sha256::of(all.as_bytes())
    }
}

/// A compiled-in file; empty if there is none of that name.
pub(crate) fn builtin(name: &str) -> &'static str {
    FILES.iter().chain(ADDED_TO).find(|(n, _)| *n == name).map_or("", |(_, text)| text)
}

fn own(
    folder: Option<&Path>,
    pending: &[(&str, &str)],
    name: &str,
) -> Result<Option<CsvFile>, DictionaryError> {
    let path = folder.map(|f| f.join(name));
    if let Some((_, text)) = pending.iter().find(|(n, _)| *n == name) {
        let path = path.unwrap_or_else(|| name.into());
        return Ok(Some(CsvFile { path, text: (*text).to_owned().into() }));
    }
    path.filter(|p| p.exists()).map(|p| CsvFile::read(&p)).transpose()
}
