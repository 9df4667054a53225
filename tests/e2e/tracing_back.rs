//! Every cell can be traced to the regulator's bytes.

use regatta_lake::{Lake, Sha256};
use regatta_tests::{Regatta, Site};

#[test]
fn a_record_leads_to_its_raw_row_and_bytes() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let record = regatta.json(&["show", "record", "us_orange_book:N-020636-001"]);
    assert_eq!(record["raw"]["columns"]["trade_name"], "VIRAMUNE");
    let body = &record["body"];
    assert_eq!(body["url"], "https://www.fda.gov/media/76860/download");
    assert!(body["fetched_at"].as_str().unwrap().contains('T'));
    let sha: Sha256 = body["body_sha256"].as_str().unwrap().parse().unwrap();
    let bytes = Lake::open(&regatta.lake()).unwrap().archive().get(sha).unwrap();
    assert!(bytes.starts_with(b"PK"));

    let shown = regatta.ok(&["show", "record", "us_orange_book:N-020636-001"]);
    assert!(shown.contains("VIRAMUNE") && shown.contains(&sha.to_string()), "{shown}");
    let drug = record["link"]["drug_id"].as_str().unwrap();
    let shown = regatta.ok(&["show", "drug", drug]);
    assert!(shown.contains("us_orange_book:N-020636-001"), "{shown}");
    assert_eq!(regatta.run(&["show", "record", "us_orange_book:X"]).code, 1);
}

#[test]
fn verify_finds_a_flipped_byte_in_every_kind_of_file() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
    let of_state = ["ledger", "refreshes", "alerts/profiles", "alerts/state.json"];
    for place in ["bodies", "raw", "snapshots", "runs"].into_iter().chain(of_state) {
        let file = largest_file(&regatta.lake().join(place));
        let original = std::fs::read(&file).unwrap();
        let mut flipped = original.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        let ran = regatta.run(&["verify"]);
        assert_eq!(ran.code, 1, "{}: {}", file.display(), ran.out);
        std::fs::write(&file, original).unwrap();
    }
    assert!(regatta.ok(&["verify"]).contains("0 findings"));
}

fn largest_file(folder: &std::path::Path) -> std::path::PathBuf {
    if folder.is_file() {
        return folder.to_owned();
    }
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.into_iter().max_by_key(|f| f.metadata().unwrap().len()).unwrap()
}
