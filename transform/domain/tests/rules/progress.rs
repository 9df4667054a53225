use proptest::prelude::*;
use regatta_domain::{
    CurrentStatus, Evidence, EvidenceKind, ListingStatus, Phase, RecordId, ReviewConclusion,
    ReviewMatter, Stage, TrialStatus, progress,
};

fn evidence(record: u32, date: &str, kind: EvidenceKind) -> Evidence {
    Evidence { record: RecordId(record), date: date.parse().ok(), kind }
}

fn listing(status: ListingStatus) -> EvidenceKind {
    EvidenceKind::Listing { status, ever_marketed: None, status_date: None, vanished: false }
}

fn registration(matter: ReviewMatter, conclusion: ReviewConclusion) -> EvidenceKind {
    EvidenceKind::Registration { matter, conclusion }
}

fn trial(phase: Phase, status: TrialStatus) -> EvidenceKind {
    EvidenceKind::Trial { phase, status }
}

/// Stage and inactive, by the rules and over all evidence.
fn stages(kinds: &[EvidenceKind]) -> ((Stage, bool), (Stage, bool)) {
    let all: Vec<Evidence> =
        (1..).zip(kinds).map(|(record, kind)| evidence(record, "", *kind)).collect();
    let found = progress(&all);
    ((found.progress, found.inactive), (found.highest_evidence, found.highest_inactive))
}

const RECRUITING: TrialStatus = TrialStatus::Recruiting;
const STOPPED: TrialStatus = TrialStatus::SuspendedOrTerminatedBySponsor;
const NONE: ReviewConclusion = ReviewConclusion::None;

#[test]
fn r33_ever_marketed_listing() {
    for status in ListingStatus::ALL.iter().filter(|status| status.was_marketed()) {
        let filed = registration(ReviewMatter::Production, NONE);
        assert_eq!(stages(&[filed, listing(*status)]).0, (Stage::Marketed, false), "{status}");
    }
}

#[test]
fn r17_refused_tentative_and_opinion_never_count_as_marketed() {
    for status in [
        ListingStatus::Refused,
        ListingStatus::ApplicationWithdrawn,
        ListingStatus::Tentative,
        ListingStatus::Opinion,
    ] {
        for ever_marketed in [None, Some(false), Some(true)] {
            let kind =
                EvidenceKind::Listing { status, ever_marketed, status_date: None, vanished: false };
            let found = progress(&[evidence(1, "2020", kind)]);
            assert_eq!(found.progress, Stage::Filed);
            assert_eq!(found.highest_evidence, Stage::Filed);
            assert_eq!(found.current_status, CurrentStatus::NotMarketed);
        }
    }
}

#[test]
fn r34_registrations_in_rule_order() {
    use ReviewConclusion as Conclusion;
    use ReviewMatter as Matter;
    let ascending = [
        (registration(Matter::ClinicalTrial, NONE), Stage::ClinicalFiled),
        (
            registration(Matter::ClinicalTrial, Conclusion::ClinicalApproved),
            Stage::ClinicalApproved,
        ),
        (registration(Matter::Production, NONE), Stage::Filed),
        (registration(Matter::TechnologyTransfer, NONE), Stage::Marketed),
        (registration(Matter::Production, Conclusion::ProductionApproved), Stage::Marketed),
        (registration(Matter::Production, Conclusion::ImportApproved), Stage::Marketed),
        (registration(Matter::Supplement, Conclusion::TechnologyTransferApproved), Stage::Marketed),
    ];
    for (position, (kind, stage)) in ascending.iter().enumerate() {
        assert_eq!(stages(&[*kind]).0, (*stage, false), "{kind:?}");
        for (earlier, _) in &ascending[..position] {
            assert_eq!(stages(&[*kind, *earlier]).0, (*stage, false), "{kind:?} {earlier:?}");
        }
    }
}

#[test]
fn r34_registrations_that_fit_no_rule() {
    let refused = registration(ReviewMatter::Production, ReviewConclusion::NotApproved);
    let supplement = registration(ReviewMatter::Supplement, NONE);
    let one_off = registration(ReviewMatter::OneOffImport, ReviewConclusion::OneOffImportApproved);
    let phase_two = trial(Phase::Two, RECRUITING);
    assert_eq!(stages(&[refused]).0, (Stage::Filed, true));
    assert_eq!(stages(&[refused, phase_two]).0, (Stage::PhaseTwo, false));
    assert_eq!(stages(&[supplement]).0, (Stage::Undetermined, false));
    assert_eq!(stages(&[one_off, phase_two]).0, (Stage::PhaseTwo, false));
    assert_eq!(stages(&[supplement, refused]).0, (Stage::Filed, true));
}

