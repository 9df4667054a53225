use proptest::prelude::*;

use super::*;
use crate::Dictionaries;

fn shared() -> &'static Generics {
    static SHARED: std::sync::LazyLock<Dictionaries> =
        std::sync::LazyLock::new(|| Dictionaries::load(None).unwrap());
    &SHARED.generics
}

#[test]
fn r5_names_come_to_one_generic() {
    for (raw, language, generic, salt) in [
        ("NEVIRAPINE", Language::En, "nevirapine", None),
        ("奈韦拉平", Language::Zh, "nevirapine", None),
        ("ネビラピン", Language::Ja, "nevirapine", None),
        ("OSIMERTINIB MESYLATE", Language::En, "osimertinib", Some("mesilate")),
        ("甲磺酸奥希替尼", Language::Zh, "osimertinib", Some("mesilate")),
        ("オシメルチニブメシル酸塩", Language::Ja, "osimertinib", Some("mesilate")),
        ("LAMIVUDINE; ZIDOVUDINE", Language::En, "lamivudine / zidovudine", None),
        ("ZIDOVUDINE;LAMIVUDINE", Language::En, "lamivudine / zidovudine", None),
        ("SILDENAFIL CITRATE", Language::En, "sildenafil", Some("citrate")),
        ("枸橼酸西地那非", Language::Zh, "sildenafil", Some("citrate")),
        ("シルデナフィルクエン酸塩", Language::Ja, "sildenafil", Some("citrate")),
        ("SODIUM CHLORIDE", Language::En, "sodium chloride", None),
        ("ACETAMINOPHEN", Language::En, "paracetamol", None),
        ("adalimumab-adaz", Language::En, "adalimumab", None),
        ("アダリムマブ(遺伝子組換え)[アダリムマブ後続1]", Language::Ja, "adalimumab", None),
        (
            "abacavir (as sulfate) / lamivudine",
            Language::En,
            "abacavir / lamivudine",
            Some("sulfate"),
        ),
        ("缬沙坦氢氯噻嗪", Language::Zh, "hydrochlorothiazide / valsartan", None),
        ("JAB21822", Language::Zh, "glecirasib", None),
        ("HS10529", Language::Zh, "HS-10529", None),
        ("甲苯磺酸ZG2001", Language::Zh, "ZG-2001", Some("tosilate")),
        (
            "Omeprazole\nAmoxicillin\nClarithromycin",
            Language::En,
            "amoxicillin / clarithromycin / omeprazole",
            None,
        ),
        (
            "サルメテロールキシナホ酸塩・フルチカゾンプロピオン酸エステル",
            Language::Ja,
            "fluticasone / salmeterol",
            Some("xinafoate; propionate"),
        ),
    ] {
        let found = shared().find(raw, language, &[';', '\n']);
        assert_eq!((found.generic.as_str(), found.salt.as_deref()), (generic, salt), "{raw}");
        assert!(found.is_standard(), "{raw}");
    }
}

#[test]
fn r10_an_unknown_ingredient_goes_on_under_its_own_name() {
    let find = |raw| shared().find(raw, Language::En, &[';']);
    let found = find("NEVIRAPINE; Zzyzxine");
    assert_eq!(found.generic, "nevirapine / zzyzxine");
    assert_eq!((found.how, found.unknown), ("partial", vec!["zzyzxine".to_owned()]));
    assert_eq!(find("Zzyzxine").how, "unmatched");
    // A part of a name is no reason to cut it.
    assert_eq!(find("zzyzxine and nevirapine").how, "unmatched");
    assert_eq!(find("nevirapine and zidovudine").generic, "nevirapine / zidovudine");
}

#[test]
fn r5_salts_run_into_a_name_are_no_ingredients() {
    for (raw, generic) in [("酮咯酸氨丁三醇", "ketorolac"), ("精氨酸布洛芬", "ibuprofen")]
    {
        assert_eq!(shared().find(raw, Language::Zh, &[]).generic, generic, "{raw}");
    }
}

