//! The details of a trial, in the shape of 2024 and in today's.

use serde_json::Value;

use super::search::is_status;
use crate::json_rows::read_json;
use crate::records::{Record, json_text, row_number, table_of};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec};

/// What both shapes have at the top. Anything else is reported as unread.
const KNOWN: [&str; 53] = [
    "ageGroup",
    "ageRangeSecondary",
    "applications",
    "authorizationDate",
    "authorizedApplication",
    "authorizedPartI",
    "authorizedPartsII",
    "coSponsors",
    "conditions",
    "correctiveMeasures",
    "ctNumber",
    "ctPublicStatusCode",
    "ctStatus",
    "ctTitle",
    "decisionDate",
    "decisionDateOverall",
    "documents",
    "endDate",
    "endDateEU",
    "eudraCt",
    "eudraCtInfo",
    "events",
    "gender",
    "hasAmendmentApplied",
    "hasDeferrallApplied",
    "id",
    "initialApplicationId",
    "isRmsTacitAssignment",
    "lastPublicationUpdate",
    "lastUpdated",
    "memberStatesConcerned",
    "mscTrialNotificationsInfoList",
    "primarySponsor",
    "product",
    "publicEvaluation",
    "publishDate",
    "recruitmentStatus",
    "results",
    "resultsFirstReceived",
    "shortTitle",
    "sponsor",
    "sponsorType",
    "startDateEU",
    "submissionDate",
    "therapeuticAreas",
    "title",
    "totalNumberEnrolled",
    "totalPartIISubjectCount",
    "trialCountries",
    "trialGlobalEnd",
    "trialPhase",
    "trialRegion",
    "trialRegionCode",
];

/// Columns of a product: name and where its value stands.
const PRODUCT: [(&str, &str); 24] = [
    ("productId", "/id"),
    ("roleCode", "/part1MpRoleTypeCode"),
    ("productName", "/productName"),
    ("prodName", "/productDictionaryInfo/prodName"),
    ("activeSubstanceName", "/productDictionaryInfo/activeSubstanceName"),
    ("euSubstNumber", "/productDictionaryInfo/euSubstNumber"),
    ("pharmForm", "/productDictionaryInfo/pharmForm"),
    ("pharmaceuticalFormDisplay", "/pharmaceuticalFormDisplay"),
    ("strength", "/productDictionaryInfo/strength"),
    ("routes", "/routes"),
    ("mrpNumber", "/productDictionaryInfo/mrpNumber"),
    ("marketingAuthNumber", "/productDictionaryInfo/marketingAuthNumber"),
    ("authorisationCountryCode", "/productDictionaryInfo/authorisationCountryCode"),
    ("prodAuthStatus", "/productDictionaryInfo/prodAuthStatus"),
    ("nameOrg", "/productDictionaryInfo/nameOrg"),
    ("euMpNumber", "/productDictionaryInfo/euMpNumber"),
    ("evCode", "/evCode"),
    ("atcCode", "/productDictionaryInfo/atcCode"),
    ("atcName", "/productDictionaryInfo/atcName"),
    ("sponsorProductCode", "/sponsorProductCodeEdit"),
    ("maxDailyDose", "/maxDailyDoseAmount"),
    ("maxDailyDoseUnit", "/doseUom"),
    ("isPaediatricFormulation", "/isPaediatricFormulation"),
    ("orphanDrug", "/orphanDrugEdit"),
];

/// Columns of a sponsor.
const SPONSOR: [(&str, &str); 7] = [
    ("sponsorId", "/id"),
    ("primary", "/primary"),
    ("name", "/organisation/name"),
    ("type", "/organisation/type"),
    ("businessKey", "/organisation/businessKey"),
    ("commercial", "/commercial"),
    ("country", "/addresses/0/address/countryName"),
];

/// Columns of a member state, and of its part II.
const MEMBER_STATE: [(&str, &str); 5] = [
    ("mscName", "/mscName"),
    ("mscPublicStatusCode", "/mscPublicStatusCode"),
    ("trialStatus", "/trialStatus"),
    ("firstDecisionDate", "/firstDecisionDate"),
    ("lastDecisionDate", "/lastDecisionDate"),
];
const PART_II: [(&str, &str); 5] = [
    ("trialStartDate", "/mscInfo/activeTrialPeriod/trialStartDate"),
    ("trialEndDate", "/mscInfo/activeTrialPeriod/trialEndDate"),
    ("recruitmentStartDate", "/mscInfo/activeTrialRecruitmentPeriod/recruitmentStartDate"),
    ("recruitmentEndDate", "/mscInfo/activeTrialRecruitmentPeriod/recruitmentEndDate"),
    ("recruitmentSubjectCount", "/recruitmentSubjectCount"),
];

