//! Protocols and their products, from coded fields.

use super::fields::{Field, Protocol, of_text};
use super::summary::is_eudract_number;
use crate::eu_countries::country_code;
use crate::records::{Record, table_of};
use crate::{Issue, Page, ParseError, Parsed, Severity, SourceSpec, TextTable};

/// Head of a protocol: label and column.
const HEAD: [(&str, &str); 8] = [
    ("EudraCT Number", "EudraCT Number"),
    ("Sponsor's Protocol Code Number", "Sponsor Protocol Code"),
    ("National Competent Authority", "National Competent Authority"),
    ("Clinical Trial Type", "Clinical Trial Type"),
    ("Trial Status", "Trial Status"),
    ("Date on which this record was first entered in the EudraCT database", "Date First Entered"),
    ("Link", "Link"),
    // Of the dump, which tells the code itself.
    ("Country Code", "Country Code"),
];

/// Fields of a protocol: code, beginning of the label, column. Where one column
/// has several values (sponsors, terms) they are joined.
const PROTOCOL: [(&str, &str, &str); 46] = [
    ("A.1", "", "Member State"),
    ("A.2", "", "EudraCT Number"),
    ("A.3", "", "Full Title"),
    ("A.3.1", "", "Lay Title"),
    ("A.3.2", "", "Abbreviated Title"),
    ("A.4.1", "", "Sponsor Protocol Code"),
    ("A.5.1", "", "ISRCTN Number"),
    ("A.5.2", "", "NCT Number"),
    ("A.5.3", "", "WHO UTN"),
    ("A.5.4", "", "Other Identifiers"),
    ("A.7", "", "Paediatric Investigation Plan"),
    ("A.8", "", "PIP Decision Number"),
    ("B.1.1", "", "Sponsor Name"),
    ("B.1.3.4", "", "Sponsor Country"),
    ("B.3.1", "", "Sponsor Status"),
    ("E.1.1", "", "Medical Condition"),
    ("E.1.1.1", "", "Lay Condition"),
    ("E.1.1.2", "", "Therapeutic Area"),
    ("E.1.2", "Term", "MedDRA Terms"),
    ("E.1.3", "", "Rare Disease"),
    ("E.2.1", "", "Main Objective"),
    ("E.6.8", "", "Bioequivalence Scope"),
    ("E.7.1", "", "Phase I"),
    ("E.7.1.1", "", "First In Human"),
    ("E.7.1.2", "", "Bioequivalence Study"),
    ("E.7.2", "", "Phase II"),
    ("E.7.3", "", "Phase III"),
    ("E.7.4", "", "Phase IV"),
    ("E.8.1", "Controlled", "Controlled"),
    ("E.8.1.1", "", "Randomised"),
    ("E.8.1.2", "", "Open"),
    ("E.8.1.3", "", "Single Blind"),
    ("E.8.1.4", "", "Double Blind"),
    ("F.1.1", "", "Under 18"),
    ("F.4.1", "", "Subjects Member State"),
    ("F.4.2.1", "", "Subjects EEA"),
    ("F.4.2.2", "", "Subjects Whole Trial"),
    ("N", "Competent Authority Decision", "Competent Authority Decision"),
    ("N", "Date of Competent Authority Decision", "Competent Authority Decision Date"),
    ("N", "Ethics Committee Opinion of the trial application", "Ethics Committee Opinion"),
    ("N", "Date of Ethics Committee Opinion", "Ethics Committee Opinion Date"),
    ("P", "End of Trial Status", "End Of Trial Status"),
    ("P", "Date of the global end of the trial", "Global End Date"),
    // Not in the full text; written so on pages of trials.
    ("A.5.4.1", "", "Other Identifiers"),
    ("A.5.4.2", "", "Other Identifiers"),
    ("B.3.2", "", "Sponsor Status"),
];

/// Columns that nearly every protocol has: where no protocol of a file does,
/// that is reported. Single protocols do lack some.
const EXPECTED: [&str; 8] = [
    "National Competent Authority",
    "Trial Status",
    "Member State",
    "Sponsor Name",
    "Phase I",
    "Phase II",
    "Phase III",
    "Phase IV",
];

/// Columns that have a value per sponsor, term or register.
const JOINED: [&str; 5] =
    ["Sponsor Name", "Sponsor Country", "Sponsor Status", "MedDRA Terms", "Other Identifiers"];

