//! The public tables that lie beside the checkout. The numbers are facts of
//! these files.

use std::io::Write as _;
use std::path::PathBuf;

use super::*;

/// A real table, where it lies beside the checkout.
fn real(test: &str, path: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("REGATTA_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let bytes = std::fs::read(shared.join(path)).ok();
    if bytes.is_none() {
        // Straight to standard error: the test harness hides prints of tests that pass.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no {}", shared.join(path).display());
    }
    bytes
}

#[test]
fn r9_real_drug_targets_are_imported_once() {
    let test = "r9_real_drug_targets_are_imported_once";
    let Some(bytes) = real(test, "real/dict/drugcentral_all_targets.json") else { return };
    let (folder, report) = twice(&bytes, &ImportOptions::new("drugcentral"));
    assert_eq!(report.rows, 17_249);
    assert!(report.added > 300, "{}", report.added);
    let all = Dictionaries::load(Some(folder.path())).unwrap();
    assert!(all.targets.of("boceprevir").len() <= 2);
}

#[test]
fn r5_real_names_are_imported_once() {
    let test = "r5_real_names_are_imported_once";
    if let Some(bytes) = real(test, "real/dict/names_en_ja.tsv") {
        let (_, report) = twice(&bytes, &ImportOptions::new("names_en_ja"));
        assert_eq!(report.rows, 908);
        assert!(report.already_known > 600);
    }
    if let Some(bytes) = real(test, "real/dict/nmpa_product_zh_en_pairs.tsv") {
        let without_form = |name: &str| {
            let mut rest = name.split(['(', '（']).next().unwrap_or_default().trim();
            for word in ["注射用", "注射液", "胶囊", "片", "软膏", "颗粒"] {
                rest = rest.trim_start_matches(word).trim_end_matches(word);
            }
            for word in [" for injection", " injection", " capsules", " tablets", " ointment"] {
                let end = rest.len().saturating_sub(word.len());
                if rest.is_char_boundary(end) && rest[end..].eq_ignore_ascii_case(word) {
                    rest = &rest[..end];
                }
            }
            rest.to_owned()
        };
        let options = ImportOptions { without_form: &without_form, ..ImportOptions::new("nmpa") };
        let (_, report) = twice(&bytes, &options);
        assert_eq!(report.rows, 1947);
        assert!(report.added + report.already_known > 1000, "{}", report.added);
    }
}

#[test]
fn r6_r8_real_seed_tables_are_imported_once() {
    let test = "r6_r8_real_seed_tables_are_imported_once";
    for (path, rows, format) in [
        ("seed-dictionaries/company_groups_seed.tsv", 43, Format::CompanyGroups),
        ("seed-dictionaries/dosage_form_4way.tsv", 52, Format::DosageForms),
    ] {
        let Some(bytes) = real(test, path) else { continue };
        let (_, report) = twice(&bytes, &ImportOptions::new("seed"));
        assert_eq!((report.rows, report.format), (rows, format));
        assert!(report.already_known * 2 > rows, "{report:?}");
    }
}
