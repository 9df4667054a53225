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
            let builtin = CsvFile::builtin(name, text);
            let own = own(folder, pending, &builtin, name)?;
            this.files.push((name, own.unwrap_or(builtin)));
        }
        for (name, text) in ADDED_TO {
            let builtin = CsvFile::builtin(name, text);
            this.added.extend(own(folder, pending, &builtin, name)?.map(|file| (*name, file)));
            this.files.push((name, builtin));
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

/// The user's file of this name, where there is one: with the columns of the
/// compiled-in one, or it is cut short, or another file by mistake.
fn own(
    folder: Option<&Path>,
    pending: &[(&str, &str)],
    builtin: &CsvFile,
    name: &str,
) -> Result<Option<CsvFile>, DictionaryError> {
    let path = folder.map(|f| f.join(name));
    let file = if let Some((_, text)) = pending.iter().find(|(n, _)| *n == name) {
        let path = path.unwrap_or_else(|| name.into());
        CsvFile { path, text: (*text).to_owned().into() }
    } else {
        // A link that leads nowhere is a file that cannot be read, not none.
        let Some(path) = path.filter(|p| p.symlink_metadata().is_ok()) else { return Ok(None) };
        CsvFile::read(&path)?
    };
    file.check_header(builtin, |column| may_lack(name, column))?;
    Ok(Some(file))
}

/// Columns that are for people, or that say nothing where they are not there.
fn may_lack(file: &str, column: &str) -> bool {
    match (file, column) {
        ("decisions.csv", "language" | "target" | "sources" | "records" | "reason")
        | ("target_aliases.csv", "label_zh")
        | ("drug_name_stops.csv", "reason")
        | ("companies.csv" | "company_abbreviations.csv", "lang") => true,
        ("targets.csv", "source") => false,
        (_, column) => column == "source",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionaries;

    #[test]
    fn a_file_that_is_empty_or_another_one_is_refused_by_its_header() {
        for (name, builtin) in FILES.iter().chain(ADDED_TO) {
            let header = builtin.lines().next().unwrap();
            for text in ["", "\n", "\u{feff}", "a,b\n", &header[..header.len() / 3]] {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join(name), text).unwrap();
                let error = Dictionaries::load(Some(folder.path())).unwrap_err().to_string();
                assert!(error.contains(name) && error.contains(header), "{error}");
            }
        }
    }

    #[test]
    fn a_header_without_rows_and_columns_that_nobody_reads_are_taken() {
        for (name, builtin) in FILES.iter().chain(ADDED_TO) {
            let header = builtin.lines().next().unwrap();
            let needed: Vec<&str> = header.split(',').filter(|c| !may_lack(name, c)).collect();
            for text in [header.to_owned(), needed.join(","), format!("\u{feff}{header}\r\n")] {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join(name), text).unwrap();
                Files::read(Some(folder.path()), &[]).unwrap();
            }
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_the_builtin_dictionaries() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Dictionaries::load(Some(folder.path())).is_ok());
        let gone = folder.path().join("gone");
        let error = Dictionaries::load(Some(&gone)).unwrap_err().to_string();
        assert!(error.contains("gone") && error.contains("no folder"), "{error}");
    }
}
