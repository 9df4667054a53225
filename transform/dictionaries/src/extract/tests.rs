use proptest::prelude::*;

use super::*;
use crate::Dictionaries;

fn shared() -> &'static Extractor {
    static SHARED: std::sync::LazyLock<Dictionaries> =
        std::sync::LazyLock::new(|| Dictionaries::load(None).unwrap());
    &SHARED.extractor
}

fn found(text: &str, language: Language) -> Vec<(String, MentionRole)> {
    shared().extract(text, language).into_iter().map(|m| (m.generic, m.role)).collect()
}

#[test]
fn r11_names_are_found_in_three_languages() {
    for (text, language, expected) in [
        ("A Study of OSIMERTINIB Mesylate in NSCLC", Language::En, vec!["osimertinib"]),
        ("评价甲磺酸奥希替尼片治疗非小细胞肺癌", Language::Zh, vec!["osimertinib"]),
        ("オシメルチニブメシル酸塩の第III相試験", Language::Ja, vec!["osimertinib"]),
        (
            "Pazopanib and MK-3475 in Renal Cell Carcinoma",
            Language::En,
            vec!["pazopanib", "pembrolizumab"],
        ),
        (
            "评价JAB-21822联合JAB-3312用于KRAS p.G12C",
            Language::Zh,
            vec!["glecirasib", "sitneprotafib"],
        ),
        ("HS-10529在晚期实体瘤患者中的I期研究", Language::Zh, vec!["HS-10529"]),
        ("cerebral glucose, oxygen and water balance", Language::En, vec![]),
        ("cisplatin-based chemotherapy, insulin-dependent", Language::En, vec![]),
        ("チロシンキナーゼ阻害薬の結構な構造", Language::Ja, vec![]),
        ("结构性心脏病患者的葡萄糖水平", Language::Zh, vec![]),
        ("Unaspirinlike", Language::En, vec![]),
    ] {
        let names: Vec<String> = found(text, language).into_iter().map(|(g, _)| g).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn r11_what_was_matched_and_where_is_kept() {
    let text = "Migalastat HCl in Fabry subjects";
    let mention = &shared().extract(text, Language::En)[0];
    assert_eq!(mention.generic, "migalastat");
    assert_eq!(mention.salt.as_deref(), Some("hydrochloride"));
    assert!(text[mention.start..mention.end].starts_with("Migalastat"));
    assert_eq!(mention.matched, text[mention.start..mention.end]);
}

#[test]
fn r11_comparators_are_told_from_test_drugs() {
    use MentionRole::{Background, Comparator, Test};
    for (text, language, expected) in [
        ("Saracatinib versus docetaxel", Language::En, vec![Test, Comparator]),
        ("Saxagliptin compared to dapagliflozin", Language::En, vec![Test, Comparator]),
        (
            "Saracatinib versus placebo in combination with docetaxel",
            Language::En,
            vec![Test, Test],
        ),
        (
            "Paclitaxel/ Carboplatin with and without Cetuximab",
            Language::En,
            vec![Test, Test, Test],
        ),
        (
            "Comparing Efficacy and Safety of LY2439821 to Etanercept",
            Language::En,
            vec![Test, Comparator],
        ),
        (
            "to Compare Pharmacokinetics of ABP 798 With Rituximab in Arthritis",
            Language::En,
            vec![Test, Comparator],
        ),
        (
            "Saxagliptin in patients inadequately controlled with metformin",
            Language::En,
            vec![Test, Background],
        ),
        (
            "JAB-21822联合JAB-3312对比替雷利珠单抗联合培美曲塞+卡铂",
            Language::Zh,
            vec![Test, Test, Comparator, Comparator, Comparator],
        ),
        ("D-1553与多西他赛对照的研究", Language::Zh, vec![Test, Comparator]),
        ("比较D-1553和多西他赛的疗效", Language::Zh, vec![Test, Comparator]),
        ("MK-1084联合帕博利珠单抗一线治疗", Language::Zh, vec![Test, Test]),
        ("伏美替尼治疗奥希替尼耐药的患者", Language::Zh, vec![Test, Background]),
    ] {
        let roles: Vec<MentionRole> = found(text, language).into_iter().map(|(_, r)| r).collect();
        assert_eq!(roles, expected, "{text}: {:?}", found(text, language));
    }
}

#[test]
fn r11_what_the_participants_have_had_is_not_under_test() {
    use MentionRole::{Background, Test};
    for (text, language, expected) in [
        (
            "Best available therapy versus JAK inhibition in patients resistant or intolerant to \
             HydroxyCarbamide",
            Language::En,
            vec![Background],
        ),
        (
            "Supplemental parenteral nutrition for patients receiving definitive radiotherapy with \
             Cetuximab or Cisplatin",
            Language::En,
            vec![Background, Background],
        ),
        ("A rollover study for patients receiving talazoparib", Language::En, vec![Test]),
        ("Quality of life in patients treated with brigatinib", Language::En, vec![Test]),
        (
            "Saxagliptin in patients inadequately controlled with metformin and glimepiride",
            Language::En,
            vec![Test, Background, Background],
        ),
        (
            "Saxagliptin in patients treated with metformin, glimepiride or acarbose",
            Language::En,
            vec![Test, Background, Background, Background],
        ),
        (
            "In patients treated with metformin, saxagliptin versus placebo",
            Language::En,
            vec![Background, Test],
        ),
        ("Zanubrutinib in rituximab refractory lymphoma", Language::En, vec![Test, Background]),
        (
            "伏美替尼治疗吉非替尼或厄洛替尼耐药的患者",
            Language::Zh,
            vec![Test, Background, Background],
        ),
        ("化疗用于奥希替尼耐药的患者", Language::Zh, vec![Background]),
    ] {
        let roles: Vec<MentionRole> = found(text, language).into_iter().map(|(_, r)| r).collect();
        assert_eq!(roles, expected, "{text}: {:?}", found(text, language));
    }
}

#[test]
fn r5_a_combination_that_a_text_names_by_its_parts_is_one_drug() {
    for (text, expected) in [
        ("Salmeterol/Fluticasone propionate Inhalation Powder", vec!["fluticasone / salmeterol"]),
        ("Benzoyl peroxide/Clindamycin gel", vec!["benzoyl peroxide / clindamycin"]),
        ("Paclitaxel/Carboplatin with Cetuximab", vec!["paclitaxel", "carboplatin", "cetuximab"]),
        ("salmeterol and fluticasone", vec!["salmeterol", "fluticasone"]),
    ] {
        let names: Vec<String> = found(text, Language::En).into_iter().map(|(g, _)| g).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn r11_vaccines_letters_and_cells_are_told_by_their_own_names() {
    for (text, language, expected) in [
        ("西妥昔单抗Β联合化疗", Language::Zh, "cetuximab beta"),
        (
            "a 9-valent human papillomavirus vaccine in HIV-positive women",
            Language::En,
            "human papillomavirus vaccine (9-valent)",
        ),
        (
            "Immunogenicity of PEDIACEL, a Combined Vaccine",
            Language::En,
            "diphtheria-tetanus-acellular pertussis-poliomyelitis-haemophilus b vaccine",
        ),
        ("with modified autologous MSC_apceth_101. Open-label", Language::En, "APCETH-101"),
    ] {
        let names: Vec<String> = found(text, language).into_iter().map(|(g, _)| g).collect();
        assert_eq!(names, [expected], "{text}");
    }
}

proptest! {
    #[test]
    fn r11_extraction_is_total_and_never_overlaps(
        raw in "(aspirin|奥希替尼|HS-10529|versus|对比|[ -/a-zA-Z]|\\PC){0,12}"
    ) {
        for language in Language::ALL {
            let text = clean(&raw).into_owned();
            let mut end = 0;
            for mention in shared().extract(&raw, language) {
                prop_assert!(mention.start >= end);
                prop_assert_eq!(text.get(mention.start..mention.end), Some(mention.matched.as_str()));
                end = mention.end;
            }
        }
    }
}
