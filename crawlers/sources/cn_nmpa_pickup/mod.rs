//! NMPA, approval documents awaiting collection: index pages -> notices.

mod index;
mod notice;

use std::sync::LazyLock;

use crate::{
    BodyKind, Page, ParseError, Parsed, Request, Sniffed, Source, SourceSpec, Window, sniff,
};

static SPEC: LazyLock<SourceSpec> =
    LazyLock::new(|| SourceSpec::from_toml(include_str!("source.toml")));

/// The source `cn_nmpa_pickup`.
#[derive(Debug)]
pub struct CnNmpaPickup;

impl Source for CnNmpaPickup {
    fn spec(&self) -> &'static SourceSpec {
        &SPEC
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        vec![Request::get(SPEC.url("index"), index::KIND, BodyKind::Html)]
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        match page.request.kind.as_str() {
            index::KIND => index::parse(&SPEC, page),
            notice::KIND => notice::parse(&SPEC, page),
            other => Err(ParseError::shape("request", "a kind of this source", other)),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        if sniff(head) != Sniffed::Html {
            return None;
        }
        let text = String::from_utf8_lossy(head);
        let kind = if text.contains("\"ArticleTitle\"") {
            notice::KIND
        } else if text.contains("ColumnName") && text.contains("www.nmpa.gov.cn") {
            index::KIND
        } else {
            return None;
        };
        // A page saved under the name that it has on the site is that page.
        let mut url = SPEC.url("index").join("./").ok()?;
        if notice::is_notice_file(file_name) {
            url = url.join(file_name).ok()?;
        } else if let Some(notice) = notice::named(&text).filter(|_| kind == notice::KIND) {
            // Whatever its file is called, the same notice is the same record.
            url.query_pairs_mut().append_pair("notice", &notice);
        } else {
            url.query_pairs_mut().append_pair("file", file_name);
        }
        Some(Request::get(url, kind, BodyKind::Html))
    }
}

#[cfg(test)]
mod tests;
