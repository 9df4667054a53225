//! The cells of one sheet, and the texts that sheets share.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::ParseError;
use crate::xlsx::{SheetRow, attribute, broken};
use crate::xlsx_values::{DateSystem, as_date, as_number};

/// The last column, `XFD`.
const COLUMNS: u32 = 16_384;
/// The last row.
const ROWS: u32 = 1_048_576;

/// What is left of a workbook's limits.
pub(crate) struct Budget {
    pub(crate) cells: usize,
    pub(crate) text_bytes: usize,
}

/// Rows, and cells that could not be read with the row that they are in.
type RowsAndProblems = (Vec<SheetRow>, Vec<(u32, String)>);

impl Budget {
    fn spend(&mut self, sheet: &str, text: &str) -> Result<(), ParseError> {
        match self.cells.checked_sub(1).zip(self.text_bytes.checked_sub(text.len())) {
            Some((cells, text_bytes)) => {
                *self = Self { cells, text_bytes };
                Ok(())
            }
            None => Err(ParseError::shape(sheet, "a sheet of usual size", "too many cells")),
        }
    }
}

/// The texts that cells point to, without their furigana.
pub(crate) fn read_strings(part: &str, xml: &str, limit: usize) -> Result<Vec<String>, ParseError> {
    let mut strings = Vec::new();
    let mut text = TextRuns::default();
    let mut reader = reader(xml);
    loop {
        let event = reader.read_event().map_err(|e| broken(part, e))?;
        match &event {
            Event::Start(e) if e.local_name().as_ref() == b"si" => text = TextRuns::default(),
            Event::End(e) if e.local_name().as_ref() == b"si" => {
                if strings.len() >= limit {
                    return Err(ParseError::shape(
                        part,
                        "a workbook of usual size",
                        "too many texts",
                    ));
                }
                strings.push(std::mem::take(&mut text).finish());
            }
            Event::End(e) if e.local_name().as_ref() == b"sst" => return Ok(strings),
            Event::Eof => return Err(ParseError::shape(part, "the end of the texts", "none")),
            _ => text.take(part, &event)?,
        }
    }
}

/// The rows of a sheet that have a value.
pub(crate) fn read_rows(
    sheet: &str,
    xml: &str,
    strings: &[String],
    dates: &[bool],
    system: DateSystem,
    budget: &mut Budget,
) -> Result<RowsAndProblems, ParseError> {
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    let mut row = SheetRow::default();
    let mut cell = Cell::default();
    let mut reader = reader(xml);
    loop {
        let event = reader.read_event().map_err(|e| broken(sheet, e))?;
        match &event {
            Event::Start(e) if e.local_name().as_ref() == b"row" => {
                let number = attribute(e, b"r").and_then(|r| r.parse().ok());
                row = SheetRow { number: number.unwrap_or(row.number + 1), cells: Vec::new() };
                if row.number == 0 || row.number > ROWS {
                    let found = format!("row {}", row.number);
                    return Err(ParseError::shape(sheet, "rows 1 to 1048576", found));
                }
                cell.column = 0;
            }
            Event::Start(e) if e.local_name().as_ref() == b"c" => {
                cell = Cell::open(sheet, e, &cell)?;
            }
            Event::End(e) if e.local_name().as_ref() == b"c" => {
                let column = cell.column;
                match std::mem::take(&mut cell).finish(strings, dates, system) {
                    Ok(Some(text)) => {
                        budget.spend(sheet, &text)?;
                        row.cells.push((column.saturating_sub(1), text));
                    }
                    Ok(None) => {}
                    Err(problem) => problems.push((row.number, problem)),
                }
                cell.column = column;
            }
            Event::End(e) if e.local_name().as_ref() == b"row" => {
                let mut done =
                    SheetRow { number: row.number, cells: std::mem::take(&mut row.cells) };
                done.cells.sort_by_key(|(column, _)| *column);
                done.cells.dedup_by_key(|(column, _)| *column);
                if !done.cells.is_empty() {
                    rows.push(done);
                }
            }
            Event::End(e) if e.local_name().as_ref() == b"sheetData" => {
                return Ok((rows, problems));
            }
            Event::Eof => return Err(ParseError::shape(sheet, "the end of the rows", "none")),
            _ => cell.take(sheet, &event)?,
        }
    }
}

fn reader(xml: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(xml);
    // `<c/>` then closes like `<c></c>`.
    reader.config_mut().expand_empty_elements = true;
    reader
}

/// A cell under way.
#[derive(Default)]
struct Cell {
    /// From 1; 0 before the first cell of a row.
    column: u32,
    kind: String,
    style: usize,
    value: Option<String>,
    in_value: bool,
    inline: Option<TextRuns>,
}

