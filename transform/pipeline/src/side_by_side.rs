//! Independent work on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The answer to each of `items`, in their order. Threads take the next items
/// when they are done with theirs: items differ much in size.
pub(crate) fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    // A few of many at a time, one of few.
    let step = (items.len() / 64).max(1);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let from = next.fetch_add(step, Ordering::Relaxed);
            let some = items.iter().enumerate().skip(from).take(step);
            let before = done.len();
            done.extend(some.map(|(at, item)| (at, work(item))));
            if done.len() == before {
                return done;
            }
        }
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut all = take();
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        let doubled: Vec<usize> = items.iter().map(|i| i * 2).collect();
        assert_eq!(side_by_side(&items, |i| i * 2), doubled);
        assert!(side_by_side(&[] as &[usize], |i| *i).is_empty());
    }
}