#[test]
fn r16_items_of_a_list_can_be_asked_one_by_one() {
    let each = |raw| {
        let items = shared().items(raw, Language::En, &['/']);
        let find = |item: &String| shared().find(item, Language::En, &['/', '\n']).generic;
        items.iter().map(find).collect::<Vec<_>>()
    };
    assert_eq!(each("Omeprazole\nAmoxicillin"), ["omeprazole", "amoxicillin"]);
    assert_eq!(
        each("Drospirenone\n/Ethinylestradiol betadex"),
        ["drospirenone / ethinylestradiol"]
    );
    assert_eq!(each("Brinzolamide\nTimolol maleate"), ["brinzolamide / timolol"]);
    assert_eq!(each("Apomorphine\nhydrochloride hydrate"), ["apomorphine"]);
    assert_eq!(
        each("(1)\nLansoprazole\n(2)\nLansoprazole/amoxicillin hydrate/clarithromycin"),
        ["lansoprazole", "amoxicillin / clarithromycin / lansoprazole"]
    );
}

#[test]
fn r5_a_line_that_is_a_salt_or_a_note_belongs_to_the_one_before() {
    for (raw, generic) in [
        ("Alogliptin\nbenzoate/pioglitazone hydrochloride", "alogliptin / pioglitazone"),
        ("Dolutegravir\nsodium/Rilpivirine  hydrochloride", "dolutegravir / rilpivirine"),
        ("Calcipotriol\nhydrate/\nBetamethasone dipropionate", "betamethasone / calcipotriol"),
        ("Follitropin alfa\n(genetical recombination)", "follitropin alfa"),
        ("Infliximab\n [infliximab biosimilar 3]", "infliximab"),
        ("Omeprazole\nAmoxicillin", "amoxicillin / omeprazole"),
        ("(1) Clopidogrel sulfate\n(2) Aspirin", "acetylsalicylic acid / clopidogrel"),
    ] {
        let found = shared().find(raw, Language::En, &['/', ',', ';', '\n']);
        assert_eq!(found.generic, generic, "{raw}");
    }
}

#[test]
fn r5_broken_words_and_form_words_do_not_hide_a_name() {
    for (raw, language, generic) in [
        (
            "Losartan potassium / Hydrochlorothiazid e",
            Language::En,
            "hydrochlorothiazide / losartan",
        ),
        ("Infliximab (genetical recom", Language::En, "infliximab"),
        ("Dasatinib Tablets", Language::En, "dasatinib"),
        ("甲磺酸奥希替尼片", Language::Zh, "osimertinib"),
        ("注射用阿糖胞苷", Language::Zh, "cytarabine"),
        ("Sodium rabeprazole", Language::En, "rabeprazole"),
    ] {
        assert_eq!(shared().find(raw, language, &[]).generic, generic, "{raw}");
    }
}

#[test]
fn r5_of_several_names_the_first_standard_one_counts() {
    let names = [("某某", Language::Zh), ("无名片", Language::Zh), ("Nevirapine", Language::En)];
    assert_eq!(shared().find_first(&names, &[]).generic, "nevirapine");
    let unknown = shared().find_first(&names[..2], &[]);
    assert_eq!((unknown.generic.as_str(), unknown.how), ("某某", "unmatched"));
}

#[test]
fn r5_a_standard_generic_is_its_own_standard() {
    let mut wrong = vec![];
    for generic in shared().generics() {
        let found = shared().find(generic, Language::En, &[';']);
        if found.generic != generic || !found.is_standard() {
            wrong.push(format!("{generic} -> {} ({})", found.generic, found.how));
        }
    }
    assert!(wrong.is_empty(), "standard names that are aliases of others: {wrong:#?}");
}

#[test]
fn r5_single_generics_of_combinations_are_standard() {
    let mut wrong = BTreeSet::new();
    for generic in shared().generics().filter(|g| g.contains(" / ")) {
        let parts: Vec<&str> = generic.split(" / ").collect();
        if !parts.is_sorted() {
            wrong.insert(format!("{generic} is not sorted"));
        }
        for part in parts {
            if shared().find(part, Language::En, &[]).generic != part {
                wrong.insert(format!("{part} of {generic}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #[test]
    fn r5_looking_up_is_total_and_idempotent(
        raw in "(osimertinib|奥希替尼|盐酸|mesylate|HS-10529|; |/| / |、|・|\\(|\\)|①|\\PC){0,8}",
        at in 0_usize..3,
    ) {
        let language = Language::ALL[at];
        let separators = [';', '\n', '、'];
        let once = shared().find(&raw, language, &separators);
        let again = shared().find(&once.generic, language, &separators);
        if once.is_standard() {
            prop_assert_eq!(again.generic, once.generic);
        }
    }

    #[test]
    fn r5_any_text_can_be_asked(raw in any::<String>()) {
        for language in Language::ALL {
            let _ = shared().find(&raw, language, &[';']);
        }
    }
}
