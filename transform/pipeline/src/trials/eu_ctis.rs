//! Trials of the EU's CTIS. A resubmission has a number of its own behind that
//! of the trial: the highest one speaks for it. Details that were imported
//! without the search's row about their trial speak for themselves.

use std::collections::BTreeMap;

use regatta_dictionaries::Language;
use regatta_domain::{PhaseFinding, Region, TrialStatus};

use super::cells::{Cells, Children};
use super::product::Product;
use super::{Country, Place, Reading, Trial, day_first, iso_or_day_first};
use crate::TransformError;
use regatta_lake::schema::codes_of;

const SOURCE: &str = "eu_ctis";

pub(super) fn read(reading: &mut Reading<'_>) -> Result<Vec<Trial>, TransformError> {
    let searched = Cells::read(reading.raw, TRIAL)?;
    let detailed = Cells::read(reading.raw, DETAIL)?;
    let details = Children::read(reading.raw, "trial_detail", "ct_number")?;
    let countries = Children::read(reading.raw, "trial_country", "ct_number")?;
    let products = Children::read(reading.raw, "trial_product", "ct_number")?;
    let sponsors = Children::read(reading.raw, "trial_sponsor", "ct_number")?;
    let members = Children::read(reading.raw, "trial_member_state", "ct_number")?;
    let mut heads = latest(searched.as_ref(), TRIAL, |cells, row, ct_number| {
        cells.owned(row, "trial_number").unwrap_or_else(|| ct_number.to_owned())
    });
    let alone = latest(detailed.as_ref(), DETAIL, |_, _, ct_number| trial_of(ct_number).to_owned());
    for (number, head) in alone {
        heads.entry(number).or_insert(head);
    }
    let mut trials = Vec::with_capacity(heads.len());
    for (number, Head { ct_number, cells, row, table }) in heads {
        let place = (table, cells.row_number(row));
        let mut states = states(reading, &countries, &ct_number, place);
        if table == DETAIL {
            states.extend(member_states(reading, &members, &ct_number, place));
        }
        let public = cells.owned(row, "ct_public_status_code");
        let own = public.or_else(|| cells.owned(row, "ct_status"));
        let (own_status, _) = reading.status(own.as_deref(), place);
        // R24; a trial that no country has decided about has only its own.
        let overall = if states.is_empty() {
            own_status
        } else {
            TrialStatus::over_member_states(states.iter().map(|s| s.status))
        };
        let detail = details.of(&ct_number).next();
        let of_detail = |column: &str| detail.and_then(|(c, r)| c.owned(r, column));
        let title = cells.owned(row, "ct_title").or_else(|| of_detail("full_title"));
        let phase_raw = cells.owned(row, "trial_phase");
        let by_code = || {
            of_detail("phase_code")
                .and_then(|code| code.parse().ok())
                .and_then(PhaseFinding::from_ctis_code)
        };
        let phase = phase_raw
            .as_deref()
            .and_then(PhaseFinding::from_field)
            .or_else(by_code)
            .unwrap_or_else(|| {
                PhaseFinding::of(None, &title.as_deref().into_iter().collect::<Vec<_>>())
            });
        let start = [
            ("start_date_eu", cells.owned(row, "start_date_eu")),
            ("authorization_date", of_detail("authorization_date")),
            ("decision_date_overall", cells.owned(row, "decision_date_overall")),
        ]
        .into_iter()
        .find_map(|(column, value)| {
            reading.date(value.as_deref(), iso_or_day_first, column, place)
        });
        let mut names: Vec<String> =
            sponsors.of(&ct_number).filter_map(|(c, r)| c.owned(r, "name")).collect();
        if names.is_empty() {
            names.extend(cells.owned(row, "sponsor"));
        }
        trials.push(Trial {
            source_id: SOURCE,
            region: Region::Eu,
            other_numbers: [
                of_detail("eudra_ct_code"),
                of_detail("nct_number"),
                Some(ct_number.clone()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            number,
            phase,
            phase_raw,
            status: overall,
            status_raw: own,
            status_reason: None,
            start,
            sponsors: names,
            countries: states,
            products: tested(reading, &products, &ct_number, cells, row, title.as_deref()),
            title,
            place: Place {
                raw_table: table,
                record_key: cells.owned(row, "record_key").unwrap_or_default(),
                row_number: place.1,
                body_sha256: cells.owned(row, "body_sha256").unwrap_or_default(),
            },
        });
    }
    Ok(trials)
}

const TRIAL: &str = "trial";
const DETAIL: &str = "trial_detail";

/// The row that speaks for a trial.
struct Head<'a> {
    ct_number: String,
    cells: &'a Cells,
    row: usize,
    table: &'static str,
}

/// Of each trial the row of its highest application.
fn latest<'a>(
    cells: Option<&'a Cells>,
    table: &'static str,
    number_of: impl Fn(&Cells, usize, &str) -> String,
) -> BTreeMap<String, Head<'a>> {
    let mut latest: BTreeMap<String, Head<'a>> = BTreeMap::new();
    for (cells, row) in cells.iter().flat_map(|c| (0..c.height()).map(move |r| (*c, r))) {
        let Some(ct_number) = cells.owned(row, "ct_number") else { continue };
        let number = number_of(cells, row, &ct_number);
        let is_later = latest.get(&number).is_none_or(|known| known.ct_number < ct_number);
        if is_later {
            latest.insert(number, Head { ct_number, cells, row, table });
        }
    }
    latest
}

