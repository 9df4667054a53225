//! A push that is killed, or whose requests fail: the store serves the earlier
//! state or the new one, whole, and the next push brings the rest.

use std::time::Instant;

use regatta_tests::{Failure, Regatta, S3, Site};

/// A lake with a second snapshot that the store does not have yet, the store
/// as it was before, and both snapshots.
fn ready(site: &Site, s3: &S3, more: &str) -> (Regatta, tempfile::TempDir, String, String) {
    let regatta = s3.regatta(&site.url(), &format!("after_publish = false\nkeep = 2\n{more}"));
    let _ = regatta.ok(&["refresh"]);
    let _ = regatta.ok(&["push"]);
    let first = s3.served().unwrap();
    site.day("day2");
    let second = regatta.json(&["refresh"])["snapshot_id"].as_str().unwrap().to_owned();
    let copy = tempfile::tempdir().unwrap();
    S3::copy(s3.folder(), copy.path());
    (regatta, copy, first, second)
}

#[test]
fn a_push_killed_at_many_moments_leaves_a_whole_state_r42() {
    let (site, s3) = (Site::start(), S3::start());
    let (regatta, before, first, second) = ready(&site, &s3, "");
    let began = Instant::now();
    let _ = regatta.ok(&["push"]);
    let whole = began.elapsed();
    let kills: u32 = std::env::var("REGATTA_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let mut unfinished = 0;
    for moment in 0..kills {
        s3.restore(before.path());
        let mut child = regatta.start(&["push"]);
        std::thread::sleep(whole * moment / kills);
        // SIGKILL: nothing in the process can tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        s3.settle();
        let served = s3.served().unwrap();
        assert!(served == first || served == second, "{served} after kill {moment}");
        unfinished += u32::from(served == first);
        // The next push brings what is missing, and not what is there.
        let report = regatta.json(&["push"]);
        assert_eq!(report["snapshot_id"], second);
        assert_eq!(s3.served().unwrap(), second);
    }
    assert!(unfinished > 0, "no kill came before the switch");
}

#[test]
fn whichever_request_fails_the_earlier_state_stays_or_the_new_one_is_whole() {
    let (site, s3) = (Site::start(), S3::start());
    let (regatta, before, first, second) =
        ready(&site, &s3, "max_retries = 0\nretry_timeout_s = 1");
    let _ = s3.take_log();
    let _ = regatta.ok(&["push"]);
    let log = s3.take_log();
    let requests = log.len();
    assert!(requests > 25, "{log:?}");
    // Every third one, each in another way, and all around the switch.
    let switch = log.iter().position(|l| l.ends_with("/current.json")).unwrap();
    let ways = [Failure::Denied, Failure::Once, Failure::AnswerLost, Failure::FromThen];
    for number in (0..requests).filter(|n| n % 3 == 0 || n.abs_diff(switch) <= 1) {
        s3.restore(before.path());
        let way = ways[(number / 3) % ways.len()];
        s3.fail(number, way);
        let ran = regatta.run(&["push"]);
        assert!(s3.heal() > 0, "request {number} of {requests} was not sent");
        let served = s3.served().unwrap();
        if ran.code == 0 {
            assert_eq!(served, second, "request {number}, {way:?}");
        } else {
            assert_eq!(ran.code, 1, "{}", ran.err);
            assert!(served == first || way == Failure::AnswerLost, "request {number}, {way:?}");
            assert!(ran.err.contains("s3://data/drugs/"), "{}", ran.err);
        }
        let _ = regatta.ok(&["push"]);
        assert_eq!(s3.served().unwrap(), second);
    }
}

#[test]
fn a_request_that_fails_once_is_sent_again() {
    let (site, s3) = (Site::start(), S3::start());
    let (regatta, before, _, second) = ready(&site, &s3, "max_retries = 3\nretry_timeout_s = 20");
    let _ = s3.take_log();
    let _ = regatta.ok(&["push"]);
    let switch = s3.take_log().iter().position(|l| l.ends_with("/current.json")).unwrap();
    // An upload, and the switch itself: before it took effect, and after.
    for (number, way) in [
        (0, Failure::Once),
        (5, Failure::AnswerLost),
        (switch, Failure::Once),
        (switch, Failure::AnswerLost),
    ] {
        s3.restore(before.path());
        s3.fail(number, way);
        let report = regatta.json(&["push"]);
        assert!(s3.heal() > 0);
        assert_eq!(report["outcome"], "switched", "{number} {way:?}");
        assert_eq!(s3.served().unwrap(), second);
    }
}
