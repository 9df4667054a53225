//! Why a drug is what it is: its holder, its progress, and each of its records,
//! down to where it was read.

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use super::DrugMember;
use super::drug::{earlier, members, resolve};
use crate::WarehouseError;
use crate::sql::{literal, rows};

/// A drug and the reasons for all that is said of it. See `explanation_tree`
/// for the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrugExplanation {
    /// Its id.
    pub drug_id: String,
    /// The id that was asked for, where it is an earlier one of this drug (R32).
    pub asked_as: Option<String>,
    /// Standard generic name.
    pub generic: String,
    /// Its names in Chinese.
    pub generic_zh: Vec<String>,
    /// Standard dosage form.
    pub dosage_form: String,
    /// Its Chinese label.
    pub dosage_form_zh: Option<String>,
    /// Product names in all languages.
    pub drug_names: Vec<String>,
    /// Bridges and the like (R29).
    pub flags: Vec<String>,
    /// Who holds it, and which records say so.
    pub holder: HolderExplanation,
    /// How far it has come, by country, with the records that say so.
    pub progress: Vec<CountryExplanation>,
    /// Its records, by kind: listings, registrations, trials.
    pub records: Vec<RecordsOfKind>,
}

/// The holder and the rule that named it (R30).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HolderExplanation {
    /// The holder; none where no record names a company.
    pub holder: Option<String>,
    /// Its corporate group.
    pub group: Option<String>,
    /// `china_listing`, `foreign_listing`, registration, trial or nobody.
    pub source: String,
    /// The step of R30 that named it, in words.
    pub rule: String,
    /// Records by which it was chosen.
    pub records: Vec<String>,
    /// Further records that name it.
    pub also: Vec<String>,
    /// Other companies of its records.
    pub partners: Vec<String>,
    /// Manufacturers.
    pub manufacturers: Vec<String>,
    /// Companies that held it before.
    pub historical: Vec<String>,
}

/// What is said of a drug in one country (R33-R38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountryExplanation {
    /// Country; EU for the Union.
    pub country: String,
    /// The stage of the ladder.
    pub progress: Decided,
    /// The furthest stage over all evidence.
    pub highest_evidence: Decided,
    /// What holds today.
    pub current_status: Decided,
    /// Records of the drug in the country.
    pub records: i64,
}

/// A code and the records that decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The code.
    pub code: String,
    /// Its English label.
    pub label: Option<String>,
    /// Its Chinese label.
    pub label_zh: Option<String>,
    /// It rests on stopped work only.
    pub inactive: bool,
    /// Date of the evidence, ISO 8601.
    pub date: Option<String>,
    /// The records.
    pub records: Vec<String>,
}

/// Records of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordsOfKind {
    /// listing, registration or trial.
    pub kind: String,
    /// The kind in Chinese.
    pub kind_zh: Option<String>,
    /// The records: what they say, what links them, where they were read.
    pub records: Vec<DrugMember>,
}

/// The drug with this id, or the one that succeeds it (R32), explained. `None`
/// when there is no such drug.
///
/// # Errors
/// When the file cannot be read.
pub fn explain(conn: &Connection, id: &str) -> Result<Option<DrugExplanation>, WarehouseError> {
    let Some(drug_id) = resolve(conn, id)? else { return Ok(None) };
    let overview = format!("SELECT * FROM drug_overview WHERE drug_id = {}", literal(&drug_id));
    let Some(drug) = rows::<Overview>(conn, "explain the drug", &overview)?.pop() else {
        return Ok(None);
    };
    let records = members(conn, &drug_id)?;
    Ok(Some(DrugExplanation {
        asked_as: earlier(id, &drug_id),
        holder: holder(&drug, &records),
        progress: progress(conn, &drug_id)?,
        records: by_kind(records),
        generic: drug.generic,
        generic_zh: drug.generic_zh.unwrap_or_default(),
        dosage_form: drug.dosage_form,
        dosage_form_zh: drug.dosage_form_zh,
        drug_names: drug.drug_names,
        flags: drug.flags,
        drug_id,
    }))
}

