//! Rows as text columns: the form in which parsers hand over records.
//!
//! One buffer of text per column instead of a `String` per cell: the largest
//! real table has a million cells.

/// A column of text cells.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TextColumn {
    /// snake_case name.
    pub name: String,
    data: String,
    ends: Vec<u32>,
    nulls: Vec<bool>,
}

impl TextColumn {
    /// An empty column.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Appends a cell.
    pub fn push(&mut self, cell: Option<&str>) {
        self.data.push_str(cell.unwrap_or_default());
        // Pages are limited to far less than 4 GiB before they are parsed.
        self.ends.push(u32::try_from(self.data.len()).unwrap_or(u32::MAX));
        self.nulls.push(cell.is_none());
    }

    /// The cell of row `row`.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        if *self.nulls.get(row)? {
            return None;
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        self.data.get(start..self.ends[row] as usize)
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// No rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

/// Rows of one raw table, from one file of one page.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TextTable {
    /// Raw table, e.g. `products`.
    pub name: String,
    /// File inside the archive; empty if none.
    pub member: String,
    /// Columns, in the order of the source.
    pub columns: Vec<TextColumn>,
    /// For each row its line (text), sheet row or element number, from 1.
    pub row_numbers: Vec<u32>,
    /// Names of columns that the catalogue does not know yet.
    pub new_columns: Vec<String>,
}

impl TextTable {
    /// An empty table with these columns.
    pub fn new<'a>(name: &str, member: &str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: name.to_owned(),
            member: member.to_owned(),
            columns: columns.into_iter().map(TextColumn::new).collect(),
            row_numbers: Vec::new(),
            new_columns: Vec::new(),
        }
    }

    /// Appends a row. Missing cells at the end become null; cells beyond the
    /// last column are not taken: the caller reports them.
    pub fn push<'a>(&mut self, row_number: u32, cells: impl IntoIterator<Item = Option<&'a str>>) {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            column.push(cells.next().flatten());
        }
        self.row_numbers.push(row_number);
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row_numbers.len()
    }

    /// No rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row_numbers.is_empty()
    }

    /// The column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&TextColumn> {
        self.columns.iter().find(|c| c.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_and_null_is_not_empty() {
        let mut table = TextTable::new("t", "", ["a", "b", "c"]);
        table.push(2, [Some("één"), Some(""), None]);
        table.push(3, [None, Some("x")]);
        let cells: Vec<Vec<_>> = table.columns.iter().map(|c| c.iter().collect()).collect();
        assert_eq!(cells[0], [Some("één"), None]);
        assert_eq!(cells[1], [Some(""), Some("x")]);
        assert_eq!(cells[2], [None, None]);
        assert_eq!(table.row_numbers, [2, 3]);
    }
}
