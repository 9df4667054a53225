//! Names of sheets, and what fits on one.

use std::collections::BTreeSet;

/// Rows of a sheet, its header included.
pub(super) const MAX_ROWS: u32 = 1_048_576;

/// Columns of a sheet.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// UTF-16 units of a cell.
pub(super) const MAX_CELL: usize = 32_767;

/// Characters of a sheet's name.
const MAX_NAME: usize = 31;

/// Gives out names that Excel accepts, each once whatever its case.
#[derive(Default)]
pub(super) struct SheetNames(BTreeSet<String>);

impl SheetNames {
    /// The name for the `number`th sheet of a table, from 1: `drug`, `drug (2)`.
    pub(super) fn give(&mut self, table: &str, number: u32) -> String {
        let plain: String =
            table
                .chars()
                .map(|c| {
                    if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') {
                        '_'
                    } else {
                        c
                    }
                })
                .collect();
        let ending = if number > 1 { format!(" ({number})") } else { String::new() };
        let mut name = fit(&plain, &ending);
        let mut other = 2;
        while !self.0.insert(name.to_lowercase()) {
            name = fit(&plain, &format!("~{other}{ending}"));
            other += 1;
        }
        name
    }
}

/// The name, shortened in its middle so that its ending, which tells tables of
/// one source apart, stays.
fn fit(name: &str, ending: &str) -> String {
    let room = MAX_NAME - ending.chars().count();
    let length = name.chars().count();
    if length <= room {
        return format!("{name}{ending}");
    }
    let head: String = name.chars().take(room / 2).collect();
    let tail: String = name.chars().skip(length - (room - room / 2 - 1)).collect();
    format!("{head}…{tail}{ending}")
}

/// The longest part of `text` that fits into a cell with a mark at its end.
pub(super) fn clip(text: &str) -> String {
    let mut units = 0;
    let mut clipped: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < MAX_CELL
        })
        .collect();
    clipped.push('…');
    clipped
}

/// The length of a text as Excel counts it.
pub(super) fn length(text: &str) -> usize {
    // A byte is never less than a unit: most cells need no counting.
    if text.len() <= MAX_CELL { text.len() } else { text.encode_utf16().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_are_unique_and_keep_their_endings() {
        let mut names = SheetNames::default();
        assert_eq!(names.give("drug", 1), "drug");
        assert_eq!(names.give("drug", 2), "drug (2)");
        assert_eq!(names.give("DRUG", 1), "DRUG~2");
        let long = names.give("raw.us_drugs_at_fda_application_documents", 1);
        assert_eq!(long.chars().count(), 31);
        assert!(long.starts_with("raw.us_drugs_at") && long.ends_with("ion_documents"), "{long}");
        let other = names.give("raw.us_drugs_at_fda_application_documents", 1);
        assert!(other != long && other.ends_with("~2") && other.chars().count() <= 31, "{other}");
        let third = names.give("raw.us_drugs_at_fda_application_documents", 12);
        assert!(third.ends_with(" (12)") && third.chars().count() <= 31, "{third}");
        assert_eq!(names.give("a[b]:c", 1), "a_b__c");
    }

    #[test]
    fn a_clipped_text_fits_exactly_and_no_character_is_halved() {
        for text in ["x".repeat(40_000), "药".repeat(40_000), "😀".repeat(20_000)] {
            let clipped = clip(&text);
            let units = clipped.encode_utf16().count();
            assert!(units == MAX_CELL || units == MAX_CELL - 1, "{units}");
            assert!(clipped.ends_with('…'));
        }
        assert!(length(&"药".repeat(32_767)) == MAX_CELL);
        assert!(length(&"😀".repeat(16_384)) > MAX_CELL);
    }
}