#[derive(Deserialize)]
struct Overview {
    generic: String,
    generic_zh: Option<Vec<String>>,
    dosage_form: String,
    dosage_form_zh: Option<String>,
    drug_names: Vec<String>,
    holder: Option<String>,
    holder_group: Option<String>,
    holder_source: String,
    partners: Vec<String>,
    manufacturers: Vec<String>,
    historical_companies: Vec<String>,
    flags: Vec<String>,
}

fn holder(drug: &Overview, records: &[DrugMember]) -> HolderExplanation {
    let of = |pick: fn(&DrugMember) -> bool| {
        records.iter().filter(|r| pick(r)).map(|r| r.record_id.clone()).collect()
    };
    let country = records.iter().find(|r| r.decides_holder).map(|r| r.country.as_str());
    HolderExplanation {
        holder: drug.holder.clone(),
        group: drug.holder_group.clone(),
        source: drug.holder_source.clone(),
        rule: rule(&drug.holder_source, country),
        records: of(|r| r.decides_holder),
        also: of(|r| r.names_holder && !r.decides_holder),
        partners: drug.partners.clone(),
        manufacturers: drug.manufacturers.clone(),
        historical: drug.historical_companies.clone(),
    }
}

/// R30 in words.
fn rule(holder_source: &str, country: Option<&str>) -> String {
    match holder_source {
        "china_listing" => "R30: holder of its listings in China".to_owned(),
        "foreign_listing" => format!(
            "R30: no listing in China names one; holder of its listings in {}, the last of the regions in their order (by default US, EU, JP) that has any",
            country.unwrap_or("another country")
        ),
        "registration" => {
            "R30: no listing names one; applicant of most of its registrations".to_owned()
        }
        "trial" => "R30: no listing and no registration names one; sponsor of most of its trials"
            .to_owned(),
        _ => "R30: no record names a company".to_owned(),
    }
}

fn progress(conn: &Connection, drug_id: &str) -> Result<Vec<CountryExplanation>, WarehouseError> {
    #[derive(Deserialize)]
    struct Row {
        country: String,
        records: i64,
        progress: Decided,
        highest_evidence: Decided,
        current_status: Decided,
    }
    let decided = |code: &str, alias: &str, inactive: &str, date: &str, records: &str| {
        format!(
            "{{'code': p.{code}, 'label': {alias}.label_en, 'label_zh': {alias}.label_zh,
            'inactive': {inactive}, 'date': p.{date}, 'records': p.{records}}} AS {code}"
        )
    };
    let query = format!(
        "SELECT p.country, p.records, {}, {}, {}
        FROM drug_progress p
        LEFT JOIN label a ON a.kind = 'progress' AND a.code = p.progress
        LEFT JOIN label h ON h.kind = 'progress' AND h.code = p.highest_evidence
        LEFT JOIN label s ON s.kind = 'current_status' AND s.code = p.current_status
        WHERE p.drug_id = {} ORDER BY p.country",
        decided("progress", "a", "p.inactive", "progress_date", "deciding_records"),
        decided(
            "highest_evidence",
            "h",
            "p.highest_evidence_inactive",
            "highest_evidence_date",
            "highest_evidence_records"
        ),
        decided("current_status", "s", "false", "current_status_date", "current_status_records"),
        literal(drug_id)
    );
    let found = rows::<Row>(conn, "explain the progress of the drug", &query)?;
    Ok(found
        .into_iter()
        .map(|r| CountryExplanation {
            country: r.country,
            progress: r.progress,
            highest_evidence: r.highest_evidence,
            current_status: r.current_status,
            records: r.records,
        })
        .collect())
}

fn by_kind(records: Vec<DrugMember>) -> Vec<RecordsOfKind> {
    let mut kinds: Vec<RecordsOfKind> = Vec::new();
    for record in records {
        match kinds.iter_mut().find(|k| k.kind == record.record_kind) {
            Some(kind) => kind.records.push(record),
            None => kinds.push(RecordsOfKind {
                kind: record.record_kind.clone(),
                kind_zh: record.record_kind_zh.clone(),
                records: vec![record],
            }),
        }
    }
    kinds.sort_by(|a, b| a.kind.cmp(&b.kind));
    kinds
}
