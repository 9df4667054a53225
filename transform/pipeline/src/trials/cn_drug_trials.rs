//! Trials of the Chinese drug trial registry (CDE's platform).

use std::collections::BTreeSet;

use regatta_dictionaries::Language;
use regatta_domain::{PhaseFinding, Region, TrialStatus};

use super::cells::{Cells, Children};
use super::{Place, Reading, Trial, iso};
use crate::TransformError;

const SOURCE: &str = "cn_drug_trials";

/// A trial is read from its page; one that only the list knows (or an export)
/// from the list.
pub(super) fn read(reading: &mut Reading<'_>) -> Result<Vec<Trial>, TransformError> {
    let pages = Cells::read(reading.raw, "trial")?;
    let list = Cells::read(reading.raw, "trial_list")?;
    let applicants = Children::read(reading.raw, "trial_applicant", "registration_number")?;
    let drugs = Children::read(reading.raw, "trial_drug", "registration_number")?;
    let mut seen = BTreeSet::new();
    let mut trials = Vec::new();
    for (table, cells) in [("trial", &pages), ("trial_list", &list)] {
        let Some(cells) = cells else { continue };
        for row in 0..cells.height() {
            let Some(number) = cells.owned(row, "registration_number") else { continue };
            if !seen.insert(number.clone()) {
                continue;
            }
            let place = (table, cells.row_number(row));
            let status_raw = status_word(reading, cells, row);
            let (status, status_reason) = reading.status(status_raw.as_deref(), place);
            let title =
                ["public_title", "scientific_title"].iter().find_map(|c| cells.owned(row, c));
            let phase_raw = cells.owned(row, "phase");
            let texts: Vec<String> = ["public_title", "scientific_title", "objective"]
                .iter()
                .filter_map(|c| cells.owned(row, c))
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let start = ["first_published", "first_consent", "first_enrolment"]
                .iter()
                .find_map(|c| cells.owned(row, c).map(|v| (*c, v)))
                .and_then(|(c, v)| reading.date(Some(&v), any_date, c, place));
            let mut sponsors: Vec<String> =
                applicants.of(&number).filter_map(|(c, r)| c.owned(r, "applicant")).collect();
            if sponsors.is_empty() {
                sponsors = applicants_of(&cells.owned(row, "applicants").unwrap_or_default());
            }
            let mut products = Vec::new();
            for (drugs, r) in drugs.of(&number) {
                // 试验药 is tested, 对照药 compared with.
                if drugs.get(r, "role").is_some_and(|role| role.contains("对照")) {
                    continue;
                }
                let names = [
                    (drugs.owned(r, "generic_name"), Language::Zh),
                    (drugs.owned(r, "generic_name_en"), Language::En),
                ];
                let names = names.each_ref().map(|(n, l)| (n.as_deref(), *l));
                let in_chinese = names[0].0.unwrap_or_default();
                products.extend(reading.names.of_fields(
                    &names,
                    drugs.get(r, "dosage_form").as_deref(),
                    |d, raw| d.forms.find_zh_named(raw, in_chinese),
                ));
            }
            if products.is_empty() {
                let name = cells.owned(row, "drug_name");
                products.extend(reading.names.of_fields(
                    &[(name.as_deref().map(without_former_name), Language::Zh)],
                    None,
                    |d, raw| d.forms.find_zh(raw),
                ));
            }
            if products.is_empty()
                && let Some(title) = &title
            {
                products = reading.names.of_text(title, Language::Zh, "title");
            }
            trials.push(Trial {
                source_id: SOURCE,
                region: Region::Cn,
                other_numbers: ["acceptance_number", "related_registration_numbers"]
                    .iter()
                    .filter_map(|c| cells.owned(row, c))
                    .flat_map(|v| {
                        v.split([';', '；', ',', '，', '、', '/', ' '])
                            .map(str::to_owned)
                            .filter(|n| !n.is_empty())
                            .collect::<Vec<_>>()
                    })
                    .collect(),
                phase: PhaseFinding::of(phase_raw.as_deref(), &texts),
                number,
                title,
                phase_raw,
                status,
                status_raw,
                status_reason,
                start,
                sponsors,
                countries: Vec::new(),
                products,
                place: Place {
                    raw_table: table,
                    record_key: cells.owned(row, "record_key").unwrap_or_default(),
                    row_number: place.1,
                    body_sha256: cells.owned(row, "body_sha256").unwrap_or_default(),
                },
            });
        }
    }
    Ok(trials)
}

/// The most telling of the status fields: the page may say `进行中` and its
/// detail `进行中 （招募中）`.
fn status_word(reading: &Reading<'_>, cells: &Cells, row: usize) -> Option<String> {
    let words: Vec<String> = ["status_detail", "status", "list_status"]
        .iter()
        .filter_map(|c| cells.owned(row, c))
        .collect();
    let told = |word: &&String| {
        let found = reading.dictionaries.statuses.trial(SOURCE, word);
        found.is_some_and(|(status, _)| status != TrialStatus::Unknown)
    };
    words.iter().find(told).or(words.first()).cloned()
}

/// The applicants of a cell, between semicolons, slashes or lines; the slash
/// of the Danish legal form `A/S` separates nothing.
fn applicants_of(cell: &str) -> Vec<String> {
    cell.replace("A/S", "A\u{2044}S")
        .split([';', '/', '\n'])
        .map(|name| name.trim().replace('\u{2044}', "/"))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The cell may go on with the name that the drug had before.
fn without_former_name(name: &str) -> &str {
    name.split("曾用名").next().unwrap_or(name).trim()
}

fn any_date(raw: &str) -> Result<Option<regatta_domain::PartialDate>, String> {
    iso(raw).or_else(|e| regatta_domain::date::chinese(raw).map(Some).map_err(|_| e))
}
