//! Rules over the change log: what regulators, sponsors and holders did.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use regatta_alerts::{
    Certainty, ChangeFact, Detected, Facts, Finding, Rules, Severity, SnapshotFacts, SourceFacts,
    State, Status, detect,
};

fn source(id: &str, title: &str) -> SourceFacts {
    SourceFacts {
        source_id: id.into(),
        title: title.into(),
        max_age_hours: 48,
        ..SourceFacts::default()
    }
}

fn facts(id: &str, changes: Vec<ChangeFact>) -> Facts {
    Facts {
        now: "2024-08-16T06:00:00Z".parse().unwrap(),
        sources: vec![
            source("eu_ema", "EMA medicines"),
            source("cn_drug_trials", "ChinaDrugTrials"),
        ],
        snapshots: vec![SnapshotFacts {
            snapshot_id: id.into(),
            own_rules_changed: false,
            changes,
            records: BTreeMap::from([("eu_ema".into(), (2_433, 2_576))]),
        }],
        ..Facts::default()
    }
}

fn listing(n: usize, field: &str, old: &str, new: &str) -> ChangeFact {
    ChangeFact {
        entity_kind: "listing".into(),
        entity_id: format!("eu_ema:{n}"),
        source_id: "eu_ema".into(),
        change: "changed".into(),
        field: field.into(),
        old: Some(old.into()),
        new: Some(new.into()),
        reason: "source_changed".into(),
        run_id: Some("20240816T060000000Z".into()),
        generic: format!("generic{n}"),
        dosage_form: "tablet".into(),
        name: format!("Brand{n}"),
        company: "Novartis".into(),
        words_changed: Some(true),
        words: Some("Withdrawn".into()),
        since: (field == "status").then(|| "2024-08-30".into()),
        ..ChangeFact::default()
    }
}

fn found(facts: &Facts, rule: &str) -> Vec<Finding> {
    let all = detect(&Rules::built_in().unwrap(), facts).findings;
    all.into_iter().filter(|f| f.rule == rule).collect()
}

#[test]
fn a_withdrawal_names_product_company_and_the_regulators_words() {
    let found =
        found(&facts("s2", vec![listing(1, "status", "active", "withdrawn")]), "listing_withdrawn");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].what,
        "EMA medicines: Brand1 (generic1, tablet) of Novartis is now withdrawn since 2024-08-30, was \
         active"
    );
    assert_eq!((found[0].certainty, found[0].severity), (Certainty::Certain, Severity::Warning));
    assert!(found[0].because.contains("\"Withdrawn\""), "{}", found[0].because);
    assert!(found[0].evidence.contains(&"run:20240816T060000000Z".into()));
    assert!(found[0].evidence.contains(&"change:listing|eu_ema:1|status".into()));
}

/// What a regulator takes off the market is never summed up with what holders
/// give up: it must not be one of two dozen.
#[test]
fn a_suspension_is_critical_and_stands_apart_from_withdrawals() {
    let mut changes: Vec<_> =
        (0..20).map(|n| listing(n, "status", "active", "withdrawn")).collect();
    changes.push(listing(30, "status", "active", "suspended"));
    changes.push(listing(31, "status", "active", "revoked"));
    let facts = facts("s2", changes);
    let suspended = found(&facts, "listing_suspended");
    let said: Vec<_> = suspended.iter().map(|f| (f.what.as_str(), f.severity)).collect();
    assert_eq!(
        said,
        [
            (
                "EMA medicines: Brand30 (generic30, tablet) of Novartis is now suspended since \
                 2024-08-30, was active",
                Severity::Critical
            ),
            (
                "EMA medicines: Brand31 (generic31, tablet) of Novartis is now revoked since \
                 2024-08-30, was active",
                Severity::Critical
            ),
        ]
    );
    let withdrawn = found(&facts, "listing_withdrawn");
    assert_eq!((withdrawn.len(), withdrawn[0].details.len()), (1, 20), "each is named");
}

#[test]
fn what_was_never_marketed_cannot_leave_the_market() {
    let changes = vec![listing(1, "status", "refused", "withdrawn")];
    assert!(found(&facts("s2", changes), "listing_withdrawn").is_empty());
}

/// R41: a dictionary or a rule is not the regulator.
#[test]
fn r41_dictionaries_and_rules_raise_no_regulatory_alert_but_one_summary() {
    let mut changes = Vec::new();
    for (n, (field, old, new)) in
        [("status", "active", "withdrawn"), ("company", "A", "B")].into_iter().enumerate()
    {
        for reason in ["dictionary_changed", "rule_changed"] {
            let reason = reason.to_owned();
            changes.push(ChangeFact { reason, ..listing(n, field, old, new) });
        }
        // The regulator touched the record, but not the words of this field.
        changes.push(ChangeFact { words_changed: Some(false), ..listing(n + 10, field, old, new) });
    }
    let mut facts = facts("s2", changes);
    assert!(detect(&Rules::built_in().unwrap(), &facts).findings.is_empty());
    facts.snapshots[0].own_rules_changed = true;
    let all = detect(&Rules::built_in().unwrap(), &facts).findings;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].rule, "own_changes");
    assert_eq!(
        all[0].what,
        "2 listings read differently because dictionaries or rules changed here; no regulator \
         did this"
    );
}

