//! The Japanese list: one sheet a month.

use super::parse::{FILE, FISCAL_YEAR, narrow_digit, year_at_end};
use crate::xlsx::{Sheet, SheetRow, XlsxLimits, folded, read_workbook};
use crate::{HeaderMap, Issue, Page, ParseError, Parsed, Severity, SourceSpec, TextTable};

const TABLE: &str = "approval";
/// Rows above the header are few.
const HEADER_WITHIN: usize = 20;
/// What the header of each column begins with, whatever follows in brackets.
const LABELS: [&str; 7] = ["分野", "承認日", "No.", "販売名", "承認", "成分名", "効能・効果"];
/// Columns that the parser fills, before those of the sheet.
const OWN: [&str; 2] = ["sheet", "month"];
static EMPTY: SheetRow = SheetRow { number: 0, cells: Vec::new() };

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let limits = XlsxLimits { member_bytes: spec.politeness.max_body_bytes, ..Default::default() };
    let sheets = read_workbook(page.body, limits)?;
    let published = page.request.url.path().rsplit('/').next();
    let given = page.request.context.get(FILE).map(String::as_str);
    let file = given.or(published).unwrap_or_default();
    let fiscal_year = page.request.context.get(FISCAL_YEAR).and_then(|y| y.parse().ok());
    let mut parsed = Parsed::default();
    for sheet in &sheets {
        // `承認` begins `承認日` too: the other labels tell a list from a note.
        if let Some(at) = sheet.find_header(HEADER_WITHIN, &["分野", "販売名"]) {
            // What nobody is shown is not published: an older list may lie there.
            if sheet.hidden {
                parsed.unread.push(format!("{file}: sheet {} (hidden)", sheet.name));
                continue;
            }
            let table = parse_sheet(spec, file, sheet, at, fiscal_year, &mut parsed.issues)?;
            parsed.tables.push(table);
        } else if !sheet.rows.iter().all(SheetRow::is_blank) {
            parsed.unread.push(format!("{file}: sheet {}", sheet.name));
        }
    }
    if parsed.tables.is_empty() {
        let names: Vec<_> = sheets.iter().map(|s| s.name.as_str()).collect();
        return Err(ParseError::shape(
            file,
            "a sheet with the columns 分野 and 販売名",
            format!("sheets {names:?}"),
        ));
    }
    Ok(parsed)
}

fn parse_sheet(
    spec: &SourceSpec,
    file: &str,
    sheet: &Sheet,
    header_at: usize,
    fiscal_year: Option<u16>,
    issues: &mut Vec<Issue>,
) -> Result<TextTable, ParseError> {
    let (above, rows) = sheet.rows.split_at(header_at);
    let (header, rows) = rows.split_first().unwrap_or((&EMPTY, &[]));
    let named: Vec<usize> = (0..header.width())
        .filter(|column| header.get(*column).is_some_and(|text| !text.trim().is_empty()))
        .collect();
    let labels = named.iter().filter_map(|column| header.get(*column)).map(canonical);
    let header_texts = OWN.into_iter().chain(labels);
    let member = format!("{file}/{}", sheet.name);
    let (map, mut table) = HeaderMap::new(TABLE, &member, spec.table(TABLE), header_texts)?;

    let month = month_of(above, &sheet.name, fiscal_year);
    if month.is_none() {
        let message = "neither the title nor the name of the sheet tells its month";
        issues
            .push(Issue::row(Severity::Warning, "no_month", &table, 0, message).in_column("month"));
    }
    for (row_number, problem) in &sheet.problems {
        issues.push(Issue::row(Severity::Warning, "cell", &table, *row_number, problem.clone()));
    }
    let place = |label: &str| {
        let label = folded(label);
        named.iter().find(|c| header.get(**c).is_some_and(|t| folded(canonical(t)) == label))
    };
    let [category, date, _, brand, _, ingredient, _] = LABELS.map(place);
    for row in rows {
        let text = |column: Option<&usize>| {
            column.and_then(|c| row.get(*c)).map(str::trim).unwrap_or_default()
        };
        let again = |c: &usize| row.get(*c).map(folded) == header.get(*c).map(folded);
        // Rows that only look used are no records, nor is the header again.
        if named.iter().all(|c| text(Some(c)).is_empty()) || named.iter().all(again) {
            continue;
        }
        let (has_category, has_product) =
            (!text(category).is_empty(), [brand, ingredient].iter().any(|c| !text(*c).is_empty()));
        // A cell over several rows holds its value in the first of them.
        let lacks_category = !has_category && has_product && !text(date).is_empty();
        if !has_product || !(has_category || lacks_category) {
            let values: Vec<_> = row.cells.iter().map(|(_, t)| t.trim()).collect();
            let quoted: String = values.join(" | ").chars().take(300).collect();
            let (kind, column, lack) = if has_product {
                ("no_category", "category", "分野")
            } else {
                ("no_product", "brand_name", "販売名 and 成分名")
            };
            let message = format!("a row without {lack} is no record: {quoted}");
            let issue = Issue::row(Severity::Error, kind, &table, row.number, message);
            issues.push(issue.in_column(column));
            continue;
        }
        if lacks_category {
            let message = "expected 分野, found an empty cell; the row is kept";
            let issue = Issue::row(Severity::Warning, "no_category", &table, row.number, message);
            issues.push(issue.in_column("category"));
        }
        if !is_day(text(date)) {
            let found: String = text(date).chars().take(60).collect();
            let message = format!("expected a day such as 2025.5.19, found {found:?}");
            let issue = Issue::row(Severity::Warning, "date_form", &table, row.number, message);
            issues.push(issue.in_column("approval_date"));
        }
        report_stray(&table, row, &named, issues);
        map.push(&mut table, row.number, |i| match i {
            0 => Some(sheet.name.as_str()),
            1 => month.as_deref(),
            _ => named.get(i - OWN.len()).and_then(|column| row.get(*column)),
        });
    }
    Ok(table)
}

