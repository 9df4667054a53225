//! Cells of the English list.

use super::*;

#[test]
fn english_products_are_separated_by_a_space_or_a_line_break() {
    for (brand, approval, expected) in [
        (
            "Vimpat Tablets 50 mg Vimpat Tablets 100 mg (UCB Japan Co., Ltd.)",
            "Approval\nApproval",
            vec!["Vimpat Tablets 50 mg", "Vimpat Tablets 100 mg"],
        ),
        (
            "Revatio Tablets 20 mg\nRevatio Dry Syrup for Suspension 900 mg Revatio OD Film 20 mg\n(Pfizer Japan Inc.)",
            "Change\nApproval\nApproval",
            vec![
                "Revatio Tablets 20 mg",
                "Revatio Dry Syrup for Suspension 900 mg",
                "Revatio OD Film 20 mg",
            ],
        ),
        (
            "Lucentis Solution for Intravitreal Injection\n2.3 mg/0.23 mL (Novartis Pharma K.K.)",
            "Approval",
            vec!["Lucentis Solution for Intravitreal Injection 2.3 mg/0.23 mL"],
        ),
        (
            "Loxonin Tablets, Loxonin Fine Granules (Sankyo Co., Ltd.)",
            "Change\nChange",
            vec!["Loxonin Tablets", "Loxonin Fine Granules"],
        ),
        (
            "Narusus Tablets 2 mg Narusus Tablets 6 mg Narurapid Tablets 1 mg\n(A K.K.)",
            "Approval\nApproval\nApproval",
            vec!["Narusus Tablets 2 mg", "Narusus Tablets 6 mg", "Narurapid Tablets 1 mg"],
        ),
        (
            "Famvir Tab. 250 mg Famciclovir\n(A K.K.)",
            "Approval\nApproval",
            vec!["Famvir Tab. 250 mg", "Famciclovir"],
        ),
        (
            "20 Gabapentin Pfizer Gabapen Tablets 200mg Gabapen Tablets 300mg (A K.K.)",
            "Approval\nApproval\nApproval",
            vec!["20 Gabapentin Pfizer", "Gabapen Tablets 200mg", "Gabapen Tablets 300mg"],
        ),
        (
            "Niflec\nVisiclear Tablets (Ajinomoto Co., Inc.)",
            "Change\nApproval",
            vec!["Niflec", "Visiclear Tablets"],
        ),
    ] {
        let record = split_english(brand, approval, "1");
        assert_eq!(names(&record), expected);
        assert_eq!(record.flags, [], "{brand}");
        assert!(record.products.iter().all(|p| p.companies == [0] && p.status.is_some()));
    }
}

#[test]
fn english_companies_follow_their_products() {
    let record = split_english(
        "Singulair Tablets 5 mg Singulair Tablets 10\n(Banyu Pharmaceutical Co., Ltd.) Kipres Tablets 5 mg\nKipres Tablets 10\n(Kyorin Pharmaceutical Co., Ltd.)",
        "Approval\nChange\nApproval\nChange",
        "55",
    );
    assert_eq!(names(&record)[2..], ["Kipres Tablets 5 mg", "Kipres Tablets 10"]);
    assert_eq!(companies(&record)[2], ["Kyorin Pharmaceutical Co., Ltd."]);
    assert!(record.is_clean());

    let record = split_english(
        "Inulin\n(Kanto Kagaku) Inulead Injection (Fujiyakuhin Co., Ltd.)",
        "Approval\nApproval",
        "",
    );
    assert_eq!(companies(&record), [["Kanto Kagaku"], ["Fujiyakuhin Co., Ltd."]]);

    let record = split_english(
        "Tivicay Tablets 50 mg Tivicay Tablets 25 mg\nTivicay Tablets 5 mg\nEdurant Tablets 25 mg\nEdurant Tablets 50 mg (1) 2) 3) ViiV Healthcare K.K.\n4) 5) Janssen Pharmaceutical K.K.)",
        "Change Change Change Approval Approval",
        "2",
    );
    assert_eq!(
        companies(&record),
        [
            ["ViiV Healthcare K.K."],
            ["ViiV Healthcare K.K."],
            ["ViiV Healthcare K.K."],
            ["Janssen Pharmaceutical K.K."],
            ["Janssen Pharmaceutical K.K."]
        ]
    );
    assert!(record.is_clean());
}

#[test]
fn damage_of_the_english_list_is_mended() {
    for (brand, name, company) in [
        (
            "57 Bothdel Oral Solution 10 (Meiji Dairies Corporation)",
            "Bothdel Oral Solution 10",
            "Meiji Dairies Corporation",
        ),
        (
            "34 Magsent Injection 100mL\n\u{1ca2}Toa Pharmaceuticals Co., Ltd. \u{1ca3}",
            "Magsent Injection 100mL",
            "Toa Pharmaceuticals Co., Ltd.",
        ),
        (
            "32 Stromectol Tablets 3mg\n(Banyu Pharmaceutical Co., LTD.",
            "Stromectol Tablets 3mg",
            "Banyu Pharmaceutical Co., LTD.",
        ),
        (
            "Adsorbed Influenza Vaccine (H5N1) \"Seiken\" 1 mL (Denka Seiken)",
            "Adsorbed Influenza Vaccine (H5N1) \"Seiken\" 1 mL",
            "Denka Seiken",
        ),
        (
            "Filgrastim BS Inj.75 \u{f06d}g Syringe (Sandoz K.K.)",
            "Filgrastim BS Inj.75 µg Syringe",
            "Sandoz K.K.",
        ),
    ] {
        let record = split_english(brand, "Supplemental\nChange", "");
        assert_eq!((names(&record), companies(&record)), (vec![name], vec![vec![company]]));
        assert!(record.is_clean());
    }
    assert_eq!(
        names(&split_english("5-FU injection 250 (A K.K.)", "Change", "")),
        ["5-FU injection 250"]
    );
}

#[test]
fn english_texts_that_do_not_fit_are_kept_whole() {
    let record = split_english(
        "Feron for Injection 6 MIU Feron for Injection 3 MIU (Toray Industries, Inc.)",
        "Change",
        "4",
    );
    assert_eq!(record.flags, [SplitFlag::StatusCount, SplitFlag::Undivided]);
    assert_eq!(names(&record), ["Feron for Injection 6 MIU Feron for Injection 3 MIU"]);
    for (brand, approval) in [
        ("A 2.5 mg Respimat 60 puffs B1.25 mg Respimat 60 puffs (X K.K.)", "Change\nChange"),
        ("Rapia 300 mg Bag for Infusion Rapio 150 mg Vial (X K.K.)", "Change\nChange"),
        ("Propecia Tablets-1mg Propecia Tablets-0.2mg (X K.K.)", "Approval"),
    ] {
        let record = split_english(brand, approval, "4");
        assert!(record.flags.contains(&SplitFlag::StatusCount), "{brand}");
        assert_eq!(names(&record).len(), 1);
    }
    let record = split_english("Zefix Tablets 100", "Change", "");
    assert_eq!(record.flags, [SplitFlag::NoCompany]);
    let record = split_english("A Tablets (B K.K.)", "Withdrawn", "1");
    assert_eq!(record.flags, [SplitFlag::UnknownStatus]);
}
