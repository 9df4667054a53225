//! `regatta worker` (R40): machines that share the blocks of a refresh, killed,
//! paused and without their Redis at random. The tables are those of one
//! process.
//!
//! `REGATTA_WORKER_SEED` makes another run of it.

// The same server as for the tests of the locks themselves.
#[path = "../../scheduler/locks/tests/support/server.rs"]
#[allow(dead_code, reason = "the tests of the locks use all of it")]
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use regatta_tests::{Ran, Regatta, S3};
use serde_json::Value;
use server::{End, RedisServer, signal};

/// Nothing is fetched: what is imported comes from files.
const NOWHERE: &str = "http://127.0.0.1:9";
const BLOCKS: usize = 10_000;
const WORKERS: usize = 4;
const EXPIRY_MS: u64 = 400;
const VISIBILITY_MS: u64 = 600;

#[test]
fn r40_workers_that_die_and_sleep_give_the_tables_of_one_process() {
    let name = "r40_workers_that_die_and_sleep_give_the_tables_of_one_process";
    let Some(mut redis) = RedisServer::start(name, "always") else { return };
    let s3 = S3::start();
    let single = on_day_two(Regatta::new(NOWHERE, true));
    let shared = on_day_two(s3.regatta(NOWHERE, "after_publish = false"));
    shared.configure(&settings(&redis, 1));
    let machines = s3.regatta(NOWHERE, "");
    machines.configure(&settings(&redis, 4));

    let expected = staged(&single, single.run(&["transform"]));

    let mut dice = Dice(std::env::var("REGATTA_WORKER_SEED").map_or(40, |n| n.parse().unwrap()));
    let mut workers = Workers::start(&machines);
    let mut refresh = shared
        .command(&["--log-json", "transform"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Read beside, or a full pipe would stop it.
    let mut pipe = refresh.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    });
    let (mut kills, mut pauses, mut restarts) = (0, 0, 0);
    while refresh.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(100 + dice.roll(500)));
        workers.wake();
        match dice.roll(100) {
            0..30 => {
                workers.kill(dice.roll(WORKERS as u64));
                kills += 1;
            }
            30..36 => {
                let end = if dice.roll(2) == 0 { End::Asked } else { End::Killed };
                redis.stop(end);
                // Sometimes for longer than the locks last.
                sleep(Duration::from_millis(dice.roll(2 * EXPIRY_MS)));
                redis.start_again();
                restarts += 1;
            }
            _ => {
                let time = VISIBILITY_MS + 200 + dice.roll(800);
                pauses += u64::from(workers.pause(dice.roll(WORKERS as u64), time));
            }
        }
    }
    workers.wake_all();
    let status = refresh.wait().unwrap();
    let log = log.join().unwrap();
    let counted = workers.stop();
    let ran = Ran { code: status.code().unwrap_or(-1), out: String::new(), err: log };
    let taken = line(&ran.err, "results of workers taken").unwrap();
    let by_refresh = taken["merged_by_this_process"].as_u64().unwrap();
    let _ = writeln!(
        std::io::stderr(),
        "{name}: {kills} workers killed, {pauses} paused past the expiry, {restarts} restarts of \
         Redis; {by_refresh} of {BLOCKS} blocks merged by the refresh itself; counters of the \
         workers alive at the end: {counted:?}"
    );

    let found = staged(&shared, ran);
    assert!(found == expected, "not the tables of one process: {:?}", differing(&expected, &found));
    assert_eq!(taken["results"], BLOCKS, "{taken}");
    assert!(by_refresh < BLOCKS as u64 / 2, "the workers did hardly anything: {by_refresh}");
    assert!(kills > 0 && pauses > 0 && restarts > 0, "{kills} {pauses} {restarts}");
    let left = work_left(&s3);
    // A worker that was paused may still have committed after the end.
    assert!(left.iter().all(|path| path.contains("/out/")), "{left:?}");

    // What was shared is published and asked like any other.
    let _ = shared.ok(&["publish"]);
    let blocks = "SELECT count(DISTINCT (generic, dosage_form)) FROM drug";
    assert_eq!(shared.ask(blocks), BLOCKS.to_string());
    let changed = "SELECT count(*) FROM change WHERE entity_kind = 'drug'";
    assert!(shared.ask(changed).parse::<usize>().unwrap() >= BLOCKS, "every block has changed");
}

