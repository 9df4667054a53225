//! A list of prices under way: which cell of a row is what.

use super::parse::{TABLE, is_code};
use crate::csv_quotes::holds_rows;
use crate::xlsx::folded;
use crate::{HeaderMap, Issue, ParseError, Severity, SourceSpec, TextTable};

const STRENGTH: &str = "規格";
const NAME: &str = "品名";
/// The columns without a header, in their order after 規格.
pub(super) const UNNAMED: [&str; 3] = ["日本薬局方", "麻薬", "業者名追記"];
/// What stands in the first of them: in the Japanese Pharmacopoeia.
const PHARMACOPOEIA: &str = "局";

/// A list under way.
pub(super) struct List {
    map: HeaderMap,
    pub(super) table: TextTable,
    pub(super) issues: Vec<Issue>,
    code: Option<usize>,
    name: Option<usize>,
    pharmacopoeia: Option<usize>,
    /// A column `Unnamed: 7` that has the names of some rows.
    spare: Option<usize>,
    /// Columns of the file.
    width: usize,
    /// Rows whose name is missing.
    nameless: usize,
    /// Values of the longest record of a CSV so far.
    longest: usize,
}

impl List {
    pub(super) fn new(
        spec: &SourceSpec,
        member: &str,
        mut header: Vec<&str>,
    ) -> Result<Self, ParseError> {
        let surprise = name_the_unnamed(&mut header);
        let spare = header.iter().position(|h| is_unnamed(h));
        let place = |label: &str| header.iter().position(|h| folded(h).starts_with(&folded(label)));
        let (code, name) = (place("薬価基準"), place(NAME));
        let pharmacopoeia = place(UNNAMED[0]);
        let kept = (0..header.len()).filter(|at| Some(*at) != spare);
        let names = kept.filter_map(|at| header.get(at).copied());
        let (map, table) = HeaderMap::new(TABLE, member, spec.table(TABLE), names)?;
        let width = header.len();
        let issues = Vec::new();
        let mut list = Self {
            map,
            table,
            issues,
            code,
            name,
            pharmacopoeia,
            spare,
            width,
            nameless: 0,
            longest: 0,
        };
        if let Some(message) = surprise {
            let issue = Issue::row(Severity::Warning, "unnamed_columns", &list.table, 0, message);
            list.issues.push(issue);
        }
        Ok(list)
    }

