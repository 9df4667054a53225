//! The ways to search: the engine, one-shot and kept open, and SQL. All give the
//! same drugs in the same order with the same explanation.

use std::collections::BTreeSet;

use regatta_warehouse::{Hit, Searcher, WarehouseError, build, run_sql, search, search_by_sql};
use serde_json::Value;

use crate::sample::{Sample, publish};

/// What a user may type, of every class and script.
const TYPED: &[&str] = &[
    "nevirapine",
    "NEVIRAPINE",
    "ｎｅｖｉｒａｐｉｎｅ",
    "nevira",
    "virapine",
    "n",
    "t",
    "a",
    "片",
    "剂",
    "錠",
    "xr",
    "r",
    "tablet",
    "Tablets",
    "extended release",
    "release tablet",
    "boehringer ingelheim",
    "ingelheim",
    "Lamivudine / Zidovudine",
    "zidovudine lamivudine",
    "lamivudine",
    "EGFR",
    "EGFR astrazeneca",
    "EGFR 齐鲁",
    "osimertinib egfr",
    "egfr 片",
    "ｶﾞｽﾀｰ",
    "ガスター",
    "カスター",
    "奥希",
    "奥",
    "希替",
    "替尼",
    "泰",
    "齐鲁制药(海南)",
    "齐鲁制药（海南）有限公司",
    "阿斯利康",
    "阿斯利康 奥希替尼",
    "アストラゼネカ",
    "tagriso",
    "osimertinb",
    "nevirapnie",
    "boehriger nevirapine",
    "lamivudne zidovudne",
    "オシメルチニフ",
    "xylophone",
    "020636",
    "20636",
    "N-020636-001",
    "203021-001",
    "001",
    "22800AMX00385",
    "D1",
    "D9",
    "d",
    "JXHS1600003国",
    "jxhs1600003",
    "JTH1600012",
    "国药准字",
    "h2016",
    "2018-001234-56-NL",
    "2018-001234",
    "2022-500123-45-00",
    "NCT03000001",
    "nevirapine 020636",
    "nevirapine nevirapine",
    "",
    " ",
    " / ",
    "/",
    "+",
    "'",
    "''",
    "%",
    "_",
    "\\",
    "a'b",
    "\"",
    "[a-z]",
    "🙂",
    "nevirapine 🙂",
    "viatris mylan",
    "mylan tablet",
    "tablet tablet",
    "VIRAMUNE XR",
    "suspension",
    "HER1",
    "ＨＥＲ－１",
    "her 1",
    "EGFR inhibitor",
    "egfr-inhibitors astrazeneca",
    "EGFR抑制剂 齐鲁",
    "EGF receptor antagonist",
    "anti-her1 antibody",
    "inhibitor",
    "nevirapine inhibitor",
    "EUCTR2018-001234-56-GB",
    "EudraCT number: 2018-001234-56",
    "eu ct 2022-500123-45-00",
    "受理号：JXHS1600003国",
    "国药准字 H20163465",
    "N020636",
    "NDA 20-636",
    "NDA 203021-001",
    "NDA 20-63",
    "EMEA/H/C/183",
    "EMEA/H/C/00183",
    "Tagrisso®",
    "“TAGRISSO™” tablets",
    "\"osimertinib",
    "extended-release tablets",
    "奈韦拉平，tablets",
    "AT/H/300/1/DC",
    "AT/H/0300/001",
    "020636/001",
    "her 1 astrazeneca",
    "EGF receptor tki 齐鲁",
    "her 1 egf receptor her-1",
    "NDA 20-636 her 1 inhibitors",
    "lamivudine-zidovudine",
    "ジドブジン・ラミブジン",
    "lamivudine and zidovudine viiv",
    "and",
    "and und",
    "-",
    "lamivudine-",
    "AZD-6094",
    "azd 6094 astrazeneca",
];

fn by_macro(conn: &duckdb::Connection, term: &str, limit: usize) -> Vec<Value> {
    let query = format!("FROM search('{}', max_rows := {limit})", term.replace('\'', "''"));
    let answer = run_sql(conn, &query).unwrap();
    let row = |row: Vec<Value>| {
        answer.columns.iter().map(|c| c.name.clone()).zip(row).collect::<serde_json::Map<_, _>>()
    };
    answer.rows.clone().into_iter().map(|r| Value::Object(row(r))).collect()
}

