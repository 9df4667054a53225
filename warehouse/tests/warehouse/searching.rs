//! Search in three languages: what is found, in which order, and why.

use regatta_warehouse::{Hit, fold, run_sql, search};

use crate::sample::Sample;

fn ids(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|h| h.drug_id.as_str()).collect()
}

#[test]
fn the_forms_of_a_generic_are_separate_drugs_with_their_companies() {
    let sample = Sample::built();
    let hits = search(&sample.open(), "nevirapine", 20).unwrap();
    let shown: Vec<_> = hits
        .iter()
        .map(|h| {
            (h.dosage_form_en.as_str(), h.holder.as_deref().unwrap(), h.drug_names[0].as_str())
        })
        .collect();
    assert_eq!(
        shown,
        [
            // The largest of every form, then the second of each.
            ("Tablet", "Boehringer Ingelheim", "VIRAMUNE"),
            ("Extended-release tablet", "Boehringer Ingelheim", "VIRAMUNE XR"),
            ("Oral suspension", "Boehringer Ingelheim", "VIRAMUNE"),
            ("Tablet", "Mylan", "NEVIRAPINE"),
        ]
    );
    assert_eq!(hits[0].generic_zh, ["奈韦拉平"]);
    assert_eq!(hits[0].dosage_form_zh.as_deref(), Some("片剂"));
    assert_eq!(hits[0].progress[0].country, "US");
    assert_eq!(hits[0].progress[0].progress_zh, "已上市");
    assert_eq!(hits[0].progress[0].progress_date.as_deref(), Some("1996-06-21"));
    assert_eq!(hits[3].progress[0].current_status, "withdrawn");
    assert_eq!(hits[0].matched[0].how, "exact");
    assert_eq!(hits[0].matched[0].kind, "generic");
}

#[test]
fn a_small_limit_still_shows_every_form() {
    let sample = Sample::built();
    let hits = search(&sample.open(), "nevirapine", 3).unwrap();
    let mut forms: Vec<_> = hits.iter().map(|h| h.dosage_form.as_str()).collect();
    forms.sort_unstable();
    assert_eq!(forms, ["extended_release_tablet", "oral_suspension", "tablet"]);
}

#[test]
fn words_combine_and_each_must_match() {
    let sample = Sample::built();
    let conn = sample.open();
    for (term, expected) in [
        ("lamivudine zidovudine", vec!["D5"]),
        ("Zidovudine / Lamivudine", vec!["D5"]),
        ("nevirapine boehringer", vec!["D1", "D3", "D4"]),
        ("nevirapine suspension", vec!["D4"]),
        ("nevirapine ER", vec!["D3"]),
        ("nevirapine viatris", vec!["D2"]),
        ("EGFR astrazeneca", vec!["D7"]),
        ("EGFR 齐鲁", vec!["D8"]),
        ("nevirapine astrazeneca", vec![]),
        ("boehringer ingelheim", vec!["D1", "D3", "D4"]),
        ("lamivudine", vec!["D6", "D5"]),
        ("", vec![]),
        (" / ", vec![]),
    ] {
        let hits = search(&conn, term, 20).unwrap();
        let mut found = ids(&hits);
        if !term.starts_with("lami") {
            found.sort_unstable();
        }
        assert_eq!(found, expected, "{term}");
    }
}

#[test]
fn three_languages_find_the_same_drug() {
    let sample = Sample::built();
    let conn = sample.open();
    for (term, expected) in [
        ("osimertinib", "D7"),
        ("TAGRISSO", "D7"),
        ("ｔａｇｒｉｓｓｏ", "D7"),
        ("奥希替尼", "D7"),
        ("希替", "D7"),
        ("泰", "D7"),
        ("オシメルチニブ", "D7"),
        ("ﾀｸﾞﾘｯｿ", "D7"),
        ("阿斯利康", "D7"),
        ("アストラゼネカ株式会社", "D7"),
        ("国药准字H20163465", "D8"),
        ("伊瑞", "D8"),
        ("齐鲁制药(海南)", "D8"),
        ("ガスター", "D9"),
        ("ｶﾞｽﾀｰ", "D9"),
        ("アステラス", "D9"),
        ("安斯泰来", "D9"),
        ("甲磺酸奥希替尼片", "D7"),
        ("吉非替尼片", "D91"),
        ("沃瑞沙", "D92"),
        ("AZD6094", "D92"),
        // A name that no record has, but the dictionary.
        ("azd9291", "D7"),
        ("AZD-9291", "D7"),
        ("azd-6094", "D92"),
        ("AZD 6094", "D92"),
        ("azd 6094 阿斯利康", "D92"),
        ("赛沃替尼 阿斯利康", "D92"),
    ] {
        let hits = search(&conn, term, 1).unwrap();
        assert_eq!(ids(&hits), [expected], "{term}");
    }
    assert!(search(&conn, "カスター", 5).unwrap().is_empty(), "sound marks count");
}

