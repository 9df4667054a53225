use std::path::Path;

use proptest::prelude::*;
use regatta_domain::RecordId;

use super::*;
use crate::{Dictionaries, UNSPECIFIED};

const HEADER: &str = "kind,language,value,decision,target,sources,records,author,decided_at,reason";
const MERGE_HEADER: &str = "decision,record_a,record_b,author,decided_at,reason";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(rows: &str) -> Result<Dictionaries, DictionaryError> {
    let folder = folder(&[("decisions.csv", &format!("{HEADER}\n{rows}"))]);
    Dictionaries::load(Some(folder.path()))
}

fn row(kind: DecisionKind, value: &str, decision: Verdict, target: &str) -> DecisionRow {
    DecisionRow {
        kind,
        language: String::new(),
        value: value.into(),
        decision,
        target: target.into(),
        sources: "us_drugs_at_fda".into(),
        records: Some(3),
        author: "A. Reviewer".into(),
        decided_at: "2026-02-28".into(),
        reason: "said \"so\", twice".into(),
    }
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn r10_a_decision_comes_before_the_dictionaries() {
    let all = load(
        "generic,,zzyzxine,map_to,Acetaminophen,,,me,2026-01-01,\n\
         generic,,qwertine,accept,newmab,,,me,2026-01-01,\n\
         generic,,nothingol,reject,,,,me,2026-01-01,\n\
         generic,,purified water,not_a_drug,,,,me,2026-01-01,\n\
         generic,,nevirapine,map_to,other name,,,me,2026-01-01,\n\
         dosage_form,fda,FLYING CARPET;ORAL,map_to,tablet,,,me,2026-01-01,\n\
         dosage_form,,magic lamp,not_a_drug,,,,me,2026-01-01,\n\
         company,,Pfiser Inc,map_to,Pfizer Inc.,,,me,2026-01-01,\n\
         company,,Nobody Ltd,reject,,,,me,2026-01-01,\n",
    )
    .unwrap();
    for (raw, generic, how, unknown) in [
        ("ZZYZXINE", "paracetamol", "decision", ""),
        ("Qwertine", "newmab", "decision", ""),
        ("NOTHINGOL", "nothingol", "rejected", ""),
        ("Purified  Water", "purified water", "not_a_drug", ""),
        ("NEVIRAPINE", "other name", "decision", ""),
        ("ZIDOVUDINE; NEVIRAPINE", "other name / zidovudine", "decision", ""),
        ("ZIDOVUDINE; ZZYZXINE", "paracetamol / zidovudine", "decision", ""),
        ("ZIDOVUDINE; NOTHINGOL", "nothingol / zidovudine", "decision", ""),
        ("NOTHINGOL; NOTHINGOL", "nothingol", "rejected", ""),
        ("ZIDOVUDINE; PURIFIED WATER", "zidovudine", "decision", ""),
        ("PURIFIED WATER; PURIFIED WATER", "purified water; purified water", "not_a_drug", ""),
        ("ZZYZXINE; UNHEARDOFINE", "paracetamol / unheardofine", "partial", "unheardofine"),
        ("PURIFIED WATER; UNHEARDOFINE", "unheardofine", "unmatched", "unheardofine"),
        ("ZIDOVUDINE; UNHEARDOFINE", "unheardofine / zidovudine", "partial", "unheardofine"),
        ("ZIDOVUDINE; LAMIVUDINE", "lamivudine / zidovudine", "combination", ""),
        ("ZIDOVUDINE", "zidovudine", "exact", ""),
    ] {
        let found = all.generic(raw, Language::En, &[';']);
        let expected = (generic, how, unknown.to_owned());
        assert_eq!((found.generic.as_str(), found.how, found.unknown.concat()), expected, "{raw}");
    }
    for (raw, form, how) in [
        ("Flying Carpet;Oral", "tablet", "decision"),
        ("MAGIC LAMP", "magic lamp", "not_a_drug"),
        ("TABLET;ORAL", "tablet", "exact"),
        ("", UNSPECIFIED, "unspecified"),
    ] {
        let found = all.form(Vocabulary::Fda, raw, |forms| forms.find_fda(raw, None));
        assert_eq!((found.form.as_str(), found.how), (form, how), "{raw}");
    }
    let pfizer = all.companies.find("Pfizer Inc.").company;
    for (raw, company, how) in [
        ("PFISER INC", pfizer.as_str(), "decision"),
        ("Nobody Ltd", "Nobody Ltd", "rejected"),
        ("Nobody at all Ltd", "Nobody at all Ltd", "own_name"),
    ] {
        let found = all.company(raw);
        assert_eq!((found.company.as_str(), found.how), (company, how), "{raw}");
    }
}

#[test]
fn r10_a_decision_about_a_company_holds_for_all_spellings_with_its_key() {
    let all = load(
        "company,,Zyzzyva Pharma Inc,map_to,Pfizer,,,me,2026-01-01,\n\
         company,,Quondam Labs Ltd,reject,,,,me,2026-01-01,\n\
         company,,QUONDAM LABS GMBH,map_to,Pfizer,,,me,2026-01-01,\n",
    )
    .unwrap();
    let pfizer = all.companies.find("Pfizer").company;
    for (raw, company, how) in [
        ("Zyzzyva Pharma Inc", pfizer.as_str(), "decision"),
        ("ZYZZYVA PHARMA, LLC", pfizer.as_str(), "decision"),
        ("Quondam Labs Ltd", "Quondam Labs Ltd", "rejected"),
        ("quondam labs ltd", "Quondam Labs Ltd", "rejected"),
        ("Quondam Labs GmbH", pfizer.as_str(), "decision"),
        ("Zyzzyva Generics Inc", "Zyzzyva Generics Inc", "own_name"),
        ("Pfizer Inc.", pfizer.as_str(), all.companies.find("Pfizer Inc.").how),
    ] {
        let found = all.company(raw);
        assert_eq!((found.company.as_str(), found.how), (company, how), "{raw}");
    }
}

#[test]
fn r10_a_form_is_decided_as_the_queue_shows_it() {
    let all = load("dosage_form,,magic  lamp,map_to,tablet,,,me,2026-01-01,\n").unwrap();
    let found = all.form(Vocabulary::Fda, "MAGIC LAMP ;; 3 wishes", |_| crate::FormMatch {
        form: "magic lamp".into(),
        how: "unmatched",
    });
    assert_eq!((found.form.as_str(), found.how), ("tablet", "decision"));
}

#[test]
fn r10_a_suggestion_in_any_language_leads_to_its_generic() {
    let all = Dictionaries::load(None).unwrap();
    for (target, generic) in [
        ("Nevirapine", "nevirapine"),
        ("奈韦拉平", "nevirapine"),
        ("ネビラピン", "nevirapine"),
        ("奈韦拉平 / zidovudine", "nevirapine / zidovudine"),
        ("Unheardofine", "unheardofine"),
    ] {
        assert_eq!(all.standard_target(DecisionKind::Generic, target).unwrap(), generic);
    }
    assert!(all.standard_target(DecisionKind::DosageForm, "flying carpet").is_err());
}

#[test]
fn r10_a_finer_finder_leaves_unknown_parts_to_the_decisions() {
    let all = load("generic,,zzyzxine,map_to,nevirapine,,,me,2026-01-01,\n").unwrap();
    let found = all.generic_with("zidovudine with zzyzxine", Language::En, &[';'], |_, _| {
        crate::GenericMatch {
            generic: "zidovudine / zzyzxine".into(),
            salt: Some("sulfate".into()),
            how: "partial",
            unknown: vec!["zzyzxine".into()],
        }
    });
    assert_eq!(found.generic, "nevirapine / zidovudine");
    assert_eq!((found.how, found.salt.as_deref()), ("decision", Some("sulfate")));
}

#[test]
fn r10_a_decision_holds_in_its_language_only() {
    let all = load(
        "dosage_form,zh,散,map_to,oral_powder,,,me,2026-01-01,\n\
         dosage_form,ja,散,map_to,granules,,,me,2026-01-01,\n",
    )
    .unwrap();
    let form = |v| all.form(v, "散", |forms| forms.find(v, "no such form", "")).form;
    assert_eq!(form(Vocabulary::Zh), "oral_powder");
    assert_eq!(form(Vocabulary::Ja), "granules");
    assert_eq!(form(Vocabulary::Fda), "no such form");
    assert!(all.decisions.decided(DecisionKind::DosageForm, "散").is_some());
}

#[test]
fn r10_rows_that_cannot_hold_are_told_by_file_and_line() {
    for (rows, line, reason) in [
        ("generic,,a,map_to,,,,me,2026-01-01,\n", 2, "need a target"),
        ("generic,,a,reject,b,,,me,2026-01-01,\n", 2, "have no target"),
        ("generic,,-,reject,,,,me,2026-01-01,\n", 2, "no value"),
        ("generic,,a,reject,,,,,2026-01-01,\n", 2, "author"),
        ("generic,,a,reject,,,,me,2026-02-30,\n", 2, "2026-02-30"),
        ("generic,,a,reject,,,,me,一二三一,\n", 2, "expected a day"),
        ("generic,xx,a,reject,,,,me,2026-01-01,\n", 2, "xx"),
        ("generic,fda,a,reject,,,,me,2026-01-01,\n", 2, "fda"),
        ("strength,,a,reject,,,,me,2026-01-01,\n", 2, "strength"),
        ("generic,,a,perhaps,,,,me,2026-01-01,\n", 2, "perhaps"),
        ("generic,,a,reject,,,many,me,2026-01-01,\n", 2, "invalid digit"),
        ("dosage_form,,a,map_to,magic_lamp,,,me,2026-01-01,\n", 2, "magic_lamp"),
        (
            "generic,,a,reject,,,,me,2026-01-01,\ngeneric,,\" A\",reject,,,,me,2026-01-01,\n",
            3,
            "already decided on line 2",
        ),
        (
            "generic,,a,reject,,,,me,2026-01-01,\ngeneric,en,A,map_to,b,,,me,2026-01-01,\n",
            3,
            "decided otherwise on line 2",
        ),
        (
            "generic,,a,map_to,b,,,me,2026-01-01,\ngeneric,,b,map_to,c,,,me,2026-01-01,\n",
            2,
            "itself a decided value",
        ),
    ] {
        let error = load(rows).unwrap_err().to_string();
        assert!(error.contains(&format!("decisions.csv, line {line}:")), "{rows}: {error}");
        assert!(error.contains(reason), "{rows}: {error}");
    }
    // A value may be accepted as a standard name of its own.
    load("generic,,a,accept,a,,,me,2026-01-01,\ngeneric,,b,map_to,a,,,me,2026-01-01,\n").unwrap();
}

#[test]
fn r10_decisions_are_part_of_the_digest_and_of_the_compiled_in_file_there_are_none() {
    let none = Dictionaries::load(None).unwrap();
    assert_eq!(none.decisions.rows().count(), 0);
    assert_eq!(none.merge_decisions.rows().count(), 0, "a lake's records are not compiled in");
    let one = load("generic,,a,reject,,,,me,2026-01-01,\n").unwrap();
    let other = load("generic,,a,reject,,,,me,2026-01-02,\n").unwrap();
    assert_ne!(none.sha256(), one.sha256());
    assert_ne!(one.sha256(), other.sha256());
}

#[test]
fn r10_the_users_decision_wins_over_the_compiled_in_one() {
    let text = |row: &str| format!("{HEADER}\n{row}\n");
    let builtin = CsvFile {
        path: "builtin.csv".into(),
        text: text("generic,,a,map_to,b,,,me,2026-01-01,").into(),
    };
    let own = CsvFile {
        path: "own.csv".into(),
        text: text("generic,,A,reject,,,,me,2026-01-02,").into(),
    };
    let both = ValueDecisions::new(&builtin, Some(&own), |_, t| Ok(t.to_owned())).unwrap();
    assert_eq!(both.decided(DecisionKind::Generic, "a").unwrap().decision, Verdict::Reject);
    assert_eq!(both.rows().count(), 1);
}

#[test]
fn r10_a_decision_is_reopened_when_its_value_changes() {
    let all = load(
        "generic,,zzyzxine,map_to,nevirapine,,,me,2026-01-01,\n\
         generic,,zzyzxine b,reject,,,,me,2026-01-01,\n",
    )
    .unwrap()
    .decisions;
    let reopened = |old, new| all.reopened(DecisionKind::Generic, old, new).is_some();
    assert!(reopened("zzyzxine", "zzyzxine hydrate"));
    assert!(!reopened("zzyzxine", " Zzyzxine"), "spelt otherwise, not changed");
    assert!(!reopened("zzyzxine", "zzyzxine b"), "the new value is decided too");
    assert!(!reopened("undecided", "zzyzxine hydrate"));
    assert!(all.reopened(DecisionKind::Company, "zzyzxine", "x").is_none());
}

#[test]
fn r10_decisions_are_written_in_place_and_read_back() {
    let temp = folder(&[]);
    let folder = temp.path().join("new/folder");
    let first = row(DecisionKind::Generic, "Zzyzxine, \"new\"", Verdict::MapTo, "nevirapine");
    let second = row(DecisionKind::DosageForm, "FLYING CARPET;ORAL", Verdict::Accept, "tablet");
    append_decisions(&folder, &[first.clone(), second.clone()]).unwrap();
    let loaded = || Dictionaries::load(Some(&folder)).unwrap().decisions;
    assert_eq!(loaded().rows().cloned().collect::<Vec<_>>(), [first.clone(), second.clone()]);

    // Written by hand: other quotes, another decision behind.
    let by_hand = "\"company\",,\"Nobody Ltd\",reject,,,,me,2026-01-01,\n";
    let path = folder.join("decisions.csv");
    std::fs::write(&path, read(&folder, "decisions.csv") + by_hand).unwrap();
    let changed = row(DecisionKind::Generic, "zzyzxine,  \"NEW\"", Verdict::Reject, "");
    append_decisions(&folder, std::slice::from_ref(&changed)).unwrap();
    let rows: Vec<_> = loaded().rows().cloned().collect();
    assert_eq!(rows[..2], [changed, second]);
    assert!(read(&folder, "decisions.csv").ends_with(by_hand), "other lines stay as written");

    let generic = DecisionKind::Generic;
    assert!(remove_decision(&folder, generic, "ZZYZXINE, \"new\"").unwrap());
    assert!(!remove_decision(&folder, generic, "ZZYZXINE, \"new\"").unwrap());
    assert_eq!(loaded().rows().count(), 2);
    let left = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside the file");
}

#[test]
fn r10_what_could_not_be_loaded_is_not_written() {
    let folder = folder(&[]);
    let wrong = [
        row(DecisionKind::Generic, "a", Verdict::MapTo, ""),
        row(DecisionKind::DosageForm, "a", Verdict::MapTo, "magic_lamp"),
        DecisionRow {
            decided_at: "soon".into(),
            ..row(DecisionKind::Generic, "a", Verdict::Reject, "")
        },
    ];
    for wrong in wrong {
        let good = row(DecisionKind::Generic, "b", Verdict::Reject, "");
        append_decisions(folder.path(), &[good, wrong]).unwrap_err();
        assert!(!folder.path().join("decisions.csv").exists());
    }
}

#[test]
fn r10_a_file_from_a_spreadsheet_is_read_and_kept() {
    let text = "\u{feff}value,kind,decision,author,decided_at,comment\r\nzzyzxine,generic,reject,me,2026-01-01,\"a\nb\"\r\n";
    let folder = folder(&[("decisions.csv", text)]);
    let mut more = row(DecisionKind::Generic, "b", Verdict::Reject, "");
    let refused = append_decisions(folder.path(), std::slice::from_ref(&more)).unwrap_err();
    assert!(refused.to_string().contains("no column sources"), "{refused}");
    (more.sources, more.records, more.reason) = (String::new(), None, String::new());
    append_decisions(folder.path(), &[more]).unwrap();
    let expected = text.trim_start_matches('\u{feff}').to_owned()
        + "b,generic,reject,A. Reviewer,2026-02-28,\r\n";
    assert_eq!(read(folder.path(), "decisions.csv"), expected);
    let all = Dictionaries::load(Some(folder.path())).unwrap();
    assert_eq!(all.decisions.rows().count(), 2);
}

fn merge_row(decision: MergeDecision, a: &str, b: &str) -> MergeDecisionRow {
    MergeDecisionRow {
        decision,
        record_a: a.into(),
        record_b: b.into(),
        author: "A. Reviewer".into(),
        decided_at: "2026-02-28".into(),
        reason: "one firm".into(),
    }
}

#[test]
fn r29_merge_decisions_are_numbered_by_line_and_stale_ones_told() {
    let folder = folder(&[]);
    append_merge_decisions(
        folder.path(),
        &[
            merge_row(MergeDecision::MustLink, "s:1", "s:2"),
            merge_row(MergeDecision::MustNotLink, "s:3", "s:1"),
            merge_row(MergeDecision::MustLink, "s:1", "s:gone"),
        ],
    )
    .unwrap();
    let merges = Dictionaries::load(Some(folder.path())).unwrap().merge_decisions;
    let number = |id: &str| id.strip_prefix("s:")?.parse().ok().map(RecordId);
    let resolved = merges.resolve(number);
    let pairs = |list: &[regatta_domain::PairDecision]| {
        list.iter().map(|p| (p.first.0, p.second.0, p.reason.0)).collect::<Vec<_>>()
    };
    assert_eq!(pairs(resolved.decisions.must_link()), [(1, 2, 2)]);
    assert_eq!(pairs(resolved.decisions.must_not_link()), [(1, 3, 3)]);
    assert_eq!(resolved.stale.len(), 1);
    assert_eq!((resolved.stale[0].0, resolved.stale[0].1.record_b.as_str()), (4, "s:gone"));
    assert_eq!(merges.row(regatta_domain::ReasonId(3)).unwrap().record_a, "s:3");

    let turned = merge_row(MergeDecision::MustNotLink, "s:2", "s:1");
    append_merge_decisions(folder.path(), &[turned]).unwrap();
    let text = read(folder.path(), "merge_decisions.csv");
    assert_eq!(text.lines().count(), 4);
    assert!(text.lines().nth(1).unwrap().starts_with("must_not_link,s:2,s:1,"));
    assert!(remove_merge_decision(folder.path(), "s:1", "s:2").unwrap());
    assert!(!remove_merge_decision(folder.path(), "s:1", "s:2").unwrap());
}

#[test]
fn r29_every_column_of_a_merge_decision_is_required() {
    for (row, line, reason) in [
        ("must_link,a,,me,2026-01-01,x", 2, "both needed"),
        ("must_link,a,a,me,2026-01-01,x", 2, "one record"),
        ("must_link,a,b,,2026-01-01,x", 2, "author"),
        ("must_link,a,b,me,,x", 2, "decided_at"),
        ("must_link,a,b,me,2026-01-01,", 2, "reason is missing"),
        ("may_link,a,b,me,2026-01-01,x", 2, "may_link"),
        (
            "must_link,a,b,me,2026-01-01,x\nmust_not_link,b,a,me,2026-01-01,x",
            3,
            "already decided on line 2",
        ),
    ] {
        let text = format!("{MERGE_HEADER}\n{row}\n");
        let folder = folder(&[("merge_decisions.csv", &text)]);
        let error = Dictionaries::load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains(&format!("merge_decisions.csv, line {line}:")), "{error}");
        assert!(error.contains(reason), "{row}: {error}");
    }
}

proptest! {
    #[test]
    fn r10_a_folded_value_stays_as_it_is(raw in any::<String>()) {
        let once = fold(&raw);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn r10_days_are_total(text in any::<String>()) {
        let _ = is_day(&text);
    }
}