/// Columns of the trial that stand at the top.
const TOP: [&str; 10] = [
    "ctStatus",
    "ctPublicStatusCode",
    "submissionDate",
    "decisionDateOverall",
    "authorizationDate",
    "startDateEU",
    "endDateEU",
    "publishDate",
    "lastUpdated",
    "shortTitle",
];

/// Columns of the trial that stand in part I.
const PART_I: [(&str, &str); 8] = [
    ("fullTitle", "/trialDetails/clinicalTrialIdentifiers/fullTitle"),
    ("publicTitle", "/trialDetails/clinicalTrialIdentifiers/publicTitle"),
    ("shortTitle", "/trialDetails/clinicalTrialIdentifiers/shortTitle"),
    (
        "nctNumber",
        "/trialDetails/clinicalTrialIdentifiers/secondaryIdentifyingNumbers/nctNumber/number",
    ),
    ("phaseCode", "/trialDetails/trialInformation/trialCategory/trialPhase"),
    ("trialCategory", "/trialDetails/trialInformation/trialCategory/trialCategory"),
    ("isLowIntervention", "/isLowIntervention"),
    ("mainObjective", "/trialDetails/trialInformation/trialObjective/mainObjective"),
];

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let body = read_json("details", page.body)?;
    let top = body
        .as_object()
        .ok_or_else(|| ParseError::shape("details", "an object", "another value"))?;
    let asked = page.request.context.get("ct_number").map(String::as_str);
    if top.is_empty() {
        let mut parsed = tables(spec, [&[], &[], &[], &[]])?;
        let what = format!("CTIS does not know {} (an empty object)", asked.unwrap_or("the trial"));
        add(&mut parsed, "unknown_trial", what);
        return Ok(parsed);
    }
    let number =
        body.get("ctNumber").and_then(Value::as_str).ok_or_else(|| ParseError::MissingColumn {
            table: "trial_detail".to_owned(),
            column: "ctNumber".to_owned(),
            header: top.keys().take(20).cloned().collect(),
        })?;
    let application = body.get("authorizedApplication").unwrap_or(&body);
    let part_one = application.get("authorizedPartI").unwrap_or(&Value::Null);
    let detail = detail(number, &body, application, part_one);
    let states = member_states(number, application);
    let sponsors = entries(number, part_one, "/sponsors", &SPONSOR);
    let mut products = entries(number, part_one, "/products", &PRODUCT);
    for product in &mut products {
        let role = role_name(part_one, product.get("productId"), product.get("roleCode"));
        product.set("roleName", role);
    }
    let mut parsed = tables(spec, [&[detail], &states, &sponsors, &products])?;
    if let Some(asked) = asked.filter(|asked| *asked != number) {
        add(&mut parsed, "other_trial", format!("asked for {asked}, found {number}"));
    }
    if part_one.is_null() {
        add(&mut parsed, "no_part_one", format!("{number} has no authorizedPartI: no products"));
    } else {
        // A list that is empty or has another name looks the same.
        for (kind, name, rows) in [
            ("no_products", "products", products.len()),
            ("no_sponsors", "sponsors", sponsors.len()),
            ("no_member_states", "memberStatesConcerned", states.len()),
        ] {
            if rows == 0 {
                add(&mut parsed, kind, format!("{number}: expected a list {name}, found none"));
            }
        }
    }
    let code = body.get("ctPublicStatusCode").and_then(json_text);
    if let Some(code) = code.filter(|code| !is_status(code)) {
        let what = format!("{number}: expected a status from 1 to 12, found {code:?}");
        add(&mut parsed, "unknown_status", what);
    }
    let strange = top.keys().filter(|k| !KNOWN.contains(&k.as_str()));
    parsed.unread.extend(strange.map(|k| format!("details: {k}")));
    Ok(parsed)
}

fn add(parsed: &mut Parsed, kind: &str, what: String) {
    if let Some(table) = parsed.tables.first() {
        parsed.issues.push(Issue::row(Severity::Warning, kind, table, 0, what));
    }
}