#[test]
fn without_redis_or_workers_the_refresh_merges_by_itself() {
    let s3 = S3::start();
    let single = on_day_one(Regatta::new(NOWHERE, true), 300);
    let shared = on_day_one(s3.regatta(NOWHERE, "after_publish = false"), 300);
    // Nobody listens there.
    shared.configure(
        "[workers]\nmin_blocks = 10\n[workers.redis]\nurl = \"redis://127.0.0.1:9/\"\n\
         give_up_ms = 300\n",
    );
    let expected = staged(&single, single.run(&["transform"]));
    let ran = shared.run(&["transform"]);
    assert!(ran.err.contains("cannot be shared") && ran.err.contains("127.0.0.1:9"), "{}", ran.err);
    assert!(staged(&shared, ran) == expected);
}

#[test]
fn without_workers_the_refresh_merges_every_block_of_the_queue() {
    let test = "without_workers_the_refresh_merges_every_block_of_the_queue";
    let Some(redis) = RedisServer::start(test, "everysec") else { return };
    let s3 = S3::start();
    let single = on_day_one(Regatta::new(NOWHERE, true), 300);
    let shared = on_day_one(s3.regatta(NOWHERE, "after_publish = false"), 300);
    shared.configure(&settings(&redis, 4));
    let expected = staged(&single, single.run(&["transform"]));
    let ran = shared.run(&["--log-json", "transform"]);
    let taken = line(&ran.err, "results of workers taken").unwrap();
    assert_eq!((&taken["results"], &taken["merged_by_this_process"]), (&300.into(), &300.into()));
    assert!(staged(&shared, ran) == expected);
    assert_eq!(work_left(&s3), Vec::<String>::new());

    // Nothing is left for a worker, and it says what it did.
    let idle = shared.json(&["worker", "--until-idle"]);
    assert_eq!((&idle["deliveries"], &idle["commits"]), (&0.into(), &0.into()), "{idle}");
}