    pub(super) fn push<'a>(
        &mut self,
        number: u32,
        width: usize,
        cell: impl Fn(usize) -> Option<&'a str>,
    ) {
        let text = |place: Option<usize>| place.and_then(&cell).map(str::trim).unwrap_or_default();
        let (code, in_place) = (text(self.code), text(self.name));
        let spare = text(self.spare);
        // Where workbooks of two layouts were joined, the name of some rows is
        // in a column of its own, and 局 may stand in its place.
        let displaced = matches!(in_place, "" | PHARMACOPOEIA) && !spare.is_empty();
        let name = if displaced { spare } else { in_place };
        if code.is_empty() && name.is_empty() {
            // A blank row, or a remark below the list.
            let values = quoted(width_values(width, &cell).trim());
            if !values.is_empty() {
                let message = format!("neither code nor name: {values}");
                self.report(Severity::Error, "no_product", number, "", message);
            }
            return;
        }
        let plain = plain_code(code);
        let nameless = matches!(name, "" | PHARMACOPOEIA);
        // A remark has one value or two, a row of another layout has many.
        let values = (0..width).filter_map(&cell).filter(|v| !v.trim().is_empty()).count();
        self.nameless += usize::from(nameless && values > 3);
        if nameless && !is_code(&plain) {
            // A remark that stands below the codes.
            let message = format!("no code and no name: {}", quoted(&width_values(width, &cell)));
            self.report(Severity::Error, "no_product", number, "", message);
            return;
        }
        if !is_code(code) {
            let read = if is_code(&plain) { format!("; read as {plain}") } else { String::new() };
            let found = quoted(code);
            let message =
                format!("expected 7 digits, a letter and 4 digits, found {found:?}{read}");
            self.report(Severity::Warning, "code_format", number, "price_code", message);
        }
        if nameless {
            let code = quoted(code);
            let message = format!("{code}: expected the product's name, found {name:?}");
            self.report(Severity::Warning, "no_name", number, "brand_name", message);
        }
        for column in self.width..width {
            if let Some(value) = cell(column).filter(|v| !v.trim().is_empty()) {
                let value: String = value.chars().take(100).collect();
                let message =
                    format!("column {} is beyond the header; not read: {value}", column + 1);
                self.report(Severity::Warning, "value_without_column", number, "", message);
            }
        }
        let (name_at, pharmacopoeia_at, spare_at) = (self.name, self.pharmacopoeia, self.spare);
        let code_at = self.code.filter(|_| is_code(&plain));
        self.map.push(&mut self.table, number, |kept| {
            let at = if spare_at.is_some_and(|spare| kept >= spare) { kept + 1 } else { kept };
            match Some(at) {
                place if place == code_at => Some(plain.as_str()),
                place if displaced && place == name_at => Some(spare),
                place if displaced && place == pharmacopoeia_at && !in_place.is_empty() => {
                    Some(in_place)
                }
                _ => cell(at),
            }
        });
    }

    /// Reports a record of a CSV that is torn, or whose values hold others.
    pub(super) fn check_record(&mut self, number: u32, cells: &[&str]) {
        let expected = self.longest;
        self.longest = expected.max(cells.len());
        if cells.len() < expected {
            let found = cells.len();
            let message = format!("expected {expected} values as above, found {found}");
            self.report(Severity::Warning, "field_count", number, "", message);
        }
        if cells.iter().any(|cell| holds_rows(cell, self.width)) {
            let message = "a value holds rows of the list: a quote is out of place".to_owned();
            self.report(Severity::Error, "swallowed_rows", number, "", message);
        }
    }

    /// The rows and what was odd about them.
    ///
    /// # Errors
    /// When most rows have no name: the columns are laid out in another way.
    pub(super) fn finish(self) -> Result<(TextTable, Vec<Issue>), ParseError> {
        let rows = self.table.len();
        if self.nameless * 2 > rows {
            return Err(ParseError::shape(
                &self.table.member,
                "the products' names under 品名",
                format!("none, or 局, in {} of {rows} rows", self.nameless),
            ));
        }
        Ok((self.table, self.issues))
    }

    fn report(&mut self, severity: Severity, kind: &str, row: u32, column: &str, message: String) {
        let issue = Issue::row(severity, kind, &self.table, row, message);
        self.issues.push(issue.in_column(column));
    }
}

fn width_values<'a>(width: usize, cell: &impl Fn(usize) -> Option<&'a str>) -> String {
    (0..width).filter_map(cell).collect::<Vec<_>>().join(" | ")
}

fn quoted(text: &str) -> String {
    text.chars().take(300).collect()
}

/// A code in plain letters and digits: full-width ones, small letters and
/// characters that nobody sees are how a hand or a program left it.
fn plain_code(code: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    if code.len() > 100 {
        return String::new();
    }
    code.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Names the columns behind 規格 that have no header: three before 品名; or, in
/// older workbooks, whose header 品名 is one cell over four columns, that with
/// the header and the two behind it, and the name is in the fourth. Gives a
/// warning where they are not as known.
fn name_the_unnamed(header: &mut [&str]) -> Option<String> {
    let place = |label: &str| header.iter().position(|h| folded(h) == label);
    let (strength, name) = (place(STRENGTH)?, place(NAME)?);
    let known = place(UNNAMED[0]).is_some();
    if name == strength + 1
        && !known
        && let Some([first, second, third, fourth]) = header.get_mut(name..name + 4)
    {
        // Of the joined lists the two in the middle have names already.
        let fits = |h: &str, label: &str| is_blank(h) || h.trim() == label;
        if fits(second, UNNAMED[1]) && fits(third, UNNAMED[2]) && is_blank(fourth) {
            [*first, *second, *third] = UNNAMED;
            *fourth = NAME;
            return None;
        }
    }
    let between = header.get_mut(strength + 1..name)?;
    let blank = between.iter().filter(|h| is_blank(h)).count();
    if blank == UNNAMED.len() && between.len() == UNNAMED.len() {
        between.copy_from_slice(&UNNAMED);
        return None;
    }
    (blank > 0).then(|| {
        format!("between 規格 and 品名: expected 3 columns without a header, found {blank}")
    })
}

fn is_blank(header: &str) -> bool {
    folded(header).is_empty() || is_unnamed(header)
}

/// `Unnamed: 7`: what programs call a column without a header.
fn is_unnamed(header: &str) -> bool {
    header.trim().strip_prefix("Unnamed: ").is_some_and(|n| n.parse::<u32>().is_ok())
}