fn tables(spec: &SourceSpec, records: [&[Record]; 4]) -> Result<Parsed, ParseError> {
    let names = ["trial_detail", "trial_member_state", "trial_sponsor", "trial_product"];
    let mut parsed = Parsed::default();
    for (name, records) in names.iter().zip(records) {
        let table = table_of(name, spec.table(name), records, &mut parsed.issues)?;
        parsed.tables.push(table);
    }
    Ok(parsed)
}

fn at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(json_text)
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn joined(value: &Value, pointer: &str, inner: &str) -> Option<String> {
    let items: Vec<String> = list(value, pointer).iter().filter_map(|v| at(v, inner)).collect();
    (!items.is_empty()).then(|| items.join("; "))
}

fn detail(number: &str, body: &Value, application: &Value, part_one: &Value) -> Record {
    let mut record = Record::new(1);
    let format = if body.get("authorizedApplication").is_some() { "current" } else { "2024" };
    record.set("ctNumber", Some(number.to_owned()));
    record.set("format", Some(format.to_owned()));
    for (name, pointer) in PART_I {
        if let Some(value) = at(part_one, pointer) {
            record.set(name, Some(value));
        }
    }
    for name in TOP {
        record.set(name, body.get(name).and_then(json_text));
    }
    // In 2024 the number stood at the top, under another name.
    let eudract =
        at(application, "/eudraCt/eudraCtCode").or_else(|| at(body, "/eudraCtInfo/eudraCtCode"));
    record.set("eudraCtCode", eudract);
    record.set("isTransitioned", at(application, "/eudraCt/isTransitioned"));
    let registries =
        "/trialDetails/clinicalTrialIdentifiers/secondaryIdentifyingNumbers/additionalRegistries";
    let others: Vec<String> = list(part_one, registries)
        .iter()
        .map(|r| {
            let name = at(r, "/otherRegistryName").unwrap_or_default();
            let number = at(r, "/number").unwrap_or_default();
            format!("{name} {number}").trim().to_owned()
        })
        .collect();
    record.set("otherRegistries", Some(others.join("; ")).filter(|o| !o.is_empty()));
    record.set("medicalConditions", joined(part_one, "/medicalConditions", "/medicalCondition"));
    record.set("therapeuticAreas", joined(part_one, "/therapeuticAreas", "/name"));
    record
}

/// The objects of a list of part I as rows.
fn entries(number: &str, part_one: &Value, pointer: &str, columns: &[(&str, &str)]) -> Vec<Record> {
    let row = |(index, entry): (usize, &Value)| {
        let mut record = Record::new(row_number(index + 1));
        record.set("ctNumber", Some(number.to_owned()));
        for (name, pointer) in columns {
            record.set(name, at(entry, pointer));
        }
        record
    };
    list(part_one, pointer).iter().enumerate().map(row).collect()
}

/// The role of a product: the name of the group that lists it, else of a group
/// with its role's code.
fn role_name(part_one: &Value, id: Option<&str>, code: Option<&str>) -> Option<String> {
    let groups = list(part_one, "/productRoleGroupInfos");
    let lists_it = |group: &&Value| {
        id.is_some() && list(group, "/products").iter().any(|p| at(p, "/id").as_deref() == id)
    };
    let has_code =
        |group: &&Value| code.is_some() && at(group, "/productRoleCode").as_deref() == code;
    let group = groups.iter().find(lists_it).or_else(|| groups.iter().find(has_code))?;
    at(group, "/productRoleName")
}

fn member_states(number: &str, application: &Value) -> Vec<Record> {
    let parts = list(application, "/authorizedPartsII");
    let states = list(application, "/memberStatesConcerned");
    let row = |(index, state): (usize, &Value)| {
        // In 2024 the number of the state is its `id`.
        let id = at(state, "/mscId").or_else(|| at(state, "/id"));
        let part = parts.iter().find(|p| {
            let of_part = at(p, "/mscId").or_else(|| at(p, "/mscInfo/id"));
            of_part.is_some() && of_part == id
        });
        let mut record = Record::new(row_number(index + 1));
        record.set("ctNumber", Some(number.to_owned()));
        record.set("mscId", id);
        for (name, pointer) in MEMBER_STATE {
            record.set(name, at(state, pointer));
        }
        for (name, pointer) in PART_II {
            record.set(name, part.and_then(|p| at(p, pointer)));
        }
        record.set("siteCount", part.map(|p| list(p, "/trialSites").len().to_string()));
        record
    };
    states.iter().enumerate().map(row).collect()
}
