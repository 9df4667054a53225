//! Where an export goes: written aside, then named in one step.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::Value;

use super::{ExportRequest, Selection};
use crate::WarehouseError;

/// The file by which the folder of an export is known as one.
const PACKAGE: &str = "datapackage.json";

/// A folder beside the target, removed when the export fails.
pub(super) struct Aside {
    folder: tempfile::TempDir,
    target: PathBuf,
    extension: &'static str,
    /// The target is one file (and its data package), not a folder.
    single: bool,
    package: bool,
}

impl Aside {
    /// Looks at the target before any work is done: a place that is taken, or
    /// that cannot be written to, is told at once.
    pub(super) fn prepare(request: &ExportRequest) -> Result<Self, WarehouseError> {
        let target = std::path::absolute(&request.to)
            .map_err(WarehouseError::io("cannot resolve", &request.to))?;
        let extension = request.format.extension();
        let has_extension = target.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension));
        let single = request.format.is_one_file() || (has_extension && !target.is_dir());
        if single && target.is_dir() {
            return Err(export_error(format!(
                "{} is a folder; expected the name of a .{extension} file",
                target.display()
            )));
        }
        if request.format.is_one_file() && !has_extension {
            return Err(export_error(format!(
                "expected a file name that ends in .{extension}, found {}",
                request.to.display()
            )));
        }
        if single && !request.format.is_one_file() && request.selection == Selection::All {
            return Err(export_error(format!(
                "all tables do not fit in one .{extension} file: name one table, or a folder"
            )));
        }
        let parent = target.parent().ok_or_else(|| {
            export_error(format!("{} cannot be a place for an export", target.display()))
        })?;
        fs::create_dir_all(parent).map_err(WarehouseError::io("cannot create", parent))?;
        let folder = tempfile::Builder::new()
            .prefix(".regatta-export-")
            .tempdir_in(parent)
            .map_err(WarehouseError::io("cannot create a folder in", parent))?;
        let package = !request.format.is_one_file();
        let aside = Self { folder, target, extension, single, package };
        aside.check_target(request.force)?;
        Ok(aside)
    }

    /// One file holds one table.
    pub(super) fn check_number(&self, relations: usize) -> Result<(), WarehouseError> {
        if self.single && self.package && relations != 1 {
            return Err(export_error(format!(
                "{relations} tables do not fit in one .{} file: name a folder",
                self.extension
            )));
        }
        Ok(())
    }

    /// The file that a table goes to.
    pub(super) fn name_of(&self, table: &str) -> String {
        if self.single {
            return file_name(&self.target);
        }
        format!("{table}.{}", self.extension)
    }

    /// The only file of an export to one file.
    pub(super) fn file(&self) -> String {
        file_name(&self.target)
    }

    /// Where the data package goes.
    pub(super) fn package_name(&self) -> String {
        if !self.single {
            return PACKAGE.to_owned();
        }
        let stem = self.target.file_stem().map(|s| s.to_string_lossy().into_owned());
        format!("{}.{PACKAGE}", stem.unwrap_or_default())
    }

    /// The path aside of a file of the export.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// A folder for unfinished work on the same file system.
    pub(super) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    fn check_target(&self, force: bool) -> Result<(), WarehouseError> {
        let taken = |path: &Path| {
            export_error(format!("{} is there already; --force replaces it", path.display()))
        };
        if self.single {
            let mut paths = vec![self.target.clone()];
            if self.package {
                paths.push(self.target.with_file_name(self.package_name()));
            }
            return match paths.iter().find(|p| p.exists()) {
                Some(path) if !force => Err(taken(path)),
                _ => Ok(()),
            };
        }
        if !self.target.exists() {
            return Ok(());
        }
        if !self.target.is_dir() {
            return Err(export_error(format!("{} is no folder", self.target.display())));
        }
        let files = names_in(&self.target)?;
        if files.is_empty() {
            return Ok(());
        }
        if !force {
            return Err(taken(&self.target));
        }
        self.check_is_export(&files)
    }

    /// `--force` replaces an earlier export, and never a folder with anything
    /// else in it.
    fn check_is_export(&self, files: &[String]) -> Result<(), WarehouseError> {
        let text = fs::read(self.target.join(PACKAGE)).unwrap_or_default();
        let package: Value = serde_json::from_slice(&text).unwrap_or_default();
        let listed: Vec<&str> = package["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|r| r["path"].as_str())
            .chain([PACKAGE])
            .collect();
        match files.iter().find(|f| !listed.contains(&f.as_str())) {
            None => Ok(()),
            Some(other) => Err(export_error(format!(
                "{} is not only an earlier export: {other} is in it; --force does not replace that",
                self.target.display()
            ))),
        }
    }

    /// Flushes the files and gives the export its name. A folder takes the
    /// place of an earlier one in one step; a file too, and its data package
    /// just before it.
    pub(super) fn install(self, force: bool) -> Result<(), WarehouseError> {
        self.check_target(force)?;
        let files = names_in(self.folder.path())?;
        for file in &files {
            sync(&self.path(file))?;
        }
        sync(self.folder.path())?;
        let rename = |from: &Path, to: &Path| {
            fs::rename(from, to).map_err(WarehouseError::io("cannot rename to", to))
        };
        if self.single {
            if self.package {
                let package = self.package_name();
                rename(&self.path(&package), &self.target.with_file_name(&package))?;
            }
            rename(&self.path(&file_name(&self.target)), &self.target)?;
        } else {
            let made = self.folder.path();
            fs::set_permissions(made, folder_permissions())
                .map_err(WarehouseError::io("cannot open up", made))?;
            if self.target.exists() && !names_in(&self.target)?.is_empty() {
                exchange(made, &self.target)?;
            } else {
                rename(made, &self.target)?;
            }
        }
        if let Some(parent) = self.target.parent() {
            sync(parent)?;
        }
        Ok(())
    }
}

/// Temporary folders are for their owner only; an export is for others.
fn folder_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o755)
}

/// Swaps two folders; the earlier export is then where the new one was, and
/// goes with it. Where the file system cannot, the earlier one is moved away
/// first.
fn exchange(made: &Path, target: &Path) -> Result<(), WarehouseError> {
    if renameat_with(CWD, made, CWD, target, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let mut old = made.as_os_str().to_owned();
    old.push("-replaced");
    let old = PathBuf::from(old);
    fs::rename(target, &old).map_err(WarehouseError::io("cannot move away", target))?;
    if let Err(e) = fs::rename(made, target) {
        // Better the earlier export than none.
        let _ = fs::rename(&old, target);
        return Err(WarehouseError::io("cannot rename to", target)(e));
    }
    fs::remove_dir_all(&old).map_err(WarehouseError::io("cannot remove", &old))
}

fn names_in(folder: &Path) -> Result<Vec<String>, WarehouseError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(WarehouseError::io("cannot list", folder))? {
        let entry = entry.map_err(WarehouseError::io("cannot list", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn sync(path: &Path) -> Result<(), WarehouseError> {
    File::open(path).and_then(|f| f.sync_all()).map_err(WarehouseError::io("cannot flush", path))
}

/// A request that cannot be met as it is.
pub(super) fn export_error(reason: impl Into<String>) -> WarehouseError {
    WarehouseError::Export { reason: reason.into() }
}
