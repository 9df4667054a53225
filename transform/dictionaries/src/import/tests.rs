mod real;

use proptest::prelude::*;

use super::*;
use crate::Language;

const SOURCE: &str = "table";

/// Imports a text into the compiled-in dictionaries, then into the result: the
/// second time nothing is added.
fn twice(bytes: &[u8], options: &ImportOptions<'_>) -> (tempfile::TempDir, ImportReport) {
    let folder = tempfile::tempdir().unwrap();
    let first = import_into(folder.path(), bytes, options).unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, first.added_to.len(), "only files with new lines, and nothing beside them");
    let second = import(bytes, Some(folder.path()), options).unwrap();
    assert_eq!((second.report.added, second.files.len()), (0, 0), "{:?}", second.files.keys());
    assert_eq!(second.report.conflicts, first.conflicts);
    assert_eq!(second.report.problems, first.problems);
    (folder, first)
}

fn new_lines(folder: &Path, name: &str) -> Vec<String> {
    let before: std::collections::HashSet<&str> = crate::files::builtin(name).lines().collect();
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines().filter(|line| !before.contains(line)).map(str::to_owned).collect()
}

fn problems(report: &ImportReport) -> Vec<(u64, &'static str, &str)> {
    report.problems.iter().map(|p| (p.row, p.kind, p.value.as_str())).collect()
}

fn conflicts(report: &ImportReport) -> Vec<(u64, &str, &str, &str)> {
    let all = report.conflicts.iter();
    all.map(|c| (c.row, &*c.value, &*c.existing, &*c.proposed)).collect()
}

#[test]
fn r9_targets_of_json_go_through_both_dictionaries() {
    let json = r#"[
        {"accession": "P1", "struct_id": 1, "target_name": "EGFR", "name": "Osimertinib mesylate"},
        {"accession": "P2", "struct_id": 1, "target_name": "Magic receptor", "name": "osimertinib"},
        {"accession": "P3", "struct_id": 1, "target_name": "PD-1", "name": "osimertinib"},
        {"accession": "P3", "struct_id": 1, "target_name": "PDCD1", "name": "OSIMERTINIB"},
        {"accession": "P4", "struct_id": 2, "target_name": "PD-1", "name": "zzyzxine"},
        {"accession": "P5", "struct_id": null, "target_name": null, "name": "osimertinib"},
        "no object"
    ]"#;
    let (folder, report) = twice(json.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(report.format, Format::DrugTargets);
    assert_eq!(new_lines(folder.path(), "targets.csv"), ["osimertinib,PDCD1,table"]);
    assert_eq!((report.rows, report.added, report.already_known), (7, 1, 2));
    assert_eq!(
        problems(&report),
        [
            (2, "unmapped_target", "Magic receptor"),
            (5, "unknown_generic", "zzyzxine"),
            (6, "no_target", ""),
            (7, "unreadable_row", ""),
        ]
    );
    let keep = ImportOptions { keep_unmapped_targets: true, ..ImportOptions::new(SOURCE) };
    let (folder, report) = twice(json.as_bytes(), &keep);
    assert_eq!(report.added, 3);
    assert_eq!(
        new_lines(folder.path(), "target_aliases.csv"),
        ["Magic receptor,Magic receptor,,table"]
    );
}

