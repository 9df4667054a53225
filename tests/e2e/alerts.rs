//! Early warning from end to end: rules, channels, crashes.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use regatta_tests::{Answer, Hook, MailSink, MailTls, Posted, Regatta, Site};
use regatta_testsite::{Fault, FaultKind};
use serde_json::Value;

const SECRET: &str = "a secret of the test";

fn fault(kind: FaultKind) -> Fault {
    Fault {
        host: "www.fda.gov".into(),
        path_prefix: "/media/76860".into(),
        method: None,
        query_contains: None,
        body_contains: None,
        kind,
        times: None,
        skip: 0,
    }
}

fn blocked() -> Fault {
    fault(FaultKind::Status { code: 403, retry_after: None })
}

fn with_hook(site: &Site, hook: &Hook) -> Regatta {
    let regatta = Regatta::new(&site.url(), true).with_env("HOOK_SECRET", SECRET);
    regatta.configure(&format!(
        "[alerts.webhook]\nurl = \"{}\"\nsecret_env = \"HOOK_SECRET\"\ntimeout_s = 1\n",
        hook.url()
    ));
    regatta
}

fn body(posted: &Posted) -> Value {
    serde_json::from_str(&posted.body).unwrap()
}

/// The snippet of docs/alerts.md, run as a reader would.
fn python_says(posted: &Posted, secret: &str) -> bool {
    let doc = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/alerts.md"));
    let doc = doc.unwrap();
    let (_, code) = doc.split_once("```python\n").expect("a snippet in docs/alerts.md");
    let (code, _) = code.split_once("```").unwrap();
    let call = "import os, sys, time\n\
                ok = verify(os.environ['SECRET'].encode(), os.environ['STAMP'], \
                os.environ['SIGNATURE'], sys.stdin.buffer.read(), time.time())\n\
                print(ok)\n";
    let mut child = Command::new("python3")
        .args(["-c", &format!("{code}\n{call}")])
        .env("SECRET", secret)
        .env("STAMP", &posted.headers["x-regatta-timestamp"])
        .env("SIGNATURE", &posted.headers["x-regatta-signature"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(posted.body.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap().trim() == "True"
}

#[test]
fn mail_goes_by_tls_and_with_a_login_and_never_without() {
    for (tls, security) in [(MailTls::FromTheStart, "tls"), (MailTls::Upgrade, "starttls")] {
        let site = Site::start();
        let mail = MailSink::start_tls(tls);
        let certificate = mail.certificate();
        let (user, password) = MailSink::LOGIN;
        let configured = |password: &str, certificate: &str| {
            let regatta = Regatta::new(&site.url(), true)
                .with_env("REGATTA_MAIL_PASSWORD", password)
                .with_env("SSL_CERT_FILE", certificate);
            regatta.configure(&format!(
                "[alerts.mail]\nserver = \"localhost\"\nport = {}\nsecurity = \"{security}\"\n\
                 user = \"{user}\"\npassword_env = \"REGATTA_MAIL_PASSWORD\"\n\
                 from = \"regatta@example.org\"\nto = [\"a@example.org\"]\n",
                mail.port()
            ));
            let _ = regatta.ok(&["refresh"]);
            site.fault(blocked());
            let ran = regatta.run(&["refresh"]);
            site.clear_faults();
            assert_eq!(ran.code, 3, "{}", ran.err);
            (regatta, ran.err)
        };
        let certificate = certificate.to_str().unwrap();
        let _ = configured(password, certificate);
        assert_eq!(mail.take().len(), 1, "{security}");

        // Refused and said, and the message waits: a wrong password, and a
        // server that nobody vouches for.
        let (regatta, said) = configured("another one", certificate);
        assert!(said.contains("535"), "{security}: {said}");
        assert!(!said.contains("another one"), "{said}");
        let again = regatta.run(&["alerts", "deliver"]);
        assert_eq!(again.code, 1, "{}", again.out);
        assert!(again.out.contains("0 messages sent, 1 wait"), "{}", again.out);
        let (_, said) = configured(password, "/dev/null");
        assert!(said.contains("not sent") || said.contains("certificate"), "{security}: {said}");
        assert!(mail.take().is_empty(), "{security}");
    }
}

#[test]
fn a_blocked_source_is_told_everywhere_once_and_its_end_too() {
    let site = Site::start();
    let (hook, mail) = (Hook::start(), MailSink::start());
    let regatta = with_hook(&site, &hook);
    regatta.configure(&format!(
        "[alerts.mail]\nserver = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"regatta@example.org\"\nto = [\"a@example.org\", \"b@example.org\"]\n",
        mail.port()
    ));
    let _ = regatta.ok(&["refresh"]);
    assert!(hook.take().is_empty(), "a quiet first day");
    assert!(regatta.ok(&["alerts"]).contains("No open alerts."));
    site.fault(blocked());
    assert_eq!(regatta.run(&["refresh"]).code, 3);

    let posted = hook.take();
    assert_eq!(posted.len(), 1);
    let message = body(&posted[0]);
    assert_eq!(message["key"], posted[0].headers["idempotency-key"].as_str());
    let alert = &message["alerts"][0];
    assert_eq!((&alert["rule"], &alert["notice"]), (&"source_failing".into(), &"raised".into()));
    let what = alert["what"].as_str().unwrap();
    assert!(what.contains("does not let the crawler in; what was read on"), "{what}");
    assert!(alert["because"].as_str().unwrap().contains("403"), "{alert}");
    assert!(alert["evidence"][0].as_str().unwrap().starts_with("run:"), "{alert}");
    assert!(python_says(&posted[0], SECRET));
    assert!(!python_says(&posted[0], "another secret"));

    let mails = mail.take();
    assert_eq!(mails.len(), 1);
    let id = message["alerts"][0]["id"].as_str().unwrap();
    assert!(mails[0].contains("Subject: [regatta warning]"), "{}", mails[0]);
    assert!(mails[0].contains("To: a@example.org, b@example.org"), "{}", mails[0]);
    // Quoted-printable breaks lines with "=".
    assert!(mails[0].replace("=\r\n", "").contains(id), "{}", mails[0]);

    let feed = std::fs::read_to_string(regatta.lake().join("alerts/feed.xml")).unwrap();
    assert!(feed.contains(&format!("<id>urn:regatta:alert:{id}</id>")), "{feed}");
    assert_eq!(regatta.ok(&["alerts", "feed"]), feed);
    let listed = regatta.json(&["alerts"]);
    assert_eq!((&listed[0]["id"], &listed[0]["status"]), (&id.into(), &"open".into()));
    assert!(regatta.ok(&["--format", "csv", "alerts"]).contains(id));

    // It goes on: nobody is told again, whatever the channel.
    assert_eq!(regatta.run(&["refresh"]).code, 3);
    assert!(hook.take().is_empty() && mail.take().is_empty());
    assert_eq!(regatta.json(&["alerts"])[0]["count"], 2);

    site.clear_faults();
    let _ = regatta.ok(&["refresh"]);
    let posted = hook.take();
    assert_eq!(body(&posted[0])["alerts"][0]["notice"], "resolved");
    assert_eq!(mail.take().len(), 1);
    assert!(regatta.ok(&["alerts"]).contains("1 over"));
    assert_eq!(regatta.json(&["alerts", "list", "--all"])[0]["status"], "resolved");
    // No secret and no address with its token in what is kept or printed.
    let state = std::fs::read_to_string(regatta.lake().join("alerts/state.json")).unwrap();
    assert!(!state.contains(SECRET) && !state.contains("in-the-address"));
}

/// R23, through all of it: a register's export, imported twice, and `publish`.
#[test]
fn r23_a_stopped_trial_is_told_with_the_registers_own_words() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    let _ = regatta.ok(&["refresh"]);
    let fixture =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/cn_drug_trials/import/trial_info.csv");
    let export = std::fs::read_to_string(fixture).unwrap();
    let stopped = export
        .replace("CTR20230379,进行中,进行中（尚未招募）", "CTR20230379,责令暂停,责令暂停")
        .replace("CTR20230392,进行中,进行中（尚未招募）", "CTR20230392,主动终止,主动终止");
    assert_ne!(stopped.len(), export.len());
    for (day, text) in [("1", &export), ("2", &stopped)] {
        let file = regatta.lake().with_file_name(format!("trials{day}.csv"));
        std::fs::write(&file, text).unwrap();
        let _ = regatta.ok(&["import", "cn_drug_trials", file.to_str().unwrap()]);
        let _ = regatta.ok(&["transform"]);
        let _ = regatta.ok(&["publish"]);
    }
    let alerts = regatta.json(&["alerts"]);
    let said: Vec<(&str, &str)> = alerts
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["rule"].as_str().unwrap(), a["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(
        said,
        [("trial_stopped_by_authority", "critical"), ("trial_stopped_by_sponsor", "warning")],
        "{alerts:#}"
    );
    let what = alerts[0]["what"].as_str().unwrap();
    for words in ["trial CTR20230379 of semaglutide", "is now stopped by authority, was"] {
        assert!(what.contains(words), "{what}");
    }
    assert!(alerts[0]["because"].as_str().unwrap().contains("责令暂停"), "{}", alerts[0]);
    let key = "change:trial|cn_drug_trials:CTR20230379|status";
    assert!(alerts[0]["evidence"].as_array().unwrap().contains(&key.into()), "{}", alerts[0]);
}

#[test]
fn an_acknowledged_alert_is_silent() {
    let site = Site::start();
    let hook = Hook::start();
    let regatta = with_hook(&site, &hook);
    site.fault(blocked());
    assert_eq!(regatta.run(&["refresh"]).code, 3);
    assert_eq!(hook.take().len(), 1);
    let id = regatta.json(&["alerts"])[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(regatta.run(&["alerts", "ack", "zzzz"]).code, 2);
    assert_eq!(regatta.run(&["alerts", "ack", &id, "--until", "2020-01-01"]).code, 2);
    let said = regatta.ok(&["alerts", "ack", &id[..6], "--note", "known"]);
    assert!(said.starts_with("acknowledged: "), "{said}");
    assert!(regatta.ok(&["alerts"]).contains("1 acknowledged"));
    assert!(regatta.ok(&["alerts", "show", &id]).contains("until it is over: known"));
    site.clear_faults();
    let _ = regatta.ok(&["refresh"]);
    assert!(hook.take().is_empty(), "its end is not told to those who have taken note");
}

/// A receiver that fails or hangs delays, and harms nothing.
#[test]
fn a_receiver_that_fails_or_hangs_does_not_harm_the_refresh() {
    let site = Site::start();
    let hook = Hook::start();
    let regatta = with_hook(&site, &hook);
    site.fault(blocked());
    hook.next(&[Answer::Status(503), Answer::Hang(Duration::from_secs(3)), Answer::Status(500)]);
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("an alert waits in the outbox"), "{}", ran.err);
    assert!(!ran.err.contains(SECRET) && !ran.err.contains("in-the-address"), "{}", ran.err);
    let tries = hook.take();
    assert_eq!(tries.len(), 3);
    let key = |p: &Posted| p.headers["idempotency-key"].clone();
    assert!(tries.iter().all(|p| key(p) == key(&tries[0]) && p.body == tries[0].body));
    assert!(regatta.ok(&["alerts"]).contains("1 messages wait in the outbox"));
    assert!(regatta.ok(&["alerts", "deliver"]).contains("1 messages sent, 0 wait."));
    let sent = hook.take();
    assert_eq!((sent.len(), key(&sent[0])), (1, key(&tries[0])));
    assert!(regatta.ok(&["alerts", "deliver"]).contains("0 messages sent, 0 wait."));
    assert!(hook.take().is_empty());
}

#[test]
fn a_broken_channel_and_a_feed_without_a_place_do_not_silence_the_others() {
    let site = Site::start();
    let hook = Hook::start();
    let regatta = with_hook(&site, &hook);
    regatta.configure(
        "[alerts.mail]\nserver = \"localhost\"\nfrom = \"no address\"\nto = [\"a@example.org\"]\n\
         [alerts.feed]\npath = \"regatta.toml/alerts.xml\"\n",
    );
    let _ = regatta.ok(&["refresh"]);
    site.fault(blocked());
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(hook.take().len(), 1, "{}", ran.err);
    for told in ["no address", "the feed of alerts cannot be written"] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    let again = regatta.run(&["alerts", "deliver"]);
    assert_eq!(again.code, 1, "{}", again.out);
    assert!(again.out.contains("0 messages sent, 1 wait"), "{}", again.out);
    // Put right: what waited goes.
    let mail = MailSink::start();
    regatta.rewrite(|text| {
        text.replace(
            "from = \"no address\"",
            &format!("from = \"b@example.org\"\nsecurity = \"none\"\nport = {}", mail.port()),
        )
    });
    let _ = regatta.ok(&["alerts", "deliver"]);
    let mails = mail.take();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("MIME-Version: 1.0"), "{}", mails[0]);
}

/// The process is killed while the receiver has the message: before the answer,
/// and between the answer and the mark.
#[test]
fn a_kill_around_the_answer_loses_nothing_and_repeats_under_the_same_key() {
    for order in [Answer::KillThenOk, Answer::OkThenKill] {
        let site = Site::start();
        let hook = Hook::start();
        let regatta = with_hook(&site, &hook);
        let _ = regatta.ok(&["refresh"]);
        site.fault(blocked());
        hook.next(&[Answer::Status(401)]);
        assert_eq!(regatta.run(&["refresh"]).code, 3);
        let refused = hook.take();
        assert_eq!(refused.len(), 1, "a refusal that stays is tried once");
        hook.next(&[order]);
        let mut child = regatta.start(&["alerts", "deliver"]);
        hook.kills(child.id());
        let ended = child.wait().unwrap();
        let first = hook.take();
        let key = |p: &Posted| p.headers["idempotency-key"].clone();
        assert_eq!(first.len(), 1, "{order:?}");
        assert_eq!(key(&first[0]), key(&refused[0]));
        let _ = regatta.ok(&["alerts", "deliver"]);
        let second = hook.take();
        if order == Answer::KillThenOk {
            assert!(!ended.success(), "{ended}");
            assert_eq!(second.len(), 1, "nobody here knew that it had arrived");
        }
        // After the answer the kill may come before or after the mark.
        assert!(second.iter().all(|p| key(p) == key(&first[0]) && p.body == first[0].body));
        let state = std::fs::read_to_string(regatta.lake().join("alerts/state.json")).unwrap();
        let state: Value = serde_json::from_str(&state).unwrap();
        assert_eq!(state["outbox"].as_array().unwrap().len(), 1);
        assert!(state["outbox"][0]["sent_at"].is_string());
        let _ = regatta.ok(&["alerts", "deliver"]);
        assert!(hook.take().is_empty());
    }
}

#[test]
fn a_bad_rule_file_is_told_and_the_data_is_published_all_the_same() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.configure("[alerts]\nrules = \"own.toml\"\n");
    let own = regatta.lake().with_file_name("own.toml");
    std::fs::write(&own, "[rule.vanished]\nmin_recods = 3\n").unwrap();
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in ["own.toml", "rule vanished", "min_recods"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    assert_eq!(regatta.run(&["alerts", "check"]).code, 2);
    std::fs::write(&own, "[rule.vanished]\nmin_records = 3\nmin_share = 0.001\n").unwrap();
    site.day("day2");
    let _ = regatta.ok(&["refresh", "--accept-shrink"]);
    let _ = regatta.ok(&["alerts"]);
}

#[test]
fn the_test_message_goes_to_every_channel_and_is_no_alert() {
    let site = Site::start();
    let hook = Hook::start();
    let regatta = with_hook(&site, &hook);
    let _ = regatta.ok(&["refresh"]);
    assert!(regatta.ok(&["alerts", "test"]).contains("webhook: taken"));
    assert_eq!(body(&hook.take()[0])["alerts"][0]["rule"], "test");
    hook.next(&[Answer::Status(401)]);
    let ran = regatta.run(&["alerts", "test"]);
    assert_eq!((ran.code, ran.out.contains("401")), (1, true), "{}", ran.out);
    assert!(regatta.ok(&["alerts"]).contains("No open alerts."));
    let none = Regatta::new(&site.url(), true);
    let _ = none.ok(&["refresh"]);
    assert_eq!(none.run(&["alerts", "test"]).code, 2, "no channel is configured");
    assert!(none.ok(&["alerts", "rules"]).contains("[rule.vanished]"));
}
