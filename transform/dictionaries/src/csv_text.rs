//! A CSV file under change: lines that are not touched stay as they were
//! written, so that a change in git shows what was changed and nothing else.

use csv::StringRecord;

use crate::csv_file::next_line;

/// A CSV file, its rows both as cells and as written.
#[derive(Clone, Debug)]
pub(crate) struct CsvText {
    header: StringRecord,
    head: String,
    rows: Vec<Row>,
    newline: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    cells: StringRecord,
    raw: String,
}

impl CsvText {
    /// Reads a text with a header. The error is the line and what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, (u64, String)> {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| (1, e.to_string()))?.clone();
        let mut start = at(&reader);
        let mut this = Self {
            header,
            head: line(&text[..start]),
            rows: Vec::new(),
            newline: if text[..start].trim_end_matches('\n').ends_with('\r') {
                "\r\n"
            } else {
                "\n"
            },
        };
        let mut cells = StringRecord::new();
        loop {
            let number = next_line(&reader, text.as_bytes());
            if !reader.read_record(&mut cells).map_err(|e| (number, e.to_string()))? {
                return Ok(this);
            }
            let end = at(&reader);
            this.rows.push(Row { cells: cells.clone(), raw: line(&text[start..end]) });
            start = end;
        }
    }

    /// The cell of a row under a heading; empty where there is none.
    pub(crate) fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| row.cells.get(at)).unwrap_or_default()
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A row with these cells, in the order of the header; the error names a
    /// column that the file lacks.
    pub(crate) fn row(&self, cells: &[(&str, &str)]) -> Result<Row, String> {
        let lacking = cells.iter().find(|(name, value)| {
            !value.is_empty() && !self.header.iter().any(|column| column == *name)
        });
        if let Some((name, _)) = lacking {
            return Err(format!("the file has no column {name}"));
        }
        let value = |column: &str| {
            cells.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| *value)
        };
        let cells: StringRecord = self.header.iter().map(value).collect();
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(&cells).map_err(|e| e.to_string())?;
        let bytes = writer.into_inner().map_err(|e| e.to_string())?;
        let raw = String::from_utf8(bytes).map_err(|e| e.to_string())?;
        Ok(Row { cells, raw: line(&raw) })
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Puts `row` in the place of the first that `same` accepts and takes the
    /// others away; false if there was none, and nothing was done.
    pub(crate) fn replace(&mut self, row: Option<Row>, same: impl Fn(&Self, &Row) -> bool) -> bool {
        let hits: Vec<bool> = self.rows.iter().map(|r| same(self, r)).collect();
        let mut new = row;
        let mut any = false;
        let rows = std::mem::take(&mut self.rows);
        for (old, hit) in rows.into_iter().zip(hits) {
            any |= hit;
            self.rows.extend(if hit { new.take() } else { Some(old) });
        }
        any
    }

    /// Puts rows where the order by the given columns wants them. The rows that
    /// are there keep their order, sorted or not.
    pub(crate) fn insert_sorted(&mut self, mut new: Vec<Row>, by: &[&str]) {
        let columns: Vec<usize> =
            by.iter().filter_map(|name| self.header.iter().position(|h| h == *name)).collect();
        let key = |row: &Row| -> Vec<String> {
            columns.iter().map(|at| row.cells.get(*at).unwrap_or_default().to_owned()).collect()
        };
        new.sort_by_cached_key(key);
        let mut new = new.into_iter().map(|row| (key(&row), row)).peekable();
        let old = std::mem::take(&mut self.rows);
        for row in old {
            let here = key(&row);
            while let Some((_, before)) = new.next_if(|(k, _)| *k < here) {
                self.rows.push(before);
            }
            self.rows.push(row);
        }
        self.rows.extend(new.map(|(_, row)| row));
    }

    /// The file.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for line in std::iter::once(&self.head).chain(self.rows.iter().map(|r| &r.raw)) {
            out.push_str(line);
            out.push_str(self.newline);
        }
        out
    }
}

fn at(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// The reader counts the end of a line, and empty lines, to what follows.
fn line(raw: &str) -> String {
    raw.trim_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_lines_stay_as_they_were_written() {
        for text in [
            "a,b\n1,2\n\"3\",\"x \"\"y\"\"\"\n\"two\nlines\",4\n",
            "a,b\r\n1,2\r\n\"3\",4\r\n",
            "a,b\n",
        ] {
            assert_eq!(CsvText::parse(text).unwrap().text(), text);
        }
        let no_end = CsvText::parse("\u{feff}a,b\n1,2").unwrap();
        assert_eq!(no_end.text(), "a,b\n1,2\n");
        assert_eq!(no_end.cell(&no_end.rows()[0], "a"), "1");
    }

    #[test]
    fn rows_come_where_the_order_wants_them_and_columns_where_the_header_does() {
        let mut file = CsvText::parse("b,a\r\nx,1\r\ny,3\r\nz,2\r\n").unwrap();
        let rows = [[("a", "2"), ("b", "q,r")], [("a", "0"), ("b", "\"")], [("a", "9"), ("b", "")]]
            .map(|cells| file.row(&cells).unwrap());
        file.insert_sorted(rows.to_vec(), &["a"]);
        assert_eq!(file.text(), "b,a\r\n\"\"\"\",0\r\nx,1\r\n\"q,r\",2\r\ny,3\r\nz,2\r\n,9\r\n");
        assert_eq!(file.row(&[("c", "1")]).unwrap_err(), "the file has no column c");
        assert!(file.row(&[("c", "")]).is_ok());
    }

    #[test]
    fn a_broken_row_is_told_by_its_line() {
        for (text, line) in [("a,b\n1,2\n3\n", 3), ("a,b\r\n1,2\r\n3\r\n", 3), ("a,b\n\n\n3\n", 4)]
        {
            assert_eq!(CsvText::parse(text).unwrap_err().0, line, "{text:?}");
        }
    }
}