/// Year, month and day, whatever stands between them; 元 is the first year.
fn is_day(text: &str) -> bool {
    let numbers = text.split(|c: char| !narrow_digit(c).is_ascii_digit() && c != '元');
    numbers.filter(|n| !n.is_empty()).count() == 3
}

/// Values to the right of the header or between its columns.
fn report_stray(table: &TextTable, row: &SheetRow, named: &[usize], issues: &mut Vec<Issue>) {
    for (column, text) in &row.cells {
        if !text.trim().is_empty() && !named.contains(&(*column as usize)) {
            let message = format!(
                "column {} has no header; its value is not read: {}",
                column + 1,
                text.chars().take(100).collect::<String>()
            );
            issues.push(Issue::row(
                Severity::Warning,
                "value_without_column",
                table,
                row.number,
                message,
            ));
        }
    }
}

/// The label that a header cell begins with: `販　売　名\n(会社名…)` is `販売名`.
fn canonical(header: &str) -> &str {
    let text = folded(header);
    if text.starts_with("承認年月日") {
        return LABELS[1];
    }
    let fits = |label: &&str| {
        let label = folded(label);
        // `承認日` and `承認番号` are not `承認`.
        if label == "承認" { text == label } else { text.starts_with(&label) }
    };
    LABELS.into_iter().find(fits).unwrap_or(header)
}

/// `2025-05`, from a title like `承認品目一覧（新医薬品：2025年5月)`, else from a
/// sheet's name like `承認品目5月分` and the fiscal year, which begins in April.
fn month_of(above: &[SheetRow], sheet: &str, fiscal_year: Option<u16>) -> Option<String> {
    let titles = above.iter().flat_map(|row| &row.cells).map(|(_, text)| text.as_str());
    titles.chain([sheet]).find_map(|title| {
        let title: String =
            title.chars().filter(|c| !c.is_whitespace()).map(narrow_digit).collect();
        let (before, _) = title.split_once('月')?;
        let digits_from = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (before, month) = before.split_at_checked(digits_from)?;
        let month = month.parse::<u16>().ok().filter(|m| (1..=12).contains(m))?;
        let year = match before.strip_suffix('年') {
            Some(before) => year_at_end(before)?,
            None => fiscal_year?.checked_add(u16::from(month < 4))?,
        };
        Some(format!("{year}-{month:02}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_is_told_by_the_title_or_by_the_name() {
        let title = |text: &str| vec![SheetRow { number: 1, cells: vec![(0, text.to_owned())] }];
        for (above, sheet, year, month) in [
            (title("承認品目一覧（新医薬品：2025年5月)"), "x", None, Some("2025-05")),
            (title("承認品目一覧（新医薬品：令和７年１２月）"), "x", None, Some("2025-12")),
            (title("令和元年5月"), "x", None, Some("2019-05")),
            (title("承認品目一覧"), "承認品目5月分", Some(2025), Some("2025-05")),
            (vec![], "承認品目3月分", Some(2025), Some("2026-03")),
            (vec![], "承認品目3月分", None, None),
            (vec![], "承認品目13月分", Some(2025), None),
            (vec![], "Sheet1", Some(2025), None),
        ] {
            assert_eq!(month_of(&above, sheet, year).as_deref(), month, "{sheet}");
        }
    }

    #[test]
    fn a_day_has_three_numbers() {
        for day in ["2025.5.19", "令和７年５月１９日", "令和元年5月1日", "2025-05-19", "R7.5.19"]
        {
            assert!(is_day(day), "{day}");
        }
        for other in ["", "45796", "2025.5", "〃"] {
            assert!(!is_day(other), "{other}");
        }
    }

    #[test]
    fn headers_are_told_by_what_they_begin_with() {
        for (header, label) in [
            ("販　　売　　名\n(　会　社　名、　法　人　番　号)", "販売名"),
            ("成  分  名\n(下線:新有効成分)", "成分名"),
            ("承　認", "承認"),
            ("承認日", "承認日"),
            ("承認年月日", "承認日"),
            ("No.", "No."),
            ("Ｎｏ．", "No."),
            ("№", "No."),
            ("効能・効果等", "効能・効果"),
            ("備考", "備考"),
        ] {
            assert_eq!(canonical(header), label);
        }
    }
}
