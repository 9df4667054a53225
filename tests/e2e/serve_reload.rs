//! `regatta serve`: SIGHUP.

use regatta_lake::{Lake, history};
use regatta_tests::{Daemon, Regatta, Site, wait_for};

#[test]
fn sighup_puts_a_good_configuration_into_force_and_refuses_a_bad_one() {
    let site = Site::start();
    let regatta = Regatta::new(&site.url(), true);
    regatta.only(&["us_orange_book"]);
    regatta.set("us_orange_book", "cron = \"0 0 0 1 1 *\"");
    let daemon = Daemon::start(&regatta);
    let _ = daemon.logged("serving");
    let next = "regatta_source_next_run_timestamp_seconds{source=\"us_orange_book\"}";
    let before = daemon.metric(next).unwrap();
    let refused = |count: f64| {
        wait_for(|| {
            let n = daemon.metric("regatta_config_reloads_total{outcome=\"refused\"}");
            (n == Some(count)).then_some(())
        });
    };

    let good = std::cell::RefCell::new(String::new());
    regatta.rewrite(|text| {
        good.replace(text.clone());
        text
    });
    let good = good.into_inner();
    let bad = [
        ("gatway = 1\n".to_owned() + &good, "gatway"),
        (good.replace("0 0 0 1 1 *", "every day"), "every day"),
        ("[alerts]\nrules = \"none.toml\"\n".to_owned() + &good, "none.toml"),
        ("[transform]\ndictionaries = \"none\"\n".to_owned() + &good, "no folder"),
        (
            "[alerts.webhook]\nurl = \"http://127.0.0.1:9/\"\nsecret_env = \"UNSET_HOOK\"\n"
                .to_owned()
                + &good,
            "UNSET_HOOK is not set",
        ),
        (good.replace("listen = \"127.0.0.1:0\"", "listen = \"127.0.0.1:1\""), "restart"),
    ];
    for (n, (text, words)) in bad.iter().enumerate() {
        regatta.rewrite(|_| text.clone());
        daemon.signal("HUP");
        refused(f64::from(u32::try_from(n + 1).unwrap()));
        let log = daemon.log_text();
        let last = log.lines().rev().find(|l| l.contains("refused")).unwrap();
        assert!(last.contains(words), "{last}");
        assert_eq!(daemon.metric("regatta_config_last_reload_successful"), Some(0.0));
        assert_eq!(daemon.metric(next), Some(before));
    }

    regatta.rewrite(|_| good.replace("cron = \"0 0 0 1 1 *\"", "cron = \"* * * * * *\""));
    daemon.signal("HUP");
    wait_for(|| {
        (daemon.metric("regatta_config_last_reload_successful") == Some(1.0)).then_some(())
    });
    assert!(daemon.metric(next).unwrap() < before);
    let lake = Lake::open(&regatta.lake()).unwrap();
    let source = "us_orange_book".parse().unwrap();
    wait_for(|| (!history(&lake, &source).unwrap().runs.is_empty()).then_some(()));
    assert!(daemon.stop().success());
}

#[test]
fn serve_does_not_begin_with_rules_or_channels_that_cannot_be_used() {
    let regatta = Regatta::new("http://127.0.0.1:9/", true);
    regatta.configure("[alerts]\nrules = \"own.toml\"\n");
    let own = regatta.lake().with_file_name("own.toml");
    std::fs::write(&own, "[rule.vanished]\nmin_recods = 3\n").unwrap();
    let ran = regatta.run(&["serve"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("min_recods"), "{}", ran.err);
    let regatta = Regatta::new("http://127.0.0.1:9/", true);
    regatta.configure(
        "[alerts.mail]\nserver = \"localhost\"\nfrom = \"no address\"\nto = [\"a@example.org\"]\n",
    );
    let ran = regatta.run(&["serve"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("[alerts.mail] from"), "{}", ran.err);
}
