//! R10: decisions that are open again, because the source value that they were
//! made for has changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use regatta_dictionaries::{DecisionKind, Dictionaries};

use crate::distinct::text;
use crate::review::unknown_ingredients;

/// The decided value that a record had before, by kind and open value.
pub(crate) type Reopened = BTreeMap<(&'static str, String), String>;

/// The values that are open now in place of decided ones. `records` and
/// `parties` are all that there are now, `old_records` and `old_parties` tables
/// of the snapshot before. What was open again in `old_queue` stays so until
/// it is decided.
pub(crate) fn reopened(
    (records, old_records): (&DataFrame, &[&DataFrame]),
    (parties, old_parties): (&DataFrame, &DataFrame),
    old_queue: &DataFrame,
    dictionaries: &Dictionaries,
) -> PolarsResult<Reopened> {
    let mut found = Reopened::new();
    if dictionaries.decisions.rows().next().is_none() {
        return Ok(found);
    }
    still_open(old_queue, dictionaries, &mut found)?;
    generics(records, old_records, dictionaries, &mut found)?;
    forms(records, old_records, dictionaries, &mut found)?;
    companies(parties, old_parties, dictionaries, &mut found)?;
    Ok(found)
}

fn still_open(
    queue: &DataFrame,
    dictionaries: &Dictionaries,
    found: &mut Reopened,
) -> PolarsResult<()> {
    let (kinds, values) = (text(queue, "kind")?, text(queue, "value")?);
    let from = text(queue, "reopened_from")?;
    for row in 0..queue.height() {
        let (Some(code), Some(value), Some(from)) =
            (kinds.get(row), values.get(row), from.get(row))
        else {
            continue;
        };
        let Some((code, kind)) = KINDS.into_iter().find(|(known, _)| *known == code) else {
            continue;
        };
        if dictionaries.decisions.reopened(kind, from, value).is_some() {
            found.insert((code, value.to_owned()), from.to_owned());
        }
    }
    Ok(())
}

const KINDS: [(&str, DecisionKind); 3] = [
    ("generic", DecisionKind::Generic),
    ("dosage_form", DecisionKind::DosageForm),
    ("company", DecisionKind::Company),
];

/// A cell may hold several ingredients, one of them decided: it is open again
/// if the record does not name it any more, and names an unknown one instead.
fn generics(
    records: &DataFrame,
    old_records: &[&DataFrame],
    dictionaries: &Dictionaries,
    found: &mut Reopened,
) -> PolarsResult<()> {
    let decisions = &dictionaries.decisions;
    let old = values_by_record(old_records, "generic_raw")?;
    let unknown = unknown_ingredients(records)?;
    let ids = text(&unknown, "record_id")?;
    let (raw, open) = (text(&unknown, "generic_raw")?, text(&unknown, "unknown_ingredients")?);
    for row in 0..unknown.height() {
        let (Some(open), Some(now)) = (open.get(row), raw.get(row)) else { continue };
        let Some(was) = ids.get(row).and_then(|id| old.get(id)).filter(|was| **was != now) else {
            continue;
        };
        let decided = ingredients(was)
            .filter_map(|part| decisions.decided(DecisionKind::Generic, part))
            .find(|d| !ingredients(now).any(|part| same_decision(dictionaries, part, &d.value)));
        let Some(decided) = decided else { continue };
        if decisions.reopened(DecisionKind::Generic, &decided.value, open).is_some() {
            found.insert(("generic", open.to_owned()), decided.value.clone());
        }
    }
    Ok(())
}

fn same_decision(dictionaries: &Dictionaries, part: &str, value: &str) -> bool {
    dictionaries.decisions.decided(DecisionKind::Generic, part).is_some_and(|d| d.value == value)
}

/// The whole cell, then what stands between the marks that sources put between
/// ingredients.
fn ingredients(raw: &str) -> impl Iterator<Item = &str> {
    const MARKS: [char; 10] = [';', ',', '/', '+', '|', '、', '，', '；', '・', '\n'];
    std::iter::once(raw).chain(raw.split(MARKS).map(str::trim).filter(|part| !part.is_empty()))
}

fn forms(
    records: &DataFrame,
    old_records: &[&DataFrame],
    dictionaries: &Dictionaries,
    found: &mut Reopened,
) -> PolarsResult<()> {
    let old = values_by_record(old_records, "dosage_form_raw")?;
    let (ids, raw) = (text(records, "record_id")?, text(records, "dosage_form_raw")?);
    let (form, how) = (text(records, "dosage_form")?, text(records, "dosage_form_match")?);
    for row in (0..records.height()).filter(|row| how.get(*row) == Some("unmatched")) {
        let was = ids.get(row).and_then(|id| old.get(id)).filter(|was| raw.get(row) != Some(**was));
        if let Some((was, open)) = was.zip(form.get(row))
            && let Some(decided) =
                dictionaries.decisions.reopened(DecisionKind::DosageForm, was, open)
        {
            found.insert(("dosage_form", open.to_owned()), decided.value.clone());
        }
    }
    Ok(())
}

/// A record may have several companies in a role: those that it names no more
/// may have been decided.
fn companies(
    parties: &DataFrame,
    old_parties: &DataFrame,
    dictionaries: &Dictionaries,
    found: &mut Reopened,
) -> PolarsResult<()> {
    let mut old: HashMap<(&str, &str), BTreeSet<&str>> = HashMap::new();
    let how = text(old_parties, "company_match")?;
    let decided = |row: &usize| matches!(how.get(*row), Some("decision" | "rejected"));
    let (ids, roles) = (text(old_parties, "record_id")?, text(old_parties, "role")?);
    let raw = text(old_parties, "company_raw")?;
    for row in (0..old_parties.height()).filter(decided) {
        if let (Some(id), Some(role), Some(raw)) = (ids.get(row), roles.get(row), raw.get(row)) {
            old.entry((id, role)).or_default().insert(raw);
        }
    }
    if old.is_empty() {
        return Ok(());
    }
    let (ids, roles) = (text(parties, "record_id")?, text(parties, "role")?);
    let (raw, how) = (text(parties, "company_raw")?, text(parties, "company_match")?);
    let company = text(parties, "company")?;
    let place = |row: usize| Some((ids.get(row)?, roles.get(row)?));
    for row in 0..parties.height() {
        if let Some(before) = place(row).and_then(|place| old.get_mut(&place)) {
            before.remove(raw.get(row).unwrap_or_default());
        }
    }
    for row in (0..parties.height()).filter(|row| how.get(*row) == Some("own_name")) {
        let before = place(row).and_then(|place| old.get(&place)?.first().copied());
        let Some((was, open)) = before.zip(company.get(row)) else { continue };
        let value = dictionaries.decisions.decided(DecisionKind::Company, was);
        let value = value.map_or(was, |decided| decided.value.as_str());
        found.insert(("company", open.to_owned()), value.to_owned());
    }
    Ok(())
}

fn values_by_record<'a>(
    frames: &[&'a DataFrame],
    column: &str,
) -> PolarsResult<HashMap<&'a str, &'a str>> {
    let mut values = HashMap::new();
    for frame in frames {
        let (ids, cells) = (text(frame, "record_id")?, text(frame, column)?);
        values.extend(ids.iter().zip(cells.iter()).filter_map(|(id, cell)| id.zip(cell)));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use regatta_dictionaries::Dictionaries;

    use super::*;

    const HEADER: &str =
        "kind,language,value,decision,target,sources,records,author,decided_at,reason";

    fn dictionaries(rows: &str) -> Dictionaries {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("decisions.csv"), format!("{HEADER}\n{rows}")).unwrap();
        Dictionaries::load(Some(folder.path())).unwrap()
    }

    fn records(generic_raw: &str, unknown: Option<&str>, form_raw: &str) -> DataFrame {
        crate::columns::Columns::default()
            .text("record_id", [Some("a:1")])
            .text("source_id", [Some("a")])
            .text("generic_raw", [Some(generic_raw)])
            .texts("unknown_ingredients", [unknown])
            .text("dosage_form_raw", [Some(form_raw)])
            .text("dosage_form", [Some(form_raw.to_lowercase())])
            .text("dosage_form_match", [Some("unmatched")])
            .frame()
            .unwrap()
    }

    fn parties(raw: &str, how: &str) -> DataFrame {
        df!(
            "record_id" => ["a:1"], "role" => ["holder"], "company_raw" => [raw],
            "company" => [raw], "company_match" => [how],
        )
        .unwrap()
    }

    fn queue(rows: &[(&str, &str, Option<&str>)]) -> DataFrame {
        df!(
            "kind" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
            "value" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
            "reopened_from" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
        )
        .unwrap()
    }

    #[test]
    fn r10_an_open_value_names_the_decided_one_that_it_replaced() {
        let d = dictionaries(
            "generic,,zzyzxine,map_to,nevirapine,,,me,2026-01-01,\n\
             dosage_form,,magic lamp,reject,,,,me,2026-01-01,\n\
             company,,Quondam Ltd,reject,,,,me,2026-01-01,\n",
        );
        let nothing = queue(&[]);
        // (raw before, raw now, unknown now) -> reopened from
        for (was, now, unknown, expected) in [
            ("ZZYZXINE", "ZZYZXINE B", Some("zzyzxine b"), Some("zzyzxine")),
            ("LAMIVUDINE; ZZYZXINE", "LAMIVUDINE; OTHER", Some("other"), Some("zzyzxine")),
            ("ZZYZXINE", "ZZYZXINE; OTHER", Some("other"), None),
            ("ZZYZXINE", "NEVIRAPINE", None, None),
            ("LAMIVUDINE", "OTHER", Some("other"), None),
            ("ZZYZXINE", "ZZYZXINE", Some("other"), None),
        ] {
            let before = records(was, None, "TABLET");
            let now = records(now, unknown, "TABLET");
            let nobody = parties("Pfizer", "exact");
            let found = reopened((&now, &[&before]), (&nobody, &nobody), &nothing, &d).unwrap();
            let key = ("generic", unknown.unwrap_or_default().to_owned());
            assert_eq!(found.get(&key).map(String::as_str), expected, "{was} {key:?}");
        }
        let found = reopened(
            (&records("X", None, "Magic Carpet"), &[&records("X", None, "MAGIC LAMP")]),
            (&parties("Sequel Ltd", "own_name"), &parties("Quondam Ltd", "rejected")),
            &nothing,
            &d,
        )
        .unwrap();
        assert_eq!(
            found.into_iter().map(|((k, v), from)| (k, v, from)).collect::<Vec<_>>(),
            [
                ("company", "Sequel Ltd".to_owned(), "Quondam Ltd".to_owned()),
                ("dosage_form", "magic carpet".to_owned(), "magic lamp".to_owned()),
            ]
        );
    }

    #[test]
    fn r10_what_is_open_again_stays_so_until_it_is_decided() {
        let rows = "generic,,zzyzxine,map_to,nevirapine,,,me,2026-01-01,\n";
        let old = queue(&[
            ("generic", "zzyzxine b", Some("zzyzxine")),
            ("generic", "other", None),
            ("generic", "third", Some("never decided")),
        ]);
        let (nothing, nobody) = (records("X", None, "TABLET"), parties("Pfizer", "exact"));
        let asked = |rows: &str| {
            reopened((&nothing, &[&nothing]), (&nobody, &nobody), &old, &dictionaries(rows))
                .unwrap()
                .into_keys()
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(rows), ["zzyzxine b"]);
        assert!(asked(&format!("{rows}generic,,zzyzxine b,reject,,,,me,2026-01-01,\n")).is_empty());
        assert!(asked("").is_empty());
    }
}
