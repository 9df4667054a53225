//! The outbox: nothing is lost, and nothing is sent twice as far as a receiver
//! that remembers keys can tell.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod delivery;
mod feed;
mod telling;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use regatta_alerts::{
    Certainty, Channel, Delivery, Detected, Finding, Lasting, Message, Moment, NoticeKind, Probe,
    Recipient, Rules, SendError, Severity, State, Store, StoreError,
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
struct Receiver {
    name: &'static str,
    /// Bodies by key, and how often each came.
    taken: RefCell<BTreeMap<String, (String, usize)>>,
    answers: RefCell<Vec<Result<(), SendError>>>,
    tries: Cell<usize>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::named("hook")
    }
}

impl Receiver {
    fn named(name: &'static str) -> Self {
        let (taken, answers, tries) = Default::default();
        Self { name, taken, answers, tries }
    }
}

impl Channel for Receiver {
    fn name(&self) -> &'static str {
        self.name
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
