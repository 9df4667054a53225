//! FDA and Japanese look-ups; the others have theirs beside them.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::Forms;
use crate::Dictionaries;

/// Loaded once for all cases of a property.
pub(crate) fn forms() -> &'static Forms {
    static LOADED: LazyLock<Dictionaries> = LazyLock::new(|| Dictionaries::load(None).unwrap());
    &LOADED.forms
}

#[test]
fn r6_release_and_route_make_different_forms_and_a_film_coat_does_not() {
    let form = |raw: &str| forms().find_fda(raw, None).form;
    assert_eq!(form("TABLET;ORAL"), "tablet");
    assert_eq!(form("TABLET, FILM COATED;ORAL"), "tablet");
    assert_eq!(form("TABLET, EXTENDED RELEASE;ORAL"), "extended_release_tablet");
    assert_ne!(form("TABLET, ORALLY DISINTEGRATING;ORAL"), "tablet");
    assert_ne!(form("TABLET;VAGINAL"), "tablet");
    assert_eq!(form("SOLUTION/DROPS;OPHTHALMIC"), "eye_drops");
    assert_eq!(forms().find_fda("", None).how, "unspecified");
    assert_eq!(forms().find_fda("FLYING CARPET;ORAL", None).how, "unmatched");
}

#[test]
fn r6_a_strength_per_vial_without_a_volume_is_a_powder() {
    for (raw, strength, form) in [
        ("INJECTABLE;INJECTION", Some("EQ 500MG BASE/VIAL"), "powder_for_injection"),
        ("INJECTABLE; INTRAVENOUS", Some("1,000UNITS/VIAL"), "powder_for_injection"),
        (
            "INJECTABLE;INJECTION",
            Some("1GM/VIAL **Federal Register: 5MG/ML was not withdrawn**"),
            "powder_for_injection",
        ),
        ("INJECTABLE;INJECTION", Some("1GM/VIAL;100MG/ML"), "injection"),
        ("INJECTABLE;INJECTION", Some("5MG/ML"), "injection"),
        ("INJECTABLE;INJECTION", Some("500MG"), "injection"),
        ("INJECTABLE;INJECTION", None, "injection"),
        ("INJECTABLE, LIPOSOMAL;INTRAVENOUS", Some("50MG/VIAL"), "liposomal_injection"),
        ("SOLUTION;INTRAVENOUS", Some("50MG/VIAL"), "injection"),
        ("TABLET;ORAL", Some("50MG/VIAL"), "tablet"),
    ] {
        assert_eq!(forms().find_fda(raw, strength).form, form, "{raw} {strength:?}");
    }
}

#[test]
fn r6a_a_japanese_name_and_its_price_code_say_the_form() {
    for (name, code, form, how) in [
        (
            "アムロジピンＯＤ錠５ｍｇ「サワイ」",
            Some(("内用薬", "2171022F5014")),
            "orodispersible_tablet",
            "name",
        ),
        ("マグミット錠100 mg", None, "tablet", "name"),
        ("マグミット細粒83 %", None, "granules", "name"),
        // The code tells the powder from the solution.
        (
            "ベルケイド注射用３ｍｇ",
            Some(("注射薬", "4291412D1024")),
            "powder_for_injection",
            "exact",
        ),
        ("ヘムライブラ皮下注１５０ｍｇ", Some(("注射薬", "6343451A5020")), "injection", "exact"),
        ("ヘムライブラ皮下注１５０ｍｇ", None, "injection", "name"),
        // A word that is sure comes before the code.
        (
            "リュープリンＳＲ注射用キット",
            Some(("注射薬", "2499407G1030")),
            "extended_release_injection",
            "name",
        ),
        ("アリセプトＤ錠３ｍｇ", Some(("内用薬", "1190012F4020")), "orodispersible_tablet", "name"),
        ("ビオフェルミンＲ錠", Some(("内用薬", "2316006F1021")), "tablet", "exact"),
        (
            "リスモダンＲ錠１５０ｍｇ",
            Some(("内用薬", "2129002F2042")),
            "extended_release_tablet",
            "name",
        ),
        // A letter for many things: the name, and the class of effect, tell more.
        ("キョウニン水「マルイシ」", Some(("内用薬", "2241001X1100")), "oral_liquid", "exact"),
        ("ハッカ油「ニッコー」", Some(("内用薬", "2399001X1015")), "oral_liquid", "exact"),
        ("ウチダのビャクジュツＭ", Some(("内用薬", "5100111X1015")), "crude_drug", "exact"),
        ("アスピリン「ケンエー」", Some(("内用薬", "1143001X1040")), "oral_powder", "exact"),
        // The company of a generic is no form.
        ("テスト「錠」", None, "unspecified", "unspecified"),
        ("テスト〔錠", Some(("内用薬", "1234567M1020")), "capsule", "exact"),
        ("テスト", Some(("内用薬", "短い")), "unspecified", "unspecified"),
        ("", None, "unspecified", "unspecified"),
    ] {
        let found = forms().find_ja(name, code);
        assert_eq!((found.form.as_str(), found.how), (form, how), "{name}");
    }
}

