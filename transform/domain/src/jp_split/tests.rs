//! Cells as the lists have them.

mod english;

use proptest::prelude::*;

use super::ApprovalKind::{Approval, EmergencyApproval, PartialChange};
use super::*;

fn names(record: &SplitRecord) -> Vec<&str> {
    record.products.iter().map(|p| p.name.as_str()).collect()
}

fn statuses(record: &SplitRecord) -> Vec<Option<ApprovalKind>> {
    record.products.iter().map(|p| p.status).collect()
}

/// For each product the names of its companies.
fn companies(record: &SplitRecord) -> Vec<Vec<&str>> {
    let name = |c: &usize| record.companies[*c].name.as_str();
    record.products.iter().map(|p| p.companies.iter().map(name).collect()).collect()
}

#[test]
fn two_forms_and_mixed_statuses_of_one_company() {
    let record = split_japanese(
        "マグミット錠100 mg\n　　同　　錠200 mg\n　　同　　錠250 mg\n　　同　　細粒83 %\n(マグミット製薬㈱、7470001018987)",
        "承　認\n一　変\n\n一　変\n一　変",
    );
    assert_eq!(
        names(&record),
        ["マグミット錠100 mg", "マグミット錠200 mg", "マグミット錠250 mg", "マグミット細粒83 %"]
    );
    assert_eq!(
        statuses(&record),
        [Some(Approval), Some(PartialChange), Some(PartialChange), Some(PartialChange)]
    );
    assert_eq!(
        record.companies,
        [SplitCompany {
            name: "マグミット製薬㈱".into(),
            corporate_number: Some("7470001018987".into())
        }]
    );
    assert!(record.is_clean());
}

#[test]
fn companies_are_paired_by_marker() {
    let record = split_japanese(
        "①ネスプ注射液5 µgプラシリンジ\n　　同　注射液10 µgプラシリンジ\n②ダルベポエチン　アルファ注5 µgシリンジ「KKF」\n　　　　　　　同　　　　　注10 µgシリンジ「KKF」\n(①協和キリン㈱、7010001008670、②協和キリンフロンティア㈱、1010001180946)",
        "一　変\n一　変\n\n一　変\n\n一　変",
    );
    assert_eq!(names(&record)[1], "ネスプ注射液10 µgプラシリンジ");
    assert_eq!(names(&record)[3], "ダルベポエチン　アルファ注10 µgシリンジ「KKF」");
    assert_eq!(
        companies(&record),
        [
            ["協和キリン㈱"],
            ["協和キリン㈱"],
            ["協和キリンフロンティア㈱"],
            ["協和キリンフロンティア㈱"]
        ]
    );
    assert!(record.is_clean());
}

#[test]
fn stems_are_told_in_every_style() {
    for (lines, second) in [
        (
            "バビースモ硝子体内注射液120 ｍｇ/ｍＬ\n　　同　　硝子体内注射用キット120 ｍｇ/ｍＬ",
            "バビースモ硝子体内注射用キット120 ｍｇ/ｍＬ",
        ),
        (
            "ハイキュービア10 %皮下注セット5 g/50 mL\n　　　同　　　10 %皮下注セット10 g/100 mL",
            "ハイキュービア10 %皮下注セット10 g/100 mL",
        ),
        (
            "トレムフィア点滴静注200 mg\n　　同　　　皮下注100 mgシリンジ",
            "トレムフィア皮下注100 mgシリンジ",
        ),
        ("ボルズィ錠2.5 mg\n　  同  　錠5 mg", "ボルズィ錠5 mg"),
        ("エリキュース錠2.5 mg\n同 錠5 mg", "エリキュース錠5 mg"),
        ("コセルゴカプセル10 mg\n　  同 　カプセル25 mg", "コセルゴカプセル25 mg"),
    ] {
        let record = split_japanese(&format!("{lines}\n(A㈱、1234567890123)"), "承認\n承認");
        assert_eq!((names(&record)[1], record.flags.as_slice()), (second, [].as_slice()));
    }
}

