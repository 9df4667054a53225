//! Masking of contact persons before a body is archived.

use std::borrow::Cow;

use super::EXPORT;
use super::organisations::names_organisation;
use crate::cell_mask::{CELL_MASK, CellLabel, fold_label, mask_cells, settle};
use crate::labelled_page::decode_text;
use crate::{Page, mask_contacts, mask_contacts_bytes};

/// Parts of labels beside which stand a person's name, numbers or address.
const PERSONAL: &[&str] = &[
    "联系",
    "研究负责人",
    "注册人",
    "电话",
    "传真",
    "手机",
    "邮件",
    "邮箱",
    "邮政编码",
    "通讯地址",
    "applicant",
    "studyleader",
    "contactname",
    "contactaddress",
    "contactphone",
    "contactemail",
    "telephone",
    "postcode",
    "nameofregistration",
];

/// Parts of labels that hold such a word and name an institution.
const INSTITUTIONAL: &[&str] = &["所在单位", "institution", "affiliation"];

/// Elements of the XML whose content is a person or leads to one.
const PERSONAL_ELEMENTS: &[&str] = &[
    "contacts",
    "ethics_reviews",
    "contact",
    "ethics_review",
    "firstname",
    "middlename",
    "lastname",
    "address",
    "zip",
    "telephone",
    "email",
    "contact_name",
    "contact_address",
    "contact_phone",
    "contact_email",
];

/// The label of a person's data, in either language or both together.
pub(super) fn is_personal(folded: &str) -> bool {
    PERSONAL.iter().any(|part| folded.contains(part))
        && !INSTITUTIONAL.iter().any(|part| folded.contains(part))
}

/// The body without persons.
pub(super) fn redact<'a>(page: &Page<'a>) -> Cow<'a, [u8]> {
    let is_label = |cell: CellLabel<'_>| {
        // Labels of this site have a class; in other tables the first cell of
        // a pair is one when it says so in full.
        cell.attributes.contains("left_title") && is_personal(cell.folded)
    };
    let mask = |text: &str| {
        let masked = if page.request.kind == EXPORT {
            mask_elements(text)
        } else {
            mask_cells(text, is_label).into_owned()
        };
        mask_contacts(&masked).into_owned()
    };
    match std::str::from_utf8(page.body) {
        Ok(text) => {
            let masked = settle(text, mask);
            if masked == text { Cow::Borrowed(page.body) } else { Cow::Owned(masked.into_bytes()) }
        }
        // Damaged bytes cannot be searched for labels; they become U+FFFD,
        // which the parser reports.
        Err(_) => Cow::Owned(
            mask_contacts_bytes(settle(&decode_text(page.body), mask).as_bytes()).into_owned(),
        ),
    }
}

/// XML without the content of the elements that name persons.
fn mask_elements(xml: &str) -> String {
    let mut text = xml.to_owned();
    for element in PERSONAL_ELEMENTS {
        text = mask_element(&text, element, |_| true);
    }
    mask_element(&text, "primary_sponsor", |name| !names_organisation(name))
}

/// Masks what stands in each `element`, where it is something and `is_personal`
/// says so.
fn mask_element(xml: &str, element: &str, is_personal: impl Fn(&str) -> bool) -> String {
    let lower = xml.to_ascii_lowercase();
    let (open, close) = (format!("<{element}"), format!("</{element}"));
    let mut out = String::with_capacity(xml.len());
    let mut done = 0;
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|t| t.find(&open)).map(|i| at + i) {
        at = start + open.len();
        let rest = lower.get(at..).unwrap_or_default();
        // `<contact` must not be taken for `<contacts`.
        if !rest.starts_with(['>', ' ', '\t', '\r', '\n']) {
            continue;
        }
        let Some(from) = rest.find('>').map(|i| at + i + 1) else { break };
        if lower.get(..from).is_some_and(|t| t.ends_with("/>")) {
            at = from;
            continue;
        }
        // Without an end it is masked to the end of the file.
        let to = lower.get(from..).and_then(|t| t.find(&close)).map_or(xml.len(), |i| from + i);
        let content = xml.get(from..to).unwrap_or_default();
        let filled = !fold_label(content).is_empty() && content.trim() != CELL_MASK;
        if filled && is_personal(content) {
            out.push_str(xml.get(done..from).unwrap_or_default());
            out.push_str(CELL_MASK);
            done = to;
        }
        at = to;
    }
    out.push_str(xml.get(done..).unwrap_or_default());
    out
}
