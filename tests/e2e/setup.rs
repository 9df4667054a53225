//! `scripts/setup.sh`: what it fetches is checked, and nothing unfinished stays.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The script in a checkout and a cache of its own, with an `npm` that does as told.
fn setup(folder: &Path, npm: &str) -> Output {
    let programs = folder.join("bin");
    let scripts = folder.join("checkout/scripts");
    for made in [&programs, &scripts, &folder.join("tmp")] {
        fs::create_dir_all(made).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/setup.sh");
    fs::copy(script, scripts.join("setup.sh")).unwrap();
    fs::write(programs.join("npm"), format!("#!/bin/sh\n{npm}\n")).unwrap();
    fs::set_permissions(programs.join("npm"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    Command::new(scripts.join("setup.sh"))
        .env("PATH", path)
        .env("TMPDIR", folder.join("tmp"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        // It looks for no redis-server then.
        .env("REGATTA_REDIS_SERVER", "redis-server")
        .env_remove("DUCKDB_LIB_DIR")
        .output()
        .unwrap()
}

/// What lies in the folder for temporary files, and where the library belongs.
fn left_in(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let listed = fs::read_dir(folder).into_iter().flatten();
        listed.map(|entry| entry.unwrap().path()).collect()
    };
    let versions = entries(&folder.join("cache/regatta/duckdb"));
    let in_cache = versions.iter().flat_map(|version| entries(version));
    entries(&folder.join("tmp")).into_iter().chain(in_cache).collect()
}

#[test]
fn a_library_that_is_not_the_expected_one_is_refused_and_leaves_nothing() {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let done = setup(folder.path(), "echo other bytes > duckdb.tgz");
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("does not have the sha256"), "{said}");
    assert_eq!(left_in(folder.path()), Vec::<PathBuf>::new());
    assert!(!folder.path().join("checkout/.cargo").exists(), "no build is told to use it");
}

#[test]
fn where_nothing_can_be_fetched_the_library_is_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let done = setup(folder.path(), "exit 1");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success() && said.contains("compiled from source"), "{said}");
    assert_eq!(left_in(folder.path()), Vec::<PathBuf>::new());
    let features = fs::read_to_string(folder.path().join("checkout/.cargo/features")).unwrap();
    assert_eq!(features.trim(), "--features regatta/bundled");
}
