//! R16 i on real records: the Japanese lists of approvals, taken apart, against
//! labels that a reader wrote by hand from the cells
//! (`fixtures/labels/README.md`). Without the real files beside the checkout
//! the test says so and passes.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use regatta_dictionaries::{Dictionaries, JapaneseText, UNSPECIFIED, japanese_parts};
use regatta_domain::{ApprovalKind, SplitRecord, split_english, split_japanese};
use regatta_lake::Sha256;
use regatta_sources::{Page, record_keys, registry};

const FILES: [&str; 2] = ["day1/000276012.xlsx", "english_list_2007_2018.csv"];

/// What is said of one form of a record: form, companies, statuses with how
/// many products have each.
type Said = (String, BTreeSet<String>, BTreeMap<&'static str, usize>);

/// What was found of a record, and whether it was taken apart.
struct Found {
    said: Vec<Said>,
    whole: bool,
}

struct Label {
    sample: String,
    record: String,
    said: Said,
}

/// Right answers among those given and among those due.
#[derive(Default)]
struct Score {
    right: usize,
    given: usize,
    due: usize,
    report: String,
}

impl Score {
    #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
    fn ratio(part: usize, whole: usize) -> f64 {
        if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
    }

    fn precision(&self) -> f64 {
        Self::ratio(self.right, self.given)
    }

    fn recall(&self) -> f64 {
        Self::ratio(self.right, self.due)
    }
}

#[test]
fn r16_real_records_are_taken_apart_as_a_reader_does() {
    let Some(folder) = real_files() else { return };
    let found = found(&folder);
    let labels = labels();
    let samples: BTreeSet<&str> = labels.iter().map(|l| l.sample.as_str()).collect();
    let mut summary = String::new();
    let mut failed = Vec::new();
    for sample in samples {
        let of_sample: Vec<&Label> = labels.iter().filter(|l| l.sample == sample).collect();
        let score = score(&of_sample, &found);
        let records: BTreeSet<&str> = of_sample.iter().map(|l| l.record.as_str()).collect();
        let whole = records.iter().filter(|r| found[**r].whole).count();
        let (precision, recall) = (score.precision(), score.recall());
        let _ = writeln!(
            summary,
            "{sample}: {} records ({whole} whole), precision {precision:.4} ({}/{}), recall {recall:.4} ({}/{})\n{}",
            records.len(),
            score.right,
            score.given,
            score.right,
            score.due,
            score.report,
        );
        if precision < 0.98 || recall < 0.95 {
            failed.push(sample);
        }
    }
    // Straight to standard error: the numbers of a test that passes count, too.
    let _ = write!(std::io::stderr(), "{summary}");
    assert!(failed.is_empty(), "{failed:?}\n{summary}");
}

/// Forms that are known count: that a name says no form is no answer, but a
/// form given to such a name is a wrong one. A record that stays whole gives no
/// answer, and all that is due of it is missing.
fn score(labels: &[&Label], found: &HashMap<String, Found>) -> Score {
    let mut score = Score::default();
    let mut due: BTreeMap<&str, Vec<&Said>> = BTreeMap::new();
    for label in labels {
        due.entry(&label.record).or_default().push(&label.said);
    }
    for (record, due) in due {
        let Found { said, whole } = &found[record];
        let known = |said: &&&Said| said.0 != UNSPECIFIED;
        let given: Vec<&Said> = if *whole { vec![] } else { said.iter().collect() };
        let right = given.iter().filter(known).filter(|s| due.contains(s)).count();
        score.given += given.iter().filter(known).count();
        score.due += due.iter().filter(known).count();
        score.right += right;
        let all_right = given.len() == due.len() && given.iter().all(|s| due.contains(s));
        if !all_right {
            let _ = writeln!(
                score.report,
                "  {record} whole {whole}\n    due   {due:?}\n    found {said:?}"
            );
        }
    }
    score
}

fn labels() -> Vec<Label> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/labels/japanese_splitting.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let labels: Vec<Label> = text.lines().skip(1).map(label).collect();
    assert!(labels.len() > 100);
    labels
}

fn label(line: &str) -> Label {
    let cells: Vec<&str> = line.split('\t').collect();
    let [sample, _, _, record, form, products, companies, statuses] = cells[..] else {
        panic!("eight cells: {line}")
    };
    let companies = companies.split(" / ").filter(|c| !c.is_empty()).map(folded).collect();
    let statuses: BTreeMap<&'static str, usize> = statuses
        .split(", ")
        .map(|status| {
            let (kind, number) = status.split_once(' ').unwrap();
            let kind = ApprovalKind::ALL.iter().find(|k| k.code() == kind).unwrap();
            (kind.code(), number.parse().unwrap())
        })
        .collect();
    assert_eq!(statuses.values().sum::<usize>(), products.parse::<usize>().unwrap(), "{line}");
    let said = (form.to_owned(), companies, statuses);
    Label { sample: sample.to_owned(), record: record.to_owned(), said }
}

/// Everything that the real lists hold, by the digest of the record's key.
fn found(folder: &Path) -> HashMap<String, Found> {
    let dictionaries = Dictionaries::load(None).unwrap();
    let source = registry::find("jp_pmda").unwrap();
    let mut found = HashMap::new();
    for file in FILES {
        let body = std::fs::read(folder.join(file)).unwrap();
        let request = source.import_request(file.rsplit('/').next().unwrap(), &body).unwrap();
        let page = Page { request: &request, content_type: None, last_modified: None, body: &body };
        for table in source.parse(&page).unwrap().tables {
            let spec = source.spec().table(&table.name);
            let keys = record_keys(spec, &table, &mut HashMap::new(), &mut Vec::new());
            for (row, key) in keys.iter().enumerate() {
                let cell = |name: &str| table.column(name).and_then(|c| c.get(row)).unwrap_or("");
                let (brand, approval) = (cell("brand_name"), cell("approval"));
                let (record, text) = if table.name == "approval" {
                    (split_japanese(brand, approval), JapaneseText::Japanese)
                } else {
                    (split_english(brand, approval, cell("no")), JapaneseText::English)
                };
                let parts = japanese_parts(&dictionaries.forms, &record, text);
                let said = parts.parts.iter().map(|part| {
                    let companies = part.companies.iter().map(|c| company(&record, *c)).collect();
                    let mut statuses = BTreeMap::new();
                    for product in &part.products {
                        if let Some(status) = record.products[*product].status {
                            *statuses.entry(status.code()).or_default() += 1;
                        }
                    }
                    (part.form.form.clone(), companies, statuses)
                });
                let digest = Sha256::of(key.as_bytes()).to_string();
                found.insert(
                    digest[..16].to_owned(),
                    Found { said: said.collect(), whole: parts.whole },
                );
            }
        }
    }
    found
}

/// The corporate number where the list gives it, else the name.
fn company(record: &SplitRecord, place: usize) -> String {
    let company = &record.companies[place];
    company.corporate_number.clone().unwrap_or_else(|| folded(&company.name))
}

/// Letters and digits: the labels do not repeat the damage of the list.
fn folded(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The folder of the real files, or a word on why the test is skipped.
fn real_files() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("REGATTA_SHARED").map_or(beside, PathBuf::from);
    let folder = shared.join("real/jp_pmda");
    if FILES.iter().all(|file| folder.join(file).exists()) {
        return Some(folder);
    }
    let _ = writeln!(std::io::stderr(), "SKIPPED: no real lists in {}", folder.display());
    None
}
