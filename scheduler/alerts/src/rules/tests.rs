use super::*;

#[test]
fn the_built_in_file_is_valid_and_every_rule_is_on() {
    let rules = Rules::built_in().unwrap();
    assert_eq!(rules.rules.len(), DEFAULT_RULES.matches("[rule.").count());
    assert_eq!((rules.remind_after_hours, rules.event_days), (168, 14));
}

#[test]
fn an_own_file_changes_single_keys_and_adds_rules() {
    let rules = Rules::parse(
        "event_days = 30\n[rule.vanished]\nmin_records = 5\n[rule.overdue]\nenabled = false\n\
         [rule.egfr]\nkind = \"new_stage\"\ntargets = [\"EGFR\"]\nseverity = \"critical\"\n",
    )
    .unwrap();
    assert_eq!(rules.event_days, 30);
    let of = |name: &str| rules.rules.iter().find(|r| r.name == name);
    assert!(of("overdue").is_none());
    match &of("vanished").unwrap().kind {
        Kind::Vanished(rule) => assert_eq!((rule.min_records, rule.min_share), (5, 0.02)),
        other => panic!("{other:?}"),
    }
    assert_eq!(of("egfr").unwrap().severity, Severity::Critical);
}

#[test]
fn errors_name_the_rule_and_the_key() {
    for (text, rule, key) in [
        ("[rule.vanished]\nmin_recods = 5", "vanished", "min_recods"),
        ("[rule.vanished]\nmin_records = \"x\"", "vanished", "min_records"),
        ("[rule.vanished]\nmin_share = 2.0", "vanished", "min_share"),
        ("[rule.rows_unusual]\nmin_history = 1", "rows_unusual", "min_history"),
        ("[rule.mine]\nkind = \"rowz\"", "mine", "rowz"),
        ("[rule.mine]\nseverity = \"info\"", "mine", "kind"),
        ("[rule.mine]\nkind = \"vanished\"\nmin_share = 0.5", "mine", "min_records"),
        ("[rule.listing_withdrawn]\nto = [\"gone\"]", "listing_withdrawn", "to"),
        ("[rule.new_stage]\nmin_stage = \"phase_9\"", "new_stage", "min_stage"),
        ("[rule.new_stage]\ncountries = [\"USA\"]", "new_stage", "countries"),
        ("[rule.refresh_failing]\nafter = 0", "refresh_failing", "after"),
        ("[rule.feed_failing]\nmax_hours = 0", "feed_failing", "max_hours"),
        ("[rule.overdue]\nseverity = \"bad\"", "overdue", "severity"),
        ("[rule.overdue]\nenabled = \"no\"", "overdue", "enabled"),
        ("[rule.source_failing]\nafter = { blokked = 1 }", "source_failing", "blokked"),
        ("[rule.vanished]\nkind = \"rows\"", "vanished", "kind"),
    ] {
        let error = Rules::parse(text).unwrap_err().to_string();
        assert!(error.contains(&format!("rule {rule}")) && error.contains(key), "{text}: {error}");
    }
    for (text, key) in [("event_dayz = 3", "event_dayz"), ("[rulez.x]\na = 1", "rulez")] {
        let error = Rules::parse(text).unwrap_err().to_string();
        assert!(error.contains(key), "{text}: {error}");
    }
}
