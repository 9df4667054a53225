//! The menu of databases and the label file of each: ids and field numbers
//! change over the years, so both are read and never assumed.

use serde_json::Value;
use url::Url;

use super::database::{Database, Labels};
use super::{said, search};
use crate::json_rows::read_chinese_json;
use crate::{BodyKind, Page, ParseError, Parsed, Request, SourceSpec};

pub(super) const MENU: &str = "menu";
pub(super) const LABELS: &str = "labels";

/// Finds the two databases by their names.
pub(super) fn parse_menu(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let menu = read_chinese_json("menu of databases", page.body)?;
    let mut items = Vec::new();
    collect(&menu, &mut items);
    let mut parsed = Parsed::default();
    for database in Database::ALL {
        let named = |name: &str| items.iter().find(|(_, item)| *item == name);
        let Some((id, _)) = database.names().into_iter().find_map(named) else {
            let found: Vec<&str> = items.iter().take(40).map(|(_, name)| *name).collect();
            return Err(ParseError::shape(
                "menu of databases",
                format!("an entry {}", database.names().join(" or ")),
                if found.is_empty() { "no entries".to_owned() } else { found.join(", ") },
            ));
        };
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ParseError::shape("menu of databases", "an id of letters and digits", *id));
        }
        let url = join(&spec.url("config"), &format!("{id}.json"))?;
        parsed.follow_ups.push(
            Request::get(url, LABELS, BodyKind::Json)
                .with("table", database.table())
                .with("item_id", *id),
        );
    }
    Ok(parsed)
}

/// Reads the labels of list rows and of details, and begins the search.
pub(super) fn parse_labels(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let what = format!("labels of {}", said(page, "table"));
    let config = read_chinese_json(&what, page.body)?;
    let labels = |misspelt: &str, right: &str| {
        let list = config.get(misspelt).or_else(|| config.get(right));
        list.and_then(Labels::of_config).ok_or_else(|| {
            let keys = config.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>().join(", "));
            let found = keys.unwrap_or_else(|| "no object".to_owned());
            ParseError::shape(&what, format!("{misspelt} with alias and desc"), found)
        })
    };
    let list = labels("listFeild", "listField")?;
    let detail = labels("detailFeild", "detailField")?;
    let mut parsed = Parsed::default();
    if !said(page, "table").is_empty() {
        let database = Database::of_table(said(page, "table"))?;
        parsed.follow_ups.push(search::first(
            spec,
            database,
            said(page, "item_id"),
            &list,
            &detail,
        ));
    }
    Ok(parsed)
}

/// All entries of the menu, whatever groups they stand in.
fn collect<'a>(value: &'a Value, items: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|v| collect(v, items)),
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::trim);
            if let (Some(id), Some(name)) = (text("itemId"), text("itemName")) {
                items.push((id, name));
            }
            object.values().for_each(|v| collect(v, items));
        }
        _ => {}
    }
}

fn join(base: &Url, path: &str) -> Result<Url, ParseError> {
    base.join(path).map_err(|e| ParseError::shape("menu of databases", "an id", e.to_string()))
}