/// Fields of a product: code and column. Those of active substances repeat.
const PRODUCT: [(&str, &str); 23] = [
    ("D.1.2", "Role"),
    ("D.2.1", "Authorised"),
    ("D.2.1.1.1", "Trade Name"),
    ("D.2.1.1.2", "Marketing Authorisation Holder"),
    ("D.2.1.2", "Authorisation Country"),
    ("D.2.5", "Orphan"),
    ("D.2.5.1", "Orphan Designation Number"),
    ("D.3.1", "Product Name"),
    ("D.3.2", "Product Code"),
    ("D.3.4", "Pharmaceutical Form"),
    ("D.3.4.1", "Paediatric Formulation"),
    ("D.3.7", "Routes"),
    ("D.3.8", "INN"),
    ("D.3.9.1", "CAS Number"),
    ("D.3.9.2", "Sponsor Code"),
    ("D.3.9.3", "Other Name"),
    ("D.3.9.4", "EV Substance Code"),
    ("D.3.10.1", "Concentration Unit"),
    ("D.3.10.2", "Concentration Type"),
    ("D.3.10.3", "Concentration Number"),
    ("D.3.11.1", "Chemical Origin"),
    ("D.3.11.2", "Biological Origin"),
    ("D.3.11.3", "ATIMP"),
];

pub(super) fn parse_text(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let text = String::from_utf8_lossy(page.body);
    let protocols = of_text(&text);
    if protocols.is_empty() && !text.trim().is_empty() {
        return Err(ParseError::shape(
            "full text",
            "protocols that begin with `Summary` and `EudraCT Number:`",
            text.chars().take(60).collect::<String>(),
        ));
    }
    let mut parsed = tables_of(spec, page, &protocols)?;
    if let (Some(last), Some(table)) = (protocols.last(), parsed.tables.first())
        && !last.fields.iter().any(is_end)
    {
        let what = "expected the end of the protocol (P. End of Trial Status), found none: \
                    it may be cut off";
        parsed.issues.push(Issue::row(Severity::Warning, "cut_off", table, last.line, what));
    }
    Ok(parsed)
}

/// The last section of every protocol of a full text.
fn is_end(field: &Field) -> bool {
    field.code == "P" && field.label.starts_with("End of Trial Status")
}

pub(super) fn parse_page(
    spec: &SourceSpec,
    page: &Page<'_>,
    protocol: Protocol,
) -> Result<Parsed, ParseError> {
    tables_of(spec, page, &[protocol])
}

/// The tables `protocol` and `protocol_product`.
pub(super) fn tables_of(
    spec: &SourceSpec,
    page: &Page<'_>,
    protocols: &[Protocol],
) -> Result<Parsed, ParseError> {
    let asked: Option<Vec<&str>> =
        page.request.context.get("trials").map(|t| t.split(' ').collect());
    let mut parsed = Parsed::default();
    let mut rows = Vec::new();
    let mut products = Vec::new();
    let mut strangers = Vec::new();
    for protocol in protocols {
        let row = protocol_row(protocol);
        let number = row.get("EudraCT Number").unwrap_or_default().to_owned();
        // An answer about other trials than asked for is not to be trusted:
        // the same protocols would come with every page.
        if asked.as_ref().is_some_and(|a| !a.contains(&number.as_str())) {
            strangers.push(number);
            continue;
        }
        products.extend(product_rows(protocol, &number, row.get("Country Code")));
        rows.push(row);
    }
    let table = table_of("protocol", spec.table("protocol"), &rows, &mut parsed.issues)?;
    for row in &rows {
        report(row, &table, &mut parsed.issues);
    }
    for column in EXPECTED.iter().filter(|_| !rows.is_empty()) {
        if !rows.iter().any(|r| r.values.iter().any(|(name, _)| name == column)) {
            let what = format!("none of the protocols ({}) has {column}", rows.len());
            let known = spec.table("protocol").columns.iter().find(|c| c.name == **column);
            let name = known.map(crate::ColumnSpec::column_name).unwrap_or_default();
            let issue = Issue::row(Severity::Warning, "absent_field", &table, 0, what);
            parsed.issues.push(issue.in_column(&name));
        }
    }
    if !strangers.is_empty() {
        let count = strangers.len();
        strangers.dedup();
        let what = format!(
            "{} gives {count} protocols of trials that were not asked for: {}",
            page.request.url,
            strangers.join(" ")
        );
        parsed.issues.push(Issue::row(Severity::Error, "not_asked_for", &table, 0, what));
    }
    let absent: Vec<&str> = asked
        .into_iter()
        .flatten()
        .filter(|n| !rows.iter().any(|r| r.get("EudraCT Number") == Some(n)))
        .collect();
    if !absent.is_empty() {
        let what = format!("{} lacks the protocols of {}", page.request.url, absent.join(" "));
        parsed.issues.push(Issue::row(Severity::Warning, "no_protocol", &table, 0, what));
    }
    parsed.tables.push(table);
    let name = "protocol_product";
    let products = table_of(name, spec.table(name), &products, &mut parsed.issues)?;
    parsed.tables.push(products);
    Ok(parsed)
}

