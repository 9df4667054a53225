//! The pages that lead to the workbooks.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::WORKBOOK;
use crate::page_links::{Link, page_links};
use crate::{BodyKind, Page, ParseError, Parsed, Request};

/// Page that links the page of each price revision.
pub(super) const INDEX: &str = "index";
/// Page of one price revision, with the workbooks of the day.
pub(super) const LIST: &str = "list";

/// The workbooks of a day, by their number.
const CLASSES: [(&str, &str); 4] =
    [("01", "内用薬"), ("02", "注射薬"), ("03", "外用薬"), ("04", "歯科用薬剤")];

/// Leads to the page of the newest revision.
pub(super) fn index(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let links = page_links(page)?;
    let newest = links
        .iter()
        .filter(|link| link.is_file(&["html", "htm"]))
        .filter_map(|link| Some((dated(link.file_name())?.0, link)))
        .max_by_key(|(date, _)| *date);
    let (_, link) = newest.ok_or_else(|| {
        ParseError::shape(
            "index of price lists",
            "a link to a list page (tpYYYYMMDD-01.html)",
            found(&links),
        )
    })?;
    let request = Request::get(link.url.clone(), LIST, BodyKind::Html);
    Ok(Parsed { follow_ups: vec![request], ..Parsed::default() })
}

/// Leads to the newest workbook of each class; what else is there is named.
pub(super) fn list(page: &Page<'_>) -> Result<Parsed, ParseError> {
    let links = page_links(page)?;
    let mut newest: BTreeMap<&str, (&str, &Link)> = BTreeMap::new();
    let mut unread = BTreeSet::new();
    for link in links.iter().filter(|link| link.is_file(&["xlsx", "xls", "xlsm"])) {
        let class = dated(link.file_name())
            .and_then(|(date, rest)| Some((date, rest.strip_prefix('_')?.split('.').next()?)))
            .filter(|(_, class)| CLASSES.iter().any(|(number, _)| number == class));
        match class {
            Some((date, class)) => {
                let entry = newest.entry(class).or_insert((date, link));
                if date > entry.0 {
                    *entry = (date, link);
                }
            }
            None => {
                unread.insert(format!("{} ({})", link.file_name(), link.text));
            }
        }
    }
    for (number, name) in CLASSES {
        if !newest.contains_key(number) {
            return Err(ParseError::shape(
                "list page",
                format!("a link to the workbook of {name} (tpYYYYMMDD-01_{number}.xlsx)"),
                found(&links),
            ));
        }
    }
    let follow_ups = newest
        .into_values()
        .map(|(_, link)| Request::get(link.url.clone(), WORKBOOK, BodyKind::Xlsx))
        .collect();
    Ok(Parsed { follow_ups, unread: unread.into_iter().collect(), ..Parsed::default() })
}

/// `tp20250613-01_02.xlsx` has the date `20250613` and the rest `_02.xlsx`.
fn dated(file_name: &str) -> Option<(&str, &str)> {
    let (date, rest) = file_name.strip_prefix("tp")?.split_once("-01")?;
    (date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit())).then_some((date, rest))
}

fn found(links: &[Link]) -> String {
    let names: Vec<&str> = links.iter().map(Link::file_name).take(30).collect();
    format!("{} links: {names:?}", links.len())
}
