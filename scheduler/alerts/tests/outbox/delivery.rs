//! Each message arrives, whatever happens in between.

use std::time::Duration;

use jiff::SignedDuration;
use regatta_alerts::{
    Channel, Finding, Moment, NoticeKind, SendError, Severity, State, StoreError, deliver,
};

use super::{Accident, Fixture, Receiver, at, detected, finding, hook};

#[test]
fn after_a_crash_at_any_moment_each_alert_arrives_and_under_one_key() {
    for moment in [Moment::BeforeSend, Moment::AfterSend, Moment::AfterMark] {
        let fixture = Fixture::new();
        for (n, source) in ["a", "b", "c"].iter().enumerate() {
            let mut all: Vec<Finding> = ["a", "b", "c"][..=n]
                .iter()
                .map(|s| finding(s, "blocked", Severity::Warning))
                .collect();
            all.truncate(n + 1);
            let kinds = fixture.raise(all, &format!("2024-08-16T0{n}:00:00Z"));
            assert_eq!(kinds, [NoticeKind::Raised], "{source}");
        }
        let receiver = Receiver::default();
        let accident = Accident::at(Some(moment));
        let cut = deliver(&fixture.store, &[&receiver], &accident, false);
        assert!(matches!(cut, Err(StoreError::CutOff(m)) if m == moment));
        // The next process finds the outbox as the crash left it.
        let done = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
        assert_eq!(done.waiting, 0);
        let taken = receiver.taken.borrow();
        assert_eq!(taken.len(), 3, "{moment:?}: three messages, three keys");
        let twice = taken.values().filter(|(_, times)| *times > 1).count();
        // Only between the answer and the mark is a message sent again, with
        // the key and the bytes that it had.
        assert_eq!(twice, usize::from(moment == Moment::AfterSend), "{moment:?}");
        let again = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
        assert_eq!((again.sent, again.waiting), (0, 0));
    }
}

/// The state and the outbox are one file: there is no moment at which an alert
/// is known and not yet to be sent.
#[test]
fn an_evaluation_that_dies_before_its_write_is_made_again_in_full() {
    let fixture = Fixture::new();
    let died: Result<(), StoreError> = fixture.store.update(|state| {
        state.apply(
            detected(vec![finding("a", "blocked", Severity::Warning)]),
            &fixture.rules,
            &hook(),
            at("2024-08-16T06:00:00Z"),
        );
        Err(StoreError::CutOff(Moment::BeforeSend))
    });
    assert!(died.is_err());
    assert_eq!(fixture.store.read().unwrap(), State::default());
    let again =
        fixture.raise(vec![finding("a", "blocked", Severity::Warning)], "2024-08-16T06:00:01Z");
    assert_eq!(again, [NoticeKind::Raised]);
    assert_eq!(fixture.store.read().unwrap().waiting().count(), 1);
}

#[test]
fn a_receiver_that_fails_is_tried_again_later_and_later_and_keeps_its_order() {
    let fixture = Fixture::new();
    fixture.raise(vec![finding("a", "blocked", Severity::Warning)], "2024-08-16T05:00:00Z");
    fixture.raise(
        vec![finding("a", "blocked", Severity::Warning), finding("b", "x", Severity::Warning)],
        "2024-08-16T05:30:00Z",
    );
    let receiver = Receiver::default();
    let accident = Accident::none();
    let down = |n| (0..n).map(|_| Err(SendError::Passing("503".into()))).collect::<Vec<_>>();
    *receiver.answers.borrow_mut() = down(3);
    let done = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
    assert_eq!((done.sent, done.waiting), (0, 2));
    assert_eq!(done.problems, [("hook".to_owned(), "503".to_owned())]);
    assert_eq!(receiver.tries.get(), 3, "the second message must not overtake the first");
    assert_eq!(accident.waited.get(), Duration::from_secs(4));
    // Not before its time.
    let done = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
    assert_eq!((done.sent, receiver.tries.get()), (0, 3));
    let mut waits = Vec::new();
    for _ in 0..9 {
        let state = fixture.store.read().unwrap();
        let next = state.waiting().next().unwrap().next_try_at;
        waits.push(next.duration_since(accident.now.get()));
        accident.now.set(next);
        *receiver.answers.borrow_mut() = down(3);
        let _ = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
    }
    let minutes: Vec<i64> = waits.iter().map(SignedDuration::as_mins).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    receiver.answers.borrow_mut().clear();
    let done = deliver(&fixture.store, &[&receiver], &accident, true).unwrap();
    assert_eq!((done.sent, done.waiting), (2, 0));
    // A refusal that stays is not hammered: one try, and it waits.
    fixture.raise(vec![finding("z", "blocked", Severity::Warning)], "2024-08-17T05:00:00Z");
    let before = receiver.tries.get();
    *receiver.answers.borrow_mut() = vec![Err(SendError::Refused("401".into()))];
    accident.now.set(at("2024-08-17T06:00:00Z"));
    let done = deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
    assert_eq!((receiver.tries.get() - before, done.waiting), (1, 1));
}

