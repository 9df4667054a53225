//! The drop folder: what is taken, what is left, what is told.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use regatta_lake::{Lake, history};
use regatta_tests::{Daemon, Regatta, Site, wait_for};
use regatta_testsite::{Fault, FaultKind};

const SOURCE: &str = "us_orange_book";

/// A lake, the drop folder of its source, and a release as a file saved by hand.
fn dropping(site: &Site) -> (Regatta, PathBuf, Vec<u8>) {
    let first = Regatta::new(&site.url(), true);
    let _ = first.ok(&["crawl", "--source", SOURCE]);
    let lake = Lake::open(&first.lake()).unwrap();
    let runs = history(&lake, &SOURCE.parse().unwrap()).unwrap();
    let sha = runs.data_run().unwrap().fetches[0].body_sha256.unwrap();
    let release = lake.archive().get(sha).unwrap();
    site.fault(Fault::new(FaultKind::Waf412).at("www.fda.gov", "/").always());
    let regatta = Regatta::new(&site.url(), true);
    regatta.only(&[SOURCE]);
    regatta.set(SOURCE, "cron = \"0 0 0 1 1 *\"");
    let inbox = regatta.lake().join("inbox").join(SOURCE);
    fs::create_dir_all(&inbox).unwrap();
    (regatta, inbox, release)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn known_files_are_taken_and_unknown_ones_refused_one_by_one() {
    let site = Site::start();
    let (regatta, inbox, release) = dropping(&site);
    fs::write(inbox.join("EOBZIP_2024_02.zip"), &release).unwrap();
    fs::write(inbox.join("photo.jpg"), "first").unwrap();
    fs::write(inbox.join("later.zip.part"), "half").unwrap();
    fs::write(inbox.join(".hidden.zip"), "half").unwrap();
    fs::create_dir(regatta.lake().join("inbox/us_orange_bok")).unwrap();
    fs::write(regatta.lake().join("inbox/us_orange_bok/a.zip"), &release).unwrap();

    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Published snapshot"), "{}", ran.out);
    assert!(ran.out.contains("refused") && ran.out.contains("photo.jpg"), "{}", ran.out);
    assert!(ran.err.contains("us_orange_bok"), "{}", ran.err);
    assert_eq!(
        names(&inbox),
        [".hidden.zip", "later.zip.part", "refused", "taken"].map(str::to_owned)
    );

    // A file of the same name is kept beside the first one.
    fs::write(inbox.join("photo.jpg"), "second").unwrap();
    let ran = regatta.run(&["--format", "json", "refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("refused_files"), "{}", ran.out);
    let refused = names(&inbox.join("refused"));
    assert_eq!(refused.len(), 2, "{refused:?}");
    let text = |at: &str| fs::read_to_string(inbox.join("refused").join(at).join("photo.jpg"));
    assert_eq!(
        (text(&refused[0]).unwrap(), text(&refused[1]).unwrap()),
        ("first".into(), "second".into())
    );

    let listed = regatta.ok(&["sources"]);
    assert!(listed.contains("us_orange_book: 1 in its inbox, 2 refused"), "{listed}");
    assert!(listed.contains("inbox/us_orange_bok: 1 file not taken"), "{listed}");
}

#[test]
fn the_daemon_leaves_a_file_that_grows_and_takes_one_with_a_time_to_come() {
    let site = Site::start();
    let (regatta, inbox, release) = dropping(&site);
    fs::write(regatta.lake().join("inbox/lost.zip"), "x").unwrap();
    let path = inbox.join("EOBZIP_2024_02.zip");
    let (mut file, half) = (File::create(&path).unwrap(), release.len() / 2);
    file.write_all(&release[..half]).unwrap();
    let daemon = Daemon::start(&regatta);
    let stray = "regatta_inbox_stray_files{folder=\"inbox\"}";
    wait_for(|| (daemon.metric(stray) == Some(1.0)).then_some(()));
    assert_eq!(daemon.metric("regatta_inbox_files{source=\"us_orange_book\"}"), Some(1.0));
    // It comes in small pieces, and stalls for longer than two seconds.
    let (begun, mut written) = (Instant::now(), half);
    while begun.elapsed() < Duration::from_secs(45) {
        std::thread::sleep(Duration::from_secs(5));
        file.write_all(&release[written..=written]).unwrap();
        written += 1;
        assert!(path.exists() && names(&inbox).len() == 1, "it was taken");
    }
    file.write_all(&release[written..]).unwrap();
    // A clock that is ahead.
    file.set_modified(SystemTime::now() + Duration::from_hours(9)).unwrap();
    drop(file);
    wait_for(|| (!path.exists()).then_some(()));
    wait_for(|| {
        let taken = regatta.run(&["sql", "SELECT count(*) AS n FROM listing"]);
        taken.out.contains("63").then_some(())
    });
    assert!(inbox.join("taken").exists() && !inbox.join("refused").exists());
    assert!(daemon.stop().success());
}
