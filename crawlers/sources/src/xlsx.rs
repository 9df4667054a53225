//! Workbooks (`.xlsx`): the text of their cells, sheet by sheet.
//!
//! Furigana (`<rPh>`: how a Japanese name is read aloud) is no part of a cell's
//! text. Cells are kept as they are stored, never as a grid: the bytes are not
//! to be trusted, and one cell at `XFD1048576` would make a grid of 17 billion.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::ParseError;
use crate::xlsx_cells::{Budget, read_rows, read_strings};
use crate::xlsx_values::{DateSystem, date_styles};

/// How much a workbook may hold.
#[derive(Clone, Copy, Debug)]
pub struct XlsxLimits {
    /// Members of the archive.
    pub members: usize,
    /// Bytes of one member, decompressed.
    pub member_bytes: u64,
    /// Bytes of all members together, decompressed.
    pub total_bytes: u64,
    /// Cells with a value, over all sheets.
    pub cells: usize,
    /// Bytes of the text of all cells; a shared text counts in every cell.
    pub text_bytes: usize,
}

impl Default for XlsxLimits {
    fn default() -> Self {
        Self {
            members: 1_000,
            member_bytes: 256 << 20,
            total_bytes: 512 << 20,
            cells: 4_000_000,
            text_bytes: 256 << 20,
        }
    }
}

/// One sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Name on its tab.
    pub name: String,
    /// The sheet is not shown to readers.
    pub hidden: bool,
    /// Rows that have a cell with a value, in the order of the file.
    pub rows: Vec<SheetRow>,
    /// Cells that could not be read: the row and what is wrong.
    pub problems: Vec<(u32, String)>,
}

/// One row of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetRow {
    /// Number on the sheet's edge, from 1.
    pub number: u32,
    /// Column, from 0, and text, in the order of the columns.
    pub cells: Vec<(u32, String)>,
}

impl Sheet {
    /// The first row, among the first `within`, that has a cell for each of
    /// `labels`. A label fits a cell that begins with it, white space and
    /// punctuation aside. Returns the row's place in [`Sheet::rows`].
    #[must_use]
    pub fn find_header(&self, within: usize, labels: &[&str]) -> Option<usize> {
        self.rows.iter().take(within).position(|row| {
            let cells: Vec<String> = row.cells.iter().map(|(_, text)| folded(text)).collect();
            labels.iter().all(|label| {
                let label = folded(label);
                cells.iter().any(|cell| cell.starts_with(&label))
            })
        })
    }
}

impl SheetRow {
    /// Text of the cell in a column; none where the cell has no value.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<&str> {
        let column = u32::try_from(column).ok()?;
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, text)| text.as_str())
    }

    /// Columns up to the last cell with a value.
    #[must_use]
    pub fn width(&self) -> usize {
        self.cells.last().map_or(0, |(column, _)| *column as usize + 1)
    }

    /// No cell holds anything but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|(_, text)| text.trim().is_empty())
    }
}

/// A text for comparison, folded as headers are.
#[must_use]
pub fn folded(text: &str) -> String {
    crate::columns::fold(text)
}

/// Reads all sheets, in the order of their tabs.
///
/// Numbers come as Excel shows them without a format (15 digits), numbers under
/// a date format as ISO dates, truth values as `TRUE` and `FALSE`, formulas as
/// their last result.
///
/// # Errors
/// [`ParseError::Shape`] for anything that is not a complete workbook,
/// [`ParseError::TooLarge`] beyond a limit.
pub fn read_workbook(body: &[u8], limits: XlsxLimits) -> Result<Vec<Sheet>, ParseError> {
    let mut package = Package::open(body, limits)?;
    let main = package.main_part()?;
    let book = package.required(&main)?;
    let tabs = tabs(&main, &book)?;
    let links = package.relations(&main)?;
    let target = |kind: &str| links.values().find(|l| l.kind.ends_with(kind)).map(|l| &l.target);
    let strings = match target("/sharedStrings") {
        Some(path) => read_strings(path, &package.required(path)?, limits.cells)?,
        None => Vec::new(),
    };
    let dates = match target("/styles").map(|path| package.text(path)).transpose()?.flatten() {
        Some(styles) => date_styles(&styles)?,
        None => Vec::new(),
    };
    let mut budget = Budget { cells: limits.cells, text_bytes: limits.text_bytes };
    let mut sheets = Vec::new();
    for tab in tabs.sheets {
        let link = links.get(&tab.relation).ok_or_else(|| {
            ParseError::shape(&tab.name, "a sheet that the workbook holds", "a broken link")
        })?;
        if link.kind.ends_with("/worksheet") {
            let xml = package.required(&link.target)?;
            let (rows, problems) =
                read_rows(&tab.name, &xml, &strings, &dates, tabs.dates, &mut budget)?;
            sheets.push(Sheet { name: tab.name, hidden: tab.hidden, rows, problems });
        }
    }
    Ok(sheets)
}

struct Tabs {
    sheets: Vec<Tab>,
    dates: DateSystem,
}

struct Tab {
    name: String,
    relation: String,
    hidden: bool,
}

