//! Sources that are due and wait, and those that are being worked on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::agenda::Reason;

/// A source is here once, however often its time came; one that is being
/// worked on waits until that has ended: it never runs twice at once.
#[derive(Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    waiting: BTreeMap<String, Reason>,
    running: BTreeSet<String>,
}

impl Queue {
    /// Makes a source due. A poll of the feed gives way to a crawl, which reads
    /// more; it is dropped while the source is being worked on, because the
    /// next poll comes soon.
    pub fn add(&self, source: &str, reason: Reason) {
        let mut inner = self.lock();
        if reason == Reason::Feed && inner.running.contains(source) {
            return;
        }
        let waiting = inner.waiting.entry(source.to_owned()).or_insert(reason);
        if *waiting == Reason::Feed {
            *waiting = reason;
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Waits for sources that are due and free, and takes all of them.
    pub async fn take(&self) -> Vec<(String, Reason)> {
        loop {
            let taken = self.take_now();
            if !taken.is_empty() {
                return taken;
            }
            self.changed.notified().await;
        }
    }

    fn take_now(&self) -> Vec<(String, Reason)> {
        let mut inner = self.lock();
        let Inner { waiting, running } = &mut *inner;
        let free: Vec<String> =
            waiting.keys().filter(|source| !running.contains(*source)).cloned().collect();
        let mut taken = Vec::new();
        for source in free {
            if let Some(reason) = waiting.remove(&source) {
                running.insert(source.clone());
                taken.push((source, reason));
            }
        }
        taken
    }

    /// The work on a source has ended.
    pub fn done(&self, source: &str) {
        self.lock().running.remove(source);
        self.changed.notify_one();
    }

    /// How many wait, and how many are being worked on.
    pub fn lengths(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.waiting.len(), inner.running.len())
    }

    /// The sources that wait or are being worked on.
    pub fn busy(&self) -> BTreeSet<String> {
        let inner = self.lock();
        inner.waiting.keys().chain(&inner.running).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(taken: Vec<(String, Reason)>) -> Vec<(String, &'static str)> {
        taken.into_iter().map(|(source, reason)| (source, reason.code())).collect()
    }

    #[test]
    fn a_source_never_runs_twice_at_once_and_waits_once() {
        let queue = Queue::default();
        queue.add("a", Reason::Schedule);
        queue.add("a", Reason::Schedule);
        queue.add("b", Reason::Retry);
        assert_eq!(
            names(queue.take_now()),
            [("a".to_owned(), "schedule"), ("b".to_owned(), "retry")]
        );
        queue.add("a", Reason::Schedule);
        assert!(queue.take_now().is_empty());
        assert_eq!(queue.lengths(), (1, 2));
        queue.done("b");
        assert!(queue.take_now().is_empty());
        queue.done("a");
        assert_eq!(names(queue.take_now()), [("a".to_owned(), "schedule")]);
        queue.done("a");
        assert_eq!(queue.lengths(), (0, 0));
    }

    #[test]
    fn a_poll_gives_way_to_a_crawl_and_is_dropped_while_the_source_runs() {
        let queue = Queue::default();
        queue.add("a", Reason::Feed);
        queue.add("a", Reason::Schedule);
        queue.add("a", Reason::Feed);
        assert_eq!(names(queue.take_now()), [("a".to_owned(), "schedule")]);
        queue.add("a", Reason::Feed);
        queue.done("a");
        assert!(queue.take_now().is_empty());
    }

    #[tokio::test]
    async fn taking_waits_for_something_to_be_due() {
        let queue = std::sync::Arc::new(Queue::default());
        let taker = tokio::spawn({
            let queue = std::sync::Arc::clone(&queue);
            async move { queue.take().await }
        });
        tokio::task::yield_now().await;
        queue.add("a", Reason::CatchUp);
        assert_eq!(names(taker.await.unwrap()), [("a".to_owned(), "catch_up")]);
    }
}