fn protocol_row(protocol: &Protocol) -> Record {
    let mut row = Record::new(protocol.line);
    let set = |row: &mut Record, column: &str, value: &str| {
        let known = row.values.iter_mut().find(|(n, _)| n == column);
        match known {
            None => row.set(column, Some(value.to_owned())),
            Some((_, Some(text))) if JOINED.contains(&column) && !value.is_empty() => {
                join(text, value);
            }
            Some(_) => {}
        }
    };
    for field in &protocol.fields {
        let head = HEAD.iter().find(|(label, _)| field.code.is_empty() && *label == field.label);
        if let Some((_, column)) = head {
            set(&mut row, column, &field.value);
        }
        let column = PROTOCOL.iter().find(|(code, label, _)| {
            *code == field.code && field.label.starts_with(label) && !is_translation(field)
        });
        if let Some((_, _, column)) = column {
            set(&mut row, column, &field.value);
        }
    }
    if row.get("Country Code").is_none() {
        let country = country(&row);
        row.set("Country Code", country);
    }
    row
}

/// The country of a protocol: from its link, else by the name of its member
/// state (`Spain - AEMPS`).
fn country(row: &Record) -> Option<String> {
    let link = row.get("Link").and_then(|l| l.trim().trim_end_matches('/').rsplit('/').next());
    if let Some(code) = link.filter(|c| matches!(c.len(), 2 | 3)) {
        return Some(code.to_ascii_uppercase());
    }
    let state = row.get("Member State").or_else(|| row.get("National Competent Authority"))?;
    let name = state.split(" - ").next().unwrap_or(state);
    country_code(name).map(str::to_owned)
}

fn product_rows(protocol: &Protocol, number: &str, country: Option<&str>) -> Vec<Record> {
    let mut rows: Vec<Record> = Vec::new();
    for field in &protocol.fields {
        if field.code == "D.IMP" {
            let mut row = Record::new(protocol.line);
            row.set("EudraCT Number", Some(number.to_owned()));
            row.set("Country Code", country.map(str::to_owned));
            row.set("IMP Number", Some(field.value.clone()));
            rows.push(row);
            continue;
        }
        let column = PRODUCT.iter().find(|(code, _)| *code == field.code).map(|(_, c)| *c);
        if let (Some(column), Some(row)) =
            (column.filter(|_| !is_translation(field)), rows.last_mut())
        {
            let value = field.value.replace('\n', "; ");
            match row.values.iter_mut().find(|(n, _)| n == column) {
                Some((_, Some(text))) => join(text, &value),
                Some(_) => {}
                None => row.set(column, Some(value)),
            }
        }
    }
    rows
}

fn join(text: &mut String, value: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(value);
}

/// `Full title of the trial (es)`: the language stands behind the label.
fn is_translation(field: &Field) -> bool {
    let language = field.label.rsplit_once(" (").and_then(|(_, l)| l.strip_suffix(')'));
    language.is_some_and(|l| l.len() == 2 && l.bytes().all(|b| b.is_ascii_lowercase()))
}

fn report(row: &Record, table: &TextTable, issues: &mut Vec<Issue>) {
    let number = row.get("EudraCT Number").unwrap_or_default();
    let mut add = |kind: &str, column: &str, what: String| {
        let issue = Issue::row(Severity::Warning, kind, table, row.row_number, what);
        issues.push(issue.in_column(column));
    };
    if !is_eudract_number(number) {
        add(
            "eudract_number",
            "eudract_number",
            format!("expected YYYY-NNNNNN-NN, found {number:?}"),
        );
    }
    if row.get("Country Code").is_none() {
        add("no_country", "country_code", format!("{number}: the country is not told"));
    }
    for phase in ["Phase I", "Phase II", "Phase III", "Phase IV"] {
        let value = row.get(phase).unwrap_or_default();
        if !matches!(value, "Yes" | "No" | "") {
            let what = format!("{number}, {phase}: expected Yes or No, found {value:?}");
            add("phase_flag", "phase_1", what);
        }
    }
}
