//! What to ask: in the order of its discovery, nothing twice.

use std::collections::{BTreeSet, VecDeque};

use regatta_sources::Request;

/// The requests of one crawl, breadth first.
#[derive(Debug)]
pub(crate) struct Plan {
    queue: VecDeque<Request>,
    seen: BTreeSet<String>,
}

impl Plan {
    /// A plan that begins with `seeds`.
    pub(crate) fn new(seeds: Vec<Request>) -> Self {
        let mut plan = Self { queue: VecDeque::new(), seen: BTreeSet::new() };
        plan.add(seeds);
        plan
    }

    /// Appends what is not planned yet.
    pub(crate) fn add(&mut self, requests: Vec<Request>) {
        for request in requests {
            if self.seen.insert(request.key()) {
                self.queue.push_back(request);
            }
        }
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Option<Request> {
        self.queue.pop_front()
    }

    /// Keys of all requests so far, sent or not.
    pub(crate) fn keys(&self) -> &BTreeSet<String> {
        &self.seen
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use regatta_sources::BodyKind;

    use super::*;

    #[test]
    fn requests_come_breadth_first_and_once() {
        let get = |path: &str| {
            Request::get(format!("https://a/{path}").parse().unwrap(), "x", BodyKind::Text)
        };
        let mut plan = Plan::new(vec![get("1"), get("2"), get("1")]);
        assert_eq!(plan.next(), Some(get("1")));
        plan.add(vec![get("3"), get("2")]);
        assert_eq!(plan.next(), Some(get("2")));
        assert_eq!(plan.next(), Some(get("3")));
        assert_eq!(plan.next(), None);
        assert_eq!(plan.keys().len(), 3);
    }
}
