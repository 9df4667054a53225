//! Columns are found by their header, never by their position.

use crate::{ParseError, TableSpec, TextTable};

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
    /// When a column that is not optional is missing; the error names it.
    pub fn new<'a>(
        table: &str,
        member: &str,
        spec: &TableSpec,
        header: impl IntoIterator<Item = &'a str>,
    ) -> Result<(Self, TextTable), ParseError> {
        let header: Vec<&str> = header.into_iter().collect();
        let folded: Vec<String> = header.iter().map(|h| fold(h)).collect();
        let mut taken = vec![false; header.len()];
        let mut out = TextTable::new(table, member, []);
        let mut positions = Vec::new();
        for column in &spec.columns {
            let found = std::iter::once(&column.name)
                .chain(&column.aliases)
                .find_map(|name| folded.iter().position(|h| *h == fold(name)));
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
        for (position, name) in header.iter().enumerate().filter(|(i, _)| !taken[*i]) {
            let mut unique = snake_case(name);
            if unique.is_empty() {
                unique = format!("column_{}", position + 1);
            }
            while out.column(&unique).is_some() {
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
