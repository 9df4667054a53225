//! What early warning says of three days of real files.

use regatta_tests::{Realsite, Regatta};
use serde_json::Value;

#[test]
fn three_real_days_give_few_alerts_and_the_right_ones() {
    let Some(site) = Realsite::start("three_real_days") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let mut said = Vec::new();
    for day in ["day1", "day2", "day3"] {
        site.day(day);
        // As an operator who has looked at the loss and accepts it.
        let ran = regatta.run(&["--format", "json", "refresh", "--accept-shrink"]);
        assert!(ran.code == 0 || ran.code == 3, "{}", ran.err);
        let alerts = regatta.json(&["alerts"]);
        let lines: Vec<String> = alerts
            .as_array()
            .unwrap()
            .iter()
            .map(|a: &Value| {
                format!(
                    "{} {} {} | {} | {}",
                    a["severity"], a["rule"], a["certainty"], a["what"], a["because"]
                )
            })
            .collect();
        println!("{day}: {} open\n  {}", lines.len(), lines.join("\n  "));
        said.push(alerts);
    }
}