#[test]
fn another_form_below_needs_no_indentation() {
    for (lines, expected) in [
        ("タリージェ錠5 mg\n同 OD錠5 mg", vec!["タリージェ錠5 mg", "タリージェOD錠5 mg"]),
        ("タリージェ錠5 mg\n同OD錠", vec!["タリージェ錠5 mg", "タリージェOD錠"]),
        ("タリージェ錠5 mg\n同　細粒", vec!["タリージェ錠5 mg", "タリージェ細粒"]),
        ("タリージェＯＤ錠５ｍｇ\n同　細粒", vec!["タリージェＯＤ錠５ｍｇ", "タリージェ細粒"]),
        (
            "タリージェ錠5 mg\n同 OD錠5 mg\n同 OD錠10 mg\n　　同　　細粒1 %",
            vec![
                "タリージェ錠5 mg",
                "タリージェOD錠5 mg",
                "タリージェOD錠10 mg",
                "タリージェ細粒1 %",
            ],
        ),
        // A word is repeated whole or not at all.
        (
            "クラリシッド錠200 mg\n同 ドライシロップ10 %",
            vec!["クラリシッド錠200 mg", "クラリシッドドライシロップ10 %"],
        ),
        (
            "クラリシッド錠200 mg\n　　 同　　 ドライシロップ10 %",
            vec!["クラリシッド錠200 mg", "クラリシッドドライシロップ10 %"],
        ),
        ("トレリーフ錠25 mg\n同フィルム", vec!["トレリーフ錠25 mg", "トレリーフフィルム"]),
        // Below the stem without OD.
        ("タリージェOD錠5 mg\n　　 同　　細粒1 %", vec!["タリージェOD錠5 mg", "タリージェ細粒1 %"]),
        (
            "①タリージェ錠5 mg\n同 OD錠5 mg\n②ミロガバ錠5 mg\n同 OD錠5 mg",
            vec!["タリージェ錠5 mg", "タリージェOD錠5 mg", "ミロガバ錠5 mg", "ミロガバOD錠5 mg"],
        ),
    ] {
        let approval = "承認\n".repeat(expected.len());
        let record = split_japanese(&format!("{lines}\n(A㈱、1234567890123)"), &approval);
        assert_eq!(names(&record), expected);
        assert!(record.is_clean(), "{lines}: {:?}", record.flags);
    }
}

#[test]
fn a_stem_that_cannot_be_told_is_flagged() {
    for lines in [
        "トレムフィア点滴静注200 mg\n同 皮下注100 mg",
        "アリピOD錠3 mg\n同 錠6 mg",
        "アミーユ口腔内崩壊錠5 mg\n同 錠5 mg",
        "アミーユドライシロップ5 %\n同 シロップ5 %",
        "ガスターD錠20 mg\n同 散2 %",
        "アムバロ配合錠\n同 OD錠",
        "タリージェ錠5 mg\n同 10 %",
        "タリージェ\n同 OD錠5 mg",
        "タリージェ錠5 mg\n同 注5 mg",
        "同　錠5 mg\nA錠",
    ] {
        let record = split_japanese(&format!("{lines}\n(A㈱、1234567890123)"), "承認\n承認");
        assert_eq!(record.flags, [SplitFlag::UnresolvedStem], "{lines}");
        assert_eq!(record.products.len(), 2);
    }
}

#[test]
fn companies_are_read_in_every_style() {
    for (group, name, number) in [
        (
            "(アレクシオンファーマ(同)、1011003002452)",
            "アレクシオンファーマ(同)",
            Some("1011003002452"),
        ),
        (
            "（アキュリスファーマ(株)、５０１０４０１１５７８７９）",
            "アキュリスファーマ(株)",
            Some("5010401157879"),
        ),
        (
            "(Swedish Orphan Biovitrum Japan㈱、7010001210061)",
            "Swedish Orphan Biovitrum Japan㈱",
            Some("7010001210061"),
        ),
        ("(MSD㈱、2010001135668 )", "MSD㈱", Some("2010001135668")),
        ("(塩野義製薬株式会社)", "塩野義製薬株式会社", None),
        ("(ヤンセンファーマ)", "ヤンセンファーマ", None),
    ] {
        let record = split_japanese(&format!("A錠10 mg（旧名）\n{group}"), "承認");
        assert_eq!(names(&record), ["A錠10 mg(旧名)"], "{group}");
        let company = &record.companies[0];
        assert_eq!((company.name.as_str(), company.corporate_number.as_deref()), (name, number));
        assert!(record.is_clean());
    }
}

