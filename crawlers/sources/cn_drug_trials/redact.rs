//! Masking of contact persons and investigators before a body is archived.

use std::borrow::Cow;

use super::{EXPORT, export};
use crate::cell_mask::{CellLabel, mask_cells, settle};
use crate::labelled_page::decode_text;
use crate::{Page, mask_contacts, mask_contacts_bytes};

/// Parts of labels beside which stand a person's name, numbers or address.
const PERSONAL: &[&str] = &[
    "联系人",
    "电话",
    "手机",
    "座机",
    "传真",
    "email",
    "邮箱",
    "邮件",
    "邮政地址",
    "邮编",
    "通讯地址",
    "主要研究者",
    "学位",
    "职称",
];

/// The label of a person's data, in whatever spelling.
pub(super) fn is_personal(folded: &str) -> bool {
    folded == "姓名" || PERSONAL.iter().any(|part| folded.contains(part))
}

/// The body without persons.
pub(super) fn redact<'a>(page: &Page<'a>) -> Cow<'a, [u8]> {
    if page.request.kind == EXPORT {
        return match export::without_persons(&decode_text(page.body)) {
            Some(masked) => {
                let masked = mask_contacts_bytes(&masked).into_owned();
                if masked == page.body { Cow::Borrowed(page.body) } else { Cow::Owned(masked) }
            }
            None => mask_contacts_bytes(page.body),
        };
    }
    let is_label = |cell: CellLabel<'_>| cell.is_header && is_personal(cell.folded);
    // Damaged bytes cannot be searched for labels; they become U+FFFD, which
    // the parser reports.
    let text = decode_text(page.body);
    let masked = settle(&text, |t| mask_contacts(&mask_cells(t, is_label)).into_owned());
    let masked = masked.into_bytes();
    if masked == page.body { Cow::Borrowed(page.body) } else { Cow::Owned(masked) }
}
