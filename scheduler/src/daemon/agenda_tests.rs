use super::super::retry::SpreadBy;
use super::*;

const RETRY: RetrySettings = RetrySettings {
    failed_first_s: 300,
    wrong_first_s: 3600,
    max_s: 14_400,
    blocked_first_s: 28_800,
    blocked_max_s: 86_400,
};

struct NoJitter;

impl Jitter for NoJitter {
    fn of(&self, _: &str) -> f64 {
        0.0
    }
}

fn at(text: &str) -> Timestamp {
    format!("2026-{text}Z").parse().unwrap()
}

fn run(status: RunStatus, started: &str) -> Past {
    let started_at = at(started);
    let last = LastRun {
        run_id: started.into(),
        status,
        started_at,
        finished_at: started_at + SignedDuration::from_secs(60),
    };
    let failures = u32::from(!status.is_good());
    Past { last: Some(last), failures_in_a_row: failures, ..Past::default() }
}

fn agenda_of(cron: &str, feed: Option<&str>, past: Past, now: &str) -> Agenda {
    let plan = Plan {
        crawl: Schedule::parse("s", cron, "UTC").unwrap(),
        feed: feed.map(|f| Schedule::parse("s", f, "UTC").unwrap()),
    };
    let plans = BTreeMap::from([("s".to_owned(), (plan, past))]);
    Agenda::new(plans, RETRY, Arc::new(NoJitter), at(now))
}

fn daily(past: Past, now: &str) -> Agenda {
    agenda_of("0 20 6 * * *", None, past, now)
}

/// As the clockwork asks: both jobs ring, then what else is due.
fn reasons(agenda: &mut Agenda, now: &str) -> Vec<Reason> {
    let rang = [Bell::Crawl, Bell::Feed].map(|bell| agenda.rang("s", bell, at(now)));
    rang.into_iter().flatten().chain(unasked(agenda, now)).collect()
}

/// What is due though no job rings.
fn unasked(agenda: &mut Agenda, now: &str) -> Vec<Reason> {
    agenda.due(at(now)).into_iter().map(|(_, reason)| reason).collect()
}

#[test]
fn a_ring_counts_once_and_not_before_its_time() {
    let mut agenda = daily(Past::default(), "11-26T00:00:00");
    // A job that was made before the clocks were changed rings an hour early.
    assert_eq!(agenda.rang("s", Bell::Crawl, at("11-26T05:20:00")), None);
    assert_eq!(agenda.rang("s", Bell::Crawl, at("11-26T06:20:00")), Some(Reason::Schedule));
    assert_eq!(agenda.rang("s", Bell::Crawl, at("11-26T06:20:00")), None);
    assert_eq!(agenda.rang("s", Bell::Feed, at("11-26T06:20:00")), None);
    assert_eq!(agenda.rang("another", Bell::Crawl, at("11-27T06:20:00")), None);
}

#[test]
fn a_time_for_which_no_job_rang_is_caught_up() {
    let mut agenda =
        agenda_of("0 20 6 * * *", Some("0 20 * * * *"), Past::default(), "11-26T06:19:00");
    assert_eq!(unasked(&mut agenda, "11-26T06:19:00"), [Reason::Feed]);
    assert!(unasked(&mut agenda, "11-26T06:21:00").is_empty());
    assert_eq!(unasked(&mut agenda, "11-26T06:21:01"), [Reason::CatchUp, Reason::Feed]);
    // The job rings after all, of a machine that woke up: it ran already.
    assert!(reasons(&mut agenda, "11-26T06:21:02").is_empty());
}

