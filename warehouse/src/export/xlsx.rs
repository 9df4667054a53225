//! A workbook: a sheet a table, and sheets that say what it is.
//!
//! Rows are written as they come (constant memory). Text stays text: nothing
//! in a cell is ever a formula.

use std::path::{Path, PathBuf};

use duckdb::Connection;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::place::{Aside, export_error};
use super::relation::{Kind, Relation};
use super::rows::{Cell, each_row};
use super::sheets::{MAX_CELL, MAX_COLUMNS, MAX_ROWS, SheetNames, clip, length};
use super::{About, ExportRequest, ExportedTable, Written, text};
use crate::WarehouseError;

/// Days from 1899-12-30, from which Excel counts, to 1970-01-01.
const EXCEL_EPOCH: i32 = 25_569;

/// 1900-03-01: before it Excel counts a day that never was.
const FIRST_DAY: i32 = 61 - EXCEL_EPOCH;

/// 9999-12-31.
const LAST_DAY: i32 = 2_958_465 - EXCEL_EPOCH;

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A double holds every integer up to here; Excel shows 15 digits.
const MAX_INT: u64 = 999_999_999_999_999;

/// Writes all relations into one workbook.
pub(super) fn write(
    conn: &Connection,
    relations: &[Relation],
    about: &About,
    request: &ExportRequest,
    aside: &Aside,
    progress: &dyn Fn(&str, u64),
) -> Result<Written, WarehouseError> {
    let file = aside.file();
    let tables = workbook(
        conn,
        relations,
        about,
        Limits { rows: MAX_ROWS, clip: request.clip },
        (&aside.path(&file), &file),
        aside.scratch(),
        progress,
    )?;
    Ok(Written { file, tables })
}

#[derive(Clone, Copy)]
struct Limits {
    /// Rows of a sheet with its header.
    rows: u32,
    /// Cut cells that are too long.
    clip: bool,
}

fn workbook(
    conn: &Connection,
    relations: &[Relation],
    about: &About,
    limits: Limits,
    (path, file): (&Path, &str),
    scratch: &Path,
    progress: &dyn Fn(&str, u64),
) -> Result<Vec<ExportedTable>, WarehouseError> {
    let mut book = Book::new(limits, scratch)?;
    book.about(about)?;
    book.columns(relations)?;
    let mut tables = Vec::with_capacity(relations.len());
    for relation in relations {
        let clipped = book.clipped.len();
        let mut sheets = vec![book.begin(relation, 1)?];
        let rows = each_row(conn, relation, &|rows| progress(&relation.name, rows), |cells| {
            if book.row == limits.rows {
                book.end(relation)?;
                let number = u32::try_from(sheets.len()).unwrap_or(u32::MAX);
                sheets.push(book.begin(relation, number.saturating_add(1))?);
            }
            book.row(relation, cells)
        })?;
        book.end(relation)?;
        tables.push(ExportedTable {
            table: relation.name.clone(),
            file: file.to_owned(),
            rows,
            sheets,
            clipped_cells: (book.clipped.len() - clipped) as u64,
        });
    }
    book.clipped_cells()?;
    book.workbook.save(path).map_err(failed)?;
    Ok(tables)
}

struct Book {
    workbook: Workbook,
    limits: Limits,
    names: SheetNames,
    /// The sheet being written, its name and its next row.
    sheet: usize,
    sheet_name: String,
    row: u32,
    bold: Format,
    date: Format,
    instant: Format,
    clipped: Vec<Clipped>,
}

/// A cell that was cut.
struct Clipped {
    sheet: String,
    row: u32,
    column: String,
    length: usize,
}

