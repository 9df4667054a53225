use super::*;

fn lake() -> (tempfile::TempDir, Lake, SourceId, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path()).unwrap();
    let source: SourceId = "us_orange_book".parse().unwrap();
    let inbox = lake.root().join("inbox/us_orange_book");
    fs::create_dir_all(&inbox).unwrap();
    (folder, lake, source, inbox)
}

#[test]
fn a_file_is_left_at_the_first_look_and_unfinished_ones_always() {
    let (_folder, lake, source, inbox) = lake();
    for name in ["a.zip", "b.zip.part", ".c.zip"] {
        fs::write(inbox.join(name), "x").unwrap();
    }
    // As `cp -p` leaves it: a time that is long past says nothing.
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(900);
    fs::File::options()
        .append(true)
        .open(inbox.join("a.zip"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    assert_eq!(waiting(&lake, &source), [inbox.join("a.zip"), inbox.join("b.zip.part")]);
    assert!(settled(&lake, &source).is_empty());
}

#[test]
fn a_file_that_grew_while_it_was_read_stays_where_it_was() {
    let (_folder, _lake, _source, inbox) = lake();
    let (path, taken) = (inbox.join("a.csv"), inbox.join("taken"));
    fs::create_dir(&taken).unwrap();
    fs::write(&path, "half").unwrap();
    let (_, proof) = load(&path).unwrap().unwrap().split();
    fs::write(&path, "half and half").unwrap();
    assert!(!file_away(&proof, &taken).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "half and half");
    assert!(!taken.join("a.csv").exists());
    let (_, proof) = load(&path).unwrap().unwrap().split();
    assert!(file_away(&proof, &taken).unwrap());
    assert_eq!(fs::read_to_string(taken.join("a.csv")).unwrap(), "half and half");
}

#[test]
fn refused_files_of_one_name_do_not_replace_each_other() {
    let (_folder, lake, source, inbox) = lake();
    for text in ["first", "second", "third"] {
        let path = inbox.join("photo.jpg");
        fs::write(&path, text).unwrap();
        refuse(&lake, &source, &[Refused { path, reason: "unknown".into() }]);
    }
    let mut kept: Vec<String> = fs::read_dir(inbox.join("refused"))
        .unwrap()
        .map(|e| fs::read_to_string(e.unwrap().path().join("photo.jpg")).unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, ["first", "second", "third"]);
    assert_eq!(refused(&lake, &source), 3);
}

#[test]
fn files_that_nobody_takes_are_told_once_until_they_are_gone() {
    let (_folder, lake, _source, _inbox) = lake();
    let lost = lake.root().join("inbox/lost.zip");
    fs::write(&lost, "x").unwrap();
    let strays = tell_strays(&lake, &Config::default());
    assert_eq!(strays.len(), 1);
    assert_eq!(
        strays[0].said(),
        "inbox: 1 file not taken: they belong into the folder of a source"
    );
    fs::remove_file(lost).unwrap();
    assert!(tell_strays(&lake, &Config::default()).is_empty());
}
