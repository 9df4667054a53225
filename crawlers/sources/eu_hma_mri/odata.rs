//! One page of the portal's OData product search.

use serde_json::{Map, Value};

use super::parse::{Product, tables};
use super::search;
use super::values::{MemberState, Substance, substances};
use crate::json_rows::read_json;
use crate::records::{Record, json_text, row_number};
use crate::{DeclaredTotal, Issue, Page, ParseError, Parsed, Severity, SourceSpec};

type Object = Map<String, Value>;

pub(super) fn page(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let answer = read_json("product search", page.body)?;
    // Tools save the rows of an answer without what stands around them.
    let bare = answer.as_array().filter(|_| page.request.kind != "search");
    let rows = answer.get("value").and_then(Value::as_array).or(bare).ok_or_else(|| {
        let keys: Vec<&String> = answer.as_object().into_iter().flat_map(Map::keys).collect();
        ParseError::shape("product search", "a list `value`", format!("the keys {keys:?}"))
    })?;
    let skip: u64 = page.request.context.get("skip").and_then(|s| s.parse().ok()).unwrap_or(0);
    let first = usize::try_from(skip).unwrap_or(usize::MAX);
    let mut products = Vec::new();
    let mut strangers = Vec::new();
    for (index, item) in rows.iter().enumerate() {
        let number = row_number(first.saturating_add(index).saturating_add(1));
        match item.as_object() {
            Some(item) => products.push(product(number, item)),
            None => strangers.push(number),
        }
    }
    let mut parsed = tables(spec, &products)?;
    if let Some(table) = parsed.tables.first() {
        for number in strangers {
            let message = "expected a product as a JSON object";
            parsed.issues.push(Issue::row(
                Severity::Error,
                "not_an_object",
                table,
                number,
                message,
            ));
        }
    }
    let searched = page.request.kind == "search";
    if let Some(count) = answer.get("@odata.count").and_then(Value::as_u64) {
        let part = "human products".to_owned();
        parsed.totals.push(DeclaredTotal { table: "product".to_owned(), part, rows: count });
        // The portal may give fewer rows than asked: the next page begins
        // where this one ended. An empty page ends the walk; the declared total
        // then tells that rows are missing.
        let next = skip.saturating_add(rows.len() as u64);
        if searched && !rows.is_empty() && next < count {
            let since = page.request.context.get("since").map_or("", String::as_str);
            parsed.follow_ups.push(search(next, since));
        }
    } else if searched {
        let expected = "the count of all products (@odata.count)";
        return Err(ParseError::shape("product search", expected, "no such number"));
    }
    Ok(parsed)
}

/// An item in the columns of the export. Only keys that are there are set, so
/// that a key that vanished from all items is missed as a column.
fn product(number: u32, item: &Object) -> Product {
    let mut record = Record::new(number);
    let mut substances = None;
    let mut cms = None;
    for (key, value) in item {
        match key.to_ascii_lowercase().as_str() {
            "productkey" | "mrnumber" => {
                let key = json_text(value);
                let link = key
                    .as_ref()
                    .map(|k| format!("https://mri.cts-mrp.eu/portal/details?productnumber={k}"));
                record.set("MrNumber", key);
                record.set("Productlink", link);
            }
            "name" => record.set("Name", json_text(value)),
            "domainkey" | "domain" => record.set("Domain", json_text(value)),
            "outcome" => record.set("Outcome", json_text(value)),
            "dateofoutcome" => record.set("DateOfOutcome", json_text(value)),
            "updatedat" => record.set("UpdatedAt", json_text(value)),
            "maholder" => record.set("MAHolder", json_text(value)),
            "rms" => {
                record.set("RMS", field(value, &["countryName", "name"]).or_else(|| plain(value)));
                record.set("RMSCode", field(value, &["isoCode", "countryCode"]));
            }
            // Some answers have lists as the export writes them.
            "activesubstances" if value.is_string() => {
                record.set("ActiveSubstances", plain(value));
            }
            "atccodes" if value.is_string() => record.set("AtcCodes", plain(value)),
            "cms" if value.is_string() => record.set("CMS", plain(value)),
            "activesubstances" => {
                let listed: Vec<Substance> = items(value).iter().flat_map(listed).collect();
                record.set("ActiveSubstances", joined(listed.iter().map(|s| s.text.clone()), ","));
                substances = Some(listed);
            }
            "atccodes" => {
                let text = |v: &Value| {
                    let code = field(v, &["code", "atcCode"]).or_else(|| plain(v));
                    words([code, field(v, &["atcCodeName", "name"])])
                };
                record.set("AtcCodes", joined(items(value).iter().map(text), ","));
            }
            "cms" => {
                let listed: Vec<MemberState> = items(value).iter().map(member_state).collect();
                record.set("CMS", joined(listed.iter().map(written), ","));
                cms = Some(listed);
            }
            "doseforms" => {
                record.set("DoseForms", names(value, &["doseFormName", "name"], ","));
            }
            "documents" => {
                record.set("Documents", names(value, &["documentUrl", "url"], " | "));
            }
            "withdrawalreasons" => {
                let keys = ["withdrawalReasonName", "reasonName", "reason", "name"];
                record.set("WithdrawalReasons", names(value, &keys, ","));
            }
            "typelevel" => {
                for level in 1..=5 {
                    record.set(
                        &format!("Typelevel{level}"),
                        field(value, &[&format!("level{level}"), &format!("typeLevel{level}")]),
                    );
                }
            }
            // Keys of a later portal are kept under their own name.
            _ => record.set(key, json_text(value)),
        }
    }
    Product { record, substances, cms }
}

/// A substance, or those that a text lists.
fn listed(value: &Value) -> Vec<Substance> {
    value.as_str().map_or_else(|| vec![substance(value)], substances)
}

fn substance(value: &Value) -> Substance {
    let inn_name = field(value, &["innName", "name"]);
    let salt_name = field(value, &["saltName", "salt"]);
    let amount = field(value, &["amount", "strength"]);
    let unit = field(value, &["unit", "unitName"]);
    // As the export writes it.
    let salt = salt_name.clone().unwrap_or_else(|| "null".to_owned());
    let text = words([inn_name.clone(), Some(salt), amount.clone(), unit.clone()]);
    Substance { text, inn_name, salt_name, amount, unit }
}

fn member_state(value: &Value) -> MemberState {
    let country_code = field(value, &["isoCode", "countryCode", "code"]).or_else(|| plain(value));
    let product_name = field(value, &["productName", "name"]);
    MemberState { country_code: country_code.unwrap_or_default(), product_name }
}

/// ` (BE)`, or with a name `Remirta (PL)`.
fn written(state: &MemberState) -> String {
    format!("{} ({})", state.product_name.as_deref().unwrap_or_default(), state.country_code)
}

/// The items of a list; a text or an object alone is a list of one.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::String(_) | Value::Object(_) => std::slice::from_ref(value),
        _ => &[],
    }
}

/// The named field of each item, or the item itself where it is a text.
fn names(value: &Value, keys: &[&str], separator: &str) -> Option<String> {
    let one = |v: &Value| field(v, keys).or_else(|| plain(v)).or_else(|| json_text(v));
    joined(items(value).iter().filter_map(one), separator)
}

fn joined(parts: impl Iterator<Item = String>, separator: &str) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

fn words<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn plain(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The first of these fields that an object has with a value.
fn field(value: &Value, keys: &[&str]) -> Option<String> {
    let object = value.as_object()?;
    let same = |key: &&str| object.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
    keys.iter().filter_map(same).find_map(|(_, v)| json_text(v)).filter(|t| !t.is_empty())
}
