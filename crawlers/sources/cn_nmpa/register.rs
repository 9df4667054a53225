//! The old register of imported drugs (table 36), 272 pages in 2019:
//! `1.氨磺必利片 (国药准字J20140080 86978821001271 SANOFI-AVENTIS FRANCE )`.

use std::sync::LazyLock;

use regex::Regex;

use super::said;
use crate::grid::{GridRow, grid_table};
use crate::html_grid::{decode_html, element_text, selector};
use crate::html_limits::read_html;
use crate::{DeclaredTotal, Issue, Page, ParseError, Parsed, Severity, SourceSpec};

pub(super) const KIND: &str = "register_page";
const TABLE: &str = "imported_register_2019";
const HEADER: [&str; 7] =
    ["Id", "序号", "产品名称", "注册证号", "药品本位码", "公司名称", "列表内容"];

static TOTAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"共有?\s*(\d{1,9})\s*条").ok());
static LINK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"content\.jsp\?(?:.*&)?tableId=(\d+)&(?:.*&)?Id=(\d+)").ok());
static FACTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)^((?:国药准字)?[A-Z]{1,3}\d{5,}\S*)?(?:\s|$)(\d{14}\S*)?(.*)$").ok()
});

pub(super) fn parse(spec: &SourceSpec, page: &Page<'_>) -> Result<Parsed, ParseError> {
    let what = format!("page of the old register {}", said(page, "file"));
    let html = read_html(&what, &decode_html(page.body))?;
    let text = element_text(html.root_element());
    let total = TOTAL
        .as_ref()
        .and_then(|r| r.captures(&text)?.get(1)?.as_str().parse().ok())
        .ok_or_else(|| {
            ParseError::shape(&what, "共有 N 条记录", text.chars().take(200).collect::<String>())
        })?;
    let mut parsed = Parsed::default();
    parsed.totals.push(DeclaredTotal { table: TABLE.to_owned(), part: String::new(), rows: total });

    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for link in html.select(&selector("a[href]")) {
        let href = link.attr("href").unwrap_or_default();
        let Some(ids) = LINK.as_ref().and_then(|r| r.captures(href)) else { continue };
        let id_of = |i: usize| ids.get(i).map_or("", |m| m.as_str());
        if id_of(1) != "36" {
            return Err(ParseError::shape(what, "the list of imported drugs, tableId=36", href));
        }
        let text = element_text(link);
        let (position, entry) = text.split_once('.').unwrap_or(("", &text));
        let number = position.trim().parse().unwrap_or(0);
        let facts = split_entry(entry);
        if facts.number.is_empty() && facts.code.is_empty() {
            let message = format!("expected a number or a code in brackets, found {text}");
            problems.push((number, message));
        }
        let cells =
            [id_of(2), position, facts.name, facts.number, facts.code, facts.company, &text];
        let filled = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
        rows.push(GridRow { number, cells: cells.iter().map(filled).collect() });
    }
    let table = grid_table(TABLE, spec.table(TABLE), &HEADER, &rows, &mut parsed.issues)?;
    for (number, message) in problems {
        let issue = Issue::row(Severity::Warning, "no_number_and_code", &table, number, message);
        parsed.issues.push(issue.in_column("列表内容"));
    }
    parsed.tables.push(table);
    Ok(parsed)
}

/// An entry taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    name: &'a str,
    number: &'a str,
    code: &'a str,
    company: &'a str,
}

/// `name (number code company)`: names and companies hold brackets of their
/// own, so the one that counts is the first with a number or a code behind it.
/// Either of the two may be missing; the company stands in English, in Chinese
/// or both, and may be a dash.
fn split_entry(entry: &str) -> Entry<'_> {
    let inner = entry.trim_end();
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    let brackets: Vec<usize> = inner.match_indices('(').map(|(at, _)| at).collect();
    for at in &brackets {
        let Some(found) = FACTS.as_ref().and_then(|r| r.captures(inner.get(at + 1..)?)) else {
            continue;
        };
        let part = |i: usize| found.get(i).map_or("", |m| m.as_str());
        if !part(1).is_empty() || !part(2).is_empty() {
            let name = inner.get(..*at).unwrap_or_default().trim();
            return Entry { name, number: part(1), code: part(2), company: part(3).trim() };
        }
    }
    let last = brackets.last().copied();
    let (name, company) = last.and_then(|at| inner.split_at_checked(at)).unwrap_or((entry, ""));
    let company = company.strip_prefix('(').unwrap_or(company);
    Entry { name: name.trim(), number: "", code: "", company: company.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_split_at_the_bracket_before_the_number() {
        for (entry, name, number, code, company) in [
            (
                "氨磺必利片 (国药准字J20140080 86978821001271 SANOFI-AVENTIS FRANCE )",
                ["氨磺必利片", "国药准字J20140080", "86978821001271", "SANOFI-AVENTIS FRANCE"],
            ),
            (
                "阿仑膦酸钠维D3片(Ⅱ) (H20140144 86978633001414 Merck (Schweiz) AG )",
                ["阿仑膦酸钠维D3片(Ⅱ)", "H20140144", "86978633001414", "Merck (Schweiz) AG"],
            ),
            (
                "脂肪乳氨基酸(17)葡萄糖(19%)注射液 ( 86978432000533 Fresenius Kabi AB )",
                ["脂肪乳氨基酸(17)葡萄糖(19%)注射液", "", "86978432000533", "Fresenius Kabi AB"],
            ),
            (
                "乙交酯丙交酯共聚物(25:75) (F20140026  Evonik Corporation, Birmingham Laboratories )",
                ["乙交酯丙交酯共聚物(25:75)", "F20140026", "", "Evonik Corporation, Birmingham Laboratories"],
            ),
            (
                "阿瑞匹坦胶囊 (国药准字J20160005 86904495000166；86904495000173 Merck Sharp & Dohme Ltd. )",
                ["阿瑞匹坦胶囊", "国药准字J20160005", "86904495000166；86904495000173", "Merck Sharp & Dohme Ltd."],
            ),
            (
                "健妇胶囊 (ZC20100020 86979187000038  远大制药厂有限公司)",
                ["健妇胶囊", "ZC20100020", "86979187000038", "远大制药厂有限公司"],
            ),
            ("某药 (H20150001 86978633001414 )", ["某药", "H20150001", "86978633001414", ""]),
            ("某药 (H20150001)", ["某药", "H20150001", "", ""]),
            ("某药(A) (  Some Company )", ["某药(A)", "", "", "Some Company"]),
            ("某药", ["某药", "", "", ""]),
            ("", ["", "", "", ""]),
        ]
        .map(|(entry, [name, number, code, company])| (entry, name, number, code, company))
        {
            assert_eq!(split_entry(entry), Entry { name, number, code, company }, "{entry}");
        }
    }
}
