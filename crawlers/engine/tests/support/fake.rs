//! A source whose pages say what to do, one word at the line's beginning:
//!
//! ```text
//! next https://a.test/2 fingerprint=v1 optional   a follow-up
//! total part 3                                    a declared total
//! issue something odd                             a row problem
//! columns id,name,colour                          the header
//! row 1,abc,red                                   a row
//! extra 1                                         a row of another table
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

use regatta_sources::{
    BodyKind, DeclaredTotal, HeaderMap, Issue, Page, ParseError, Parsed, Request, Severity, Source,
    SourceSpec, TextTable, Window, ZipLimits, read_members,
};

pub struct Fake {
    pub spec: &'static SourceSpec,
    pub seeds: Vec<Request>,
    /// What a poll of its feed begins with.
    pub feed: Vec<Request>,
    /// Replaced by `***` before the body is archived.
    pub secret: Option<&'static str>,
}

/// A source named `id` with these seeds; `settings` go into its `source.toml`.
pub fn fake(id: &str, seeds: Vec<Request>, settings: Settings) -> &'static Fake {
    fake_with_feed(id, seeds, Vec::new(), settings)
}

/// The same with a feed of changes, where `feed` is not empty.
pub fn fake_with_feed(
    id: &str,
    seeds: Vec<Request>,
    feed: Vec<Request>,
    settings: Settings,
) -> &'static Fake {
    let feed_section =
        if feed.is_empty() { "" } else { "feed = { cron = \"0 * * * * *\", record = \"id\" }" };
    let toml = format!(
        r#"
id = "{id}"
title = "T"
publisher = "P"
country = "US"
description = "D"
homepage = "https://a.test/"
parser_version = {version}
quirks = []
urls = {{ first = "{first}" }}
licence = {{ name = "L", url = "https://a.test/", attribution = "A" }}
{feed_section}
schedule = {{ cron = "0 0 6 * * *", time_zone = "UTC", max_age_hours = 48 }}
politeness = {{ min_interval_ms = {interval}, concurrency = {concurrency}, max_wire_bytes = {wire}, max_body_bytes = {body} }}
[tables.items]
description = "items"
key = ["id"]
{adds}
import_whole = {whole}
bounds = {{ min_rows = {min}, max_rows = {max}, max_shrink = 0.25 }}
columns = [{{ name = "id", doc = "d" }}, {{ name = "name", doc = "d", optional = true }}]
[tables.extra]
description = "extra"
optional = true
key = ["id"]
{adds}
bounds = {{ min_rows = 0, max_rows = 9 }}
columns = [{{ name = "id", doc = "d" }}]
"#,
        first = seeds[0].url,
        version = settings.version,
        interval = settings.interval_ms,
        concurrency = settings.concurrency,
        wire = settings.max_wire_bytes,
        body = settings.max_body_bytes,
        adds = if settings.import_adds { "import_adds_by = [\"id\"]" } else { "" },
        whole = settings.import_whole,
        min = settings.min_rows,
        max = settings.max_rows,
    );
    let spec: &SourceSpec = Box::leak(Box::new(SourceSpec::from_toml(&toml)));
    Box::leak(Box::new(Fake { spec, seeds, feed, secret: settings.secret }))
}

#[derive(Clone, Copy)]
pub struct Settings {
    pub version: u32,
    pub interval_ms: u64,
    pub concurrency: usize,
    pub max_wire_bytes: u64,
    pub max_body_bytes: u64,
    pub min_rows: u64,
    pub max_rows: u64,
    pub secret: Option<&'static str>,
    /// An import adds to the tables instead of taking their place.
    pub import_adds: bool,
    /// A file of an import holds the whole table.
    pub import_whole: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            interval_ms: 1,
            concurrency: 1,
            max_wire_bytes: 1 << 20,
            max_body_bytes: 1 << 20,
            min_rows: 1,
            max_rows: 1_000,
            secret: None,
            import_adds: false,
            import_whole: false,
        }
    }
}

