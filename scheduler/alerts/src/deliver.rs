//! Emptying the outbox.
//!
//! A message is written before it is sent and marked after the receiver took
//! it. Whatever happens in between, it is sent again with the same key: at
//! least once, and with a receiver that remembers keys, once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Delivery, Store, StoreError};

/// Tries in one go, and the waits before the second and third.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Waits after a go that failed: doubled from the first to the longest.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// A way to a receiver.
pub trait Channel {
    /// Its name in the outbox.
    fn name(&self) -> &str;

    /// Sends a message once.
    ///
    /// # Errors
    /// When it is not certain that the receiver took it.
    fn send(&self, delivery: &Delivery, now: Timestamp) -> Result<(), SendError>;
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Time-out, refused connection, 5xx, 429: trying again soon may help.
    #[error("{0}")]
    Passing(String),
    /// Refused for a reason that stays (4xx, bad address): it waits in the
    /// outbox until that is put right.
    #[error("{0}")]
    Refused(String),
}

/// A moment of a delivery at which a process may die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Nothing is sent yet.
    BeforeSend,
    /// The receiver took it; nobody here knows yet.
    AfterSend,
    /// It is marked.
    AfterMark,
}

/// Time and accidents, which come from outside.
pub trait Probe {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Waits between two tries.
    fn wait(&self, time: Duration);

    /// Called at each moment; tests cut the work off here.
    ///
    /// # Errors
    /// [`StoreError::CutOff`] ends the work at once, as a crash would.
    fn reached(&self, moment: Moment, delivery: &Delivery) -> Result<(), StoreError> {
        let _ = (moment, delivery);
        Ok(())
    }
}

/// The real time, given as a function, and no accidents.
pub struct Undisturbed<F>(pub F);

impl<F: Fn() -> Timestamp> Probe for Undisturbed<F> {
    fn now(&self) -> Timestamp {
        (self.0)()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// What became of the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages taken by their receivers.
    pub sent: usize,
    /// Messages that wait, those for channels that are not configured included.
    pub waiting: usize,
    /// Messages that were given up in this go, by channel: it was not configured
    /// for a week.
    pub given_up: BTreeMap<String, usize>,
    /// Channel and reason of what failed in this go.
    pub problems: Vec<(String, String)>,
    /// Another process is sending: nothing was done.
    pub busy: bool,
}

/// Sends what is due, in order; `all`: also what waits for a later try. A
/// channel that fails keeps its order: nothing overtakes. What has waited for a
/// week for a channel that is not among `channels` is given up.
///
/// # Errors
/// When the state cannot be read or written. A receiver that fails is no
/// error: the message stays in the outbox.
pub fn deliver(
    store: &Store,
    channels: &[&dyn Channel],
    probe: &dyn Probe,
    all: bool,
) -> Result<Delivered, StoreError> {
    let mut done = Delivered::default();
    let Some(_sending) = store.sender()? else {
        done.busy = true;
        done.waiting = store.read()?.waiting().count();
        return Ok(done);
    };
    let names: Vec<&str> = channels.iter().map(|channel| channel.name()).collect();
    let now = probe.now();
    done.given_up = store.update(|state| Ok(state.give_up_without_channel(&names, now)))?;
    for channel in channels {
        let mine: Vec<Delivery> =
            store.read()?.waiting().filter(|d| d.channel == channel.name()).cloned().collect();
        for delivery in mine {
            if !all && waits(&delivery, probe.now()) {
                break;
            }
            probe.reached(Moment::BeforeSend, &delivery)?;
            let result = try_few_times(*channel, &delivery, probe);
            if result.is_ok() {
                probe.reached(Moment::AfterSend, &delivery)?;
            }
            let now = probe.now();
            note(store, &delivery.key, result.as_ref().err(), now)?;
            probe.reached(Moment::AfterMark, &delivery)?;
            match result {
                Ok(()) => done.sent += 1,
                Err(error) => {
                    done.problems.push((channel.name().to_owned(), error.to_string()));
                    break;
                }
            }
        }
    }
    done.waiting = store.read()?.waiting().count();
    Ok(done)
}

fn try_few_times(
    channel: &dyn Channel,
    delivery: &Delivery,
    probe: &dyn Probe,
) -> Result<(), SendError> {
    let mut waits = WAITS.iter();
    loop {
        match (channel.send(delivery, probe.now()), waits.next()) {
            (Err(SendError::Passing(_)), Some(wait)) => probe.wait(*wait),
            (result, _) => return result,
        }
    }
}

fn note(
    store: &Store,
    key: &str,
    problem: Option<&SendError>,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.update(|state| {
        if let Some(delivery) = state.outbox.iter_mut().find(|d| d.key == key) {
            delivery.attempts += 1;
            delivery.problem = problem.map(ToString::to_string);
            if problem.is_none() {
                delivery.sent_at = Some(now);
                // The alerts themselves stay in the state.
                delivery.notices.clear();
            } else {
                delivery.next_try_at = now.saturating_add(wait(delivery.attempts)).unwrap_or(now);
            }
        }
        Ok(())
    })
}

/// Whether its time has not come. A time further ahead than any wait was set by a
/// clock that was wrong.
fn waits(delivery: &Delivery, now: Timestamp) -> bool {
    let left = delivery.next_try_at.duration_since(now);
    left.is_positive() && left <= LONGEST_WAIT
}

fn wait(attempts: u32) -> SignedDuration {
    let doubled = FIRST_WAIT.checked_mul(1 << attempts.saturating_sub(1).min(10));
    doubled.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}
