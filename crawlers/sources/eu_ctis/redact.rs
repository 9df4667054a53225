//! Persons and contact points are masked before a body is archived.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::json_rows::read_json;
use crate::privacy::{FIELD_MASK as MASK, mask_contacts};

/// Keys whose texts are about a person or lead to one, wherever they stand.
/// Compared without regard to case.
const PERSONAL: [&str; 12] = [
    "firstname",
    "lastname",
    "middlename",
    "functionalname",
    "functionalemailaddress",
    "email",
    "emailaddress",
    "telephone",
    "phone",
    "phonenumber",
    "fax",
    "faxnumber",
];

/// Objects that are about a person: every text inside is masked, but for
/// countries and the organisation that the person stands for.
const PERSONS: [&str; 3] = ["person", "personinfo", "contactperson"];

/// Address lines of these are of persons or of their workplaces.
const ADDRESS: [&str; 8] = [
    "oneline",
    "addressline1",
    "addressline2",
    "addressline3",
    "addressline4",
    "postcode",
    "street",
    "postaladdress",
];

/// Nothing served is nested deeper than a dozen levels.
const DEEPEST: usize = 120;

// For bodies that are no JSON (cut off, say): not to be read, but archived.
// Checked by the tests.
static PAIRS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let keys = PERSONAL.iter().chain(&ADDRESS).copied().collect::<Vec<_>>().join("|");
    Regex::new(&format!(r#"(?i)("(?:{keys})"\s*:\s*")(?:[^"\\]|\\.)*"#)).ok()
});

pub(super) fn body(body: &[u8]) -> Cow<'_, [u8]> {
    let Ok(mut value) = read_json("answer", body) else {
        let text = String::from_utf8_lossy(body);
        let masked = match &*PAIRS {
            Some(pattern) => pattern.replace_all(&text, format!("${{1}}{MASK}")),
            None => Cow::Borrowed(&*text),
        };
        return match (mask_contacts(&masked), &masked) {
            (Cow::Borrowed(_), Cow::Borrowed(_)) => Cow::Borrowed(body),
            (masked, _) => Cow::Owned(masked.into_owned().into_bytes()),
        };
    };
    let before = value.clone();
    mask(&mut value, false, 0);
    if value == before {
        // Nothing to mask: the bytes stay the regulator's own.
        return Cow::Borrowed(body);
    }
    serde_json::to_vec(&value).map_or(Cow::Borrowed(body), Cow::Owned)
}

fn mask(value: &mut Value, in_person: bool, depth: usize) {
    if depth > DEEPEST {
        *value = Value::Null;
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.to_ascii_lowercase();
                let personal = PERSONAL.contains(&key.as_str())
                    || ADDRESS.contains(&key.as_str())
                    || in_person;
                if personal && member.is_number() && !keeps(&key) {
                    *member = Value::String(MASK.to_owned());
                } else if personal && !keeps(&key) {
                    mask_text(member);
                }
                let person = PERSONS.contains(&key.as_str());
                mask(member, person || (in_person && key != "organisation"), depth + 1);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| mask(v, in_person, depth + 1)),
        Value::String(text) => {
            if let Cow::Owned(masked) = mask_contacts(text) {
                *text = masked;
            }
        }
        _ => {}
    }
}

/// Inside a person: ids, codes and countries say nothing about anybody.
fn keeps(key: &str) -> bool {
    matches!(key, "id" | "addressid" | "country" | "countryname" | "preferredlanguage" | "title")
}

fn mask_text(value: &mut Value) {
    if let Value::String(text) = value
        && !text.is_empty()
    {
        MASK.clone_into(text);
    }
}