/// The number of the trial of an application: `2023-508143-51` of
/// `2023-508143-51-00`.
pub(crate) fn trial_of(ct_number: &str) -> &str {
    match ct_number.rsplit_once('-') {
        Some((trial, again)) if trial.matches('-').count() == 2 && again.len() == 2 => trial,
        _ => ct_number,
    }
}

/// The code of a member state, which the details have by its English name.
fn member_state(name: &str) -> Option<String> {
    codes_of("member_state").find(|label| label.en == name).map(|label| label.code.to_owned())
}

/// The member states as the details have them.
fn member_states(
    reading: &mut Reading<'_>,
    members: &Children,
    ct_number: &str,
    place: (&'static str, i64),
) -> Vec<Country> {
    members
        .of(ct_number)
        .filter_map(|(c, r)| {
            let name = c.owned(r, "msc_name")?;
            let Some(code) = member_state(&name) else {
                let message = format!("expected the name of a member state, found {name:?}");
                reading.problem(place, "msc_name", "unknown_member_state", message);
                return None;
            };
            let status_raw =
                c.owned(r, "msc_public_status_code").or_else(|| c.owned(r, "trial_status"));
            let (status, _) = reading.status(status_raw.as_deref(), place);
            let decision = c.owned(r, "first_decision_date").and_then(|d| {
                reading.date(Some(&d), iso_or_day_first, "first_decision_date", place)
            });
            Some(Country { code, status, status_raw, decision })
        })
        .collect()
}

fn states(
    reading: &mut Reading<'_>,
    countries: &Children,
    ct_number: &str,
    place: (&'static str, i64),
) -> Vec<Country> {
    countries
        .of(ct_number)
        .filter_map(|(c, r)| {
            let code = c.owned(r, "country_code").or_else(|| c.owned(r, "country"))?;
            let status_raw = c.owned(r, "status_code");
            let (status, _) = reading.status(status_raw.as_deref(), place);
            let decision = c
                .owned(r, "decision_date")
                .and_then(|d| reading.date(Some(&d), day_first, "decision_date", place));
            Some(Country { code, status, status_raw, decision })
        })
        .collect()
}

/// The products under test; without details what the search row names, then
/// the title (R11).
fn tested(
    reading: &mut Reading<'_>,
    products: &Children,
    ct_number: &str,
    cells: &Cells,
    row: usize,
    title: Option<&str>,
) -> Vec<Product> {
    let mut found = Vec::new();
    for (cells, r) in products.of(ct_number) {
        let test = cells.get(r, "role_name").is_none_or(|role| role.eq_ignore_ascii_case("test"));
        if !test {
            continue;
        }
        let columns =
            ["active_substance_name", "prod_name", "product_name", "sponsor_product_code"];
        let names = columns.map(|c| (cells.owned(r, c), Language::En));
        let names = names.each_ref().map(|(n, l)| (n.as_deref(), *l));
        let form =
            cells.owned(r, "pharm_form").or_else(|| cells.owned(r, "pharmaceutical_form_display"));
        found.extend(
            reading.names.of_fields(&names, form.as_deref(), |d, raw| d.forms.find_edqm(raw)),
        );
    }
    for (text, found_in) in
        [(cells.owned(row, "product"), "product"), (title.map(str::to_owned), "title")]
    {
        if !found.is_empty() {
            break;
        }
        if let Some(text) = text {
            found = reading.names.of_text(&text, Language::En, found_in);
        }
    }
    found
}
