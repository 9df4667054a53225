//! The feed of the documents that belong to medicines.

use super::follow;
use super::medicines::{Feed, first_of, read_feed};
use crate::records::{Record, row_number, table_of};
use crate::{DeclaredTotal, Issue, Page, ParseError, Parsed, Severity, SourceSpec, TextTable};

/// Keys under which the address of a document has been named.
const URL_KEYS: [&str; 2] = ["document_url", "url"];

/// Reads `documents-output-epar_documents_json-report_en.json`.
pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let Feed { rows, total, unread } = read_feed("documents feed", page.body)?;
    let mut records = Vec::new();
    let mut listed = Vec::new();
    let mut strangers = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let number = row_number(index + 1);
        let Some(object) = row.as_object() else {
            strangers.push(number);
            continue;
        };
        records.push(Record::of_json(number, object));
        let url = first_of(row, &URL_KEYS);
        listed.extend(follow::listed(row, &url));
    }
    let mut issues = Vec::new();
    let table = table_of("document", spec.table("document"), &records, &mut issues)?;
    for number in strangers {
        let message = "expected a document as a JSON object";
        issues.push(Issue::row(Severity::Error, "not_an_object", &table, number, message));
    }
    check(&table, &mut issues);
    let follow_ups = follow::of_documents(page.request, listed);
    let mut totals = Vec::new();
    if let Some(rows) = total {
        let (table, part) = ("document".to_owned(), "feed".to_owned());
        totals.push(DeclaredTotal { table, part, rows });
    }
    Ok(Parsed { tables: vec![table], issues, follow_ups, totals, unread })
}

fn check(table: &TextTable, issues: &mut Vec<Issue>) {
    for (row, number) in table.row_numbers.iter().enumerate() {
        let url = table.column("document_url").and_then(|c| c.get(row)).unwrap_or_default();
        if !url.starts_with("https://www.ema.europa.eu/") {
            let message = format!("expected a document of www.ema.europa.eu, found {url:?}");
            let issue = Issue::row(Severity::Warning, "document_url", table, *number, message);
            issues.push(issue.in_column("document_url"));
        }
    }
}
