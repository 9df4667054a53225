//! Python with the packages that tests and notebooks need.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the environment with the packages of
/// `tests/python/requirements.txt`. Where none can be made the test is skipped
/// and says why; a continuous integration (`CI`) must have it.
#[must_use]
pub fn python(test: &str) -> Option<PathBuf> {
    let ran = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/python.sh"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() {
        return Some(PathBuf::from(String::from_utf8(ran.stdout).unwrap().trim()));
    }
    assert_eq!(ran.status.code(), Some(3), "{told}");
    assert!(std::env::var_os("CI").is_none(), "{told}");
    // Straight to standard error: the test harness hides prints of tests that pass.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {}", told.trim());
    None
}
