//! Products as records of the export's columns, and the tables made of them.

use std::sync::LazyLock;

use regex::Regex;

use super::values::{self, MemberState, Substance};
use crate::records::{Record, table_of};
use crate::xlsx::{Sheet, XlsxLimits, folded, read_workbook};
use crate::{Issue, ParseError, Parsed, Severity, SourceSpec, TextTable};

static MR_NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Z]{2}/[HV]/\d{3,5}/\d{3}$").ok());

/// One row of the index.
#[derive(Debug, Default)]
pub(super) struct Product {
    /// The columns of the export, by its own names.
    pub(super) record: Record,
    /// Substances, where the format gives them apart.
    pub(super) substances: Option<Vec<Substance>>,
    /// Concerned member states, where the format gives them apart.
    pub(super) cms: Option<Vec<MemberState>>,
}

/// Reads the portal's Excel export: the sheet with the header `MrNumber`.
pub(super) fn export(spec: &SourceSpec, body: &[u8]) -> Result<Parsed, ParseError> {
    let mut unread = Vec::new();
    let mut found: Option<Parsed> = None;
    let sheets = read_workbook(body, XlsxLimits::default())?;
    let names: Vec<String> = sheets.iter().map(|s| s.name.clone()).collect();
    for sheet in sheets {
        match (header_row(&sheet), &found) {
            (Some(at), None) => {
                let mut parsed = tables(spec, &products(&sheet, at))?;
                if let Some(table) = parsed.tables.first() {
                    parsed.issues.extend(sheet.problems.iter().map(|(row, problem)| {
                        Issue::row(Severity::Warning, "unreadable_cell", table, *row, problem)
                    }));
                }
                found = Some(parsed);
            }
            _ if sheet.rows.is_empty() => {}
            _ => unread.push(format!("sheet {}", sheet.name)),
        }
    }
    let parsed = found.ok_or_else(|| {
        ParseError::shape(
            "workbook",
            "a sheet with a header row that has MrNumber",
            format!("the sheets {names:?}"),
        )
    })?;
    Ok(Parsed { unread, ..parsed })
}

fn header_row(sheet: &Sheet) -> Option<usize> {
    let is_key = |(_, cell): &(u32, String)| folded(cell) == "mrnumber";
    sheet.rows.iter().take(50).position(|row| row.cells.iter().any(is_key))
}

fn products(sheet: &Sheet, header: usize) -> Vec<Product> {
    let Some((head, rows)) = sheet.rows.get(header..).and_then(<[_]>::split_first) else {
        return Vec::new();
    };
    let names: Vec<&str> =
        (0..head.width()).map(|c| head.get(c).unwrap_or_default().trim()).collect();
    rows.iter()
        .filter(|row| !row.is_blank())
        .map(|row| {
            let mut record = Record::new(row.number);
            for (column, name) in names.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
                let cell = row.get(column).filter(|text| !text.is_empty());
                record.set(name, cell.map(str::to_owned));
            }
            Product { record, substances: None, cms: None }
        })
        .collect()
}

/// Makes the three tables.
///
/// # Errors
/// When a column that the index always has is missing.
pub(super) fn tables(spec: &SourceSpec, products: &[Product]) -> Result<Parsed, ParseError> {
    let records: Vec<Record> = products.iter().map(|p| p.record.clone()).collect();
    let mut issues = Vec::new();
    let product = table_of("product", spec.table("product"), &records, &mut issues)?;
    let mut substances = Vec::new();
    let mut states = Vec::new();
    for one in products {
        let row = one.record.row_number;
        let number = value(&one.record, "MrNumber").unwrap_or_default();
        check(&product, one, &mut issues);
        let raw = value(&one.record, "ActiveSubstances").unwrap_or_default();
        let listed = one.substances.clone().unwrap_or_else(|| values::substances(raw));
        for (position, substance) in listed.iter().enumerate() {
            substances.push(substance_record(row, number, position + 1, substance));
            if substance.inn_name.is_none() {
                let quoted: String = substance.text.chars().take(200).collect();
                let text = format!("no name, amount and unit can be told in {quoted:?}");
                issues.push(
                    Issue::row(Severity::Warning, "substance_form", &product, row, text)
                        .in_column("active_substances"),
                );
            }
        }
        let raw = value(&one.record, "CMS").unwrap_or_default();
        let (listed, rest) = match &one.cms {
            Some(listed) => (listed.clone(), ""),
            None => values::member_states(raw),
        };
        if !rest.trim().is_empty() {
            let rest: String = rest.chars().take(200).collect();
            let text = format!("expected names that end with a country, (AT), found {rest:?}");
            issues.push(
                Issue::row(Severity::Warning, "cms_form", &product, row, text).in_column("cms"),
            );
        }
        for state in &listed {
            let mut record = Record::new(row);
            record.set("mr_number", Some(number.to_owned()));
            record.set("country_code", Some(state.country_code.clone()));
            record.set("product_name", state.product_name.clone());
            states.push(record);
        }
    }
    let (mut known, due) = (Vec::new(), spec.table("product_cms"));
    // What is no text was reported of the product already.
    let product_cms = table_of("product_cms", due, &states, &mut known)?;
    let due = spec.table("product_substance");
    let product_substance = table_of("product_substance", due, &substances, &mut known)?;
    let tables = vec![product, product_cms, product_substance];
    Ok(Parsed { tables, issues, ..Parsed::default() })
}

fn substance_record(row: u32, number: &str, position: usize, substance: &Substance) -> Record {
    let mut record = Record::new(row);
    record.set("mr_number", Some(number.to_owned()));
    record.set("position", Some(position.to_string()));
    record.set("substance_text", Some(substance.text.clone()));
    record.set("inn_name", substance.inn_name.clone());
    record.set("salt_name", substance.salt_name.clone());
    record.set("amount", substance.amount.clone());
    record.set("unit", substance.unit.clone());
    record
}

fn check(table: &TextTable, product: &Product, issues: &mut Vec<Issue>) {
    let row = product.record.row_number;
    let mut report = |column: &str, kind: &str, message: String| {
        issues.push(Issue::row(Severity::Warning, kind, table, row, message).in_column(column));
    };
    let number = value(&product.record, "MrNumber").unwrap_or_default();
    if MR_NUMBER.as_ref().is_some_and(|form| !form.is_match(number)) {
        report("mr_number", "mr_number_form", format!("expected DE/H/9999/999, found {number:?}"));
    }
    let outcome = value(&product.record, "Outcome").unwrap_or_default();
    if !matches!(outcome, "Positive" | "Withdrawn" | "Negative") {
        report("outcome", "unknown_outcome", format!("an outcome not seen before: {outcome:?}"));
    }
    let domain = value(&product.record, "Domain").unwrap_or_default();
    if !matches!(domain, "h" | "v") {
        report("domain", "unknown_domain", format!("expected h or v, found {domain:?}"));
    }
}

/// A value by its name, whatever its case and spaces: old exports differ in it.
fn value<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    let found = record.values.iter().find(|(n, _)| {
        n.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .eq(name.chars().map(|c| c.to_ascii_lowercase()))
    });
    found.and_then(|(_, value)| value.as_deref()).map(str::trim)
}
