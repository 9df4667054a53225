//! What early warning says of three days of real files. The numbers are facts
//! of these files.

use regatta_tests::{Realsite, Regatta};
use serde_json::{Value, json};

#[test]
fn three_real_days_give_few_alerts_and_the_right_ones() {
    let Some(site) = Realsite::start("three_real_days") else { return };
    let regatta = Regatta::all(&site.url(), false);
    // Six thousand requests for the same bytes on all three days.
    regatta.network("[sources.cn_nmpa]\nenabled = true", "[sources.cn_nmpa]\nenabled = false");
    regatta.configure("[alerts]\nrules = \"own.toml\"\n");
    std::fs::write(
        regatta.lake().with_file_name("own.toml"),
        "[rule.new_stage]\ngroups = [\"エーザイ\"]\ntargets = [\"PD-1\"]\n",
    )
    .unwrap();

    // An empty lake knows no changes: the one register that came incomplete.
    let first = day(&site, &regatta, "day1");
    assert_eq!(rules(&first), ["source_failing warning"], "{}", sentences(&first));
    said(&first[0], "(cn_chictr) gave data that the gates refused; it never delivered data here");
    assert!(text(&first[0], "because").contains("declares 32 rows, 10 came"));

    // A month of the Orange Book, a month of the Japanese price list; the pages
    // of CBER are not there for the second time.
    let second = day(&site, &regatta, "day2");
    assert_eq!(
        rules(&second),
        [
            "holder_changed info",
            "holder_changed info",
            "holder_changed warning",
            "holder_changed warning",
            "listing_discontinued info",
            "source_failing warning",
        ],
        "{}",
        sentences(&second)
    );
    let _ = find(&second, "source_failing", "us_cber", "is not found at its address any more");
    let transfers = find(&second, "holder_changed", "us_orange_book", "went to other holders");
    detail(transfers, "went from Lupin to Chartwell RX Sciences (30 listings)");
    assert_eq!(transfers["certainty"], "certain");
    let japan = find(&second, "holder_changed", "jp_mhlw_price", "went to other holders");
    detail(japan, "went from Kyorin Pharmaceutical to Ferring Pharma (Japan) (5 listings)");
    let renamed =
        find(&second, "holder_changed", "jp_mhlw_price", "Beigene Japan to BeOne Medicines");
    assert!(text(renamed, "because").ends_with("both belong to BeOne Medicines"));
    let given_up = find(&second, "listing_discontinued", "us_orange_book", "products are now");
    assert_eq!(given_up["cases"], 119, "as many lines went from RX to DISCN");

    // Eleven months of the EMA at once, and another month of the Orange Book.
    let third = day(&site, &regatta, "day3");
    assert!(third.len() <= 14, "{}:\n{}", third.len(), sentences(&third));
    let critical: Vec<&str> = third
        .iter()
        .filter(|a| a["severity"] == "critical")
        .map(|a| a["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        critical,
        [
            "European Medicines Agency (eu_ema): Ocaliva (obeticholic acid) of Advanz Pharma is now \
             revoked since 2024-08-30, was active",
            "European Medicines Agency (eu_ema): Oxbryta (voxelotor) of Pfizer Europe MA is now \
             suspended, was active",
        ]
    );
    let withdrawn = find(&third, "listing_withdrawn", "eu_ema", "22 products are now withdrawn");
    assert_eq!(withdrawn["details"].as_array().unwrap().len(), 22, "each is named");
    detail(
        withdrawn,
        "Alofisel (darvadstrocel, injection) of Takeda Pharma is now withdrawn since 2024-12-13",
    );
    assert!(
        withdrawn["evidence"]
            .as_array()
            .unwrap()
            .contains(&json!("change:listing|eu_ema:EMEA/H/C/004258|status")),
        "{withdrawn}"
    );
    let ema = find(&third, "holder_changed", "eu_ema", "went to other holders");
    detail(ema, "Palforzia (peanut allergen powder) went from Aimmune");
    let within = find(&third, "holder_changed", "eu_ema", "another company of the same group");
    assert_eq!(within["severity"], "info");
    detail(within, "went from Mylan Pharmaceuticals to Viatris (9 listings)");
    let stages: Vec<&Value> = third.iter().filter(|a| a["rule"] == "new_stage").collect();
    let reached = |drug: &str| stages.iter().any(|a| text(a, "what").starts_with(drug));
    assert!(reached("lecanemab") && reached("toripalimab"), "{}", sentences(&third));
    // 148 of the 154 addresses that are gone are products with a new address,
    // five got their product number: only one is no longer listed.
    assert!(!third.iter().any(|a| a["rule"] == "vanished"), "{}", sentences(&third));

    // A reading that lacks a tenth of the Orange Book, and that an operator
    // lets through.
    site.fault(&json!({"host": "www.fda.gov", "path_prefix": "/media/76860",
                       "kind": "drop_rows", "fraction": 0.9, "times": -1}));
    let cut = day(&site, &regatta, "day3");
    let vanished = find(&cut, "vanished", "us_orange_book", "are no longer listed, e.g. ");
    assert!(text(vanished, "because").starts_with("44820 records before"), "{vanished}");
}

/// A refresh as an operator makes it who has looked at a loss and accepts it;
/// what is told of it, worst first.
fn day(site: &Realsite, regatta: &Regatta, day: &str) -> Vec<Value> {
    site.day(day);
    let before = known(regatta);
    let ran = regatta.run(&["--format", "json", "refresh", "--accept-shrink"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let mut now = known(regatta);
    now.retain(|a| !before.iter().any(|b| b["id"] == a["id"]));
    now
}

fn known(regatta: &Regatta) -> Vec<Value> {
    if !regatta.lake().exists() {
        return Vec::new();
    }
    regatta.json(&["alerts", "list", "--all"]).as_array().unwrap().clone()
}

/// Rule and severity of each, sorted.
fn rules(alerts: &[Value]) -> Vec<String> {
    let mut rules: Vec<String> =
        alerts.iter().map(|a| format!("{} {}", text(a, "rule"), text(a, "severity"))).collect();
    rules.sort();
    rules
}

fn sentences(alerts: &[Value]) -> String {
    let lines = alerts.iter().map(|a| format!("{} {}", text(a, "rule"), text(a, "what")));
    lines.collect::<Vec<_>>().join("\n")
}

/// The alert of a rule about a source whose sentence has these words.
fn find<'a>(alerts: &'a [Value], rule: &str, source: &str, words: &str) -> &'a Value {
    let about = |a: &&Value| text(a, "what").contains(&format!("({source})"));
    let mut found = alerts.iter().filter(|a| a["rule"] == rule).filter(about);
    let found = found.find(|a| text(a, "what").contains(words));
    found.unwrap_or_else(|| panic!("no {rule} of {source}: {words:?} in\n{}", sentences(alerts)))
}

fn text<'a>(alert: &'a Value, field: &str) -> &'a str {
    alert[field].as_str().unwrap()
}

fn said(alert: &Value, words: &str) {
    assert!(text(alert, "what").contains(words), "{words:?} in {}", text(alert, "what"));
}

fn detail(alert: &Value, words: &str) {
    let details = alert["details"].as_array().unwrap();
    let found = details.iter().any(|d| d.as_str().unwrap().contains(words));
    assert!(found, "{words:?} in {details:#?}");
}
