//! The notebooks of `docs/notebooks` run on the demo lake and give what is
//! committed; what compares them notices what it should.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regatta_tests::python;

#[test]
fn notebooks_run_on_the_demo_lake_and_give_the_committed_outputs() {
    let Some(_) = python("notebooks_run_on_the_demo_lake") else { return };
    let ran = Command::new(root().join("scripts/notebooks.sh"))
        .arg("check")
        .env("REGATTA_BIN", regatta_tests::binary())
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "`make notebooks` writes the outputs anew\n{}\n{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[test]
fn comparison_of_notebooks_notices_text_pictures_warnings_and_places() {
    let Some(python) = python("comparison_of_notebooks") else { return };
    let Output { status, stderr, .. } = Command::new(python)
        .args(["-m", "unittest", "test_notebooks"])
        .current_dir(root().join("tests/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&stderr);
    assert!(status.success() && told.contains("OK") && !told.contains("Ran 0 tests"), "{told}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
