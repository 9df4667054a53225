//! Trials of the EU Clinical Trials Register (EudraCT): a summary of each
//! trial, and protocols per country where they were fetched.

use regatta_dictionaries::Language;
use regatta_domain::{PhaseFinding, Region, TrialStatus};

use super::cells::{Cells, Children};
use super::{Country, Place, Reading, Trial, iso};
use crate::TransformError;

const SOURCE: &str = "eu_euctr";

/// What the register calls a country outside the European Union.
const OUTSIDE: &str = "3RD";

pub(super) fn read(reading: &mut Reading<'_>) -> Result<Vec<Trial>, TransformError> {
    let countries = Children::read(reading.raw, "trial_country", "eudract_number")?;
    let protocols = Children::read(reading.raw, "protocol", "eudract_number")?;
    let products = Children::read(reading.raw, "protocol_product", "eudract_number")?;
    let mut trials = Vec::new();
    // Protocols may be there without the summary (saved files), and the other
    // way round.
    let mut seen = std::collections::BTreeSet::new();
    for table in ["trial", "protocol"] {
        let Some(cells) = Cells::read(reading.raw, table)? else { continue };
        for row in 0..cells.height() {
            let Some(number) = cells.owned(row, "eudract_number") else { continue };
            if !seen.insert(number.clone()) {
                continue;
            }
            let place = (table, cells.row_number(row));
            let states = states(reading, &countries, &protocols, &number, place);
            let title = cells.owned(row, "full_title");
            let (phase, phase_raw) = phase(&protocols, &number, title.as_deref());
            let date_column = if table == "trial" { "start_date" } else { "date_first_entered" };
            let start = cells
                .owned(row, date_column)
                .and_then(|v| reading.date(Some(&v), iso, date_column, place));
            let mut found = Vec::new();
            for (cells, r) in products.of(&number) {
                let test =
                    cells.get(r, "role").is_none_or(|role| role.eq_ignore_ascii_case("test"));
                if !test {
                    continue;
                }
                let names = ["inn", "product_name", "trade_name"]
                    .map(|c| (cells.owned(r, c), Language::En));
                let names = names.each_ref().map(|(n, l)| (n.as_deref(), *l));
                let form = cells.owned(r, "pharmaceutical_form");
                found.extend(
                    reading
                        .names
                        .of_fields(&names, form.as_deref(), |d, raw| d.forms.find_edqm(raw)),
                );
            }
            if found.is_empty()
                && let Some(title) = &title
            {
                found = reading.names.of_text(title, Language::En, "title");
            }
            let raw: Vec<String> = states
                .iter()
                .map(|s| format!("{}: {}", s.code, s.status_raw.as_deref().unwrap_or_default()))
                .collect();
            trials.push(Trial {
                source_id: SOURCE,
                region: Region::Eu,
                other_numbers: [
                    "sponsor_protocol_number",
                    "sponsor_protocol_code",
                    "nct_number",
                    "isrctn_number",
                ]
                .iter()
                .filter_map(|c| cells.owned(row, c))
                .collect(),
                number,
                title,
                phase,
                phase_raw,
                status: over_member_states(&states),
                status_raw: Some(raw.join("; ")).filter(|r| !r.is_empty()),
                status_reason: None,
                start,
                sponsors: cells
                    .owned(row, "sponsor_name")
                    .iter()
                    .flat_map(|name| reading.dictionaries.companies.joint(name))
                    .map(str::to_owned)
                    .collect(),
                countries: states,
                products: found,
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

/// The status in each country: from the summary, else from the protocols.
fn states(
    reading: &mut Reading<'_>,
    countries: &Children,
    protocols: &Children,
    number: &str,
    place: (&'static str, i64),
) -> Vec<Country> {
    let mut rows: Vec<(String, Option<String>, Option<String>)> = countries
        .of(number)
        .filter_map(|(c, r)| Some((c.owned(r, "country_code")?, c.owned(r, "status"), None)))
        .collect();
    for (cells, row) in protocols.of(number) {
        let Some(code) = cells.owned(row, "country_code") else { continue };
        let decided = cells.owned(row, "competent_authority_decision_date");
        match rows.iter_mut().find(|r| r.0 == code) {
            Some(known) => known.2 = decided,
            None => rows.push((code, cells.owned(row, "trial_status"), decided)),
        }
    }
    rows.into_iter()
        .map(|(code, status_raw, decided)| {
            let (status, _) = reading.status(status_raw.as_deref(), place);
            let decision = decided.and_then(|d| {
                reading.date(Some(&d), iso, "competent_authority_decision_date", place)
            });
            Country { code, status, status_raw, decision }
        })
        .collect()
}

/// R24: over the member states. Countries outside the European Union stand in
/// one row; what is done there counts where no member state takes part.
fn over_member_states(states: &[Country]) -> TrialStatus {
    let inside = || states.iter().filter(|s| s.code != OUTSIDE);
    if inside().next().is_some() {
        TrialStatus::over_member_states(inside().map(|s| s.status))
    } else {
        TrialStatus::over_member_states(states.iter().map(|s| s.status))
    }
}

/// R22: the four flags over all countries, else the title.
fn phase(
    protocols: &Children,
    number: &str,
    title: Option<&str>,
) -> (PhaseFinding, Option<String>) {
    let mut flags = [false; 4];
    let mut bioequivalence = false;
    for (cells, row) in protocols.of(number) {
        let yes =
            |column: &str| cells.get(row, column).is_some_and(|v| v.eq_ignore_ascii_case("yes"));
        for (flag, column) in flags.iter_mut().zip(["phase_1", "phase_2", "phase_3", "phase_4"]) {
            *flag |= yes(column);
        }
        bioequivalence |= yes("bioequivalence_study");
    }
    match PhaseFinding::from_eudract(flags, bioequivalence) {
        Some(finding) => {
            let words = ["I", "II", "III", "IV"];
            let said: Vec<&str> =
                words.iter().zip(flags).filter(|(_, f)| *f).map(|(w, _)| *w).collect();
            (finding, Some(said.join(", ")))
        }
        None => (PhaseFinding::of(None, &title.into_iter().collect::<Vec<_>>()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r24_a_country_outside_the_union_is_no_member_state() {
        let state = |(code, status): &(&str, TrialStatus)| Country {
            code: (*code).to_owned(),
            status: *status,
            status_raw: None,
            decision: None,
        };
        let (completed, recruiting) = (TrialStatus::Completed, TrialStatus::Recruiting);
        for (states, status) in [
            (&[("ES", completed), ("3RD", recruiting)][..], completed),
            (&[("3RD", completed), ("ES", recruiting)], recruiting),
            (&[("ES", TrialStatus::Unknown), ("3RD", recruiting)], TrialStatus::Unknown),
            (&[("3RD", recruiting)], recruiting),
            (&[], TrialStatus::Unknown),
        ] {
            let countries: Vec<Country> = states.iter().map(state).collect();
            assert_eq!(over_member_states(&countries), status, "{states:?}");
        }
    }
}