impl Cell {
    fn open(sheet: &str, element: &BytesStart<'_>, before: &Self) -> Result<Self, ParseError> {
        let column = match attribute(element, b"r") {
            None => Some(before.column + 1),
            Some(place) => column_of(&place),
        };
        let column = column.filter(|c| (1..=COLUMNS).contains(c)).ok_or_else(|| {
            let found = attribute(element, b"r").unwrap_or_default();
            ParseError::shape(sheet, "cells A to XFD", found)
        })?;
        Ok(Self {
            column,
            kind: attribute(element, b"t").unwrap_or_default(),
            style: attribute(element, b"s").and_then(|s| s.parse().ok()).unwrap_or(0),
            ..Self::default()
        })
    }

    fn take(&mut self, sheet: &str, event: &Event<'_>) -> Result<(), ParseError> {
        match event {
            Event::Start(e) if e.local_name().as_ref() == b"v" => {
                self.in_value = true;
                self.value.get_or_insert_default();
            }
            Event::End(e) if e.local_name().as_ref() == b"v" => self.in_value = false,
            Event::Start(e) if e.local_name().as_ref() == b"is" => {
                self.inline = Some(TextRuns::default());
            }
            _ => {
                if let Some(inline) = &mut self.inline {
                    inline.take(sheet, event)?;
                } else if self.in_value
                    && let Some(value) = &mut self.value
                {
                    push_text(sheet, event, value)?;
                }
            }
        }
        Ok(())
    }

    /// The cell's text, none without a value, or what is wrong with it.
    fn finish(
        self,
        strings: &[String],
        dates: &[bool],
        system: DateSystem,
    ) -> Result<Option<String>, String> {
        if let Some(inline) = self.inline {
            return Ok(Some(inline.finish()));
        }
        let Some(value) = self.value else { return Ok(None) };
        match self.kind.as_str() {
            "s" => {
                let text = value.trim().parse().ok().and_then(|index: usize| strings.get(index));
                let column = self.column;
                let missing = || format!("column {column} points to the missing text {value:?}");
                text.cloned().map(Some).ok_or_else(missing)
            }
            "b" => Ok(Some(if value.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned())),
            "" | "n" if value.trim().is_empty() => Ok(None),
            "" | "n" if dates.get(self.style).copied().unwrap_or(false) => {
                Ok(Some(as_date(&value, system).unwrap_or_else(|| as_number(&value))))
            }
            "" | "n" => Ok(Some(as_number(&value))),
            _ => Ok(Some(unescape(value))),
        }
    }
}

/// The text of `<t>` elements, those of furigana excepted.
#[derive(Default)]
struct TextRuns {
    text: String,
    furigana: bool,
    in_text: bool,
}

impl TextRuns {
    fn take(&mut self, part: &str, event: &Event<'_>) -> Result<(), ParseError> {
        match event {
            Event::Start(e) if e.local_name().as_ref() == b"rPh" => self.furigana = true,
            Event::End(e) if e.local_name().as_ref() == b"rPh" => self.furigana = false,
            Event::Start(e) if e.local_name().as_ref() == b"t" => self.in_text = true,
            Event::End(e) if e.local_name().as_ref() == b"t" => self.in_text = false,
            _ if self.in_text && !self.furigana => push_text(part, event, &mut self.text)?,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> String {
        unescape(self.text)
    }
}

fn push_text(part: &str, event: &Event<'_>, out: &mut String) -> Result<(), ParseError> {
    match event {
        Event::Text(text) => out.push_str(&text.xml10_content().map_err(|e| broken(part, e))?),
        Event::CData(text) => out.push_str(&text.xml10_content().map_err(|e| broken(part, e))?),
        Event::GeneralRef(entity) => {
            let code = entity.resolve_char_ref().map_err(|e| broken(part, e))?;
            let name = entity.decode().map_err(|e| broken(part, e))?;
            let named = quick_xml::escape::resolve_predefined_entity(&name);
            match (code, named) {
                (Some(c), _) => out.push(c),
                (None, Some(text)) => out.push_str(text),
                (None, None) => return Err(broken(part, format!("unknown entity &{name};"))),
            }
        }
        _ => {}
    }
    Ok(())
}

/// `_x000D_` stands for a character that XML would not keep.
fn unescape(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..5).and_then(|c| c.strip_suffix('_'));
        let code = code.filter(|c| c.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = code.and_then(|c| u32::from_str_radix(c, 16).ok());
        if let Some(c) = code.and_then(char::from_u32) {
            out.push(c);
            rest = after.get(5..).unwrap_or_default();
        } else {
            out.push_str("_x");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// `AB12` is column 28.
fn column_of(place: &str) -> Option<u32> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    letters
        .take(4)
        .try_fold(0_u32, |column, letter| {
            let digit = u32::from(letter.to_ascii_uppercase() - b'A') + 1;
            column.checked_mul(26)?.checked_add(digit)
        })
        .filter(|column| *column > 0)
}
