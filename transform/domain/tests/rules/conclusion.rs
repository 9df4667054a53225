use proptest::prelude::*;
use regatta_domain::{
    Announcement, ConclusionEvidence, ReviewConclusion as Conclusion, WrittenNumber,
};

const OPINION: &str = "药品审批意见通知件待领取信息发布";
const APPROVAL: &str = "2020年09月11日药品批准证明文件待领取信息发布";
const BOTH: &str = "药品批准证明文件及药品审批意见通知件待领取信息发布";

fn from_title(number: &str, title: &str) -> Option<Conclusion> {
    Conclusion::from_title(&WrittenNumber::new(number), title)
}

fn of(number: &str, evidence: &ConclusionEvidence<'_>) -> Conclusion {
    Conclusion::of(&WrittenNumber::new(number), evidence)
}

#[test]
fn r20_title_of_an_approval_decides_by_matter() {
    let cases = [
        ("CXHS2000009", Some(Conclusion::ProductionApproved)),
        ("JXHS2000009", Some(Conclusion::ImportApproved)),
        ("CQZ2000009", Some(Conclusion::ProductionApproved)),
        ("CYHB1903002", Some(Conclusion::SupplementApproved)),
        ("JYHZ1903002", Some(Conclusion::ReRegistrationApproved)),
        ("JYHF1903002", Some(Conclusion::RepackingApproved)),
        ("CXHL1903002", Some(Conclusion::ClinicalApproved)),
        ("CYHT1903002", Some(Conclusion::TechnologyTransferApproved)),
        ("JTH1903002", Some(Conclusion::OneOffImportApproved)),
        ("CXHR1903002", None),
        ("CXHX1903002", None),
    ];
    for (number, conclusion) in cases {
        assert_eq!(from_title(number, APPROVAL), conclusion, "{number}");
    }
}

#[test]
fn r20_title_of_an_opinion_is_no_approval() {
    for number in ["CXHS2000009", "JTH1903002", "CYHT1903002", "CXHX1903002"] {
        assert_eq!(from_title(number, OPINION), Some(Conclusion::NotApproved));
    }
}

#[test]
fn r20_title_with_both_approves_only_jt_and_t() {
    let cases = [
        ("JTH1903002", Conclusion::OneOffImportApproved),
        ("CYHT1903002", Conclusion::TechnologyTransferApproved),
        ("CXHS2000009", Conclusion::NotApproved),
        ("CXHL2000009", Conclusion::NotApproved),
    ];
    for (number, conclusion) in cases {
        assert_eq!(from_title(number, BOTH), Some(conclusion), "{number}");
    }
}

#[test]
fn r20_a_refusal_holds_whatever_the_number_ends_in_or_is() {
    for number in
        ["CYHS1900001-1国", "CXHB2000003粤01国", "X0400123国", "JTH2000005国国", "CQZB2000006国国"]
    {
        assert_eq!(from_title(number, OPINION), Some(Conclusion::NotApproved), "{number}");
    }
    assert_eq!(from_title("JTH2000005国国", BOTH), Some(Conclusion::OneOffImportApproved));
    assert_eq!(from_title("X0400123国", BOTH), Some(Conclusion::NotApproved));
    let cases = [
        ("CYHS1900001-1国", Some(Conclusion::ProductionApproved)),
        ("CXHB2000003粤01国", Some(Conclusion::SupplementApproved)),
        ("CQZB2000006国国", Some(Conclusion::ProductionApproved)),
        ("JYHS190001", Some(Conclusion::ImportApproved)),
        // What begins otherwise has no position that tells the matter.
        ("X0400123国", None),
        ("XYHS1900001", None),
    ];
    for (number, conclusion) in cases {
        assert_eq!(from_title(number, APPROVAL), conclusion, "{number}");
    }
}

#[test]
fn r20_other_titles_say_nothing() {
    assert_eq!(from_title("CXHS2000009", "关于发布公告的通知"), None);
    assert_eq!(from_title("CXHS2000009", ""), None);
}

