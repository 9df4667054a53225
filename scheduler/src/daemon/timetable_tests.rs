use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::*;

/// Longer than any busy machine needs.
const LONG: Duration = Duration::from_mins(1);

fn plans(lines: &[(&str, &str, &str, Option<&str>)]) -> BTreeMap<String, Plan> {
    let schedule = |cron: &str, zone: &str| Schedule::parse("test", cron, zone).unwrap();
    let plan = |(source, cron, zone, feed): &(&str, &str, &str, Option<&str>)| {
        let plan = Plan { crawl: schedule(cron, zone), feed: feed.map(|f| schedule(f, zone)) };
        ((*source).to_owned(), plan)
    };
    lines.iter().map(plan).collect()
}

async fn ring(rings: &mut UnboundedReceiver<Ring>) -> Ring {
    timeout(LONG, rings.recv()).await.expect("a job rings").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_ring_until_they_are_replaced() {
    let (sender, mut rings) = unbounded_channel();
    let mut timetable = Timetable::start(sender).await.unwrap();
    let never = "0 0 0 1 1 *";
    let first = plans(&[
        ("a", "* * * * * *", "Asia/Tokyo", None),
        ("b", never, "Europe/Berlin", Some("* * * * * *")),
    ]);
    timetable.arm(&first, Timestamp::now()).await.unwrap();
    let (mut crawls, mut polls) = (0, 0);
    while crawls < 2 || polls < 2 {
        match ring(&mut rings).await {
            (source, Bell::Crawl) => {
                assert_eq!(source, "a");
                crawls += 1;
            }
            (source, Bell::Feed) => {
                assert_eq!(source, "b");
                polls += 1;
            }
        }
    }
    // As after a reload: `a` is gone, `c` is there.
    timetable.arm(&plans(&[("c", "* * * * * *", "UTC", None)]), Timestamp::now()).await.unwrap();
    while ring(&mut rings).await.0 != "c" {}
    for _ in 0..3 {
        assert_eq!(ring(&mut rings).await, ("c".to_owned(), Bell::Crawl));
    }
}

/// The scheduler and the agenda must mean the same by a cron line and a zone.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_time_of_a_job_is_that_of_its_schedule_in_its_zone() {
    let (sender, _rings) = unbounded_channel();
    let mut timetable = Timetable::start(sender).await.unwrap();
    // At noon no clock is ever changed.
    let lines = [
        ("berlin", "0 30 12 * * *", "Europe/Berlin", None),
        ("london", "0 30 12 * * MON", "Europe/London", None),
        ("new_york", "0 30 12 * * *", "America/New_York", None),
        ("shanghai", "0 30 12 * * *", "Asia/Shanghai", None),
        ("tokyo", "0 30 12 13 * FRI", "Asia/Tokyo", None),
    ];
    let plans = plans(&lines);
    let now = Timestamp::now();
    timetable.arm(&plans, now).await.unwrap();
    for ((source, plan), job) in plans.iter().zip(timetable.jobs.clone()) {
        let next = timetable.scheduler.next_tick_for_job(job.guid()).await.unwrap().unwrap();
        let expected = plan.crawl.after(now).unwrap();
        assert_eq!(next.timestamp(), expected.as_second(), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_outdated_once_the_clocks_of_a_zone_were_changed() {
    let (sender, _rings) = unbounded_channel();
    let mut timetable = Timetable::start(sender).await.unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let plans = plans(&[
        ("berlin", "0 30 12 * * *", "Europe/Berlin", None),
        ("tokyo", "0 30 12 * * *", "Asia/Tokyo", None),
    ]);
    timetable.arm(&plans, at("2026-03-28T12:00:00Z")).await.unwrap();
    assert!(!timetable.outdated(at("2026-03-29T00:59:59Z")));
    assert!(timetable.outdated(at("2026-03-29T01:00:00Z")));
    timetable.arm(&plans, at("2026-03-29T01:00:00Z")).await.unwrap();
    assert!(!timetable.outdated(at("2026-06-01T00:00:00Z")));
}