#[test]
fn products_and_companies_in_turn_are_paired_by_place() {
    let record = split_japanese(
        "A錠\n(X㈱、1234567890123)\nB錠\nC錠\n(Y㈱、2234567890123)",
        "承認\n一変\n一変",
    );
    assert_eq!(companies(&record), [["X㈱"], ["Y㈱"], ["Y㈱"]]);
    let record = split_japanese("A錠\nB錠\n(X㈱、1234567890123、Y㈱、2234567890123)", "承認\n一変");
    assert_eq!(companies(&record), [["X㈱"], ["Y㈱"]]);
    assert!(record.is_clean());
}

#[test]
fn counts_that_differ_leave_everything_unpaired() {
    let record = split_japanese("A錠\nB錠\n(X㈱、1234567890123)", "承認");
    assert_eq!(record.flags, [SplitFlag::StatusCount]);
    assert_eq!(statuses(&record), [None, None]);
    assert_eq!(companies(&record), [["X㈱"], ["X㈱"]]);

    let record = split_japanese(
        "A錠\nB錠\nC錠\n(X㈱、1234567890123、Y㈱、2234567890123)",
        "承認\n承認\n承認",
    );
    assert_eq!(record.flags, [SplitFlag::CompanyCount]);
    assert_eq!(companies(&record), [[""; 0]; 3]);
    assert_eq!(record.companies.len(), 2);

    let record =
        split_japanese("①A錠\n③B錠\n(①X㈱、1234567890123、②Y㈱、2234567890123)", "承認\n承認");
    assert_eq!(record.flags, [SplitFlag::CompanyCount]);
}

#[test]
fn statuses_are_paired_by_marker_and_unknown_ones_flagged() {
    let brand = "①A錠\n②B錠\n　C錠\n(X㈱、1234567890123)";
    let record = split_japanese(brand, "①特例承認\n②一　変");
    assert_eq!(
        statuses(&record),
        [Some(EmergencyApproval), Some(PartialChange), Some(PartialChange)]
    );
    let record = split_japanese(brand, "承認\n再審査\n一変");
    assert_eq!(
        (record.flags.as_slice(), record.products[0].status),
        ([SplitFlag::UnknownStatus].as_slice(), None)
    );
    assert_eq!(split_japanese("", "").flags, [SplitFlag::NoProduct]);
    assert_eq!(split_japanese("A錠", "承認").flags, [SplitFlag::NoCompany]);
}

proptest! {
    #[test]
    fn a_plain_stem_is_repeated_with_any_form(
        stem in "[ア-ヴー]{2,8}",
        forms in Just(vec!["錠", "OD錠", "カプセル", "細粒", "ドライシロップ"]).prop_shuffle(),
        space in "[ 　]{0,2}",
    ) {
        let (first, second) = (forms[0], forms[1]);
        // 錠 below OD錠: the stem may go on with OD.
        prop_assume!((first, second) != ("OD錠", "錠"));
        prop_assume!(!stem.ends_with("ソフト"));
        let brand = format!("{stem}{first}5 mg\n同{space}{second}10 mg\n(A㈱、1234567890123)");
        let record = split_japanese(&brand, "承認\n承認");
        prop_assert_eq!(names(&record)[1], format!("{stem}{second}10 mg"));
        prop_assert!(record.is_clean());
    }

    #[test]
    fn any_cells_give_a_record_that_holds_together(
        brand in "[ 　\n同錠注①②（）()、1a-dA-D㈱0-9]{0,80}",
        approval in "[ 　\n承認一変①②()1]{0,40}",
        other in ".{0,60}",
    ) {
        for record in [
            split_japanese(&brand, &approval),
            split_japanese(&other, &other),
            split_english(&brand, &approval, ""),
            split_english(&other, "Approval\nChange", &approval),
        ] {
            prop_assert!(record.products.iter().all(|p| !p.name.is_empty()));
            let places = record.products.iter().flat_map(|p| &p.companies);
            prop_assert!(places.into_iter().all(|c| *c < record.companies.len()));
            prop_assert!(record.flags.is_sorted());
            let told = record.products.iter().filter(|p| p.status.is_some()).count();
            prop_assert!(told == 0 || told == record.products.len());
            if record.is_clean() {
                prop_assert!(!record.products.is_empty());
                prop_assert!(record.products.iter().all(|p| p.status.is_some() && !p.companies.is_empty()));
            }
        }
    }
}