#[test]
fn many_at_once_are_one_alert_with_a_count_and_examples() {
    let gone = |n| ChangeFact {
        change: "vanished".into(),
        field: String::new(),
        old: None,
        new: None,
        reason: "record_vanished".into(),
        ..listing(n, "", "", "")
    };
    let found_gone = found(&facts("s2", (0..154).map(gone).collect()), "vanished");
    assert_eq!(found_gone.len(), 1);
    assert_eq!(found_gone[0].cases, 154);
    let what = &found_gone[0].what;
    assert!(
        what.contains("154 listings (6.3 % of all) are no longer listed, e.g. Brand0"),
        "{what}"
    );
    assert!(found_gone[0].because.contains("2433 records before, 2576 now"), "{what}");
    let withdrawn = (0..40).map(|n| listing(n, "status", "active", "withdrawn")).collect();
    let found = found(&facts("s2", withdrawn), "listing_withdrawn");
    assert_eq!(found.len(), 1);
    assert!(found[0].what.contains("40 products are now withdrawn"), "{}", found[0].what);
}

#[test]
fn strengths_of_one_product_are_one_alert() {
    let strength = |n: usize| ChangeFact {
        entity_id: format!("eu_ema:1-{n}"),
        ..listing(1, "status", "active", "suspended")
    };
    let found = found(&facts("s2", (0..3).map(strength).collect()), "listing_suspended");
    assert_eq!(found.len(), 1);
    assert!(found[0].what.ends_with("is now suspended since 2024-08-30, was active (3 listings)"));
}

#[test]
fn a_stopped_trial_says_who_stopped_it() {
    let trial = |new: &str, words: &str| ChangeFact {
        entity_kind: "trial".into(),
        entity_id: "cn_drug_trials:CTR20240001".into(),
        source_id: "cn_drug_trials".into(),
        name: "A study".into(),
        company: "AstraZeneca".into(),
        generic: "osimertinib".into(),
        words: Some(words.into()),
        ..listing(1, "status", "recruiting", new)
    };
    let all = detect(
        &Rules::built_in().unwrap(),
        &facts("s2", vec![trial("stopped_by_authority", "责令暂停")]),
    )
    .findings;
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].what,
        "ChinaDrugTrials: trial CTR20240001 of osimertinib, sponsor AstraZeneca is now stopped by \
         authority, was recruiting – A study"
    );
    assert_eq!(all[0].severity, Severity::Critical);
    let sponsor = facts("s2", vec![trial("suspended_or_terminated_by_sponsor", "主动终止")]);
    assert_eq!(found(&sponsor, "trial_stopped_by_sponsor")[0].severity, Severity::Warning);
}

#[test]
fn a_holder_change_is_told_and_two_spellings_are_only_possible() {
    let changes = vec![
        listing(1, "company", "Novartis Europharm", "Sandoz GmbH"),
        listing(2, "company", "Accord Healthcare S.L.U.", "Accord Healthcare B.V."),
    ];
    let found = found(&facts("s2", changes), "holder_changed");
    let certainties: Vec<_> = found.iter().map(|f| f.certainty).collect();
    assert_eq!(certainties, [Certainty::Certain, Certainty::Possible]);
    assert!(found[0].what.contains("went from Novartis Europharm to Sandoz GmbH"));
    assert_eq!((found[0].severity, found[1].severity), (Severity::Warning, Severity::Info));
}

/// R8: names that are alike are no spellings where two groups are known.
#[test]
fn r8_a_change_between_known_groups_is_a_transfer_however_alike_the_names_are() {
    let transfer = |other_group| ChangeFact {
        other_group,
        ..listing(1, "company", "Zentiva Prague", "Sandoz Prague")
    };
    let told = |other_group| found(&facts("s2", vec![transfer(other_group)]), "holder_changed");
    assert_eq!(told(false)[0].severity, Severity::Info, "two companies of whom nothing is known");
    let known = &told(true)[0];
    assert_eq!((known.severity, known.certainty), (Severity::Warning, Certainty::Certain));
    // A word that every such company has in its name says nothing.
    let roche = listing(1, "company", "Roche Registration GmbH", "Cheplapharm Registration GmbH");
    assert_eq!(found(&facts("s2", vec![roche]), "holder_changed")[0].severity, Severity::Warning);
}

/// R8: a group that moves a product from one of its companies to another is
/// good to know, and does not stand among real transfers.
#[test]
fn r8_a_change_within_a_group_is_told_apart_as_info() {
    let mut changes: Vec<_> =
        (0..6).map(|n| listing(n, "company", &format!("Old{n}"), "Sandoz")).collect();
    changes.extend((10..16).map(|n| ChangeFact {
        same_group: true,
        groups: vec!["Viatris".into()],
        ..listing(n, "company", &format!("Mylan{n}"), "Viatris")
    }));
    let found = found(&facts("s2", changes), "holder_changed");
    assert_eq!(found.len(), 2);
    assert!(
        found[0].what.contains("6 listings went to other holders (6 pairs of companies), e.g. Old"),
        "{}",
        found[0].what
    );
    assert_eq!((found[0].severity, found[0].certainty), (Severity::Warning, Certainty::Certain));
    assert!(found[1].what.contains("6 listings have another company of the same group"));
    assert!(found[1].because.ends_with("both belong to Viatris"), "{}", found[1].because);
    assert_eq!((found[1].severity, found[1].details.len()), (Severity::Info, 6));
    assert_ne!(found[0].id(), found[1].id());
}

