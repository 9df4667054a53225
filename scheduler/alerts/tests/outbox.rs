//! The outbox: nothing is lost, and nothing is sent twice as far as a receiver
//! that remembers keys can tell.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regatta_alerts::{
    Ack, Certainty, Channel, Delivery, Detected, Finding, Lasting, Message, Moment, NoticeKind,
    Probe, Recipient, Rules, SendError, Severity, State, Status, Store, StoreError, atom, deliver,
};
use regatta_lake::Lake;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn finding(subject: &str, state: &str, severity: Severity) -> Finding {
    Finding {
        rule: "source_failing".into(),
        subject: subject.into(),
        what: format!("{subject} <does> not & cannot \"answer\""),
        details: vec!["one <detail>".into()],
        certainty: Certainty::Certain,
        because: "the last run: 403\u{b} & more".into(),
        severity,
        evidence: vec!["run:1".into()],
        cases: 1,
        observation: format!("run {state}"),
        state: state.into(),
        lasting: Lasting::WhileFound,
        entities: Vec::new(),
    }
}

fn detected(findings: Vec<Finding>) -> Detected {
    Detected { findings, undone: Vec::new() }
}

fn hook() -> Vec<Recipient> {
    vec![Recipient { channel: "hook".into(), min_severity: Severity::Info }]
}

/// A receiver that remembers keys, and what it does with the next requests.
#[derive(Default)]
struct Receiver {
    /// Bodies by key, and how often each came.
    taken: RefCell<BTreeMap<String, (String, usize)>>,
    answers: RefCell<Vec<Result<(), SendError>>>,
    tries: Cell<usize>,
}

impl Channel for Receiver {
    fn name(&self) -> &'static str {
        "hook"
    }

    fn send(&self, delivery: &Delivery, _now: Timestamp) -> Result<(), SendError> {
        self.tries.set(self.tries.get() + 1);
        if let Some(answer) = self.answers.borrow_mut().pop() {
            answer?;
        }
        let body = serde_json::to_string(&Message::of(delivery)).unwrap();
        let mut taken = self.taken.borrow_mut();
        let entry = taken.entry(delivery.key.clone()).or_insert_with(|| (body.clone(), 0));
        assert_eq!(entry.0, body, "the same key with another body");
        entry.1 += 1;
        Ok(())
    }
}

/// A clock that is set, waits that are counted, and a crash at one moment.
struct Accident {
    now: Cell<Timestamp>,
    waited: Cell<Duration>,
    crash: Cell<Option<Moment>>,
}

impl Accident {
    fn none() -> Self {
        Self::at(None)
    }

    fn at(moment: Option<Moment>) -> Self {
        Self {
            now: Cell::new(at("2024-08-16T06:00:00Z")),
            waited: Cell::default(),
            crash: Cell::new(moment),
        }
    }
}

impl Probe for Accident {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn wait(&self, time: Duration) {
        self.waited.set(self.waited.get() + time);
    }

    fn reached(&self, moment: Moment, _: &Delivery) -> Result<(), StoreError> {
        if self.crash.get() == Some(moment) {
            self.crash.set(None);
            return Err(StoreError::CutOff(moment));
        }
        Ok(())
    }
}

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    rules: Rules,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(&folder.path().join("lake")).unwrap();
        let store = Store::open(&lake).unwrap();
        Self { _folder: folder, store, rules: Rules::built_in().unwrap() }
    }

    fn raise(&self, findings: Vec<Finding>, now: &str) -> Vec<NoticeKind> {
        let apply = |s: &mut State| Ok(s.apply(detected(findings), &self.rules, &hook(), at(now)));
        self.store.update(apply).unwrap().into_iter().map(|n| n.kind).collect()
    }
}

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
}

#[test]
fn the_feed_is_well_formed_escaped_and_keeps_its_ids() {
    let rules = Rules::built_in().unwrap();
    let mut state = State::default();
    let mut feed = |findings: Vec<Finding>, now: &str| {
        state.apply(detected(findings), &rules, &[], at(now));
        String::from_utf8(atom(&state, "urn:regatta:alerts").unwrap()).unwrap()
    };
    let both = || vec![finding("a", "x", Severity::Warning), finding("b", "x", Severity::Critical)];
    let first = feed(both(), "2024-08-16T06:00:00Z");
    // Read back by another reader of XML than the one that wrote it would be
    // better; the events must at least nest and their text come back.
    let (mut entries, mut titles, mut ids) = (0, Vec::new(), Vec::new());
    let mut reader = quick_xml::Reader::from_str(&first);
    let mut path = Vec::new();
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                entries += usize::from(name == "entry");
                if name == "title" {
                    titles.push(String::new());
                }
                path.push(name);
            }
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => match path.last().map(String::as_str) {
                Some("title") => titles.last_mut().unwrap().push_str(&text.decode().unwrap()),
                Some("id") => ids.push(text.decode().unwrap().into_owned()),
                _ => {}
            },
            Event::GeneralRef(name) if path.last().is_some_and(|p| p == "title") => {
                let text = match &*name.decode().unwrap() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    other => panic!("{other}"),
                };
                titles.last_mut().unwrap().push_str(text);
            }
            _ => {}
        }
    }
    assert!(path.is_empty());
    assert_eq!(entries, 2);
    assert!(titles.iter().any(|t| t.ends_with("a <does> not & cannot \"answer\"")), "{titles:?}");
    assert!(first.contains("- one &lt;detail&gt;"), "{first}");
    assert!(!first.contains('\u{b}'), "a control character that XML forbids");
    assert_eq!(ids.len(), 3);
    // The same state gives the same bytes; a later sight changes no entry.
    assert_eq!(feed(both(), "2024-08-16T09:00:00Z"), first);
    let over = feed(Vec::new(), "2024-08-17T06:00:00Z");
    for id in ids {
        assert!(over.contains(&id), "{id}");
    }
    assert!(over.contains("<updated>2024-08-17T06:00:00Z</updated>"), "{over}");
    assert!(over.contains("over: "));
}
