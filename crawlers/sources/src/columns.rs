//! Columns are found by their header, never by their position.

use std::collections::HashSet;

use crate::{ColumnSpec, ParseError, TableSpec, TextTable};

/// More columns than any table of a regulator has: every row has a cell in each
/// of them, so a header is a way to use up all memory.
const MAX_COLUMNS: usize = 2_000;

/// Which cell of a row is which column.
#[derive(Clone, Debug)]
pub struct HeaderMap {
    /// For each column of the table the position of its cell in a row.
    positions: Vec<Option<usize>>,
    width: usize,
}

impl HeaderMap {
    /// Maps a header to the columns of `spec` (case, spaces and punctuation do
    /// not matter) and makes the table to fill. Columns that the catalogue does
    /// not know come behind, are kept and named in `new_columns`.
    ///
    /// # Errors
    /// When a column that is not optional is missing; the error names it. When
    /// there are more columns than in any table.
    pub fn new<'a>(
        table: &str,
        member: &str,
        spec: &TableSpec,
        header: impl IntoIterator<Item = &'a str>,
    ) -> Result<(Self, TextTable), ParseError> {
        let header: Vec<&str> = header.into_iter().collect();
        check_width(table, header.len())?;
        let folded: Vec<String> = header.iter().map(|h| fold(h)).collect();
        let named = |column: &ColumnSpec| {
            let mut names = std::iter::once(&column.name).chain(&column.aliases);
            names.find_map(|name| folded.iter().position(|h| *h == fold(name)))
        };
        let exact: Vec<Option<usize>> = spec.columns.iter().map(named).collect();
        let mut taken = vec![false; header.len()];
        exact.iter().flatten().for_each(|position| taken[*position] = true);
        let mut out = TextTable::new(table, member, []);
        let mut positions = Vec::new();
        for (column, found) in spec.columns.iter().zip(exact) {
            let found = found.or_else(|| with_a_note(column, &header, &taken));
            match found {
                Some(position) => taken[position] = true,
                None if column.optional => {}
                None => {
                    return Err(ParseError::MissingColumn {
                        table: table.to_owned(),
                        column: column.name.clone(),
                        header: header.iter().take(60).map(|h| clip(h, 60)).collect(),
                    });
                }
            }
            out.columns.push(crate::TextColumn::new(&column.column_name()));
            positions.push(found);
        }
        let mut used: HashSet<String> = out.columns.iter().map(|c| c.name.clone()).collect();
        for (position, name) in header.iter().enumerate().filter(|(i, _)| !taken[*i]) {
            let mut unique = snake_case(name);
            if unique.is_empty() {
                unique = format!("column_{}", position + 1);
            }
            while !used.insert(unique.clone()) {
                unique.push_str("_2");
            }
            out.columns.push(crate::TextColumn::new(&unique));
            out.new_columns.push(unique);
            positions.push(Some(position));
        }
        Ok((Self { positions, width: header.len() }, out))
    }

    /// Cells that a complete row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Appends a row given in the order of the header.
    pub fn push<'a>(
        &self,
        table: &mut TextTable,
        row_number: u32,
        cell: impl Fn(usize) -> Option<&'a str>,
    ) {
        table.push(row_number, self.positions.iter().map(|p| p.and_then(&cell)));
    }
}

/// The one heading, of those that no column has, that is a name of this column
/// with a note in brackets behind it: `先発医薬品（※１）`.
fn with_a_note(column: &ColumnSpec, header: &[&str], taken: &[bool]) -> Option<usize> {
    let is_name = |heading: &str| {
        let Some((bare, _)) = heading.split_once(['(', '（', '[', '［', '※']) else {
            return false;
        };
        let bare = fold(bare);
        let mut names = std::iter::once(&column.name).chain(&column.aliases);
        !bare.is_empty() && names.any(|name| fold(name) == bare)
    };
    let free = header.iter().zip(taken).enumerate().filter(|(_, (_, taken))| !**taken);
    let mut found = free.filter(|(_, (heading, _))| is_name(heading)).map(|(at, _)| at);
    let only = found.next();
    only.filter(|_| found.next().is_none())
}

/// Refuses a table with too many columns.
///
/// # Errors
/// When there are more than [`MAX_COLUMNS`].
pub(crate) fn check_width(table: &str, columns: usize) -> Result<(), ParseError> {
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    let expected = format!("at most {MAX_COLUMNS} columns");
    Err(ParseError::shape(table, expected, columns.to_string()))
}

/// `Appl_No` and `DF;Route` and `ApplNo` as column names: `appl_no`, `df_route`,
/// `appl_no`. Letters outside ASCII are kept.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && previous_lower {
                out.push('_');
            }
            previous_lower = c.is_lowercase() || c.is_numeric();
            out.extend(c.to_lowercase());
        } else {
            previous_lower = false;
            if !out.ends_with('_') && !out.is_empty() {
                out.push('_');
            }
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Letters and digits alone, in lower case; wide and composed forms as the plain
/// ones (`Ｎｏ．`, `№`).
pub(crate) fn fold(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn clip(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_composed_letters_are_the_plain_ones() {
        for header in ["Ｎｏ．", "№", "No.", " n o "] {
            assert_eq!(fold(header), "no");
        }
        assert_eq!(fold("販　売　名"), fold("販売名"));
    }

    fn spec() -> TableSpec {
        toml::from_str(
            "description = ''\nkey = ['a']\nbounds = { min_rows = 0, max_rows = 9 }\n\
             columns = [{ name = '先発医薬品', column = 'a', doc = '' }, \
             { name = 'Note', column = 'b', doc = '', optional = true }]",
        )
        .unwrap()
    }

    #[test]
    fn a_heading_may_have_a_note_behind_it() {
        let places = |header: &[&str]| {
            let made = HeaderMap::new("t", "", &spec(), header.iter().copied());
            made.map(|(map, table)| (map.positions, table.new_columns))
        };
        let read = |header| places(header).unwrap();
        assert_eq!(
            read(&["先発医薬品（※１）", "x"]),
            (vec![Some(0), None, Some(1)], vec!["x".into()])
        );
        assert_eq!(read(&["先発医薬品※２", "note (old)"]).0, [Some(0), Some(1)]);
        // The name itself comes first, and of two with a note none is sure.
        let (columns, new) = read(&["先発医薬品(1)", "先発医薬品"]);
        assert_eq!((columns, new), (vec![Some(1), None, Some(0)], vec!["先発医薬品_1".into()]));
        let error = places(&["先発医薬品(1)", "先発医薬品(2)"]).unwrap_err().to_string();
        assert!(error.contains("\"先発医薬品\" is missing"), "{error}");
    }

    #[test]
    fn more_columns_than_any_table_has_are_refused() {
        let header = std::iter::once("先発医薬品").chain(std::iter::repeat_n("x", 200_000));
        let error = HeaderMap::new("t", "", &spec(), header).unwrap_err().to_string();
        assert!(error.contains("at most 2000 columns, found 200001"), "{error}");
    }

    #[test]
    fn names_become_snake_case() {
        for (name, expected) in [
            ("Appl_No", "appl_no"),
            ("DF;Route", "df_route"),
            ("ApplNo", "appl_no"),
            ("Trade_Name", "trade_name"),
            ("MarketingStatusID", "marketing_status_id"),
            ("N/R/U", "n_r_u"),
            ("Ref. Product Proper Name", "ref_product_proper_name"),
            ("受理号", "受理号"),
            ("TECode", "tecode"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