#[test]
fn only_a_further_stage_of_something_watched_is_told() {
    let rules =
        Rules::parse("[rule.new_stage]\ntargets = [\"egfr\"]\ncountries = [\"CN\"]").unwrap();
    let drug = |country: &str, old: Option<&str>, new: &str| ChangeFact {
        entity_kind: "drug".into(),
        entity_id: "D0000001".into(),
        source_id: String::new(),
        field: format!("progress.{country}"),
        old: old.map(str::to_owned),
        new: Some(new.into()),
        generic: "osimertinib".into(),
        targets: vec!["EGFR".into()],
        company: "AstraZeneca".into(),
        name: String::new(),
        deciding_records: vec!["cn_cde:JXHS2400001".into()],
        decided_by_regulator: true,
        ..listing(1, "", "", "")
    };
    let told = |change| detect(&rules, &facts("s2", vec![change])).findings;
    let further = told(drug("CN", Some("phase_3"), "filed"));
    assert_eq!(further.len(), 1);
    assert_eq!(
        further[0].what,
        "osimertinib, tablet of AstraZeneca is now filed in CN, was phase 3"
    );
    assert_eq!(further[0].certainty, Certainty::Certain);
    assert_eq!(told(drug("CN", None, "phase_1")).len(), 1);
    assert!(told(drug("CN", Some("filed"), "phase_3")).is_empty(), "a step back");
    assert!(told(drug("US", Some("phase_3"), "filed")).is_empty(), "another country");
    assert!(told(drug("CN", None, "clinical_filed")).is_empty(), "below the least stage");
    let other = ChangeFact { targets: vec!["HER2".into()], ..drug("CN", None, "filed") };
    assert!(told(other.clone()).is_empty(), "another target");
    // R43: any name of a target, in any spelling.
    let named = Rules::parse("[rule.new_stage]\ntargets = [\"her-2\"]").unwrap();
    assert_eq!(detect(&named, &facts("s2", vec![other])).findings.len(), 1);
    // Each list by itself: a combination is each of its generics, a group has many names.
    let combination = ChangeFact {
        generic: "osimertinib / savolitinib".into(),
        companies: vec!["AstraZeneca AB".into()],
        groups: vec!["AstraZeneca".into(), "AZ".into()],
        ..drug("CN", None, "filed")
    };
    for (list, hit, miss) in [
        ("generics", "Savolitinib", "osimertinib / gefitinib"),
        ("companies", "ASTRAZENECA AB", "AstraZeneca"),
        ("groups", "az", "A"),
    ] {
        let told = |word| {
            let rules = Rules::parse(&format!("[rule.new_stage]\n{list} = [\"{word}\"]"));
            detect(&rules.unwrap(), &facts("s2", vec![combination.clone()])).findings.len()
        };
        assert_eq!((told(hit), told(miss)), (1, 0), "{list}");
    }
}

#[test]
fn an_event_is_over_when_it_is_undone_or_old() {
    let rules = Rules::built_in().unwrap();
    let mut state = State::default();
    let mut run = |id: &str, changes: Vec<ChangeFact>, now: &str| {
        let mut facts = facts(id, changes);
        facts.now = now.parse().unwrap();
        state.apply(detect(&rules, &facts), &rules, &[], facts.now);
        let of = state.alerts.values().find(|a| a.subject.contains("generic1|")).unwrap();
        (of.status(facts.now), of.count)
    };
    let withdrawn = || vec![listing(1, "status", "active", "withdrawn")];
    assert_eq!(run("s2", withdrawn(), "2024-08-16T06:00:00Z"), (Status::Open, 1));
    assert_eq!(run("s3", Vec::new(), "2024-08-17T06:00:00Z"), (Status::Open, 1));
    let back = vec![listing(1, "status", "withdrawn", "active")];
    assert_eq!(run("s4", back, "2024-08-18T06:00:00Z"), (Status::Resolved, 1));
    // It happens again: the same alert, open again.
    assert_eq!(run("s5", withdrawn(), "2024-08-19T06:00:00Z"), (Status::Open, 2));
    assert_eq!(run("s6", Vec::new(), "2024-09-01T06:00:00Z"), (Status::Open, 2));
    assert_eq!(run("s7", Vec::new(), "2024-09-03T06:00:00Z"), (Status::Resolved, 2));
}

#[test]
fn nothing_found_is_nothing_told() {
    let detected = detect(&Rules::built_in().unwrap(), &Facts::default());
    let Detected { findings, undone } = detected;
    assert!(findings.is_empty() && undone.is_empty());
}
