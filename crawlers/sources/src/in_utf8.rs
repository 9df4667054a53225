//! Text in UTF-16, as spreadsheets and editors save it, for all sources at once.

use std::borrow::Cow;

use crate::encodings::as_utf8;
use crate::{Page, ParseError, Parsed, Request, Source, SourceSpec, Window};

/// A source that is given text in UTF-16 as if it were UTF-8. The archive keeps
/// the bytes as they came, unless the source masks something in them.
#[derive(Debug)]
pub(crate) struct InUtf8<S>(pub(crate) S);

impl<S: Source> Source for InUtf8<S> {
    fn spec(&self) -> &'static SourceSpec {
        self.0.spec()
    }

    fn seeds(&self, window: &Window) -> Vec<Request> {
        self.0.seeds(window)
    }

    fn feed_seeds(&self, window: &Window) -> Vec<Request> {
        self.0.feed_seeds(window)
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        self.0.parse(&Page { body: &as_utf8(page.body), ..*page })
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        let text = match as_utf8(page.body) {
            Cow::Borrowed(_) => return self.0.redact(page),
            Cow::Owned(text) => text,
        };
        let masked = self.0.redact(&Page { body: &text, ..*page });
        if *masked == *text { Cow::Borrowed(page.body) } else { Cow::Owned(masked.into_owned()) }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        self.0.import_request(file_name, &as_utf8(head))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::registry::find;

    /// Files as operators save them, of each kind of text that there is.
    const FILES: [(&str, &str); 11] = [
        ("us_purple_book", "day1/january.csv"),
        ("us_cber", "day1/vaccines.html"),
        ("eu_ema", "day1/medicines.json"),
        ("eu_euctr", "day1/full.txt"),
        ("eu_euctr", "day1/summary.txt"),
        ("jp_pmda", "day1/english_list.csv"),
        ("cn_cde", "day1/acceptance_2020.json"),
        ("cn_nmpa_pickup", "day1/20200911083851127.html"),
        ("cn_drug_trials", "import/trial_info.csv"),
        ("cn_chictr", "import/export.xml"),
        ("cn_chictr", "day1/proj_173420.html"),
    ];

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    fn page<'a>(request: &'a Request, body: &'a [u8]) -> Page<'a> {
        Page { request, content_type: None, last_modified: None, body }
    }

    #[test]
    fn files_in_utf16_are_known_masked_and_read_as_those_in_utf8() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        for (id, file) in FILES {
            let source = find(id).unwrap();
            let body = std::fs::read(fixtures.join(id).join(file)).unwrap();
            let name = file.rsplit('/').next().unwrap();
            let text = String::from_utf8(body.clone()).unwrap();
            let text = text.trim_start_matches('\u{feff}');
            let request = source.import_request(name, &body[..body.len().min(4096)]).unwrap();
            let masked = source.redact(&page(&request, &body)).into_owned();
            let expected = source.parse(&page(&request, &masked)).unwrap();
            assert!(expected.tables.iter().any(|table| !table.is_empty()), "{id} {file}");
            let with_mark = format!("\u{feff}{text}");
            for wide in [
                utf16(&with_mark, u16::to_le_bytes),
                utf16(&with_mark, u16::to_be_bytes),
                utf16(text, u16::to_le_bytes),
                utf16(text, u16::to_be_bytes),
            ] {
                let begin = wide.get(..4).unwrap();
                let found = source.import_request(name, &wide[..wide.len().min(4096)]);
                assert_eq!(found.as_ref(), Some(&request), "{id} {file} {begin:?}");
                let masked_wide = source.redact(&page(&request, &wide));
                // Nothing to mask: the file as it came.
                let as_came = masked == body || masked == text.as_bytes();
                assert_eq!(*masked_wide == *wide, as_came, "{id} {file} {begin:?}");
                let parsed = source.parse(&page(&request, &masked_wide)).unwrap();
                assert_eq!(parsed.tables, expected.tables, "{id} {file} {begin:?}");
                assert_eq!(parsed.issues, expected.issues, "{id} {file} {begin:?}");
            }
        }
    }
}