impl Book {
    fn new(limits: Limits, scratch: &Path) -> Result<Self, WarehouseError> {
        let mut workbook = Workbook::new();
        let scratch: PathBuf = scratch.to_owned();
        workbook.set_tempdir(scratch).map_err(failed)?;
        Ok(Self {
            workbook,
            limits,
            names: SheetNames::default(),
            sheet: 0,
            sheet_name: String::new(),
            row: 0,
            bold: Format::new().set_bold(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            clipped: Vec::new(),
        })
    }

    /// A new sheet with its header.
    fn add(&mut self, table: &str, number: u32, header: &[&str]) -> Result<String, WarehouseError> {
        if header.len() > MAX_COLUMNS {
            return Err(export_error(format!(
                "{table} has {} columns; a sheet has at most {MAX_COLUMNS}",
                header.len()
            )));
        }
        let name = self.names.give(table, number);
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(&name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, title) in (0..).zip(header) {
            sheet.write_string_with_format(0, column, *title, &self.bold).map_err(failed)?;
        }
        self.sheet = self.workbook.worksheets().len() - 1;
        self.sheet_name.clone_from(&name);
        self.row = 1;
        Ok(name)
    }

    fn begin(&mut self, relation: &Relation, number: u32) -> Result<String, WarehouseError> {
        let header: Vec<&str> = relation.columns.iter().map(|f| f.name.as_str()).collect();
        let name = self.add(&relation.name, number, &header)?;
        let sheet = self.current()?;
        for (column, field) in (0..).zip(&relation.columns) {
            let width = match field.kind {
                Kind::Bool => 8.0,
                Kind::Int | Kind::Float | Kind::Number | Kind::Date => 12.0,
                Kind::Instant => 20.0,
                Kind::Text | Kind::List | Kind::Nested => 24.0,
            };
            sheet.set_column_width(column, width).map_err(failed)?;
        }
        Ok(name)
    }

    /// The filter over all rows of the sheet.
    fn end(&mut self, relation: &Relation) -> Result<(), WarehouseError> {
        let last_row = self.row - 1;
        let Some(last_column) = relation.columns.len().checked_sub(1) else { return Ok(()) };
        let last_column = u16::try_from(last_column).unwrap_or(u16::MAX);
        self.current()?.autofilter(0, 0, last_row, last_column).map_err(failed)?;
        Ok(())
    }

    fn current(&mut self) -> Result<&mut Worksheet, WarehouseError> {
        self.workbook.worksheet_from_index(self.sheet).map_err(failed)
    }

    fn row(&mut self, relation: &Relation, cells: &[Cell<'_>]) -> Result<(), WarehouseError> {
        for (column, (field, cell)) in (0..).zip(relation.columns.iter().zip(cells)) {
            match *cell {
                Cell::Null => {}
                Cell::Text(value) | Cell::Json(value) => {
                    self.text(&relation.name, &field.name, column, value)?;
                }
                Cell::Number(value) => self.number_text(column, value)?,
                Cell::Int(value) if value.unsigned_abs() <= MAX_INT => {
                    #[allow(clippy::cast_precision_loss, reason = "checked: at most 15 digits")]
                    self.number(column, value as f64)?;
                }
                Cell::Int(value) => self.plain(column, &value.to_string())?,
                Cell::Float(value) if value.is_finite() => self.number(column, value)?,
                Cell::Float(value) => self.plain(column, &value.to_string())?,
                Cell::Bool(value) => {
                    let row = self.row;
                    self.current()?.write_boolean(row, column, value).map_err(failed)?;
                }
                Cell::Date(days) => self.date(column, days)?,
                Cell::Instant(at) => self.instant(column, at)?,
            }
        }
        self.row += 1;
        Ok(())
    }

    fn text(
        &mut self,
        table: &str,
        column: &str,
        at: u16,
        value: &str,
    ) -> Result<(), WarehouseError> {
        let length = length(value);
        if length <= MAX_CELL {
            return self.plain(at, value);
        }
        if !self.limits.clip {
            return Err(export_error(format!(
                "{table}.{column}, row {}: {length} characters, a cell of Excel holds {MAX_CELL}. \
                 Leave the table out, take another format, or let such cells be cut and listed \
                 (--clip)",
                self.row
            )));
        }
        self.clipped.push(Clipped {
            sheet: self.sheet_name.clone(),
            row: self.row + 1,
            column: column.to_owned(),
            length,
        });
        self.plain(at, &clip(value))
    }

    fn plain(&mut self, column: u16, value: &str) -> Result<(), WarehouseError> {
        let row = self.row;
        self.current()?.write_string(row, column, value).map_err(failed)?;
        Ok(())
    }

    fn number(&mut self, column: u16, value: f64) -> Result<(), WarehouseError> {
        let row = self.row;
        self.current()?.write_number(row, column, value).map_err(failed)?;
        Ok(())
    }

    fn number_text(&mut self, column: u16, value: &str) -> Result<(), WarehouseError> {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        match value.parse() {
            Ok(number) if digits <= 15 => self.number(column, number),
            _ => self.plain(column, value),
        }
    }

    fn date(&mut self, column: u16, days: i32) -> Result<(), WarehouseError> {
        if !(FIRST_DAY..=LAST_DAY).contains(&days) {
            return self.plain(column, &text::date(days));
        }
        let (row, format) = (self.row, self.date.clone());
        let serial = f64::from(days + EXCEL_EPOCH);
        self.current()?.write_number_with_format(row, column, serial, &format).map_err(failed)?;
        Ok(())
    }

    fn instant(&mut self, column: u16, at: i64) -> Result<(), WarehouseError> {
        let days = i32::try_from(at.div_euclid(MICROSECONDS_A_DAY)).unwrap_or(i32::MAX);
        if !(FIRST_DAY..=LAST_DAY).contains(&days) {
            return self.plain(column, &text::instant(at));
        }
        #[allow(clippy::cast_precision_loss, reason = "less than the microseconds of a day")]
        let fraction = at.rem_euclid(MICROSECONDS_A_DAY) as f64 / MICROSECONDS_A_DAY as f64;
        let (row, format) = (self.row, self.instant.clone());
        let serial = f64::from(days + EXCEL_EPOCH) + fraction;
        self.current()?.write_number_with_format(row, column, serial, &format).map_err(failed)?;
        Ok(())
    }

    /// Lines of text on a sheet of their own.
    fn lines(
        &mut self,
        name: &str,
        header: &[&str],
        widths: &[f64],
        lines: &[Vec<String>],
    ) -> Result<(), WarehouseError> {
        self.add(name, 1, header)?;
        for (column, width) in (0..).zip(widths) {
            self.current()?.set_column_width(column, *width).map_err(failed)?;
        }
        for line in lines {
            for (column, value) in (0..).zip(line) {
                self.plain(column, value)?;
            }
            self.row += 1;
        }
        Ok(())
    }

    fn about(&mut self, about: &About) -> Result<(), WarehouseError> {
        let mut lines = vec![
            vec!["snapshot_id".to_owned(), about.snapshot_id.clone()],
            vec!["created_at".to_owned(), about.created_at.clone()],
            vec!["times".to_owned(), "UTC".to_owned()],
            vec!["lists".to_owned(), "JSON arrays; an empty cell is null or empty text".to_owned()],
        ];
        for source in &about.sources {
            lines.push(vec![
                source.source_id.clone(),
                format!("{} ({})", source.title, source.publisher),
                source.licence.clone(),
                source.attribution.clone(),
                source.homepage.clone(),
            ]);
        }
        let header = ["what", "value or data set", "licence", "attribution", "homepage"];
        self.lines("about", &header, &[20.0, 48.0, 40.0, 60.0, 48.0], &lines)
    }

    /// What each table and column means.
    fn columns(&mut self, relations: &[Relation]) -> Result<(), WarehouseError> {
        let mut lines = Vec::new();
        for relation in relations {
            lines.push(vec![
                relation.name.clone(),
                String::new(),
                String::new(),
                clip_line(&relation.doc),
            ]);
            for field in &relation.columns {
                lines.push(vec![
                    relation.name.clone(),
                    field.name.clone(),
                    field.ty.clone(),
                    clip_line(&field.doc),
                ]);
            }
        }
        let header = ["table", "column", "type", "meaning"];
        self.lines("columns", &header, &[24.0, 24.0, 12.0, 100.0], &lines)
    }

    fn clipped_cells(&mut self) -> Result<(), WarehouseError> {
        if self.clipped.is_empty() {
            return Ok(());
        }
        let lines: Vec<Vec<String>> = std::mem::take(&mut self.clipped)
            .into_iter()
            .map(|c| vec![c.sheet, c.row.to_string(), c.column, c.length.to_string()])
            .collect();
        let header = ["sheet", "row", "column", "characters"];
        self.lines("clipped", &header, &[31.0, 10.0, 24.0, 12.0], &lines)
    }
}

/// A description is never near the limit; a query that is shown as one may be.
fn clip_line(text: &str) -> String {
    if length(text) <= MAX_CELL { text.to_owned() } else { clip(text) }
}

fn failed(error: XlsxError) -> WarehouseError {
    export_error(format!("the workbook cannot be written: {error}"))
}

#[cfg(test)]
mod tests;