/// A GET of `url`.
pub fn request(url: &str, expect: BodyKind) -> Request {
    Request::get(url.parse().unwrap(), "page", expect)
}

/// A page with rows `1` to `n`.
pub fn text_table(n: usize) -> String {
    let mut page = String::from("columns id,name\n");
    for i in 1..=n {
        let _ = writeln!(page, "row {i},name {i}");
    }
    page
}

impl Source for Fake {
    fn spec(&self) -> &'static SourceSpec {
        self.spec
    }

    fn seeds(&self, _window: &Window) -> Vec<Request> {
        self.seeds.clone()
    }

    fn feed_seeds(&self, _window: &Window) -> Vec<Request> {
        self.feed.clone()
    }

    fn parse(&self, page: &Page<'_>) -> Result<Parsed, ParseError> {
        let text = match page.request.expect {
            BodyKind::Zip => {
                let limits = ZipLimits { member_bytes: 1 << 16, ..ZipLimits::default() };
                let (members, _) = read_members(page.body, limits, |n| n == "data.txt")?;
                members.into_iter().next().map(|m| m.data).unwrap_or_default()
            }
            _ => page.body.to_vec(),
        };
        self.read(&String::from_utf8_lossy(&text))
    }

    fn redact<'a>(&self, page: &Page<'a>) -> Cow<'a, [u8]> {
        match self.secret {
            Some(secret) => {
                String::from_utf8_lossy(page.body).replace(secret, "***").into_bytes().into()
            }
            None => Cow::Borrowed(page.body),
        }
    }

    fn import_request(&self, file_name: &str, head: &[u8]) -> Option<Request> {
        let url = format!("https://a.test/{file_name}");
        let is_one = head.starts_with(b"columns") || head.starts_with(b"extra");
        (file_name.contains(".txt") && is_one).then(|| request(&url, BodyKind::Text))
    }
}

impl Fake {
    fn read(&self, text: &str) -> Result<Parsed, ParseError> {
        let mut parsed = Parsed::default();
        let mut table: Option<(HeaderMap, TextTable)> = None;
        let mut extra: Option<(HeaderMap, TextTable)> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "panic" => panic!("the parser was told to"),
                "next" => parsed.follow_ups.push(follow_up(rest)),
                "total" => {
                    let (part, rows) = rest.split_once(' ').unwrap();
                    parsed.totals.push(DeclaredTotal {
                        table: "items".into(),
                        part: part.into(),
                        rows: rows.parse().unwrap(),
                    });
                }
                "columns" => {
                    let spec = self.spec.table("items");
                    table = Some(HeaderMap::new("items", "", spec, rest.split(','))?);
                }
                "row" => {
                    let cells: Vec<&str> = rest.split(',').collect();
                    let (map, table) = table.as_mut().unwrap();
                    map.push(table, number, |i| cells.get(i).copied());
                }
                "extra" => {
                    if extra.is_none() {
                        extra =
                            Some(HeaderMap::new("extra", "", self.spec.table("extra"), ["id"])?);
                    }
                    let (map, extra) = extra.as_mut().unwrap();
                    map.push(extra, number, |_| Some(rest));
                }
                "issue" => {
                    let (_, table) = table.as_ref().unwrap();
                    let issue = Issue::row(Severity::Warning, "odd", table, number, rest);
                    parsed.issues.push(issue);
                }
                _ => {
                    let found = line.chars().take(40).collect::<String>();
                    return Err(ParseError::shape("page", "a known word", found));
                }
            }
        }
        parsed.tables.extend(table.into_iter().chain(extra).map(|(_, table)| table));
        Ok(parsed)
    }
}

fn follow_up(text: &str) -> Request {
    let mut words = text.split(' ');
    let mut request = request(words.next().unwrap(), BodyKind::Text);
    for word in words {
        match word.strip_prefix("fingerprint=") {
            Some(fingerprint) => request.fingerprint = Some(fingerprint.to_owned()),
            None => request.optional = word == "optional",
        }
    }
    request
}
