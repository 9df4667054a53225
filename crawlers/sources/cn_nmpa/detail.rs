//! Details: `{"code":200,"data":{"detail":{"f0":…}}}`. The row of the list
//! comes along: it fills what the detail leaves out.

use serde_json::{Map, Value};

use super::database::{Database, Labels, RECORD_ID};
use super::said;
use crate::grid::{GridRow, grid_table};
use crate::json_rows::{json_cell, read_chinese_json};
use crate::{BodyKind, Issue, Page, ParseError, Parsed, Request, Severity, SourceSpec};

pub(super) const KIND: &str = "detail";

/// The request for the detail of a list row. Its fingerprint is the list row.
pub(super) fn request(
    spec: &SourceSpec,
    list_page: &Request,
    record_id: &str,
    number: u32,
    row: &Map<String, Value>,
) -> Request {
    let said = |name: &str| list_page.context.get(name).cloned().unwrap_or_default();
    let row = serde_json::to_string(row).unwrap_or_default();
    let mut url = spec.url("detail");
    url.query_pairs_mut().append_pair("itemId", &said("item_id")).append_pair("id", record_id);
    let mut request = Request::get(url, KIND, BodyKind::Json)
        .with("table", said("table"))
        .with("list_labels", said("list_labels"))
        .with("detail_labels", said("detail_labels"))
        .with("record_id", record_id)
        .with("row_number", number.to_string())
        .with("list_row", row.as_str());
    request.fingerprint = Some(row);
    request
}

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let database = Database::of_table(said(page, "table"))?;
    let record_id = said(page, "record_id");
    let what = format!("detail of {} {record_id}", database.table());
    let answer = read_chinese_json(&what, page.body)?;
    let code = answer.get("code").and_then(json_cell).unwrap_or_default();
    let message = answer.get("message").and_then(json_cell).unwrap_or_default();
    let detail = answer.pointer("/data/detail").and_then(Value::as_object);
    // Gone since the list was read. Any other code may pass, and must not
    // stand for the record until its list row changes.
    let gone = code != "200" && message.contains("不存在") && !record_id.is_empty();
    if detail.is_none() && !gone {
        let answered = format!("code {code:?}: {message}");
        return Err(ParseError::shape(what, "code 200 with data.detail", answered));
    }

    let mut fields = match detail {
        Some(detail) => Labels::of_text(said(page, "detail_labels"))?.read(detail),
        None => Vec::new(),
    };
    if let Ok(row) = serde_json::from_str::<Map<String, Value>>(said(page, "list_row")) {
        for (label, value) in Labels::of_text(said(page, "list_labels"))?.read(&row) {
            match fields.iter_mut().find(|(known, _)| *known == label) {
                Some((_, known)) if known.as_deref().is_none_or(str::is_empty) => *known = value,
                Some(_) => {}
                None => fields.push((label, value)),
            }
        }
    }
    if !record_id.is_empty() && !fields.iter().any(|(label, _)| label == RECORD_ID) {
        fields.push((RECORD_ID.to_owned(), Some(record_id.to_owned())));
    }

    let mut parsed = Parsed::default();
    let number = said(page, "row_number").parse().unwrap_or(1);
    let (header, cells): (Vec<String>, Vec<_>) = fields.into_iter().unzip();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let (name, rows) = (database.table(), [GridRow { number, cells }]);
    let table = grid_table(name, spec.table(name), &header, &rows, &mut parsed.issues)?;
    if detail.is_none() {
        let message =
            format!("the site has no detail for {record_id}: {message}; the list row is used");
        parsed.issues.push(Issue::row(Severity::Warning, "no_detail", &table, number, message));
    }
    parsed.tables.push(table);
    Ok(parsed)
}
