use proptest::prelude::*;
use regatta_domain::{Phase, PhaseFinding, PhaseSource};

type Expected<'a> = Option<(Phase, Option<&'a str>)>;

#[track_caller]
fn check(found: Option<PhaseFinding>, expected: Expected<'_>, text: &str) {
    let found = found.map(|finding| (finding.phase, finding.detail));
    let expected = expected.map(|(phase, detail)| (phase, detail.map(str::to_owned)));
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn r22_phase_from_chinese_field() {
    let cases: [(&str, Expected<'_>); 27] = [
        ("I期", Some((Phase::One, None))),
        ("Ⅰ期", Some((Phase::One, None))),
        ("１期", Some((Phase::One, None))),
        ("一期", Some((Phase::One, None))),
        ("II期", Some((Phase::Two, None))),
        ("Ⅲ期", Some((Phase::Three, None))),
        ("ＩＶ期", Some((Phase::Four, None))),
        ("III期临床试验\u{a0}", Some((Phase::Three, None))),
        ("其它其他说明:Ib/II期", Some((Phase::OneTwo, Some("Ib/II")))),
        ("其它其他说明:Ib/IIa期", Some((Phase::OneTwo, Some("Ib/IIa")))),
        ("其它其他说明:I/Ⅱ期", Some((Phase::OneTwo, None))),
        ("其它其他说明:I/IIa期", Some((Phase::OneTwo, Some("I/IIa")))),
        ("其它其他说明:I/II期", Some((Phase::OneTwo, None))),
        ("其它其他说明：Ⅱ/Ⅲ期", Some((Phase::TwoThree, None))),
        ("其它其他说明:IIb", Some((Phase::Two, Some("IIb")))),
        ("其它其他说明:Ia期", Some((Phase::One, Some("Ia")))),
        ("0/I期", Some((Phase::One, Some("0/I")))),
        ("I期和II期", Some((Phase::OneTwo, None))),
        ("II-III期", Some((Phase::TwoThree, None))),
        ("IIIb/IV期", Some((Phase::ThreeFour, Some("IIIb/IV")))),
        ("其它其他说明:生物等效性试验", Some((Phase::Bioequivalence, None))),
        ("其它其他说明:人体生物等效性试验", Some((Phase::Bioequivalence, None))),
        ("其它其他说明:BE", Some((Phase::Bioequivalence, None))),
        ("其它其他说明:BE实验", Some((Phase::Bioequivalence, None))),
        ("上市后药物", Some((Phase::Four, Some("post-market")))),
        ("其它", None),
        ("其它其他说明:桥接试验", None),
    ];
    for (text, expected) in cases {
        check(PhaseFinding::from_field(text), expected, text);
    }
}

#[test]
fn r22_phase_from_western_field() {
    let cases: [(&str, Expected<'_>); 34] = [
        ("Therapeutic exploratory (Phase II)", Some((Phase::Two, None))),
        ("Therapeutic confirmatory  (Phase III)", Some((Phase::Three, None))),
        ("Therapeutic use (Phase IV)", Some((Phase::Four, None))),
        ("Therapeutic use", Some((Phase::Four, None))),
        (
            "Human Pharmacology (Phase I)- Bioequivalence Study",
            Some((Phase::Bioequivalence, Some("I"))),
        ),
        ("Human Pharmacology (Phase I)- First administration to humans", Some((Phase::One, None))),
        ("Human Pharmacology (Phase I)- Other", Some((Phase::One, None))),
        ("Phase I and Phase II (Integrated)- Other", Some((Phase::OneTwo, None))),
        (
            "Phase I and Phase II (Integrated)- Bioequivalence Study",
            Some((Phase::OneTwo, Some("I/II BE"))),
        ),
        ("Phase II and Phase III (Integrated)", Some((Phase::TwoThree, None))),
        ("Phase III and phase IV (Integrated)", Some((Phase::ThreeFour, None))),
        ("Phase 2/Phase 3", Some((Phase::TwoThree, None))),
        ("Phase 1/2", Some((Phase::OneTwo, None))),
        ("PHASE1|PHASE2", Some((Phase::OneTwo, None))),
        ("PHASE2, PHASE3", Some((Phase::TwoThree, None))),
        ("Phase 1b/2a", Some((Phase::OneTwo, Some("Ib/IIa")))),
        ("phase iiia", Some((Phase::Three, Some("IIIa")))),
        ("Phase 3b", Some((Phase::Three, Some("IIIb")))),
        ("EARLY_PHASE1", Some((Phase::One, Some("0")))),
        ("Early Phase 1", Some((Phase::One, Some("0")))),
        ("Phase 0", Some((Phase::One, Some("0")))),
        ("Phase I/II/III", Some((Phase::TwoThree, Some("I/II/III")))),
        // Not proof of marketing.
        ("Phase II/IV", Some((Phase::ThreeFour, Some("II/IV")))),
        ("3", Some((Phase::Three, None))),
        ("III", Some((Phase::Three, None))),
        ("２/３", Some((Phase::TwoThree, None))),
        ("IIa", Some((Phase::Two, Some("IIa")))),
        ("N/A", None),
        ("Not Applicable", None),
        ("", None),
        ("5", None),
        ("Phase 12", None),
        ("V", None),
        ("to be defined", None),
    ];
    for (text, expected) in cases {
        check(PhaseFinding::from_field(text), expected, text);
    }
}

#[test]
fn r22_phase_from_title() {
    let cases: [(&str, Expected<'_>); 47] = [
        ("评价Hemay181的Ⅰ期临床研究", Some((Phase::One, None))),
        ("LB1148-III期临床试验", Some((Phase::Three, None))),
        ("HRS-2261Ⅱ期临床", Some((Phase::Two, None))),
        (
            "VG081821AC片单药治疗早中期帕金森病患者有效性和安全性的II期临床试验",
            Some((Phase::Two, None)),
        ),
        ("司美格鲁肽注射液Ⅲ期（降糖）临床研究", Some((Phase::Three, None))),
        ("一项在健康受试者中的单次给药剂量递增和多次给药的I期桥接研究", Some((Phase::One, None))),
        ("贝伐珠单抗的开放、多中心Ⅰb/Ⅱ期临床研究", Some((Phase::OneTwo, Some("Ib/II")))),
        ("随机、双盲、安慰剂对照的Ib/IIa期临床研究", Some((Phase::OneTwo, Some("Ib/IIa")))),
        ("阳性对照的Ⅲ期多中心随机临床试验", Some((Phase::Three, None))),
        ("某药三期临床试验", Some((Phase::Three, None))),
        ("SR750 I期", Some((Phase::One, None))),
        ("第III相試験", Some((Phase::Three, None))),
        ("第II/III相試験", Some((Phase::TwoThree, None))),
        ("治疗HER2低表达乳腺癌Ⅰb/Ⅱ期临床研究", Some((Phase::OneTwo, Some("Ib/II")))),
        ("晚期非小细胞肺癌III期研究", Some((Phase::Three, None))),
        ("抗肿瘤活性的I/Ib期、开放性、多中心研究", Some((Phase::One, Some("I/Ib")))),
        ("有效性和药代动力学 I 期 临床研究", Some((Phase::One, None))),
        ("为Ⅲ期临床试验设计提供依据", None),
        ("确定II期推荐剂量(RP2D)", None),
        // A stage of the disease is no phase.
        ("III期非小细胞肺癌患者的研究", None),
        ("III期非小细胞肺癌患者的II期临床研究", Some((Phase::Two, None))),
        ("IB-IIIA期非小细胞肺癌术后辅助治疗的III期研究", Some((Phase::Three, None))),
        ("慢性肾病3期患者", None),
        ("治疗肺癌III期，随访", None),
        ("非小细胞肺癌III期", None),
        ("治疗肺癌III/IV期，随访", None),
        ("IIIB期(NSCLC", None),
        // Nor is a period, a fraction, a larger number.
        ("两制剂、三周期、交叉", None),
        ("清洗期3天", None),
        ("第十二期临床", None),
        ("0.1期临床", None),
        ("黄体酮软胶囊空腹生物等效性试验", Some((Phase::Bioequivalence, None))),
        ("缬沙坦片人体BE试验", Some((Phase::Bioequivalence, None))),
        ("JY-BE-LBSKY-2022-03", None),
        ("A Phase 3, randomised study", Some((Phase::Three, None))),
        ("A phase II/III trial", Some((Phase::TwoThree, None))),
        ("Phase 1b/2a dose escalation", Some((Phase::OneTwo, Some("Ib/IIa")))),
        ("Phases 2 and 3 of drug X", Some((Phase::TwoThree, None))),
        ("Phase I and II study", Some((Phase::OneTwo, None))),
        ("Phase 3 and 4 weeks of follow-up", Some((Phase::Three, None))),
        ("Phase 2, 4 weeks, IV infusion", Some((Phase::Two, None))),
        ("A phase 2 study in stage III melanoma", Some((Phase::Two, None))),
        ("Stage IV melanoma in the accelerated phase in adults", None),
        ("A bioequivalence study of two tablets", Some((Phase::Bioequivalence, None))),
        ("A BE study of two tablets", Some((Phase::Bioequivalence, None))),
        ("To be or not to be: study of adherence", None),
        ("Estudio fase III", Some((Phase::Three, None))),
    ];
    for (text, expected) in cases {
        check(PhaseFinding::from_text(text), expected, text);
    }
}

#[test]
fn r22_sub_phase_apart_from_its_number_or_in_a_bracket() {
    let fields: [(&str, Expected<'_>); 14] = [
        ("Ⅱ a期", Some((Phase::Two, Some("IIa")))),
        ("II b 期", Some((Phase::Two, Some("IIb")))),
        ("I a期", Some((Phase::One, Some("Ia")))),
        ("1 b期", Some((Phase::One, Some("Ib")))),
        ("其它其他说明:Ib/II a期", Some((Phase::OneTwo, Some("Ib/IIa")))),
        ("Ⅱ期(Ⅱa)", Some((Phase::Two, Some("IIa")))),
        ("Ⅱ期（Ⅱa期）", Some((Phase::Two, Some("IIa")))),
        ("II期 ( IIa/IIb )", Some((Phase::Two, Some("IIa/IIb")))),
        // Nothing else changes.
        ("III期(II)", Some((Phase::Three, None))),
        ("I/II期(IIa)", Some((Phase::OneTwo, None))),
        ("II期(IIIa)", Some((Phase::Two, None))),
        ("II期(a)", Some((Phase::Two, None))),
        ("Phase 2 a", Some((Phase::Two, None))),
        ("II d期", None),
    ];
    for (text, expected) in fields {
        check(PhaseFinding::from_field(text), expected, text);
    }
    let titles: [(&str, Expected<'_>); 12] = [
        ("某药的Ⅱ a期临床研究", Some((Phase::Two, Some("IIa")))),
        ("某药Ⅱ期(Ⅱa)临床试验", Some((Phase::Two, Some("IIa")))),
        ("某药II期和III期无缝衔接临床试验", Some((Phase::TwoThree, None))),
        ("某药Ⅱ期无缝衔接Ⅲ期临床试验", Some((Phase::TwoThree, None))),
        ("某药Ⅰ期衔接Ⅱa期临床试验", Some((Phase::OneTwo, Some("I/IIa")))),
        ("某药II/III期无缝临床试验", Some((Phase::TwoThree, None))),
        // Nothing else changes.
        ("III a期非小细胞肺癌患者的研究", None),
        ("III a 期非小细胞肺癌患者的II期临床研究", Some((Phase::Two, None))),
        ("某药Ⅲ期(Ⅱ型糖尿病)临床试验", Some((Phase::Three, None))),
        ("某药Ⅲ期(Ⅳa期患者)临床试验", Some((Phase::Three, None))),
        ("A phase 2 a randomised study", Some((Phase::Two, None))),
        ("某药III期与对照药衔接的观察", None),
    ];
    for (text, expected) in titles {
        check(PhaseFinding::from_text(text), expected, text);
    }
}

#[test]
fn r22_field_goes_before_title_unless_it_names_none() {
    let title = "XX片的III期临床研究";
    let cases = [
        (Some("II期"), Phase::Two, PhaseSource::Field),
        (Some("其它"), Phase::Three, PhaseSource::Text),
        (Some("N/A"), Phase::Three, PhaseSource::Text),
        (None, Phase::Three, PhaseSource::Text),
    ];
    for (field, phase, source) in cases {
        let found = PhaseFinding::of(field, &["无", title, "I期临床研究"]);
        assert_eq!((found.phase, found.source), (phase, source), "{field:?}");
    }
    let nowhere = PhaseFinding::of(Some("其它"), &["观察性研究"]);
    assert_eq!((nowhere.phase, nowhere.source), (Phase::Other, PhaseSource::Nowhere));
}

#[test]
fn r22_eudract_flags() {
    let cases: [([bool; 4], bool, Expected<'_>); 9] = [
        ([false; 4], false, None),
        ([true, false, false, false], false, Some((Phase::One, None))),
        ([false, true, false, false], false, Some((Phase::Two, None))),
        ([false, false, true, false], false, Some((Phase::Three, None))),
        ([false, false, false, true], false, Some((Phase::Four, None))),
        ([false, true, true, false], false, Some((Phase::TwoThree, None))),
        ([true, false, true, false], false, Some((Phase::TwoThree, Some("I/III")))),
        ([true, false, false, false], true, Some((Phase::Bioequivalence, Some("I")))),
        ([false; 4], true, Some((Phase::Bioequivalence, None))),
    ];
    for (flags, bioequivalence, expected) in cases {
        let found = PhaseFinding::from_eudract(flags, bioequivalence);
        check(found, expected, &format!("{flags:?}"));
    }
}

#[test]
fn r22_ctis_codes_agree_with_their_wording() {
    let wordings = [
        "Human Pharmacology (Phase I)- First administration to humans",
        "Human Pharmacology (Phase I)- Bioequivalence Study",
        "Human Pharmacology (Phase I)- Other",
        "Therapeutic exploratory (Phase II)",
        "Therapeutic confirmatory  (Phase III)",
        "Therapeutic use (Phase IV)",
        "Phase I and Phase II (Integrated)- First administration to humans",
        "Phase I and Phase II (Integrated)- Bioequivalence Study",
        "Phase I and Phase II (Integrated)- Other",
        "Phase II and Phase III (Integrated)",
        "Phase III and phase IV (Integrated)",
    ];
    for (code, wording) in (1..).zip(wordings) {
        assert_eq!(PhaseFinding::from_ctis_code(code), PhaseFinding::from_field(wording));
        assert!(PhaseFinding::from_ctis_code(code).is_some());
    }
    assert_eq!(PhaseFinding::from_ctis_code(0), None);
    assert_eq!(PhaseFinding::from_ctis_code(12), None);
}

#[test]
fn r22_label_reads_back_as_its_phase() {
    for phase in Phase::ALL.iter().filter(|phase| **phase != Phase::Other) {
        let found = PhaseFinding::from_field(phase.label_zh()).unwrap();
        assert_eq!((found.phase, found.detail), (*phase, None));
    }
}

proptest! {
    #[test]
    fn r22_parser_is_total(
        text in r"\PC*",
        near in "(phase|Phase|期|相|第|[ⅠⅡⅢⅣ一二三IViv0-4abc/()（）,.、 -]|BE|and|临床|癌){0,24}",
    ) {
        for text in [text, near] {
            let found = PhaseFinding::of(Some(&text), &[&text]);
            prop_assert_eq!(found.source == PhaseSource::Nowhere, found.phase == Phase::Other);
        }
    }

    #[test]
    fn r22_detail_reads_back_as_the_same_finding(
        numbers in prop::collection::vec((0_usize..5, 0_usize..3), 1..4),
    ) {
        const ROMAN: [&str; 5] = ["0", "I", "II", "III", "IV"];
        const SUB: [&str; 3] = ["", "a", "b"];
        let spelled: Vec<String> = numbers
            .iter()
            .map(|(number, sub)| format!("{}{}", ROMAN[*number], SUB[*sub]))
            .collect();
        let found = PhaseFinding::from_field(&format!("{}期", spelled.join("/"))).unwrap();
        let as_detail = found.detail.clone().unwrap_or_else(|| found.phase.label_zh().to_owned());
        prop_assert_eq!(PhaseFinding::from_field(&as_detail), Some(found));
    }

    #[test]
    fn r22_a_blank_before_the_sub_phase_does_not_matter(
        number in 1_usize..5, sub in 0_usize..3, blanks in " {0,2}", after in " {0,1}",
    ) {
        const ROMAN: [&str; 5] = ["", "Ⅰ", "II", "Ⅲ", "IV"];
        let (number, sub) = (ROMAN[number], ["a", "b", "c"][sub]);
        let apart = format!("{number}{blanks}{sub}{after}期");
        prop_assert_eq!(
            PhaseFinding::from_field(&apart),
            PhaseFinding::from_field(&format!("{number}{sub}期"))
        );
    }

    #[test]
    fn r22_width_and_script_do_not_matter(first in 1_usize..5, second in 1_usize..5) {
        let spell = |numerals: [&str; 5], slash: &str| {
            PhaseFinding::from_field(&format!("{}{slash}{}期", numerals[first], numerals[second]))
        };
        let roman = spell(["", "I", "II", "III", "IV"], "/");
        prop_assert!(roman.is_some());
        prop_assert_eq!(&spell(["", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"], "／"), &roman);
        prop_assert_eq!(&spell(["", "1", "2", "3", "4"], "-"), &roman);
        prop_assert_eq!(&spell(["", "１", "２", "３", "４"], "、"), &roman);
        prop_assert_eq!(&spell(["", "i", "ii", "iii", "iv"], "和"), &roman);
    }
}
