use proptest::prelude::*;
use regatta_domain::{ListingStatus, TrialStatus};

#[test]
fn r17_what_was_marketed() {
    use ListingStatus as Status;
    let marketed = [
        Status::Active,
        Status::Discontinued,
        Status::Withdrawn,
        Status::Suspended,
        Status::Revoked,
        Status::Expired,
    ];
    for status in ListingStatus::ALL {
        assert_eq!(status.was_marketed(), marketed.contains(status), "{status}");
        assert_eq!(status.is_current(), *status == Status::Active, "{status}");
    }
}

#[test]
fn r23_active_and_stopped() {
    use TrialStatus as Status;
    for status in TrialStatus::ALL {
        let (active, stopped) = match status {
            Status::NotYetRecruiting | Status::Recruiting | Status::RecruitmentCompleted => {
                (true, false)
            }
            Status::SuspendedOrTerminatedBySponsor
            | Status::StoppedByAuthority
            | Status::Withdrawn => (false, true),
            Status::Completed | Status::Unknown => (false, false),
        };
        assert_eq!((status.is_active(), status.is_stopped()), (active, stopped), "{status}");
    }
}

#[test]
fn r23_wordings_of_the_chinese_registry() {
    use TrialStatus as Status;
    let cases = [
        ("进行中\u{a0}招募中", Some((Status::Recruiting, None))),
        ("进行中 （尚未招募）", Some((Status::NotYetRecruiting, None))),
        ("尚未招募", Some((Status::NotYetRecruiting, None))),
        ("进行中 招募完成", Some((Status::RecruitmentCompleted, None))),
        ("已完成", Some((Status::Completed, None))),
        (" 主动暂停", Some((Status::SuspendedOrTerminatedBySponsor, Some("主动暂停")))),
        (
            "主动终止(商业原因)",
            Some((Status::SuspendedOrTerminatedBySponsor, Some("主动终止(商业原因)"))),
        ),
        ("责令暂停", Some((Status::StoppedByAuthority, Some("责令暂停")))),
        ("责令终止", Some((Status::StoppedByAuthority, Some("责令终止")))),
        ("IEC/IRB暂停", Some((Status::StoppedByAuthority, Some("IEC/IRB暂停")))),
        ("IEC/IRB 终止", Some((Status::StoppedByAuthority, Some("IEC/IRB 终止")))),
        ("进行中", None),
        ("主动", None),
        ("试验暂停", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(TrialStatus::from_chinese(text), expected, "{text}");
    }
}

#[test]
fn r24_most_advanced_active_member_state() {
    use TrialStatus as Status;
    let cases: [(&[Status], Status); 6] = [
        (&[Status::Completed, Status::Recruiting, Status::NotYetRecruiting], Status::Recruiting),
        (&[Status::RecruitmentCompleted, Status::Recruiting], Status::RecruitmentCompleted),
        (&[Status::Completed, Status::SuspendedOrTerminatedBySponsor], Status::Completed),
        (&[Status::StoppedByAuthority, Status::Unknown], Status::StoppedByAuthority),
        (&[Status::Withdrawn, Status::NotYetRecruiting], Status::NotYetRecruiting),
        (&[], Status::Unknown),
    ];
    for (states, expected) in cases {
        assert_eq!(Status::over_member_states(states.iter().copied()), expected, "{states:?}");
    }
}

proptest! {
    #[test]
    fn r23_wording_parser_is_total(text in r"\PC*", stop in "(主动|责令|IEC/IRB)\\PC{0,4}") {
        let reason = TrialStatus::from_chinese(&text).and_then(|(_, reason)| reason);
        prop_assert!(reason.is_none_or(|reason| text.contains(reason)));
        if let Some((status, _)) = TrialStatus::from_chinese(&stop) {
            prop_assert!(status.is_stopped() || stop.contains("招募"));
        }
    }
}