#[test]
fn r43_a_target_is_found_by_any_of_its_names() {
    let sample = Sample::built();
    let conn = sample.open();
    for term in [
        "HER1",
        "her-1",
        "HER 1",
        "ＨＥＲ－１",
        "ErbB1",
        "erbb-1",
        "表皮生长因子受体",
        "上皮成長因子受容体",
        "EGFR inhibitor",
        "EGFR inhibitors",
        "EGFR抑制剂",
        "EGFR 阻害薬",
        "EGF receptor antagonists",
        "anti-HER1 antibody",
        "抗HER-1单抗",
    ] {
        assert_eq!(ids(&search(&conn, term, 9).unwrap()), ["D7", "D8", "D91"], "{term}");
    }
    assert_eq!(ids(&search(&conn, "HER-1 inhibitor astrazeneca", 9).unwrap()), ["D7"]);
    let hit = &search(&conn, "her-1 inhibitors", 1).unwrap()[0];
    assert_eq!((hit.matched[0].kind.as_str(), hit.matched[0].term.as_str()), ("target", "HER1"));
    // Behind what is no target, the word is one of the query.
    assert!(search(&conn, "nevirapine inhibitor", 9).unwrap().is_empty());
}

#[test]
fn r11_the_title_of_a_trial_is_no_name_of_its_drugs() {
    let sample = Sample::built();
    let conn = sample.open();
    assert!(search(&conn, "非小细胞肺癌", 5).unwrap().is_empty());
    let found: Vec<String> = run_sql(&conn, "SELECT term FROM search_term WHERE kind = 'alias'")
        .unwrap()
        .rows
        .into_iter()
        .map(|r| r[0].as_str().unwrap().to_owned())
        .collect();
    assert!(found.iter().any(|t| t == "AZD6094"));
    assert!(!found.iter().any(|t| t.contains("肺癌")));
}

#[test]
fn any_number_finds_its_drug() {
    let sample = Sample::built();
    let conn = sample.open();
    for (term, expected) in [
        ("020636", "D1"),
        ("N-020636-001", "D1"),
        ("203021-001", "D2"),
        ("N-201152-001", "D3"),
        ("22800AMX00385", "D7"),
        ("D4", "D4"),
        ("D0", "D1"),
        // Registrations (R21): with and without the unit character, and what came of them.
        ("JXHS1600003", "D7"),
        ("jxhs1600003国", "D7"),
        ("JXHS1600003苏", "D7"),
        ("JTH1600012", "D91"),
        ("H20170167", "D7"),
        // Trials: the registry's number and those in other registries, with what they append.
        ("CTR20190001", "D7"),
        ("2018-001234-56", "D7"),
        ("2018-001234-56-NL", "D7"),
        ("2018-001234-56/3RD", "D7"),
        ("2022-500123-45", "D7"),
        ("2022-500123-45-00", "D7"),
        ("NCT03000001", "D7"),
        // As they are quoted elsewhere.
        ("EUCTR2018-001234-56-GB", "D7"),
        ("EudraCT 2018-001234-56", "D7"),
        ("EU CT 2022-500123-45", "D7"),
        ("受理号JXHS1600003", "D7"),
        ("受理号：JXHS1600003国", "D7"),
        ("国药准字 H20163465", "D8"),
        ("H20163465", "D8"),
        // An import, which its list writes without the words.
        ("国药准字 H20170167", "D7"),
        ("批准文号：国药准字H20170167", "D7"),
        ("N020636", "D1"),
        ("NDA 20-636", "D1"),
        ("NDA020636", "D1"),
        ("NDA 203021-001", "D2"),
    ] {
        assert_eq!(ids(&search(&conn, term, 1).unwrap()), [expected], "{term}");
    }
    // What only looks like one of them is not taken for a number.
    for term in ["NDA 1234", "N0206361", "NDA repository", "EU CT 2022-500123", "受理号 甲"] {
        assert!(search(&conn, term, 9).unwrap().is_empty(), "{term}");
    }
}

