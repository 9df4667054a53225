//! The fixture files and the routes over them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::SiteError;
use crate::message::Request;
use crate::route::Route;
use crate::site_file::SiteFile;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures");

/// Contents of files, by path relative to the fixture folder, with `/`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// All sites, read and ready to be served.
#[derive(Clone, Debug)]
pub struct Fixtures {
    routes: Vec<Route>,
}

impl Fixtures {
    /// The fixtures of this repository, compiled in.
    ///
    /// # Errors
    /// [`SiteError::Fixture`] where a `site.toml` is wrong.
    pub fn embedded() -> Result<Self, SiteError> {
        let mut files = Files::new();
        collect_embedded(&EMBEDDED, &mut files);
        Self::from_files(&files)
    }

    /// The fixtures in a folder on disk, all read now.
    ///
    /// # Errors
    /// [`SiteError::Read`] where a file cannot be read, [`SiteError::Fixture`]
    /// where a `site.toml` is wrong.
    pub fn from_dir(path: impl AsRef<Path>) -> Result<Self, SiteError> {
        let mut files = Files::new();
        collect_dir(path.as_ref(), "", &mut files)?;
        Self::from_files(&files)
    }

    pub(crate) fn from_files(files: &Files) -> Result<Self, SiteError> {
        let mut routes = Vec::new();
        for (name, bytes) in files {
            let Some(source) = name.strip_suffix("/site.toml").filter(|s| !s.contains('/')) else {
                continue;
            };
            let site = SiteFile::parse(name, bytes)?;
            let days = site.days(name)?;
            for spec in site.route {
                routes.push(Route::load(source, &days, spec, files)?);
            }
        }
        Ok(Self { routes })
    }

    /// The first route that fits.
    pub(crate) fn route(&self, request: &Request) -> Option<&Route> {
        self.routes.iter().find(|route| route.fits(request))
    }

    /// Some route is at this host.
    pub(crate) fn has_host(&self, host: &str) -> bool {
        self.routes.iter().any(|route| route.host() == host)
    }
}

fn collect_embedded(dir: &Dir<'_>, files: &mut Files) {
    for file in dir.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        files.insert(name, file.contents().to_vec());
    }
    for child in dir.dirs() {
        collect_embedded(child, files);
    }
}

fn collect_dir(dir: &Path, prefix: &str, files: &mut Files) -> Result<(), SiteError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| SiteError::Read { path, source }
    };
    for entry in fs::read_dir(dir).map_err(at(dir))? {
        let path = entry.map_err(at(dir))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect_dir(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(&path).map_err(at(&path))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = r#"
        [days]
        day1 = "2024-02-09T14:00:00Z"
        [[route]]
        host = "a.gov"
        path = "/x"
        file = "x.txt"
        content_type = "text/plain"
    "#;

    fn files(site: &str, names: &[&str]) -> Files {
        let mut files: Files =
            names.iter().map(|name| ((*name).to_owned(), b"data".to_vec())).collect();
        files.insert("s/site.toml".to_owned(), site.as_bytes().to_vec());
        files
    }

    fn reason(files: &Files) -> String {
        Fixtures::from_files(files).unwrap_err().to_string()
    }

    #[test]
    fn a_site_that_cannot_work_is_refused() {
        assert!(Fixtures::from_files(&files(SITE, &["s/day1/x.txt"])).is_ok());
        assert!(reason(&files(SITE, &[])).contains("s/x.txt: no day has this file"));
        assert!(reason(&files(SITE, &["s/day2/x.txt"])).contains("day2"));
        let unknown = SITE.replace("host", "hots");
        assert!(reason(&files(&unknown, &["s/day1/x.txt"])).contains("hots"));
    }

    #[test]
    fn the_folder_on_disk_and_the_compiled_one_are_the_same() {
        let disk = Fixtures::from_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
        let disk = disk.unwrap().routes;
        let compiled = Fixtures::embedded().unwrap().routes;
        assert!(!disk.is_empty());
        assert_eq!(format!("{disk:?}"), format!("{compiled:?}"));
    }
}
