//! Search for combinations (R43): which of them comes first, and how they are asked for.

use duckdb::Connection;
use regatta_warehouse::{build, run_sql, search, search_by_sql};
use serde_json::json;

use crate::sample::{Sample, publish};

/// Beside the combination of two of the sample: the same of a smaller company,
/// and larger drugs with one and with three more ingredients.
fn with_combinations(conn: &Connection) {
    conn.execute_batch(
        "INSERT INTO drug (drug_id, generic, dosage_form, drug_names, targets, partners, groups, holder_source, records)
         VALUES
            ('D93', 'lamivudine / zidovudine', 'tablet', [], [], [], [], 'foreign_listing', 1),
            ('D94', 'abacavir / lamivudine / zidovudine', 'tablet', ['TRIZIVIR'], [], [], [], 'foreign_listing', 8),
            ('D95', 'abacavir / efavirenz / lamivudine / nevirapine / zidovudine', 'tablet', [], [], [], [], 'foreign_listing', 9);
         UPDATE drug SET first_seen = '2026-11-20T08:00:00Z', last_changed = '2026-11-23T08:15:00Z';
         INSERT INTO generic (generic, ingredients, raw_names, names_zh, names_ja, match, records) VALUES
            ('abacavir / lamivudine / zidovudine', ['abacavir', 'lamivudine', 'zidovudine'], [],
                ['阿巴卡韦', '拉米夫定', '齐多夫定'], ['アバカビル', 'ラミブジン', 'ジドブジン'], 'matched', 8),
            ('abacavir / efavirenz / lamivudine / nevirapine / zidovudine',
                ['abacavir', 'efavirenz', 'lamivudine', 'nevirapine', 'zidovudine'], [],
                ['阿巴卡韦', '依非韦伦', '拉米夫定', '奈韦拉平', '齐多夫定'],
                ['アバカビル', 'エファビレンツ', 'ラミブジン', 'ネビラピン', 'ジドブジン'], 'matched', 9),
            ('zidovudine', ['zidovudine'], ['AZIDOTHYMIDINE', '齐多夫定胶囊'], ['齐多夫定'], ['ジドブジン'], 'matched', 1)",
    )
    .unwrap();
}

/// The drugs for a query, by the engine and by SQL.
fn found(conn: &Connection, term: &str) -> Vec<String> {
    let hits = search(conn, term, 9).unwrap();
    assert_eq!(search_by_sql(conn, term, 9).unwrap(), hits, "{term}");
    hits.into_iter().map(|hit| hit.drug_id).collect()
}

fn with_more() -> (Sample, Connection) {
    let sample = Sample::new();
    let next = publish(&sample.lake, "2026-11-24T08:15:00Z", with_combinations);
    build(&sample.lake, &next).unwrap();
    let conn = sample.open();
    (sample, conn)
}

#[test]
fn r43_the_exact_set_of_ingredients_comes_before_those_with_more() {
    let (_sample, conn) = with_more();
    for term in [
        "lamivudine zidovudine",
        "zidovudine lamivudine",
        "zidovudine/lamivudine",
        "Zidovudine; Lamivudine",
        "lamivud zidovud",
        "拉米夫定 齐多夫定",
        "齐多夫定、拉米夫定",
        "ラミブジン ジドブジン",
        "ジドブジン＋ラミブジン",
        "tablet zidovudine lamivudine",
        "zidovudine 片剂 lamivudine",
    ] {
        assert_eq!(found(&conn, term), ["D5", "D93", "D94", "D95"], "{term}");
    }
    assert_eq!(found(&conn, "lamivudine zidovudine abacavir"), ["D94", "D95"]);
    assert_eq!(found(&conn, "lamivudine"), ["D6", "D5", "D93", "D94", "D95"]);
}

#[test]
fn r43_what_joins_ingredients_parts_them() {
    let (_sample, conn) = with_more();
    for term in [
        "lamivudine-zidovudine",
        "Zidovudine-Lamivudine tablets",
        "ジドブジン・ラミブジン",
        "zidovudine and lamivudine",
        "Zidovudin und Lamivudin",
    ] {
        assert_eq!(found(&conn, term), ["D5", "D93", "D94", "D95"], "{term}");
    }
    // What is no ingredient is not parted: it is one word, to which others are similar.
    let hits = search(&conn, "co-lamivudine", 9).unwrap();
    assert_eq!((hits[0].matched.len(), hits[0].matched[0].how.as_str()), (1, "similar"));
}

#[test]
fn r43_an_ingredient_has_the_names_of_its_own_records() {
    let (_sample, conn) = with_more();
    for term in ["azidothymidine", "lamivudine azidothymidine", "azidothymidine/lamivudine"] {
        assert_eq!(found(&conn, term), ["D5", "D93", "D94", "D95"], "{term}");
    }
    // A product of one ingredient is no name of the combination.
    assert!(found(&conn, "齐多夫定胶囊").is_empty());
}

#[test]
fn r43_generics_of_knows_a_combination_however_it_is_joined() {
    let (_sample, conn) = with_more();
    for term in [
        "lamivudine zidovudine",
        "zidovudine-lamivudine",
        "ジドブジン・ラミブジン",
        "Azidothymidine and lamivudine",
        "齐多夫定 拉米夫定",
    ] {
        let sql = format!("SELECT generics_of('{term}')");
        let generics = run_sql(&conn, &sql).unwrap().rows;
        assert_eq!(generics, [[json!(["lamivudine / zidovudine"])]], "{term}");
    }
}