#[test]
fn r19_starts_with_none() {
    let nothing = ConclusionEvidence::default();
    assert_eq!(of("CXHS2000009", &nothing), Conclusion::None);
}

#[test]
fn r19_lists_a_b_c() {
    let a = ConclusionEvidence { clinical_trial_notice: true, ..Default::default() };
    let b = ConclusionEvidence { marketed_with_documents: true, ..Default::default() };
    let c = ConclusionEvidence { old_certificate_for_new: true, ..Default::default() };
    let a_and_b = ConclusionEvidence { clinical_trial_notice: true, ..b };
    let b_and_c = ConclusionEvidence { old_certificate_for_new: true, ..b };
    let cases = [
        ("CXHL2000009", a, Conclusion::ClinicalApproved),
        ("CXHS2000009", b, Conclusion::ProductionApproved),
        ("JXHS2000009", b, Conclusion::ImportApproved),
        ("JXHS2000009", a_and_b, Conclusion::ClinicalApproved),
        ("JYHB2000009", c, Conclusion::SupplementApproved),
        ("JYSB2000009", c, Conclusion::SupplementApproved),
        ("JYZB2000009", c, Conclusion::SupplementApproved),
        ("JYBB2000009", c, Conclusion::SupplementApproved),
        ("JYFB2000009", c, Conclusion::SupplementApproved),
        ("JYHB2000009", b_and_c, Conclusion::ImportApproved),
        ("JYHZ2000009", c, Conclusion::None),
        ("JXHB2000009", c, Conclusion::None),
        ("CYHB2000009", c, Conclusion::None),
    ];
    for (number, evidence, conclusion) in cases {
        assert_eq!(of(number, &evidence), conclusion, "{number} {evidence:?}");
    }
}

#[test]
fn r19_lists_count_only_while_no_announcement_decides() {
    let refused = [Announcement { title: OPINION, date: None }];
    let silent = [Announcement { title: "通知", date: None }];
    let listed = |announcements| ConclusionEvidence {
        clinical_trial_notice: true,
        announcements,
        ..Default::default()
    };
    assert_eq!(of("CXHL2000009", &listed(&refused)), Conclusion::NotApproved);
    assert_eq!(of("CXHL2000009", &listed(&silent)), Conclusion::ClinicalApproved);
}

fn announcement(title: &'static str, date: &str) -> Announcement<'static> {
    Announcement { title, date: date.parse().ok() }
}

fn announced(announcements: &[Announcement<'_>]) -> Conclusion {
    let evidence = ConclusionEvidence { announcements, ..Default::default() };
    of("CXHS2000009", &evidence)
}

#[test]
fn r20_latest_announcement_counts_and_approval_breaks_the_tie() {
    let refusal = announcement(OPINION, "2020-01-02");
    let earlier = announcement(APPROVAL, "2020-01-01");
    let same_day = announcement(APPROVAL, "2020-01-02");
    let undated = announcement(APPROVAL, "");
    assert_eq!(announced(&[refusal, earlier]), Conclusion::NotApproved);
    assert_eq!(announced(&[refusal, same_day]), Conclusion::ProductionApproved);
    assert_eq!(announced(&[undated, refusal]), Conclusion::NotApproved);
}

proptest! {
    #[test]
    fn r19_order_of_evidence_does_not_matter(
        picked in prop::collection::vec((0_usize..4, 1_u32..4), 0..6).prop_shuffle()
    ) {
        let titles = [OPINION, APPROVAL, BOTH, "通知"];
        let dates = ["", "2020-01-01", "2020-01-02", "2020-01-03"];
        let mut announcements: Vec<Announcement<'_>> = picked
            .iter()
            .map(|(title, date)| announcement(titles[*title], dates[*date as usize]))
            .collect();
        let before = announced(&announcements);
        announcements.reverse();
        prop_assert_eq!(announced(&announcements), before);
    }
}