#[test]
fn r6a_a_japanese_product_in_english_words_says_the_form() {
    for (name, form) in [
        ("Vimpat Tablets 50 mg", "tablet"),
        ("Xarelto Fine Granules 10 mg", "granules"),
        ("Xarelto Dry Syrup for Pediatric 51.7 mg", "powder_for_oral_suspension"),
        ("Reminyl OD Tablets 4 mg", "orodispersible_tablet"),
        ("Velcade for Injection 3 mg", "powder_for_injection"),
        ("Filgrastim BS Inj.75 µg Syringe", "injection"),
        ("Calonal Fine Gran. 20%", "granules"),
        ("Zyprexa Zydis Tablets 5 mg", "orodispersible_tablet"),
        // Words for a powder that is none.
        ("Avastin 100 mg/4 mL for Intravenous Infusion", "injection"),
        ("Enbrel 25 mg Syringe 0.5 mL for S.C. Injection", "injection"),
        ("Enbrel 25 mg for S.C. Injection", "powder_for_injection"),
        ("Pegintron Powder for Injection 100 μg/0.5 mL", "powder_for_injection"),
        // A brand decides only where the words say no more than the route.
        ("Soliris for Intravenous Infusion 300 mg", "injection"),
        ("Alprolix Intravenous 250", "powder_for_injection"),
        ("E Keppra Tablets 500 mg", "tablet"),
        ("E Keppra for I.V. Infusion 500 mg", "injection"),
        ("Leuplin for Injection 3.75", "extended_release_injection"),
        ("Sandostatin LAR for I.M. Injection 10 mg", "extended_release_injection"),
        // With the word of the form, it decides for what is not injected, too.
        ("Selenica-R Tab.200 mg", "extended_release_tablet"),
        ("Selenica-R Granules 40%", "extended_release_granules"),
        ("Sumiferon DS 300", "injection"),
        ("Tabletop 5", "unspecified"),
        ("Niflec", "unspecified"),
    ] {
        assert_eq!(forms().find_ja_en(name).form, form, "{name}");
    }
}

proptest! {
    #[test]
    fn r6_look_ups_of_fda_and_japan_are_total(
        raw in "[A-Za-z;,/ ]{0,30}|.{0,30}|[錠注射用「」〔OD散 ]{0,12}",
        other in ".{0,14}",
    ) {
        let fda = forms().find_fda(&raw, Some(&other));
        prop_assert!(!fda.form.is_empty());
        prop_assert!(fda.how == "unmatched" || forms().forms().contains_key(&fda.form));
        for found in [
            forms().find_ja(&raw, None),
            forms().find_ja(&other, Some((&raw, &other))),
            forms().find_ja(&raw, Some(("内用薬", &other))),
            forms().find_ja_en(&raw),
        ] {
            prop_assert!(forms().forms().contains_key(&found.form), "{}", found.form);
        }
    }
}
