//! The search shows about a thousand pages of a query. A query with more is
//! split by what the number begins with, until each part fits.

use super::database::Database;

/// Rows asked for per page; larger pages are not known to be served.
pub(super) const PAGE_SIZE: u64 = 20;
/// Pages of one query that can be had.
pub(super) const MAX_PAGES: u64 = 1_000;
/// No number is longer than this; a query that must be split further is none
/// that the server heeds.
const LONGEST: usize = 24;

/// The searches that together find what `search` finds; none when it cannot be
/// split further.
pub(super) fn parts(database: Database, search: &str) -> Vec<String> {
    let Some(last) = search.chars().last() else {
        return database.prefixes().iter().map(|p| (*p).to_owned()).collect();
    };
    if search.chars().count() >= LONGEST {
        return Vec::new();
    }
    let digits = ('0'..='9').collect::<String>();
    let next = if last.is_ascii_digit() {
        digits
    } else if last.is_ascii_uppercase() {
        // HC, SC, ZC: Hong Kong, Macao, Taiwan; HJ, SJ, ZJ: made abroad; BH.
        format!("{digits}CJHZSB")
    } else {
        format!("{digits}HZSJBTFMC")
    };
    next.chars().map(|c| format!("{search}{c}")).collect()
}

/// The row belongs to the part `search`. The search looks into every field,
/// so a part also finds rows of other parts (a former number, a name).
pub(super) fn belongs(database: Database, search: &str, number: &str, code: &str) -> bool {
    let search_of_code = search.starts_with(|c: char| c.is_ascii_digit());
    if search_of_code {
        return number.is_empty() && code.starts_with(search);
    }
    if search.is_empty() || number.starts_with(search) {
        return true;
    }
    if number.is_empty() {
        return database == Database::Domestic || code.is_empty();
    }
    // A number that no part asks for is kept wherever it is found.
    !database.prefixes().iter().any(|prefix| number.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_split_along_the_number() {
        assert_eq!(parts(Database::Domestic, "").len(), 8);
        let parts_of_h = parts(Database::Domestic, "国药准字H");
        assert!(parts_of_h.contains(&"国药准字H2".to_owned()));
        assert!(parts_of_h.contains(&"国药准字HJ".to_owned()));
        assert_eq!(parts(Database::Domestic, "国药准字H2").len(), 10);
        assert!(parts(Database::Imported, "国药准字").contains(&"国药准字J".to_owned()));
        assert!(parts(Database::Imported, &"H2".repeat(12)).is_empty());
    }

    #[test]
    fn a_row_belongs_to_one_part() {
        let imported = |search: &str, number: &str, code: &str| {
            belongs(Database::Imported, search, number, code)
        };
        assert!(imported("H", "H20150364", "") && !imported("S", "H20150364", ""));
        assert!(imported("", "", "") && imported("86", "", "86978642001030"));
        assert!(!imported("86", "H20150364", "86978679002383"));
        assert!(!imported("H", "", "86978642001030"));
        // Without a number and a code there is no part of its own.
        assert!(imported("H", "", ""));
        assert!(imported("H", "（2002）外药准字", ""));
        assert!(!belongs(Database::Domestic, "国药准字H2", "国药准字H10950001", ""));
    }
}
