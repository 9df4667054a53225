//! Contact points are masked before a body is archived.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::fields::coded;
use crate::privacy::{FIELD_MASK as MASK, mask_contacts};

/// Words in labels of contact data, wherever they stand.
const CONTACT: [&str; 6] =
    ["telephone", "fax number", "e-mail", "contact point", "street address", "post code"];

/// The full text: values of B.5 and of other contact fields.
pub(super) fn text(body: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(body);
    let mut out = String::with_capacity(text.len());
    let mut masking = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let end = line.get(content.len()..).unwrap_or_default();
        if let Some(field) = coded(content) {
            let label = field.label.to_lowercase();
            masking = is_contact(&field.code) || CONTACT.iter().any(|c| label.contains(c));
            if masking
                && !field.value.is_empty()
                && let Some((label, _)) = content.split_once(':')
            {
                out.push_str(label);
                out.push_str(": ");
                out.push_str(MASK);
                out.push_str(end);
                continue;
            }
        } else if content.trim().is_empty() {
            masking = false;
        } else if masking {
            // The rest of a value that runs over several lines.
            out.push_str(MASK);
            out.push_str(end);
            continue;
        }
        out.push_str(&mask_contacts(content));
        out.push_str(end);
    }
    Cow::Owned(out.into_bytes())
}

// Checked by the tests.
static CELLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)(<td[^>]*class="first"[^>]*>\s*B\.5[^<]*</td>\s*<td[^>]*class="second"[^>]*>.*?</td>\s*<td[^>]*class="third"[^>]*>)(.*?)(</td>)"#,
    )
    .ok()
});

/// The page of a trial: the third cell of each row of B.5.
pub(super) fn page(body: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(body);
    let masked = match &*CELLS {
        Some(pattern) => pattern.replace_all(&text, |c: &Captures<'_>| {
            let part = |i| c.get(i).map_or("", |m| m.as_str());
            format!("{}{MASK}{}", part(1), part(3))
        }),
        None => Cow::Borrowed(&*text),
    };
    Cow::Owned(mask_contacts(&masked).into_owned().into_bytes())
}

fn is_contact(code: &str) -> bool {
    code == "B.5" || code.starts_with("B.5.")
}