#[test]
fn r35_trials() {
    let cases: [(&[EvidenceKind], (Stage, bool)); 9] = [
        (&[trial(Phase::Four, RECRUITING)], (Stage::Marketed, false)),
        (&[trial(Phase::Four, TrialStatus::Completed)], (Stage::Marketed, false)),
        (&[trial(Phase::Four, STOPPED)], (Stage::Marketed, true)),
        (&[trial(Phase::Three, TrialStatus::StoppedByAuthority)], (Stage::PhaseThree, true)),
        (&[trial(Phase::Other, RECRUITING)], (Stage::ClinicalResearch, false)),
        (&[trial(Phase::Other, STOPPED)], (Stage::ClinicalResearch, true)),
        // Of one phase the active one counts; the higher phase always.
        (&[trial(Phase::Two, STOPPED), trial(Phase::Two, RECRUITING)], (Stage::PhaseTwo, false)),
        (&[trial(Phase::Three, STOPPED), trial(Phase::Two, RECRUITING)], (Stage::PhaseThree, true)),
        (
            &[trial(Phase::Bioequivalence, RECRUITING), trial(Phase::One, STOPPED)],
            (Stage::PhaseOne, true),
        ),
    ];
    for (kinds, expected) in cases {
        assert_eq!(stages(kinds).0, expected, "{kinds:?}");
    }
}

#[test]
fn r35_every_phase_has_its_stage_in_order() {
    let stages: Vec<Stage> =
        Phase::ALL.iter().map(|phase| stages(&[trial(*phase, RECRUITING)]).0.0).collect();
    assert!(stages.is_sorted_by(|left, right| left < right), "{stages:?}");
}

#[test]
fn r36_no_record() {
    let found = progress(&[]);
    assert_eq!(found.progress, Stage::NotFiled);
    assert_eq!(found.highest_evidence, Stage::NotFiled);
    assert_eq!(found.current_status, CurrentStatus::NotMarketed);
    assert!(found.deciding.is_empty());
}

#[test]
fn r37_tentative_approvals_and_opinions_are_filed() {
    for status in [ListingStatus::Tentative, ListingStatus::Opinion] {
        let kinds = [trial(Phase::Four, RECRUITING), listing(status)];
        assert_eq!(stages(&kinds), ((Stage::Filed, false), (Stage::Marketed, false)));
    }
}

#[test]
fn r38_highest_evidence_is_not_hidden() {
    let approved = registration(ReviewMatter::ClinicalTrial, ReviewConclusion::ClinicalApproved);
    let found = progress(&[
        evidence(7, "2015-03-01", approved),
        evidence(3, "2020-01-01", trial(Phase::Three, RECRUITING)),
        evidence(2, "2019-01-01", trial(Phase::Three, STOPPED)),
    ]);
    assert_eq!((found.progress, found.deciding), (Stage::ClinicalApproved, vec![RecordId(7)]));
    assert_eq!(found.progress_date, "2015-03-01".parse().ok());
    assert_eq!((found.highest_evidence, found.highest_inactive), (Stage::PhaseThree, false));
    assert_eq!(
        (found.highest_date, found.highest_deciding),
        ("2020-01-01".parse().ok(), vec![RecordId(3)])
    );
}

#[test]
fn r38_earliest_records_decide() {
    let active = listing(ListingStatus::Active);
    let found = progress(&[
        evidence(9, "2001", active),
        evidence(4, "2000-05-02", active),
        evidence(2, "2000-05-02", active),
        evidence(1, "", active),
    ]);
    assert_eq!(found.deciding, [RecordId(2), RecordId(4)]);
    assert_eq!(found.progress_date, "2000-05-02".parse().ok());
    let undated = progress(&[evidence(9, "", active), evidence(4, "", active)]);
    assert_eq!(undated.deciding, [RecordId(4), RecordId(9)]);
}

fn dated_listing(
    record: u32,
    status: ListingStatus,
    status_date: &str,
    vanished: bool,
) -> Evidence {
    let kind = EvidenceKind::Listing {
        status,
        ever_marketed: None,
        status_date: status_date.parse().ok(),
        vanished,
    };
    evidence(record, "2000-01-01", kind)
}

#[test]
fn r38_current_status() {
    use ListingStatus as Status;
    let active = dated_listing(1, Status::Active, "", false);
    let vanished = dated_listing(2, Status::Active, "", true);
    let suspended = dated_listing(3, Status::Suspended, "2010-01-01", false);
    let withdrawn = dated_listing(4, Status::Withdrawn, "2012-01-01", false);
    let expired = dated_listing(5, Status::Expired, "2015", false);
    let unknown = dated_listing(6, Status::Unknown, "", false);
    let refused = dated_listing(7, Status::Refused, "2016", false);
    let approved = evidence(
        8,
        "2001",
        registration(ReviewMatter::Production, ReviewConclusion::ProductionApproved),
    );
    let cases: [(&[Evidence], CurrentStatus, &str, &[u32]); 9] = [
        (&[active, suspended, withdrawn, unknown], CurrentStatus::Marketed, "2000-01-01", &[1]),
        (&[vanished, withdrawn], CurrentStatus::Unknown, "", &[2]),
        (&[unknown, suspended], CurrentStatus::Unknown, "", &[6]),
        (&[suspended, withdrawn], CurrentStatus::Suspended, "2010-01-01", &[3]),
        (&[withdrawn, expired, refused], CurrentStatus::Withdrawn, "2015", &[5]),
        (&[refused], CurrentStatus::NotMarketed, "", &[]),
        (&[approved], CurrentStatus::Unknown, "", &[]),
        (&[approved, refused], CurrentStatus::Unknown, "", &[]),
        (&[approved, withdrawn], CurrentStatus::Withdrawn, "2012-01-01", &[4]),
    ];
    for (all, status, date, deciding) in cases {
        let found = progress(all);
        assert_eq!(found.current_status, status, "{all:?}");
        assert_eq!(found.current_status_date, date.parse().ok(), "{all:?}");
        let ids: Vec<u32> = found.current_status_deciding.iter().map(|id| id.0).collect();
        assert_eq!(ids, deciding, "{all:?}");
    }
}

