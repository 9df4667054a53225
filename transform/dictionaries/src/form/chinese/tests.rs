use proptest::prelude::*;

use crate::Dictionaries;

#[test]
fn r6_a_chinese_form_is_found_as_a_whole_then_by_its_words() {
    let forms = Dictionaries::load(None).unwrap().forms;
    for (raw, form, how) in [
        ("片剂", "tablet", "exact"),
        ("片剂（薄膜衣）", "tablet", "exact"),
        ("注射剂", "injection", "exact"),
        ("缓释胶囊", "extended_release_capsule", "exact"),
        ("注射剂（注射用无菌粉末）", "powder_for_injection", "exact"),
        ("片剂（某某包装）", "tablet", "exact"),
        ("片剂(控释)", "extended_release_tablet", "exact"),
        ("片剂（缓释片）", "extended_release_tablet", "exact"),
        ("片剂（肠溶片）", "delayed_release_tablet", "exact"),
        ("片剂(口腔崩解片)", "orodispersible_tablet", "exact"),
        ("片剂(咀嚼)", "chewable_tablet", "exact"),
        ("片剂(泡腾)", "effervescent_tablet", "exact"),
        ("片剂(舌下)", "sublingual_tablet", "exact"),
        ("片剂(阴道)", "vaginal_tablet", "exact"),
        ("片剂(硬)", "tablet", "exact"),
        ("胶囊剂（肠溶胶囊）", "delayed_release_capsule", "exact"),
        ("颗粒剂(缓释)", "extended_release_granules", "exact"),
        ("栓剂(阴道)", "vaginal_suppository", "exact"),
        ("溶液剂(滴眼)", "eye_drops", "exact"),
        ("某某缓释片", "extended_release_tablet", "name"),
        ("————", "unspecified", "unspecified"),
        ("制剂", "unspecified", "unspecified"),
        ("飞毯", "飞毯", "unmatched"),
    ] {
        let found = forms.find_zh(raw);
        assert_eq!((found.form.as_str(), found.how), (form, how), "{raw}");
    }
}

#[test]
fn r6_a_name_tells_the_form_of_a_family() {
    let forms = Dictionaries::load(None).unwrap().forms;
    for (field, name, form, how) in [
        ("片剂", "左乙拉西坦缓释片", "extended_release_tablet", "name"),
        ("片剂", "美沙拉秦肠溶片", "delayed_release_tablet", "name"),
        ("片剂", "比拉斯汀口崩片", "orodispersible_tablet", "name"),
        ("片", "阿奇霉素分散片(Ⅱ)", "dispersible_tablet", "name"),
        ("胶囊", "恩扎卢胺软胶囊", "soft_capsule", "name"),
        ("注射剂", "注射用Hemay181", "powder_for_injection", "name"),
        ("喷雾剂", "布地奈德鼻喷雾剂", "nasal_spray", "name"),
        // The field says it itself, or the name says nothing more.
        ("注射液", "注射用MT1013", "injection", "exact"),
        ("缓释片", "某某片", "extended_release_tablet", "exact"),
        ("片剂", "阿莫西林片", "tablet", "exact"),
        ("片剂", "阿莫西林胶囊", "tablet", "exact"),
        ("片剂", "AMG 193", "tablet", "exact"),
        ("", "某某缓释片", "unspecified", "unspecified"),
    ] {
        let found = forms.find_zh_named(field, name);
        assert_eq!((found.form.as_str(), found.how), (form, how), "{field} {name}");
    }
}

#[test]
fn r6a_a_chinese_name_says_form_and_substance() {
    let forms = Dictionaries::load(None).unwrap().forms;
    for (name, form, stem) in [
        ("甲磺酸奥希替尼片", "tablet", "甲磺酸奥希替尼"),
        ("注射用阿糖胞苷", "powder_for_injection", "阿糖胞苷"),
        ("LNP023胶囊", "capsule", "LNP023"),
        ("KN-035注射液", "injection", "KN-035"),
        ("YL-15293 片", "tablet", "YL-15293"),
        ("布洛芬缓释胶囊", "extended_release_capsule", "布洛芬"),
        ("注射用AST2169脂质体", "liposomal_injection", "AST2169"),
        ("吸入用布地奈德混悬液", "inhalation_solution", "布地奈德"),
        ("吸入用七氟烷", "inhalation_vapour", "七氟烷"),
        ("乌司奴单抗注射液（静脉输注）", "injection", "乌司奴单抗"),
        ("氨基酸注射液(Ⅱ)（曾用名（甲）乙）", "injection", "氨基酸"),
        ("富马酸替诺福韦片300mg", "tablet", "富马酸替诺福韦"),
        ("注射用利培酮微球", "extended_release_injection", "利培酮"),
        // A contrast agent: 微球 alone does not tell a depot.
        ("注射用全氟丁烷微球", "powder_for_injection", "全氟丁烷"),
        ("静注人免疫球蛋白(pH4)", "injection", "静注人免疫球蛋白"),
        (
            "重组B亚单位/菌体霍乱疫苗(肠溶胶囊)",
            "delayed_release_capsule",
            "重组B亚单位/菌体霍乱疫苗",
        ),
        ("皮上划痕用鼠疫活疫苗", "powder_for_cutaneous_solution", "皮上划痕用鼠疫活疫苗"),
        ("人血白蛋白", "injection", "人血白蛋白"),
        // 素 ends the substance: the form word is 片, not 素片.
        ("克拉霉素片", "tablet", "克拉霉素"),
        ("片", "tablet", "片"),
    ] {
        let found = forms.in_name_zh(name).expect(name);
        assert_eq!((found.form.form.as_str(), found.stem.as_str()), (form, stem), "{name}");
        assert_eq!(found.form.how, "name", "{name}");
    }
    for none in ["AMG 193", "JDQ443 100mg", "奥希替尼", "", "()"] {
        assert_eq!(forms.in_name_zh(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn r6_chinese_look_ups_are_total_and_a_stem_is_of_the_name(
        raw in "[注射用吸入片胶囊液缓释A1 (（)）【】Ⅱ鼻喷口服]{0,16}|.{0,20}",
    ) {
        let forms = crate::form::tests::forms();
        let found = forms.find_zh(&raw);
        prop_assert!(!found.form.is_empty());
        prop_assert!(!forms.find_zh_named(&raw, &raw).form.is_empty());
        let known = forms.forms().contains_key(&found.form);
        prop_assert!(known || found.how == "unmatched");
        if found.how == "unmatched" {
            prop_assert_eq!(forms.find_zh(&found.form), found);
        }
        if let Some(name) = forms.in_name_zh(&raw) {
            prop_assert!(!name.stem.is_empty());
            prop_assert!(crate::text::clean(&raw).contains(&name.stem));
            prop_assert!(forms.forms().contains_key(&name.form.form));
        }
    }
}