fn json(hits: &[Hit]) -> Vec<Value> {
    hits.iter().map(|hit| serde_json::to_value(hit).unwrap()).collect()
}

#[test]
fn r43_engine_and_sql_give_the_same_for_whatever_is_typed() {
    let sample = Sample::built();
    let conn = sample.open();
    let searcher = Searcher::open(&sample.lake).unwrap();
    let mut terms: BTreeSet<String> = TYPED.iter().map(|t| (*t).to_owned()).collect();
    // Every term of the index, its beginning, its inside, and without a character.
    for row in run_sql(&conn, "SELECT term FROM search_term").unwrap().rows {
        let term: Vec<char> = row[0].as_str().unwrap().chars().collect();
        let (half, third) = (term.len().div_ceil(2), term.len() / 3);
        terms.insert(term.iter().collect());
        terms.insert(term[..half].iter().collect());
        terms.insert(term[third..].iter().collect());
        terms
            .insert([&term[..half], &term[(half + 1).min(term.len())..]].concat().iter().collect());
    }
    // A macro takes its time: one in six of them here, all with the variable set.
    let every = if std::env::var_os("REGATTA_SEARCH_ALL").is_some() { 1 } else { 6 };
    let (mut found, mut compared) = (0, 0);
    let typed = |term: &str| TYPED.contains(&term);
    for (_, term) in terms.iter().enumerate().filter(|(i, t)| i % every == 0 || typed(t)) {
        compared += 1;
        for limit in [50, 2] {
            let hits = searcher.search(term, limit);
            assert_eq!(search(&conn, term, limit).unwrap(), hits, "{term}");
            assert_eq!(search_by_sql(&conn, term, limit).unwrap(), hits, "{term}");
            // The macro folds without the compatibility forms other than width.
            assert_eq!(by_macro(&conn, term, limit), json(&hits), "{term}");
            found += hits.len();
        }
    }
    assert!(
        terms.len() > 300 && compared > 60 && found * every > 1000,
        "{compared} terms found {found} drugs"
    );
}

/// Two targets, one written with a slash, one in Chinese; and a drug whose id given up has digits that
/// an application has, too.
fn with_names(conn: &duckdb::Connection) {
    conn.execute_batch(
        "UPDATE drug SET targets = ['CDK4'] WHERE drug_id = 'D92';
         UPDATE drug SET targets = ['GLP1R'] WHERE drug_id = 'D9';
         INSERT INTO target_name (target, name) VALUES
            ('CDK4', 'CDK4'), ('CDK4', 'CDK4/6'), ('GLP1R', 'GLP-1'), ('GLP1R', 'GLP-1受体'),
            ('GLP1R', '胰高血糖素样肽1受体');
         INSERT INTO drug_id_history (drug_id, event, other_id, seen_at, records)
            VALUES ('D0020636', 'merged_into', 'D8', '2026-11-20T08:00:00Z', 1)",
    )
    .unwrap();
}

#[test]
fn r43_ids_slashes_and_chinese_numbers_are_understood_by_engine_and_sql() {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", with_names);
    build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    for (term, expected) in [
        // The digits inside an id are nobody's number; its beginning is.
        ("020636", &["D1"][..]),
        ("20636", &["D1"]),
        ("D0020636", &["D8"]),
        ("d00206", &["D8"]),
        ("002063", &[]),
        ("CDK4/6", &["D92"]),
        ("CDK4/6 inhibitor", &["D92"]),
        ("cdk4/6-inhibitors astrazeneca", &["D92"]),
        ("astrazeneca CDK4/6", &["D92"]),
        ("CDK4/6抑制剂", &["D92"]),
        ("CDK4/6抑制剂 阿斯利康", &["D92"]),
        ("CDK 4/6", &["D92"]),
        ("CDK-4/6 inhibitors", &["D92"]),
        ("CDK4/6 inhibitor mylan", &[]),
        ("CDK 4/6 astrazeneca", &["D92"]),
        ("阿斯利康 cdk-4/6 monoclonal antibodies", &["D92"]),
        ("CDK 4/6 inhibitors mylan", &[]),
        ("cdk4-tki", &["D92"]),
        ("GLP 1 astellas", &["D9"]),
        ("astellas anti GLP-1", &["D9"]),
        ("nevirapine NDA 20-636", &["D1"]),
        ("NDA 020636/001", &["D1"]),
        ("GLP-1受体激动剂", &["D9"]),
        ("GLP1受体", &["D9"]),
        ("胰高血糖素样肽-1受体", &["D9"]),
        ("胰高血糖素样肽 1受体激动剂", &["D9"]),
        ("lamivudine/zidovudine", &["D5"]),
    ] {
        let hits = search(&conn, term, 9).unwrap();
        let found: Vec<_> = hits.iter().map(|h| h.drug_id.as_str()).collect();
        assert_eq!(found, expected, "{term}");
        assert_eq!(search_by_sql(&conn, term, 9).unwrap(), hits, "{term}");
        assert_eq!(by_macro(&conn, term, 9), json(&hits), "{term}");
    }
    for target in ["CDK 4/6 inhibitor", "cdk4/6抑制剂"] {
        let sql = format!("SELECT targets_of('{target}')");
        assert_eq!(run_sql(&conn, &sql).unwrap().rows, [[serde_json::json!(["CDK4"])]], "{target}");
    }
}

