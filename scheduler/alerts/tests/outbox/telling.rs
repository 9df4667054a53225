//! What is told of an alert, when and to whom.

use regatta_alerts::{Ack, NoticeKind, Recipient, Rules, Severity, State, Status};

use super::{Fixture, at, detected, finding};

#[test]
fn what_goes_on_is_told_once_then_on_change_and_after_the_time_to_remind() {
    let fixture = Fixture::new();
    let one = |state: &str, severity| vec![finding("a", state, severity)];
    let warning = || one("blocked", Severity::Warning);
    assert_eq!(fixture.raise(warning(), "2024-08-16T06:00:00Z"), [NoticeKind::Raised]);
    assert_eq!(fixture.raise(warning(), "2024-08-16T07:00:00Z"), []);
    let state = fixture.store.read().unwrap();
    let alert = state.alerts.values().next().unwrap();
    assert_eq!(alert.count, 1, "the same run seen twice counts once");
    let malformed = || one("malformed", Severity::Warning);
    assert_eq!(fixture.raise(malformed(), "2024-08-17T06:00:00Z"), [NoticeKind::Changed]);
    assert_eq!(fixture.raise(malformed(), "2024-08-23T06:00:00Z"), []);
    assert_eq!(fixture.raise(malformed(), "2024-08-24T06:00:00Z"), [NoticeKind::Reminder]);
    assert_eq!(fixture.raise(malformed(), "2024-08-25T06:00:00Z"), []);
    assert_eq!(fixture.raise(Vec::new(), "2024-08-26T06:00:00Z"), [NoticeKind::Resolved]);
    assert_eq!(fixture.raise(Vec::new(), "2024-08-27T06:00:00Z"), []);
    assert_eq!(fixture.raise(malformed(), "2024-08-28T06:00:00Z"), [NoticeKind::Raised]);
    let state = fixture.store.read().unwrap();
    assert_eq!(state.alerts.len(), 1, "the same alert, open again");
    let alert = state.alerts.values().next().unwrap();
    assert_eq!((alert.first_seen, alert.count), (at("2024-08-16T06:00:00Z"), 2));
}

#[test]
fn an_acknowledged_alert_is_silent_until_its_day_or_until_it_gets_worse() {
    let fixture = Fixture::new();
    let one = |state: &str, severity| vec![finding("a", state, severity)];
    fixture.raise(one("blocked", Severity::Warning), "2024-08-16T06:00:00Z");
    let id = fixture.store.read().unwrap().alerts.keys().next().unwrap().clone();
    let ack = |until: Option<&str>| {
        let ack = Ack { at: at("2024-08-16T07:00:00Z"), until: until.map(at), note: None };
        fixture.store.update(|s| Ok(s.acknowledge(&id[..6], ack).is_some())).unwrap()
    };
    assert!(ack(Some("2024-08-30T00:00:00Z")));
    let status = |now: &str| fixture.store.read().unwrap().alerts[&id].status(at(now));
    assert_eq!(status("2024-08-29T00:00:00Z"), Status::Acknowledged);
    assert_eq!(status("2024-08-30T00:00:00Z"), Status::Open);
    assert_eq!(fixture.raise(one("malformed", Severity::Warning), "2024-08-28T06:00:00Z"), []);
    let worse = fixture.raise(one("malformed", Severity::Critical), "2024-08-29T06:00:00Z");
    assert_eq!(worse, [NoticeKind::Changed]);
    assert_eq!(status("2024-08-29T07:00:00Z"), Status::Open);
    assert!(ack(None));
    assert_eq!(fixture.raise(one("malformed", Severity::Critical), "2025-08-29T06:00:00Z"), []);
    assert_eq!(fixture.raise(Vec::new(), "2025-08-30T06:00:00Z"), [], "nobody waits for its end");
    let unknown = fixture.store.update(|s| {
        let ack = Ack { at: at("2025-08-30T07:00:00Z"), until: None, note: None };
        Ok(s.acknowledge("", ack).is_some())
    });
    assert!(!unknown.unwrap(), "an empty id names nothing");
}

#[test]
fn a_channel_gets_what_is_bad_enough_for_it() {
    let rules = Rules::built_in().unwrap();
    let mut state = State::default();
    let to = [Recipient { channel: "mail".into(), min_severity: Severity::Critical }];
    let now = at("2024-08-16T06:00:00Z");
    let found = vec![
        finding("a", "x", Severity::Warning),
        finding("b", "x", Severity::Critical),
        finding("c", "x", Severity::Info),
    ];
    let told = state.apply(detected(found), &rules, &to, now);
    let order: Vec<Severity> = told.iter().map(|n| n.alert.severity).collect();
    assert_eq!(order, [Severity::Critical, Severity::Warning, Severity::Info]);
    assert_eq!(state.outbox.len(), 1);
    assert_eq!(state.outbox[0].notices.len(), 1);
}
