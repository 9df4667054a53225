use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::Dictionaries;

#[test]
fn r7_spellings_of_one_firm_share_a_key() {
    let companies = Dictionaries::load(None).unwrap().companies;
    let key = |n: &str| companies.key(n);
    for (name, expected) in [
        ("Dr. Reddy's Laboratories Ltd.", "dr reddys laboratories"),
        ("DR REDDYS LABS LTD", "dr reddys laboratories"),
        ("Merck & Co., Inc.", "merck"),
        ("Merck KGaA", "merck kgaa"),
        ("Sanofi-Aventis U.S. LLC", "sanofi aventis us"),
        ("SUN PHARM INDS LTD", "sun pharmaceuticals industries"),
        ("N.V. Organon", "organon"),
        ("Teva Pharmaceuticals Polska Sp. z o.o.", "teva pharmaceuticals polska"),
        ("Fresenius SE & Co. KGaA", "fresenius"),
        ("Bausch + Lomb", "bausch lomb"),
        ("Meiji Seika ファルマ㈱", "meijiseikaファルマ"),
        ("辉瑞制药（无锡）有限公司", "辉瑞制药无锡"),
        ("MYLAN LABS", "mylan laboratories"),
    ] {
        assert_eq!(key(name), expected, "{name}");
    }
    assert_eq!(key("㈱ツムラ"), key("株式会社ツムラ"));
}

#[test]
fn r8_a_group_is_known_by_its_dates() {
    let companies = Dictionaries::load(None).unwrap().companies;
    let sandoz = companies.find("SANDOZ INC").company;
    assert_eq!(companies.group_on(&sandoz, "2020-01-01"), Some("Novartis"));
    assert_eq!(companies.group_on(&sandoz, "2024-01-01"), Some("Sandoz"));
    let az = companies.find("ASTRAZENECA PHARMACEUTICALS LP").company;
    assert_eq!(companies.group_on(&az, "2024-01-01"), Some("AstraZeneca"));
}

#[test]
fn r43_a_group_has_all_the_names_by_which_it_is_known() {
    let names = |group: &'static str| shared().group_names(group);
    for name in ["Bristol-Myers Squibb", "BMS", "百时美施贵宝", "ブリストル・マイヤーズ スクイブ"]
    {
        assert!(names("Bristol-Myers Squibb").contains(name), "{name}");
    }
    // In America the one, elsewhere the other.
    assert!(names("MSD").contains("Merck") && names("Merck KGaA").contains("Merck"));
    assert!(names("Acino").iter().eq(["Acino"].iter()));
}

#[test]
fn r43_other_names_are_those_of_groups_that_there_are() {
    let groups: BTreeSet<&str> =
        shared().groups().values().flatten().map(|m| m.group.as_str()).collect();
    for group in shared().group_aliases.keys() {
        assert!(groups.contains(group.as_str()), "no company belongs to {group}");
    }
    // A user's own groups come without them.
    let own =
        [("corporate_groups.csv", "company,group,valid_from,valid_to,source\nPfizer,Own,,,x\n")];
    let own = Dictionaries::load_with(None, &own).unwrap().companies;
    assert!(own.group_names("Own").iter().eq(["Own"].iter()));
}

#[test]
fn r43_a_name_given_twice_to_a_group_is_an_error() {
    let twice = "group,alias,source\nMSD,Merck,x\nMerck KGaA,Merck,x\nMSD,Merck,x\n";
    let files = [("corporate_group_aliases.csv", twice)];
    let error = Dictionaries::load_with(None, &files).unwrap_err().to_string();
    assert!(error.contains("Merck stands twice"), "{error}");
    assert!(error.contains("corporate_group_aliases.csv"), "{error}");
}

proptest! {
    #[test]
    fn r7_keys_are_total(name in any::<String>()) {
        let companies = shared();
        let _ = companies.find(&name);
    }
}

fn shared() -> &'static super::Companies {
    static SHARED: std::sync::LazyLock<super::Companies> =
        std::sync::LazyLock::new(|| Dictionaries::load(None).unwrap().companies);
    &SHARED
}

#[test]
fn r7_a_name_is_found_beside_an_address_or_a_second_script() {
    for (raw, company) in [
        ("AstraZeneca AB\r\nVästra Mälarehamnen 9\r\n151 85 Södertälje", "AstraZeneca"),
        ("AstraZeneca AB, Sweden", "AstraZeneca"),
        ("AstraZeneca AB 阿斯利康制药有限公司", "AstraZeneca"),
        ("Merck Sharp  Dohme Ltd\u{a0}", "Merck Sharp & Dohme"),
    ] {
        let found = shared().find(raw);
        assert_ne!(found.how, "own_name", "{raw}");
        let group = shared().group_on(&found.company, "2024-01-01");
        let expected = shared().group_on(&shared().find(company).company, "2024-01-01");
        assert!(group.is_some() && group == expected, "{raw}: {found:?} is of {group:?}");
    }
    let own = shared().find("Zzyzx Pharma GmbH\r\nHauptstr. 1\r\n12345 Zzyzx");
    assert_eq!((own.company.as_str(), own.how), ("Zzyzx Pharma GmbH", "own_name"));
}

#[test]
fn r7_a_cell_with_several_names_gives_each_once() {
    let names = |raw: &str| {
        shared().find_all(raw, &[';', '、']).into_iter().map(|m| m.company).collect::<Vec<_>>()
    };
    assert_eq!(names("齐鲁制药有限公司; 齐鲁制药有限公司").len(), 1);
    assert_eq!(names("再鼎医药（苏州）有限公司; 再鼎医药（上海）有限公司").len(), 2);
    assert!(names("无; ————").is_empty());
}

#[test]
fn r7_two_known_companies_with_and_between_them_are_two() {
    for (raw, names) in [
        (
            "Alfresa Pharma Corporation and Sanofi KK",
            &["Alfresa Pharma Corporation", "Sanofi KK"][..],
        ),
        ("Eli Lilly and Company", &["Eli Lilly and Company"]),
        ("Zzyzx Pharma and Sanofi KK", &["Zzyzx Pharma and Sanofi KK"]),
    ] {
        assert_eq!(shared().joint(raw), names);
    }
}

#[test]
fn r8_astrazeneca_is_one_group_in_all_languages() {
    for raw in [
        "AstraZeneca AB",
        "ASTRAZENECA PHARMACEUTICALS LP",
        "アストラゼネカ㈱",
        "アストラゼネカ",
        "AstraZeneca K.K.",
        "AstraZeneca UK Limited",
        "阿斯利康制药有限公司",
        "阿斯利康药业（中国）有限公司",
        "阿斯利康",
    ] {
        let company = shared().find(raw).company;
        assert_eq!(shared().group_on(&company, "2024-01-01"), Some("AstraZeneca"), "{raw}");
    }
}