#[test]
fn a_searcher_is_shared_by_threads() {
    let sample = Sample::built();
    let searcher = Searcher::open(&sample.lake).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(searcher.search("osimertinib egfr", 5)[0].drug_id, "D7");
                }
            });
        }
    });
}

#[test]
fn a_searcher_answers_from_one_snapshot_until_it_is_told_to_reload() {
    let sample = Sample::built();
    let searcher = Searcher::open(&sample.lake).unwrap();
    assert_eq!(searcher.snapshot_id(), sample.snapshot.snapshot_id.as_str());
    assert!(!searcher.is_outdated().unwrap());
    assert!(!searcher.reload().unwrap());
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", |conn| {
        conn.execute_batch("DELETE FROM drug WHERE drug_id = 'D9'").unwrap();
    });
    build(&sample.lake, &next).unwrap();
    assert_eq!(searcher.search("famotidine", 5).len(), 1);
    assert!(searcher.is_outdated().unwrap());
    assert!(searcher.reload().unwrap());
    assert_eq!(searcher.snapshot_id(), next.snapshot_id.as_str());
    assert!(searcher.search("famotidine", 5).is_empty());
    assert!(!searcher.reload().unwrap());
    std::fs::remove_file(sample.lake.duckdb_file()).unwrap();
    assert!(matches!(searcher.reload(), Err(WarehouseError::NotBuilt { .. })));
    assert!(searcher.search("nevirapine", 5).len() > 1, "it answers as before");
}

#[test]
fn a_damaged_index_is_an_error_and_sql_answers_in_its_place() {
    let sample = Sample::built();
    let expected = search(&sample.open(), "nevirapine", 5).unwrap();
    let damage = |statement: &str| {
        let conn = duckdb::Connection::open(sample.lake.duckdb_file()).unwrap();
        conn.execute_batch(statement).unwrap();
        conn.close().unwrap();
        let error = Searcher::open(&sample.lake).err().unwrap();
        assert_eq!(search(&sample.open(), "nevirapine", 5).unwrap(), expected, "{statement}");
        error.to_string()
    };
    let other = damage("UPDATE meta SET value = 'another' WHERE key = 'snapshot_id'");
    assert!(other.contains("another"), "{other}");
    let cut = damage("UPDATE search_index SET bytes = bytes[:100]");
    assert!(cut.contains("cannot be unpacked"), "{cut}");
    let empty = damage("DELETE FROM search_index");
    assert!(empty.contains("search index"), "{empty}");
    let none = damage("DROP TABLE search_index");
    assert!(none.contains("search index"), "{none}");
}

#[test]
fn names_are_resolved_through_search_term() {
    let sample = Sample::built();
    let conn = sample.open();
    for (term, entity) in [
        ("奥希替尼", "generic:osimertinib"),
        ("Boehringer Ingelheim Pharmaceuticals Inc", "company:Boehringer Ingelheim"),
        ("astrazeneca", "group:AstraZeneca"),
        ("EGFR", "target:EGFR"),
        ("片剂", "form:tablet"),
        ("TAGRISSO", "drug:D7"),
    ] {
        let query = format!(
            "SELECT DISTINCT entity FROM search_term WHERE term_key = fold_term('{term}') AND entity = '{entity}'"
        );
        assert_eq!(run_sql(&conn, &query).unwrap().rows.len(), 1, "{term}");
    }
}