#[test]
fn a_worker_without_its_settings_says_which() {
    let regatta = Regatta::new(NOWHERE, true);
    let ran = regatta.run(&["worker"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("[workers.redis]"), "{}", ran.err);
    regatta.configure("[workers.redis]\n");
    let ran = regatta.run(&["worker"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("[object_storage]"), "{}", ran.err);
    let regatta = Regatta::new(NOWHERE, true);
    regatta.configure("[workers.locks]\nexpiry_ms = 10\nrenew_ms = 9\n");
    let ran = regatta.run(&["worker"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("locks.renew_ms"), "{}", ran.err);
}

/// A lake with one day published and the next, in which every block differs,
/// imported.
fn on_day_two(regatta: Regatta) -> Regatta {
    let regatta = on_day_one(regatta, BLOCKS);
    let _ = regatta.ok(&["transform"]);
    let _ = regatta.ok(&["publish"]);
    // Ids are times: the same in both lakes.
    let regatta = regatta.with_env("SOURCE_DATE_EPOCH", "1767312000");
    import(&regatta, &orange_book(BLOCKS, 2));
    regatta
}

fn on_day_one(regatta: Regatta, blocks: usize) -> Regatta {
    let regatta = regatta.with_env("SOURCE_DATE_EPOCH", "1767225600");
    import(&regatta, &orange_book(blocks, 1));
    regatta
}

fn import(regatta: &Regatta, archive: &[u8]) {
    let file = regatta.lake().with_file_name("orange_book.zip");
    std::fs::write(&file, archive).unwrap();
    let _ = regatta.ok(&["import", "us_orange_book", file.to_str().unwrap()]);
}

/// An Orange Book with so many ingredients, each with one to four products. On
/// the second day each has a product of somebody else's.
fn orange_book(blocks: usize, day: u64) -> Vec<u8> {
    let mut products = String::from(
        "Ingredient~DF;Route~Trade_Name~Applicant~Strength~Appl_Type~Appl_No~Product_No~TE_Code~\
         Approval_Date~RLD~RS~Type~Applicant_Full_Name\n",
    );
    let mut dice = Dice(7);
    for block in 0..blocks {
        let ingredient = letters(block);
        let count = 1 + dice.roll(4);
        for product in 1..=count {
            let mut company = dice.roll(400);
            if product == count {
                company += 400 * (day - 1);
            }
            let company = letters(usize::try_from(company).unwrap());
            let _ = writeln!(
                products,
                "{ingredient}INE~TABLET;ORAL~{ingredient}~{company}~5MG~A~{block:06}~{product:03}\
                 ~AB~Apr 12, 2013~No~No~RX~{company} WORKS INC",
            );
        }
    }
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("products.txt", products.as_str()),
        (
            "patent.txt",
            "Appl_Type~Appl_No~Product_No~Patent_No~Patent_Expire_Date_Text~Drug_Substance_Flag~\
             Drug_Product_Flag~Patent_Use_Code~Delist_Flag~Submission_Date\n",
        ),
        ("exclusivity.txt", "Appl_Type~Appl_No~Product_No~Exclusivity_Code~Exclusivity_Date\n"),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A word of its own for each number.
fn letters(number: usize) -> String {
    let letter = |power: u32| {
        let at = number / 20_usize.pow(power) % 20;
        char::from(b"BCDFGHJKLMNPQRSTVWXZ"[at])
    };
    format!("{}O{}A{}U{}", letter(3), letter(2), letter(1), letter(0))
}

fn settings(redis: &RedisServer, parallel: usize) -> String {
    format!(
        "[workers]\nparallel = {parallel}\nmin_blocks = 10\n\
         [workers.locks]\nexpiry_ms = {EXPIRY_MS}\nrenew_ms = {}\nwait_ms = 5\ntries = 3\n\
         [workers.queue]\nvisibility_ms = {VISIBILITY_MS}\npoll_ms = 20\nbusy_delay_ms = 20\n\
         failure_delay_ms = 20\ndead_after = 100\n\
         [workers.redis]\nurl = \"{}\"\nconnect_timeout_ms = 500\nresponse_timeout_ms = 1000\n\
         backoff_first_ms = 10\nbackoff_max_ms = 200\ngive_up_ms = 30000\n",
        EXPIRY_MS / 4,
        redis.url()
    )
}

/// Digests of the staged tables.
fn staged(regatta: &Regatta, ran: Ran) -> BTreeMap<String, String> {
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    let digests = regatta.parquet_digests("staged");
    assert!(digests.len() > 20, "{digests:?}");
    digests.into_iter().collect()
}

fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    one.iter().filter(|(name, sha)| other.get(*name) != Some(*sha)).map(|e| e.0.clone()).collect()
}

/// What lies in the folder of jobs.
fn work_left(s3: &S3) -> Vec<String> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    below(&s3.root().join("work"), &mut found);
    found.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

/// The log line with this message.
fn line(log: &str, message: &str) -> Option<Value> {
    log.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).find_map(|l| {
        let fields = l.get("fields").unwrap_or(&l);
        (fields.get("message")? == message).then(|| fields.clone())
    })
}

/// A sequence of numbers that repeats with its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The processes; they end with this value.
struct Workers<'a> {
    regatta: &'a Regatta,
    children: Vec<Child>,
    /// When to wake a worker that is paused.
    paused: BTreeMap<u64, Instant>,
}

impl<'a> Workers<'a> {
    fn start(regatta: &'a Regatta) -> Self {
        let children = (0..WORKERS).map(|_| Self::spawn(regatta)).collect();
        Self { regatta, children, paused: BTreeMap::new() }
    }

    fn spawn(regatta: &Regatta) -> Child {
        let mut command = regatta.command(&["--format", "json", "worker"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn child(&mut self, at: u64) -> &mut Child {
        &mut self.children[usize::try_from(at).unwrap()]
    }

    /// SIGKILL, and another one in its place.
    fn kill(&mut self, at: u64) {
        self.paused.remove(&at);
        let next = Self::spawn(self.regatta);
        let mut killed = std::mem::replace(self.child(at), next);
        killed.kill().unwrap();
        killed.wait().unwrap();
    }

    /// SIGSTOP for a time; false if it is paused already.
    fn pause(&mut self, at: u64, ms: u64) -> bool {
        if self.paused.contains_key(&at) {
            return false;
        }
        signal("STOP", self.child(at).id());
        self.paused.insert(at, Instant::now() + Duration::from_millis(ms));
        true
    }

    /// Wakes whoever has slept for its time.
    fn wake(&mut self) {
        let now = Instant::now();
        let due: Vec<u64> =
            self.paused.iter().filter(|(_, until)| **until <= now).map(|(at, _)| *at).collect();
        for at in due {
            self.paused.remove(&at);
            signal("CONT", self.child(at).id());
        }
    }

    fn wake_all(&mut self) {
        for at in std::mem::take(&mut self.paused).into_keys() {
            signal("CONT", self.child(at).id());
        }
    }

    /// SIGTERM; each finishes what is under way, and says what it did.
    fn stop(mut self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.children)
            .into_iter()
            .map(|child| {
                signal("TERM", child.id());
                let ended = child.wait_with_output().unwrap();
                // One that was started a moment ago does not listen yet.
                if ended.status.signal() == Some(15) && ended.stdout.is_empty() {
                    return (0, 0);
                }
                assert!(ended.status.success(), "{ended:?}");
                let counted: Value = serde_json::from_slice(&ended.stdout).unwrap();
                let of = |name: &str| counted[name].as_u64().unwrap();
                (of("commits"), of("stale_commits") + of("conflicting_commits"))
            })
            .collect()
    }
}

impl Drop for Workers<'_> {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
