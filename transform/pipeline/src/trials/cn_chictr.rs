//! Trials of the Chinese Clinical Trial Registry. It has no field for the
//! drug: names come from the titles and the interventions (R11).

use std::collections::BTreeSet;

use regatta_dictionaries::Language;
use regatta_domain::{PhaseFinding, Region};

use super::cells::{Cells, Children};
use super::product::Product;
use super::{Place, Reading, Trial, iso};
use crate::TransformError;

const SOURCE: &str = "cn_chictr";

pub(super) fn read(reading: &mut Reading<'_>) -> Result<Vec<Trial>, TransformError> {
    let pages = Cells::read(reading.raw, "trial")?;
    let list = Cells::read(reading.raw, "trial_list")?;
    let sponsors = Children::read(reading.raw, "trial_sponsor", "registration_number")?;
    let groups = Children::read(reading.raw, "trial_intervention", "registration_number")?;
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
            let first = |columns: &[&str]| columns.iter().find_map(|c| cells.owned(row, c));
            let status_raw = first(&["recruiting_status", "recruiting_status_en"]);
            let (status, status_reason) = reading.status(status_raw.as_deref(), place);
            let texts: Vec<String> =
                ["scientific_title", "public_title", "scientific_title_en", "public_title_en"]
                    .iter()
                    .filter_map(|c| cells.owned(row, c))
                    .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let phase_raw = first(&["phase", "phase_en"]);
            let start = first(&["study_start", "registered"])
                .map(|v| v.replace('/', "-"))
                .and_then(|v| reading.date(Some(&v), iso, "study_start", place));
            let mut names: Vec<String> = sponsors
                .of(&number)
                .filter_map(|(c, r)| c.owned(r, "sponsor").or_else(|| c.owned(r, "sponsor_en")))
                .collect();
            names.extend(first(&[
                "primary_sponsor",
                "primary_sponsor_en",
                "applicant_institution",
            ]));
            names.dedup();
            trials.push(Trial {
                source_id: SOURCE,
                region: Region::Cn,
                other_numbers: first(&["other_numbers"]).into_iter().collect(),
                title: first(&["public_title", "public_title_en", "scientific_title"]),
                phase: PhaseFinding::of(phase_raw.as_deref(), &texts),
                phase_raw,
                status,
                status_raw,
                status_reason,
                start,
                sponsors: names,
                countries: Vec::new(),
                products: products(reading, cells, row, &groups, &number),
                number,
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

/// The titles say what is tested; where they name nothing, the interventions
/// of the groups that are not controls.
fn products(
    reading: &Reading<'_>,
    cells: &Cells,
    row: usize,
    groups: &Children,
    number: &str,
) -> Vec<Product> {
    let titles = [
        ("scientific_title", Language::Zh),
        ("public_title", Language::Zh),
        ("scientific_title_en", Language::En),
        ("public_title_en", Language::En),
    ];
    for (column, language) in titles {
        if let Some(title) = cells.get(row, column) {
            let found = reading.names.of_text(&title, language, "title");
            if !found.is_empty() {
                return found;
            }
        }
    }
    let mut found = Vec::new();
    for (groups, group) in groups.of(number) {
        let name = groups.get(group, "group_name").unwrap_or_default();
        if name.contains("对照") || name.to_lowercase().contains("control") {
            continue;
        }
        for (column, language) in
            [("intervention", Language::Zh), ("intervention_en", Language::En)]
        {
            if let Some(text) = groups.get(group, column) {
                found.extend(reading.names.of_text(&text, language, "intervention"));
            }
        }
    }
    found
}
