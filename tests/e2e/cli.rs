//! Usage, configuration, exit codes.

use std::fs::File;
use std::process::Stdio;

use regatta_tests::Regatta;

fn nowhere() -> Regatta {
    Regatta::new("http://127.0.0.1:9/", true)
}

#[test]
fn init_writes_a_configuration_that_can_be_used_and_does_not_replace_one() {
    let regatta = nowhere();
    let file = regatta.lake().with_file_name("own.toml");
    let file = file.to_str().unwrap();
    assert!(regatta.ok(&["init", file]).contains("contact"));
    let again = regatta.run(&["init", file]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("--force"), "{}", again.err);
    // A folder that is not there is made; what --force does not help does not name it.
    let deeper = regatta.lake().with_file_name("etc").join("regatta/own.toml");
    assert!(regatta.ok(&["init", deeper.to_str().unwrap()]).contains("own.toml"));
    let under_a_file = format!("{file}/own.toml");
    let refused = regatta.run(&["init", &under_a_file]);
    assert_eq!(refused.code, 1);
    assert!(!refused.err.contains("--force"), "{}", refused.err);
    let listed = regatta.run(&["--config", file, "sources"]);
    // --config twice is a usage error; the file itself is read below.
    assert_eq!(listed.code, 2);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_exit_code_2() {
    let regatta = nowhere();
    regatta.configure("lakes = 1");
    let ran = regatta.run(&["sources"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("line 1") && ran.err.contains("lakes"), "{}", ran.err);
}

#[test]
fn no_message_shows_what_stands_in_the_configuration_or_the_environment() {
    let regatta = nowhere();
    regatta.configure("[object_storage]\nurl = \"s3://b\"\nkeep = \"hunter2\"\n");
    let ran = regatta.run(&["sources"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("line 3") && ran.err.contains("key keep"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    let regatta = Regatta::new("http//user:hunter2@gateway.example/", true);
    let ran = regatta.run(&["sources"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("REGATTA_GATEWAY"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    // An endpoint with a password that nobody answers at.
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "hunter2")];
    let regatta =
        keys.iter().fold(nowhere(), |regatta, (name, value)| regatta.with_env(name, value));
    regatta.configure(
        "[object_storage]\nurl = \"s3://bucket/lake\"\nmax_retries = 0\nallow_http = true\n\
         endpoint = \"http://user:hunter2@127.0.0.1:9\"\n",
    );
    let _ = regatta.run(&["refresh", "--source", "us_orange_book"]);
    let ran = regatta.run(&["push", "--status"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("127.0.0.1:9"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{}", ran.err);
}

#[test]
fn an_unknown_source_is_refused_with_the_known_ones() {
    let ran = nowhere().run(&["refresh", "--source", "us_orange_bock"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("us_orange_book"), "{}", ran.err);
    assert_eq!(nowhere().run(&["no-such-command"]).code, 2);
}

#[test]
fn the_catalogue_can_be_read_before_there_is_a_lake() {
    let sources = nowhere().json(&["sources"]);
    let first = &sources[0];
    assert_eq!(first["source_id"], "us_orange_book");
    assert_eq!(first["status"], "never run");
    for field in ["cron", "time_zone", "licence", "attribution", "homepage"] {
        assert!(first[field].as_str().is_some_and(|t| !t.is_empty()), "{field}");
    }
}

#[test]
fn an_error_that_ends_a_command_is_a_log_line_where_these_are_json() {
    for (arguments, code, said) in [
        (["--log-json", "search", "nevirapine"], 1, "regatta refresh"),
        (["--log-json", "refresh", "--source=nowhere"], 2, "there is no source"),
    ] {
        let ran = nowhere().run(&arguments);
        assert_eq!(ran.code, code, "{}", ran.err);
        let lines: Vec<serde_json::Value> =
            ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = lines.last().unwrap();
        assert_eq!(last["level"], "ERROR", "{last}");
        assert!(last["fields"]["error"].as_str().unwrap().contains(said), "{last}");
    }
}

#[test]
fn asking_before_anything_is_published_says_what_to_do() {
    let ran = nowhere().run(&["search", "nevirapine"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("regatta refresh"), "{}", ran.err);
}

#[test]
fn a_site_that_cannot_be_reached_is_a_failed_source_and_no_data() {
    let regatta = nowhere();
    let ran = regatta.run(&["refresh", "--source", "us_orange_book"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("No source has any data yet"), "{}", ran.out);
}

#[test]
fn a_log_that_cannot_be_written_changes_no_exit_code() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for (arguments, code) in [
        (&["refresh", "--source", "us_orange_book"][..], 3),
        (&["refresh", "--source", "nowhere"][..], 2),
        (&["--log-json", "refresh", "--source", "nowhere"][..], 2),
    ] {
        let regatta = nowhere();
        let mut command = regatta.command(arguments);
        let status = command.stdout(Stdio::null()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn dictionaries_that_are_not_there_or_cut_short_are_refused() {
    let regatta = nowhere();
    regatta.configure("[transform]\ndictionaries = \"own\"\n");
    let folder = regatta.lake().with_file_name("own");
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("[transform] dictionaries") && ran.err.contains("own"), "{}", ran.err);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("generics.csv"), "").unwrap();
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("generics.csv") && ran.err.contains("name,lang,generic"),
        "{}",
        ran.err
    );
    assert!(!regatta.lake().exists());
}
