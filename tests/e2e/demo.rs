//! `regatta demo`: it stays away from real data, and from those who want to
//! hear of it.

use std::process::Command;

use regatta_tests::{Hook, Regatta, Site, binary};

#[test]
fn the_demo_keeps_to_a_lake_of_its_own_and_tells_nobody() {
    let hook = Hook::start();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "lake = \"real\"\n[alerts.webhook]\nurl = \"{}\"\nsecret_env = \"HOOK_SECRET\"\n",
        hook.url()
    );
    std::fs::write(folder.path().join("regatta.toml"), config).unwrap();
    for time in ["first", "second"] {
        let ran = Command::new(binary())
            .args(["demo", "--days", "false"])
            .current_dir(folder.path())
            .env("REGATTA_LAKE", folder.path().join("real"))
            .env("HOOK_SECRET", "a secret of the test")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{time}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    assert!(folder.path().join("demo-lake/current.json").exists());
    assert!(!folder.path().join("real").exists());
    assert!(hook.take().is_empty());
}

#[test]
fn the_demo_refuses_a_lake_with_data_that_is_not_its_own() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["crawl"]);
    let ran = regatta.run(&["demo"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("not a demo's"), "{}", ran.err);
    assert!(!regatta.lake().join("demo").exists());
}