fn tabs(part: &str, xml: &str) -> Result<Tabs, ParseError> {
    let mut tabs = Tabs { sheets: Vec::new(), dates: DateSystem::From1900 };
    for_each_start(part, xml, |element| {
        match element.local_name().as_ref() {
            b"sheet" => tabs.sheets.push(Tab {
                name: attribute(element, b"name").unwrap_or_default(),
                relation: attribute(element, b"id").unwrap_or_default(),
                hidden: attribute(element, b"state").is_some_and(|s| s != "visible"),
            }),
            b"workbookPr" => {
                if matches!(attribute(element, b"date1904").as_deref(), Some("1" | "true")) {
                    tabs.dates = DateSystem::From1904;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if tabs.sheets.is_empty() {
        return Err(ParseError::shape(part, "at least one sheet", "none"));
    }
    Ok(tabs)
}

/// Calls `each` for every opening tag of a part.
pub(crate) fn for_each_start(
    part: &str,
    xml: &str,
    mut each: impl FnMut(&BytesStart<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(|e| broken(part, e))? {
            Event::Start(element) | Event::Empty(element) => each(&element)?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The value of an attribute, whatever its prefix.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let found = attributes.filter_map(Result::ok).find(|a| a.key.local_name().as_ref() == name)?;
    found.unescape_value().ok().map(std::borrow::Cow::into_owned)
}

/// A part that is no proper XML.
pub(crate) fn broken(part: &str, error: impl std::fmt::Display) -> ParseError {
    ParseError::shape(part, "well-formed XML", error.to_string())
}

struct Relation {
    kind: String,
    target: String,
}

/// The archive, read within its limits.
struct Package<'a> {
    archive: zip::ZipArchive<Cursor<&'a [u8]>>,
    /// Members by path in lower case: some writers differ in case or slash.
    members: HashMap<String, usize>,
    member_bytes: u64,
    left: u64,
}

impl<'a> Package<'a> {
    fn open(body: &'a [u8], limits: XlsxLimits) -> Result<Self, ParseError> {
        let archive = zip::ZipArchive::new(Cursor::new(body))
            .map_err(|e| ParseError::shape("workbook", "a complete zip file", e.to_string()))?;
        if archive.len() > limits.members {
            let found = archive.len().to_string();
            let expected = format!("at most {} members", limits.members);
            return Err(ParseError::shape("workbook", expected, found));
        }
        let mut members = HashMap::new();
        for index in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(index) {
                members.insert(name.replace('\\', "/").to_lowercase(), index);
            }
        }
        let (member_bytes, left) = (limits.member_bytes, limits.total_bytes);
        Ok(Self { archive, members, member_bytes, left })
    }

    /// The text of a part; none where the archive has no such member.
    fn text(&mut self, path: &str) -> Result<Option<String>, ParseError> {
        let Some(index) = self.members.get(&path.to_lowercase()) else { return Ok(None) };
        let unreadable = |e: &dyn std::fmt::Display| {
            ParseError::shape(path, "a member that decompresses", e.to_string())
        };
        let file = self.archive.by_index(*index).map_err(|e| unreadable(&e))?;
        let limit = self.member_bytes.min(self.left);
        if file.size() > limit {
            return Err(ParseError::TooLarge { what: path.to_owned(), limit });
        }
        let mut data = Vec::new();
        file.take(limit + 1).read_to_end(&mut data).map_err(|e| unreadable(&e))?;
        let size = data.len() as u64;
        if size > limit {
            return Err(ParseError::TooLarge { what: path.to_owned(), limit });
        }
        self.left -= size;
        let text = String::from_utf8(data).map_err(|e| {
            ParseError::shape(path, "text in UTF-8", format!("other bytes ({})", e.utf8_error()))
        })?;
        Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }

    fn required(&mut self, path: &str) -> Result<String, ParseError> {
        self.text(path)?
            .ok_or_else(|| ParseError::shape("workbook", format!("a member {path}"), "none"))
    }

    /// Path of the part that lists the sheets.
    fn main_part(&mut self) -> Result<String, ParseError> {
        let relations = self.relations("")?;
        let main = relations.into_values().find(|l| l.kind.ends_with("/officeDocument"));
        Ok(main.map_or_else(|| "xl/workbook.xml".to_owned(), |link| link.target))
    }

    /// Where a part links to, by the id of the link.
    fn relations(&mut self, part: &str) -> Result<HashMap<String, Relation>, ParseError> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let path = resolve(folder, &format!("_rels/{name}.rels"));
        let mut links = HashMap::new();
        let Some(xml) = self.text(&path)? else { return Ok(links) };
        for_each_start(&path, &xml, |element| {
            if element.local_name().as_ref() == b"Relationship"
                && let Some(id) = attribute(element, b"Id")
                && let Some(target) = attribute(element, b"Target")
            {
                let kind = attribute(element, b"Type").unwrap_or_default();
                links.insert(id, Relation { kind, target: resolve(folder, &target) });
            }
            Ok(())
        })?;
        Ok(links)
    }
}

/// `worksheets/sheet1.xml` or `/xl/worksheets/sheet1.xml`, seen from `xl`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut steps: Vec<&str> = Vec::new();
    let base = if target.starts_with('/') { "" } else { folder };
    for step in base.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
pub(crate) mod tests;