#[test]
fn a_clock_that_was_far_ahead_holds_no_message_back() {
    let fixture = Fixture::new();
    fixture.raise(vec![finding("a", "blocked", Severity::Warning)], "2031-01-01T00:00:00Z");
    let (receiver, accident) = (Receiver::default(), Accident::none());
    *receiver.answers.borrow_mut() = vec![Err(SendError::Refused("401".into()))];
    accident.now.set(at("2031-01-01T00:00:00Z"));
    let go = || deliver(&fixture.store, &[&receiver], &accident, false).unwrap();
    assert_eq!(go().waiting, 1);
    // Before its time, by the clock as it was.
    accident.now.set(at("2031-01-01T00:00:59Z"));
    assert_eq!((go().waiting, receiver.tries.get()), (1, 1));
    accident.now.set(at("2024-08-16T06:00:00Z"));
    assert_eq!(go().sent, 1);
}

#[test]
fn what_waits_for_a_channel_that_was_taken_out_is_given_up_after_a_week_and_told() {
    let fixture = Fixture::new();
    let all: Vec<Finding> =
        ["a", "b", "c"].map(|s| finding(s, "blocked", Severity::Warning)).to_vec();
    fixture.raise(all[..1].to_vec(), "2024-08-10T06:00:00Z");
    let accident = Accident::none();
    let (mail, hook) = (Receiver::named("mail"), Receiver::default());
    let go = |now: &str, channels: &[&dyn Channel]| {
        accident.now.set(at(now));
        deliver(&fixture.store, channels, &accident, false).unwrap()
    };
    let first = || fixture.store.read().unwrap().outbox[0].clone();
    // Its age does not count, but how long there has been no channel for it.
    let done = go("2024-08-20T06:00:00Z", &[&mail]);
    assert_eq!((done.waiting, done.given_up.len()), (1, 0));
    assert!(first().problem.unwrap().ends_with("given up on 2024-08-27"));
    // The channel is there again for a moment, and fails.
    *hook.answers.borrow_mut() = vec![Err(SendError::Refused("401".into()))];
    assert_eq!(go("2024-08-26T06:00:00Z", &[&mail, &hook]).waiting, 1);
    assert_eq!(go("2024-08-26T07:00:00Z", &[&mail]).waiting, 1);
    fixture.raise(all[..2].to_vec(), "2024-08-30T06:00:00Z");
    assert_eq!(go("2024-09-02T06:59:59Z", &[&mail]).waiting, 2);
    let done = go("2024-09-02T07:00:00Z", &[&mail]);
    assert_eq!((done.sent, done.waiting), (0, 1), "the younger message has its own week");
    assert_eq!(done.given_up.into_iter().collect::<Vec<_>>(), [("hook".to_owned(), 1)]);
    let kept = first();
    assert_eq!(kept.given_up_at, Some(at("2024-09-02T07:00:00Z")), "there is a record of it");
    assert!(kept.sent_at.is_none() && kept.notices.is_empty());
    assert_eq!(fixture.store.read().unwrap().alerts.len(), 2, "the alerts stay");
    // A channel that comes back gets what still waits, in a state written anew.
    let before = hook.tries.get();
    let done = go("2024-09-03T06:00:00Z", &[&hook]);
    assert_eq!((done.sent, done.waiting, hook.tries.get() - before), (1, 0, 1));
    assert!(go("2024-09-20T06:00:00Z", &[]).given_up.is_empty(), "it is told once");
}

#[test]
fn two_processes_do_not_send_at_once() {
    let fixture = Fixture::new();
    fixture.raise(vec![finding("a", "blocked", Severity::Warning)], "2024-08-16T05:00:00Z");
    let sending = fixture.store.sender().unwrap();
    assert!(sending.is_some());
    let receiver = Receiver::default();
    let done = deliver(&fixture.store, &[&receiver], &Accident::none(), false).unwrap();
    assert!(done.busy);
    assert_eq!((receiver.tries.get(), done.waiting), (0, 1));
    drop(sending);
    assert_eq!(deliver(&fixture.store, &[&receiver], &Accident::none(), false).unwrap().sent, 1);
}

#[test]
fn a_damaged_state_is_an_error_that_names_the_file_and_is_left_alone() {
    let fixture = Fixture::new();
    fixture.raise(vec![finding("a", "x", Severity::Warning)], "2024-08-16T06:00:00Z");
    let path = fixture.store.feed_file().with_file_name("state.json");
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let error = fixture.store.update(|_| Ok(())).unwrap_err().to_string();
    assert!(error.contains("state.json is damaged"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap().len(), text.len() / 2);
    // Of a later version, whatever else that writes.
    std::fs::write(&path, r#"{"format": 2, "silences": []}"#).unwrap();
    let error = fixture.store.read().unwrap_err().to_string();
    assert!(error.contains("format 2, this version reads 1"), "{error}");
    // One that cannot be looked at is not none. A link to itself is such a file.
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = fixture.store.update(|_| Ok(())).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("state.json"), "{error}");
}