#[test]
fn r38_withdrawn_drug_stays_on_the_ladder() {
    let found = progress(&[dated_listing(4, ListingStatus::Withdrawn, "2012-01-01", false)]);
    assert_eq!((found.progress, found.inactive), (Stage::Marketed, false));
    assert_eq!(found.current_status, CurrentStatus::Withdrawn);
}

#[test]
fn r33_listing_of_unknown_status_counts_by_what_the_caller_knows() {
    let of = |ever_marketed| {
        let kind = EvidenceKind::Listing {
            status: ListingStatus::Unknown,
            ever_marketed,
            status_date: None,
            vanished: false,
        };
        let found = progress(&[evidence(1, "", kind)]);
        (found.progress, found.current_status)
    };
    assert_eq!(of(Some(true)), (Stage::Marketed, CurrentStatus::Unknown));
    assert_eq!(of(None), (Stage::Undetermined, CurrentStatus::Unknown));
    assert_eq!(of(Some(false)), (Stage::Undetermined, CurrentStatus::NotMarketed));
}

#[test]
fn r38_an_approved_supplement_leaves_open_what_holds_today() {
    let supplement = registration(ReviewMatter::Supplement, ReviewConclusion::SupplementApproved);
    let found = progress(&[evidence(1, "2020-09-08", supplement)]);
    assert_eq!(found.progress, Stage::Undetermined);
    assert_eq!(found.current_status, CurrentStatus::Unknown);
    let clinical = registration(ReviewMatter::ClinicalTrial, ReviewConclusion::ClinicalApproved);
    let found = progress(&[evidence(1, "2020-09-08", clinical)]);
    assert_eq!(found.current_status, CurrentStatus::NotMarketed);
}

fn any_kind() -> impl Strategy<Value = EvidenceKind> {
    let matters = prop::sample::select(vec![
        ReviewMatter::ClinicalTrial,
        ReviewMatter::Production,
        ReviewMatter::Supplement,
        ReviewMatter::TechnologyTransfer,
        ReviewMatter::OneOffImport,
        ReviewMatter::Other('X'),
    ]);
    prop_oneof![
        (prop::sample::select(ListingStatus::ALL), any::<Option<bool>>(), any::<bool>()).prop_map(
            |(status, ever_marketed, vanished)| EvidenceKind::Listing {
                status,
                ever_marketed,
                status_date: None,
                vanished,
            }
        ),
        (matters, prop::sample::select(ReviewConclusion::ALL))
            .prop_map(|(matter, conclusion)| registration(matter, conclusion)),
        (prop::sample::select(Phase::ALL), prop::sample::select(TrialStatus::ALL))
            .prop_map(|(phase, status)| trial(phase, status)),
    ]
}

fn any_evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let one = (any_kind(), 0_usize..4)
        .prop_map(|(kind, date)| evidence(0, ["", "2001", "2001-02", "2001-02-03"][date], kind));
    prop::collection::vec(one, 0..8).prop_map(|mut all| {
        for (number, evidence) in (1..).zip(&mut all) {
            evidence.record = RecordId(number);
        }
        all
    })
}

proptest! {
    #[test]
    fn r33_to_r38_order_does_not_matter(
        (all, shuffled) in any_evidence().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        prop_assert_eq!(progress(&all), progress(&shuffled));
    }

    #[test]
    fn r38_evidence_only_raises_the_highest(all in any_evidence(), more in any_kind()) {
        let before = progress(&all);
        let mut larger = all;
        larger.push(evidence(99, "", more));
        let after = progress(&larger);
        prop_assert!(after.highest_evidence >= before.highest_evidence);
        prop_assert!(after.highest_evidence >= after.progress);
    }

    #[test]
    fn r38_marketed_today_means_marketed(all in any_evidence()) {
        let found = progress(&all);
        if found.current_status == CurrentStatus::Marketed || found.current_status == CurrentStatus::Withdrawn {
            prop_assert_eq!(found.progress, Stage::Marketed);
            prop_assert!(!found.current_status_deciding.is_empty());
        }
        if found.current_status == CurrentStatus::NotMarketed {
            prop_assert_ne!(found.highest_evidence, Stage::Marketed);
        }
        prop_assert_eq!(all.is_empty(), found.progress == Stage::NotFiled);
        prop_assert_eq!(all.is_empty(), found.deciding.is_empty());
    }
}