#[test]
fn a_source_is_due_at_its_time_and_only_once() {
    let mut agenda = daily(Past::default(), "11-26T00:00:00");
    assert!(reasons(&mut agenda, "11-26T06:19:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    assert!(reasons(&mut agenda, "11-26T06:20:01").is_empty());
    assert!(reasons(&mut agenda, "11-27T06:19:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-27T06:20:01"), [Reason::Schedule]);
}

#[test]
fn what_was_missed_while_the_daemon_was_down_is_caught_up_once() {
    let mut agenda = daily(run(RunStatus::Ok, "11-20T06:20:00"), "11-26T12:00:00");
    assert_eq!(reasons(&mut agenda, "11-26T12:00:00"), [Reason::CatchUp]);
    assert!(reasons(&mut agenda, "11-26T12:00:01").is_empty());
    assert_eq!(agenda.next("s"), Some(at("11-27T06:20:00")));
    // The run of today has begun: a restart finds nothing missed.
    let mut agenda = daily(run(RunStatus::Ok, "11-26T06:20:03"), "11-26T12:00:00");
    assert!(reasons(&mut agenda, "11-26T12:00:00").is_empty());
    // A run by hand at 12:00 stands for the missed one of 06:20.
    let mut agenda = daily(run(RunStatus::Ok, "11-26T12:00:00"), "11-26T13:00:00");
    assert!(reasons(&mut agenda, "11-26T13:00:00").is_empty());
    // A source that never ran missed nothing.
    assert!(reasons(&mut daily(Past::default(), "11-26T12:00:00"), "11-26T12:00:00").is_empty());
}

#[test]
fn a_machine_that_slept_over_several_times_runs_once() {
    let mut agenda = agenda_of("0 0 * * * *", None, Past::default(), "11-26T00:30:00");
    assert_eq!(reasons(&mut agenda, "11-26T09:10:00"), [Reason::CatchUp]);
    assert!(reasons(&mut agenda, "11-26T09:10:01").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T10:00:00"), [Reason::Schedule]);
}

#[test]
fn a_clock_set_back_runs_nothing_twice() {
    let mut agenda = daily(run(RunStatus::Ok, "11-25T06:20:00"), "11-26T06:00:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    agenda.finished("s", run(RunStatus::Ok, "11-26T06:20:00"));
    agenda.set_back(at("11-26T03:20:00"));
    assert!(reasons(&mut agenda, "11-26T06:20:00").is_empty());
    assert_eq!(reasons(&mut agenda, "11-27T06:20:00"), [Reason::Schedule]);
    // The same after a restart in between: the last start lies ahead.
    let mut agenda = daily(run(RunStatus::Ok, "11-26T06:20:00"), "11-26T03:20:00");
    assert!(reasons(&mut agenda, "11-26T06:20:01").is_empty());
    assert_eq!(reasons(&mut agenda, "11-27T06:20:00"), [Reason::Schedule]);
    // Half an hour of an hourly schedule.
    let mut agenda = agenda_of("0 0 * * * *", None, Past::default(), "11-26T11:59:00");
    assert_eq!(reasons(&mut agenda, "11-26T12:00:00"), [Reason::Schedule]);
    agenda.set_back(at("11-26T11:31:00"));
    assert!(reasons(&mut agenda, "11-26T12:00:30").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T13:00:00"), [Reason::Schedule]);
}

#[test]
fn a_clock_set_back_far_does_not_stop_the_schedules() {
    let mut agenda = daily(run(RunStatus::Ok, "11-25T06:20:00"), "11-25T12:00:00");
    // The clock ran a month ahead for a while.
    assert_eq!(reasons(&mut agenda, "12-26T00:00:00"), [Reason::CatchUp]);
    agenda.finished("s", run(RunStatus::Ok, "12-26T00:00:00"));
    agenda.set_back(at("11-26T00:01:00"));
    assert_eq!(agenda.next("s"), Some(at("11-26T06:20:00")));
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    let mut agenda = daily(run(RunStatus::Ok, "12-26T00:00:00"), "11-26T00:01:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
}

#[test]
fn a_failure_is_retried_before_the_regular_run_and_also_after_a_restart() {
    let mut agenda = daily(run(RunStatus::Ok, "11-25T06:20:00"), "11-26T06:00:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    let failed = run(RunStatus::Failed, "11-26T06:20:00");
    agenda.finished("s", failed.clone());
    assert!(reasons(&mut agenda, "11-26T06:25:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:26:00"), [Reason::Retry]);
    assert!(reasons(&mut agenda, "11-26T06:26:01").is_empty());
    agenda.finished("s", run(RunStatus::Ok, "11-26T06:26:00"));
    assert!(reasons(&mut agenda, "11-27T06:19:00").is_empty());
    // A restart before the retry, and one long after it.
    let mut agenda = daily(failed.clone(), "11-26T06:22:00");
    assert!(reasons(&mut agenda, "11-26T06:25:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:26:00"), [Reason::Retry]);
    assert_eq!(reasons(&mut daily(failed, "11-26T09:00:00"), "11-26T09:00:00"), [Reason::Retry]);
}

#[test]
fn a_crawl_that_left_no_manifest_is_tried_again_later_and_later() {
    let mut agenda = daily(run(RunStatus::Ok, "11-25T06:20:00"), "11-26T06:00:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    agenda.broke_down("s", at("11-26T06:21:00"));
    assert!(reasons(&mut agenda, "11-26T06:25:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:26:00"), [Reason::Retry]);
    agenda.broke_down("s", at("11-26T06:26:00"));
    assert!(reasons(&mut agenda, "11-26T06:35:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:36:00"), [Reason::Retry]);
    agenda.finished("s", run(RunStatus::Ok, "11-26T06:36:00"));
    assert!(reasons(&mut agenda, "11-27T06:19:00").is_empty());
}

#[test]
fn a_block_is_left_alone_for_hours() {
    let mut agenda = daily(run(RunStatus::Blocked, "11-26T06:20:00"), "11-26T06:22:00");
    assert!(reasons(&mut agenda, "11-26T14:20:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T14:21:00"), [Reason::Retry]);
}

#[test]
fn a_retry_of_a_clock_set_back_waits_from_now() {
    let mut agenda = daily(run(RunStatus::Ok, "11-25T06:20:00"), "11-26T06:00:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule]);
    agenda.finished("s", run(RunStatus::Failed, "11-26T06:20:00"));
    agenda.set_back(at("11-26T05:21:00"));
    assert!(reasons(&mut agenda, "11-26T05:25:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T05:26:00"), [Reason::Retry]);
}

#[test]
fn a_feed_is_asked_at_once_and_then_on_its_own_schedule() {
    let feed = Some("0 */10 * * * *");
    let mut agenda = agenda_of("0 20 6 * * *", feed, Past::default(), "11-26T06:05:00");
    assert_eq!(reasons(&mut agenda, "11-26T06:05:00"), [Reason::Feed]);
    assert!(reasons(&mut agenda, "11-26T06:09:59").is_empty());
    assert_eq!(reasons(&mut agenda, "11-26T06:10:00"), [Reason::Feed]);
    assert_eq!(reasons(&mut agenda, "11-26T06:20:00"), [Reason::Schedule, Reason::Feed]);
    // After a sleep once, and after a clock set back without waiting for it.
    assert_eq!(reasons(&mut agenda, "11-26T09:05:00"), [Reason::Feed]);
    agenda.set_back(at("11-26T08:05:00"));
    assert_eq!(reasons(&mut agenda, "11-26T08:10:00"), [Reason::Feed]);
}

#[test]
fn a_reload_keeps_what_ran() {
    // The schedule is made anew from the history: what ran today stays run.
    let spread = Arc::new(SpreadBy(1));
    let plan = Plan { crawl: Schedule::parse("s", "0 0 5 * * *", "UTC").unwrap(), feed: None };
    let past = run(RunStatus::Ok, "11-26T06:20:00");
    let plans = BTreeMap::from([("s".to_owned(), (plan, past))]);
    let mut agenda = Agenda::new(plans, RETRY, spread, at("11-26T12:00:00"));
    assert!(reasons(&mut agenda, "11-26T12:00:00").is_empty());
    assert_eq!(agenda.next("s"), Some(at("11-27T05:00:00")));
}