#[test]
fn r9_the_gene_decides_and_only_the_mechanism_of_action_counts() {
    let tsv = "\"DRUG_NAME\"\t\"TARGET_NAME\"\tACCESSION\tGENE\tMOA\tACTION_TYPE\tORGANISM\n\
        nevirapine\tEpidermal growth factor receptor\tP00533\tEGFR\t1\tINHIBITOR\tHomo sapiens\n\
        nevirapine\tTyrosine-protein kinase ABL1\tP00519\tABL1\t\tINHIBITOR\tHomo sapiens\n\
        nevirapine\tsome receptor\tX\tXYZ9\t1\t\tHomo sapiens\n\
        nevirapine\tsome complex\tX|Y\tXYZ1|XYZ2\t1\t\tHomo sapiens\n\
        nevirapine\tEgfr of the rat\tX\tEgfr\t1\t\tRattus norvegicus\n\
        nevirapine\tshort row\n";
    let (folder, report) = twice(tsv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(
        new_lines(folder.path(), "targets.csv"),
        ["nevirapine,EGFR,table", "nevirapine,XYZ9,table"]
    );
    assert_eq!(new_lines(folder.path(), "target_aliases.csv"), ["XYZ9,XYZ9,,table"]);
    assert_eq!((report.left_out, report.already_known), (1, 0));
    assert_eq!(
        problems(&report),
        [
            (5, "unmapped_target", "some complex"),
            (6, "unmapped_target", "Egfr of the rat"),
            (7, "other_number_of_cells", ""),
        ]
    );
    let all = ImportOptions { all_activities: true, ..ImportOptions::new(SOURCE) };
    assert_eq!(twice(tsv.as_bytes(), &all).1.added, 4);
}

#[test]
fn r5_a_name_beside_a_known_one_is_added_and_nothing_is_overwritten() {
    let tsv = "en\tzh\tja\n\
        Zzyzxine\t\tジジクシン\n\
        Osimertinib\t\tオシメルチニブブ\n\
        Osimertinib mesylate\t测试替尼\t\n\
        Nevirapine\t奥希替尼\t\n\
        Osimertinib\t奥希替尼\tオシメルチニブ\n\
        Osimertinibum novum\t\tオシメルチニブブ\n\
        Gefitinib\tGefitinib\t\n\
        Gefitinib\t\tオシメルチニブブ\n";
    let (folder, report) = twice(tsv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(report.format, Format::Names);
    assert_eq!(
        new_lines(folder.path(), "generics.csv"),
        [
            "osimertinibum novum,en,osimertinib,,table",
            "オシメルチニブブ,ja,osimertinib,,table",
            "测试替尼,zh,osimertinib,mesilate,table",
        ]
    );
    assert_eq!((report.rows, report.added, report.already_known), (8, 3, 1));
    assert_eq!(
        conflicts(&report),
        [
            (5, "nevirapine = 奥希替尼", "nevirapine", "osimertinib"),
            (9, "gefitinib = オシメルチニブブ", "gefitinib", "osimertinib"),
        ]
    );
    assert_eq!(
        problems(&report),
        [(2, "no_known_generic", "zzyzxine = ジジクシン"), (8, "other_script", "gefitinib"),]
    );
}

#[test]
fn r5_a_line_makes_an_earlier_row_usable() {
    let csv = "en;zh;ja\n;测试碱甲;テストキ\n;测试碱甲;テストコ\nNevirapine;;テストコ\n";
    let (folder, report) = twice(csv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(new_lines(folder.path(), "generics.csv").len(), 3);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

#[test]
fn r5_a_table_may_name_the_generic_itself() {
    let csv = "lang,name,generic,salt\n\
        zh,测试新药,Testonib,\n\
        ja,テストニブ塩,Testonib,mesilate\n\
        en,Aspirin,Testonib,\n\
        fr,testonibe,Testonib,\n\
        zh,又一新药,新药,\n\
        zh,阿斯匹林片片,acetylsalicylic acid,\n";
    let (folder, report) = twice(csv.as_bytes(), &ImportOptions::new(SOURCE));
    let lines = new_lines(folder.path(), "generics.csv");
    let standard = Dictionaries::load(None).unwrap();
    let aspirin = standard.generics.find("aspirin", Language::En, &[]).generic;
    assert_eq!(
        lines,
        [
            "testonib,en,testonib,,table",
            "テストニブ塩,ja,testonib,mesilate,table",
            "测试新药,zh,testonib,,table",
            &format!("阿斯匹林片片,zh,{aspirin},,table"),
        ]
    );
    assert_eq!(conflicts(&report), [(4, "aspirin", aspirin.as_str(), "testonib")]);
    assert_eq!(problems(&report), [(5, "unknown_language", "fr"), (6, "other_script", "新药")]);
}

#[test]
fn r5_product_names_lose_their_form_words() {
    let csv = "zh_product,en_product\n测试替尼片,Osimertinib Tablets\n";
    let without_form = |name: &str| name.trim_end_matches('片').replace(" Tablets", "");
    let options = ImportOptions { without_form: &without_form, ..ImportOptions::new(SOURCE) };
    let (folder, _) = twice(csv.as_bytes(), &options);
    assert_eq!(new_lines(folder.path(), "generics.csv"), ["测试替尼,zh,osimertinib,,table"]);
}

#[test]
fn r10_a_decision_stands_against_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let decision = crate::DecisionRow {
        kind: crate::DecisionKind::Generic,
        language: String::new(),
        value: "测试溶媒".into(),
        decision: crate::Verdict::NotADrug,
        target: String::new(),
        sources: String::new(),
        records: None,
        author: "me".into(),
        decided_at: "2026-01-01".into(),
        reason: String::new(),
    };
    crate::append_decisions(folder.path(), &[decision]).unwrap();
    let import = import(
        "en,zh\nNevirapine,测试溶媒\n".as_bytes(),
        Some(folder.path()),
        &ImportOptions::new(SOURCE),
    );
    assert_eq!(import.unwrap().report.added, 0);
}

#[test]
fn r8_companies_get_their_group_and_keep_their_own_name() {
    let tsv = "group\ten_variants\tzh_variants\tja_variants\n\
        PFIZER\tPfizer Inc.|Zzyzx Pharma GmbH|ZZYZX PHARMA LTD\t测测制药（上海）有限公司\t㈱テストテスト\n\
        Zzyzx\tPfizer Inc.\t\t\n\
        Zzyzx\tXyzzy Co., Ltd. (pharma until 2012)\t\t\n\
        \tXyzzy Co., Ltd.\t\t\n";
    let (folder, report) = twice(tsv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(report.format, Format::CompanyGroups);
    assert_eq!(
        new_lines(folder.path(), "companies.csv"),
        [
            "(株)テストテスト,ja,テストテスト,table",
            "Zzyzx Pharma GmbH,en,Zzyzx Pharma,table",
            "测测制药(上海)有限公司,zh,测测制药(上海),table",
        ]
    );
    assert_eq!(
        new_lines(folder.path(), "corporate_groups.csv"),
        [
            "Zzyzx Pharma,Pfizer,,,table",
            "テストテスト,Pfizer,,,table",
            "测测制药(上海),Pfizer,,,table",
        ]
    );
    assert_eq!(conflicts(&report), [(3, "Pfizer", "Pfizer", "Zzyzx")]);
    assert_eq!(
        problems(&report),
        [(4, "remark_in_name", "Xyzzy Co., Ltd. (pharma until 2012)"), (5, "no_group", "")]
    );
}

#[test]
fn r8_dates_of_validity_may_follow_each_other_but_not_overlap() {
    let csv = "company,alias,group,valid_from,valid_to\n\
        Xyzzy Pharma,XYZZY-P,One,,2020-05\n\
        Xyzzy Pharma,,Two,2020-05,\n\
        Xyzzy Pharma,,Three,2023,\n\
        Xyzzy Pharma,,Two,,\n\
        Xyzzy Pharma,,One,soon,\n\
        Xyzzy Pharma,Pfizer Inc.,Two,,\n";
    let (folder, report) = twice(csv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(
        new_lines(folder.path(), "corporate_groups.csv"),
        ["Xyzzy Pharma,One,,2020-05,table", "Xyzzy Pharma,Two,2020-05,,table"]
    );
    assert_eq!(
        new_lines(folder.path(), "companies.csv"),
        ["XYZZY-P,en,Xyzzy Pharma,table", "Xyzzy Pharma,en,Xyzzy Pharma,table"]
    );
    assert_eq!(
        conflicts(&report),
        [
            (4, "Xyzzy Pharma", "Two (2020-05..)", "Three (2023..)"),
            (7, "Pfizer Inc.", "Pfizer", "Xyzzy Pharma"),
        ]
    );
    assert_eq!(problems(&report), [(6, "unreadable_date", "soon")]);
}

#[test]
fn r6_terms_come_to_a_standard_form_and_a_route_is_not_made_up() {
    let tsv = "canonical\tedqm_term\tfda_form\tzh\tja\tnote\n\
        tablet\tTablet|Magic tablet\tTABLET\t魔片\t魔Ｘ錠\t\n\
        film_coated_tablet\tFilm-coated tablet\tTABLET, ENCHANTED\t\t\t\n\
        suppository\t\tMAGIC (rectal)\t片剂\t\t\n\
        carpet\tFlying carpet\t\t注射用X\t\t\n";
    let (folder, report) = twice(tsv.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(report.format, Format::DosageForms);
    assert_eq!(
        new_lines(folder.path(), "dosage_form_terms.csv"),
        [
            "edqm,magic tablet,,tablet,,table",
            "fda,MAGIC,RECTAL,suppository,,table",
            "fda,\"TABLET, ENCHANTED\",*,tablet,,table",
            "zh,魔片,,tablet,,table",
        ]
    );
    assert_eq!(conflicts(&report), [(4, "zh 片剂", "tablet", "suppository")]);
    assert_eq!(
        problems(&report),
        [(2, "placeholder", "魔X錠"), (5, "placeholder", "注射用X"), (5, "unknown_form", "carpet"),]
    );
    let long = "vocabulary,term,route,form\nfda,MAGIC,VAGINAL,vaginal_tablet\nnhs,X,,tablet\n";
    let (folder, report) = twice(long.as_bytes(), &ImportOptions::new(SOURCE));
    assert_eq!(
        new_lines(folder.path(), "dosage_form_terms.csv"),
        ["fda,MAGIC,VAGINAL,vaginal_tablet,,table"]
    );
    assert_eq!(problems(&report)[0], (3, "unknown_vocabulary", "nhs"));
}

#[test]
fn a_table_of_another_shape_says_what_was_expected() {
    let error = |bytes: &[u8], format| {
        let options = ImportOptions { format, ..ImportOptions::new(SOURCE) };
        import(bytes, None, &options).unwrap_err().to_string()
    };
    let unknown = error(b"colour,weight\nred,3\n", None);
    assert!(unknown.contains("colour, weight") && unknown.contains("names (two of"), "{unknown}");
    let other = error(b"en,zh\na,b\n", Some(Format::DrugTargets));
    assert!(other.contains("drug-targets") && other.contains("target_name"), "{other}");
    for (bytes, expected) in [
        (&b""[..], "the file is empty"),
        (b"en\xff", "byte 2 is not UTF-8"),
        (b"{\"a\": 1}", "JSON array"),
        (b"[1, 2", "JSON array"),
    ] {
        assert!(error(bytes, None).contains(expected), "{}", error(bytes, None));
    }
    let nameless = import(b"en,zh\n", None, &ImportOptions::new(" ")).unwrap_err();
    assert!(matches!(nameless, ImportError::NoSource));
    let table = Table::read(b"zh,ja,dosage_form,inn\n").unwrap();
    assert_eq!(shape::format_of(&table, None).unwrap(), Format::Names);
    for format in Format::ALL {
        assert_eq!(format.code().parse(), Ok(*format));
    }
    assert!("tables".parse::<Format>().unwrap_err().contains("company-groups"));
}

#[test]
fn a_quote_that_never_closes_does_not_swallow_rows_in_silence() {
    let tsv = "en\tja\nNevirapine\t\"x\nOsimertinib\tテスト\n";
    let import = import(tsv.as_bytes(), None, &ImportOptions::new(SOURCE)).unwrap();
    assert_eq!(problems(&import.report), [(2, "unclosed_quote", "")]);
}

#[test]
fn a_file_of_the_folder_is_added_to_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let own = "generic,lang,name,salt\nnevirapine,en,nevirapine,\nnevirapine,en,\"a\",\n";
    std::fs::write(folder.path().join("generics.csv"), own).unwrap();
    let refused = import_into(
        folder.path(),
        b"en,ja\nA,B\nNevirapine,\xe3\x83\x86",
        &ImportOptions::new(SOURCE),
    );
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("generics.csv") && refused.contains("no column source"), "{refused}");
    let own = own.replace("salt\n", "salt,source\n").replace(",\n", ",,\n");
    std::fs::write(folder.path().join("generics.csv"), &own).unwrap();
    import_into(folder.path(), b"en,ja\nNevirapine,\xe3\x83\x86", &ImportOptions::new(SOURCE))
        .unwrap();
    let text = std::fs::read_to_string(folder.path().join("generics.csv")).unwrap();
    assert_eq!(text, own + "nevirapine,ja,テ,,table\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes in any::<Vec<u8>>(), text in "[a-c,;\t\"\n\r\\[{}]{0,40}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            if let Ok(table) = Table::read(bytes) {
                let _ = shape::format_of(&table, None);
            }
        }
    }
}
