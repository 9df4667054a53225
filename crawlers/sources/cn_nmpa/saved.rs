//! Files that an operator saved in a browser.

use super::database::{Database, Labels};
use super::{catalogue, detail, register, search};
use crate::labelled_page::decode_text;
use crate::{BodyKind, Request, Sniffed, SourceSpec, sniff};

/// The request that a saved file stands for, by its first bytes.
pub(super) fn request(spec: &SourceSpec, file_name: &str, head: &[u8]) -> Option<Request> {
    let text = decode_text(head);
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    let (url, kind, expect) = match sniff(head) {
        Sniffed::Html if has(&["content.jsp", "的内容列表", "tableId=36"]) => {
            ("register", register::KIND, BodyKind::Html)
        }
        Sniffed::Json if has(&["\"itemList\""]) => ("menu", catalogue::MENU, BodyKind::Json),
        Sniffed::Json if has(&["\"listFeild\"", "\"detailFeild\""]) => {
            ("config", catalogue::LABELS, BodyKind::Json)
        }
        Sniffed::Json if has(&["\"detail\""]) => ("detail", detail::KIND, BodyKind::Json),
        Sniffed::Json if has(&["\"list\""]) => ("search", search::KIND, BodyKind::Json),
        _ => return None,
    };
    let mut url = spec.url(url);
    url.query_pairs_mut().append_pair("file", file_name);
    let request = Request::get(url, kind, expect).with("file", file_name);
    if kind != search::KIND && kind != detail::KIND {
        return Some(request);
    }
    let database = database(file_name, &text);
    Some(
        request
            .with("table", database.table())
            .with("scope", "saved")
            .with("list_labels", Labels::known_list(database).to_text())
            .with("detail_labels", Labels::known_detail(spec, database).to_text()),
    )
}

/// Which register a saved answer is of: by its name, else by its numbers. Of
/// the numbers 国药准字…, J and HJ, SJ, ZJ are those of drugs made abroad.
fn database(file_name: &str, head: &str) -> Database {
    let name = file_name.to_lowercase();
    if ["境外", "进口", "import"].iter().any(|mark| name.contains(mark)) {
        return Database::Imported;
    }
    if ["境内", "国产", "domestic"].iter().any(|mark| name.contains(mark)) {
        return Database::Domestic;
    }
    let number = head.find("国药准字").and_then(|at| head.get(at + "国药准字".len()..));
    let mut letters = number.unwrap_or_default().chars();
    match (letters.next(), letters.next()) {
        (Some('H' | 'Z' | 'S' | 'B' | 'T' | 'F' | 'M'), Some(next)) if next != 'J' => {
            Database::Domestic
        }
        _ => Database::Imported,
    }
}