#[test]
fn exact_comes_before_prefix_before_substring_before_similar() {
    let sample = Sample::built();
    let conn = sample.open();
    let how = |term: &str| -> Vec<(String, String)> {
        let hits = search(&conn, term, 20).unwrap();
        assert!(hits.windows(2).all(|w| w[0].score >= w[1].score), "{term}");
        hits.into_iter().map(|h| (h.drug_id, h.matched[0].how.clone())).collect()
    };
    let pair = |id: &str, how: &str| (id.to_owned(), how.to_owned());
    // VIRAMUNE is the whole name of two drugs and begins that of the third.
    assert_eq!(how("viramune"), [pair("D1", "exact"), pair("D4", "exact"), pair("D3", "prefix")]);
    assert_eq!(how("osimer"), [pair("D7", "prefix")]);
    assert_eq!(how("xr"), [pair("D3", "exact")]);
    assert_eq!(how("r"), []);
    assert_eq!(how("ingelheim")[0].1, "word");
    assert_eq!(how("fitini"), [pair("D8", "substring"), pair("D91", "substring")]);
    assert_eq!(how("nevirapin")[0].1, "prefix");
}

#[test]
fn a_misspelling_finds_what_was_meant_and_says_so() {
    let sample = Sample::built();
    let conn = sample.open();
    for (term, expected) in [
        ("nevirapnie", "D1"),
        ("nevrapine", "D1"),
        ("osimertinb", "D7"),
        ("tagriso", "D7"),
        ("boehriger nevirapine", "D1"),
        ("lamivudin zidovudin", "D5"),
        ("lamivudne zidovudne", "D5"),
        ("オシメルチニフ", "D7"),
    ] {
        let hits = search(&conn, term, 1).unwrap();
        assert_eq!(ids(&hits), [expected], "{term}");
    }
    // A name that is meant as a whole comes before one that has it as a part.
    let hits = search(&conn, "lamivudne", 10).unwrap();
    assert_eq!(ids(&hits), ["D6", "D5"]);
    let hits = search(&conn, "nevirapnie", 10).unwrap();
    assert_eq!(hits.len(), 4);
    assert_eq!(
        (hits[0].matched[0].how.as_str(), hits[0].matched[0].term.as_str()),
        ("similar", "nevirapine")
    );
    assert!(search(&conn, "xylophone", 10).unwrap().is_empty());
}

#[test]
fn quotes_and_patterns_are_text() {
    let sample = Sample::built();
    let conn = sample.open();
    for term in ["'", "%", "_", "'; DROP TABLE drug; --", "\\", "[a-z]", "\"", "?"] {
        search(&conn, term, 5).unwrap();
    }
    assert!(search(&conn, "%", 5).unwrap().is_empty());
}

#[test]
fn sql_folds_as_rust_does_but_for_compatibility_forms() {
    let sample = Sample::built();
    let conn = sample.open();
    for text in [
        "  Nevirapine\u{3000}XR ",
        "ＮＥＶＩＲＡＰＩＮＥ １００％",
        "Laboratórios Pérez",
        "ｶﾞｽﾀｰ",
        "ﾊﾟ",
        "ガスター",
        "が",
        "奈韦拉平片",
        "Co\u{2011}trimoxazole",
        "L\u{2019}Oréal",
        "EMEA/H/C/000183",
        "Ørsted ß",
        "Άλφα",
        "a'b",
    ] {
        let sql = format!("SELECT fold_term('{}')", text.replace('\'', "''"));
        assert_eq!(run_sql(&conn, &sql).unwrap().rows[0][0], fold(text), "{text}");
    }
    assert_eq!(run_sql(&conn, "SELECT fold_term('㈱')").unwrap().rows[0][0], "㈱");
    assert_eq!(fold("㈱"), "(株)");
}
