//! Companies and their groups (R7, R8) -> `companies.csv`, `corporate_groups.csv`.

use std::collections::HashMap;

use regatta_domain::PartialDate;

use super::pass::Pass;
use super::table::{Table, TableRow};
use crate::decisions::fold;
use crate::{Companies, Membership, NOT_A_DRUG, REJECTED};

const COMPANIES: &str = "companies.csv";
const GROUPS: &str = "corporate_groups.csv";

/// Columns that hold names of companies, several separated by `|`.
pub(super) const NAME_COLUMNS: &[&str] =
    &["company", "alias", "variants", "en_variants", "zh_variants", "ja_variants"];

pub(super) fn rows(table: &Table, pass: &mut Pass<'_>) {
    let groups = known_groups(&pass.dictionaries.companies);
    // What this pass adds: companies by key, memberships.
    let mut by_key: HashMap<String, String> = HashMap::new();
    let mut members: HashMap<String, Vec<Membership>> = HashMap::new();
    for row in &table.rows {
        let Some(membership) = membership(table, row, pass, &groups) else { continue };
        let mut before = None;
        for column in NAME_COLUMNS {
            // `alias` names the company that stands in the column `company`.
            let same = before.take().filter(|_| *column == "alias");
            let cell = table.cell(row, &[column]);
            for name in cell.split('|').map(str::trim).filter(|name| !crate::is_null(name)) {
                let Some(company) = company(name, same.as_deref(), row, pass, &mut by_key) else {
                    continue;
                };
                join(&company, &membership, row, pass, &mut members);
                before = Some(company);
            }
        }
    }
}

/// The group of a row, as the dictionary writes it, and the dates.
fn membership(
    table: &Table,
    row: &TableRow,
    pass: &mut Pass<'_>,
    groups: &HashMap<String, String>,
) -> Option<Membership> {
    let raw = table.cell(row, &["group"]);
    if crate::is_null(&raw) && raw != "none" {
        pass.problem(row.number, "no_group", "", || "the row names no group".into());
        return None;
    }
    let group = groups.get(&fold(&raw)).cloned().unwrap_or_else(|| raw.into_owned());
    let (from, to) = (table.cell(row, &["valid_from"]), table.cell(row, &["valid_to"]));
    if let Some(wrong) = [&from, &to].into_iter().find(|date| !is_date(date)) {
        pass.problem(row.number, "unreadable_date", wrong, || {
            format!("{wrong}: expected 2026, 2026-01 or 2026-01-31")
        });
        return None;
    }
    Some(Membership { group, valid_from: from.into_owned(), valid_to: to.into_owned() })
}

/// The standard company of a name. One that no line knows becomes a company of
/// its own: a subsidiary is not its parent, it only shares the group.
fn company(
    name: &str,
    same: Option<&str>,
    row: &TableRow,
    pass: &mut Pass<'_>,
    by_key: &mut HashMap<String, String>,
) -> Option<String> {
    if let Some(remark) = remark(name) {
        pass.problem(row.number, "remark_in_name", name, || {
            format!("{remark:?} is no part of a name: dates belong in valid_from and valid_to")
        });
        return None;
    }
    let companies = &pass.dictionaries.companies;
    let found = pass.dictionaries.company(name);
    match found.how {
        REJECTED | NOT_A_DRUG => return None,
        "own_name" => {}
        _ => {
            if let Some(same) = same.filter(|same| *same != found.company) {
                pass.conflict(row.number, COMPANIES, name, &found.company, same);
                return None;
            }
            return Some(found.company);
        }
    }
    let key = companies.key(name);
    if let Some(company) = by_key.get(&key) {
        return Some(company.clone());
    }
    let company = same.map_or_else(|| without_legal_form(companies, &found.company), str::to_owned);
    by_key.insert(key, company.clone());
    let line = [
        ("alias", found.company.as_str()),
        ("lang", language(&found.company)),
        ("company", company.as_str()),
    ];
    pass.add(row.number, COMPANIES, &line);
    Some(company)
}

/// Puts a company into a group, unless it was in another at the time.
fn join(
    company: &str,
    new: &Membership,
    row: &TableRow,
    pass: &mut Pass<'_>,
    members: &mut HashMap<String, Vec<Membership>>,
) {
    let known = pass.dictionaries.companies.groups().get(company);
    let added = members.get(company);
    let all: Vec<&Membership> = known.into_iter().chain(added).flatten().collect();
    let undated = new.valid_from.is_empty() && new.valid_to.is_empty();
    if all.iter().any(|m| m.group == new.group && (undated || *m == new)) {
        return;
    }
    if let Some(other) = all.iter().find(|m| overlap(m, new)) {
        let (existing, proposed) = (words(other), words(new));
        pass.conflict(row.number, GROUPS, company, &existing, &proposed);
        return;
    }
    members.entry(company.to_owned()).or_default().push(new.clone());
    let line = [
        ("company", company),
        ("group", new.group.as_str()),
        ("valid_from", new.valid_from.as_str()),
        ("valid_to", new.valid_to.as_str()),
    ];
    pass.add(row.number, GROUPS, &line);
}

/// ISO dates sort, shortened ones too; an empty one is open.
fn overlap(one: &Membership, other: &Membership) -> bool {
    let before = |end: &str, start: &str| !end.is_empty() && end <= start;
    !before(&one.valid_to, &other.valid_from) && !before(&other.valid_to, &one.valid_from)
}

fn words(m: &Membership) -> String {
    match (m.valid_from.as_str(), m.valid_to.as_str()) {
        ("", "") => m.group.clone(),
        (from, to) => format!("{} ({from}..{to})", m.group),
    }
}

/// Groups by folded name: a table may write them in other case or width.
fn known_groups(companies: &Companies) -> HashMap<String, String> {
    let all = companies.groups().values().flatten().map(|m| &m.group);
    all.map(|group| (fold(group), group.clone())).collect()
}

/// What a table says about a name behind it (`X (until 2012)`).
fn remark(name: &str) -> Option<&str> {
    let at = name.rfind(['(', '（'])?;
    let text = name[at..].trim_matches(['(', ')', '（', '）']);
    let year = text.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() == 4);
    (year && text.contains(' ')).then_some(text)
}

/// The shortest beginning, then the shortest end of that, that has the key of
/// the whole name: the name without its legal form, as it is spelt.
fn without_legal_form(companies: &Companies, name: &str) -> String {
    let key = companies.key(name);
    let same = |part: &&str| !part.is_empty() && companies.key(part) == key;
    let cuts = || {
        let between = |at: &usize| {
            let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_cjk(c));
            !(letter(name[..*at].chars().next_back()) && letter(name[*at..].chars().next()))
        };
        name.char_indices().map(|(at, _)| at).chain([name.len()]).filter(between)
    };
    let mut end = cuts().find(|end| same(&&name[..*end])).unwrap_or(name.len());
    if name[end..].starts_with(')') {
        end += 1;
    }
    let starts: Vec<usize> = cuts().filter(|start| *start < end).collect();
    let start = starts.into_iter().rev().find(|start| same(&&name[*start..end])).unwrap_or(0);
    let start = start - usize::from(name[..start].ends_with('('));
    name[start..end].trim().to_owned()
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The language of a name by its script, as in `companies.csv`.
fn language(name: &str) -> &'static str {
    let kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
    if name.chars().any(kana) || ["株式会社", "(株)", "合同会社"].iter().any(|f| name.contains(f))
    {
        "ja"
    } else if name.chars().any(han) {
        "zh"
    } else {
        "en"
    }
}

/// A year, a month or a day; or nothing.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let shape = parts.iter().zip([4, 2, 2]).all(|(part, length)| part.len() == length);
    let numbers: Option<Vec<u32>> = parts.iter().map(|part| part.parse().ok()).collect();
    text.is_empty()
        || shape
            && match numbers.as_deref() {
                Some([year]) => PartialDate::new(*year, None, None).is_ok(),
                Some([year, month]) => PartialDate::new(*year, Some(*month), None).is_ok(),
                Some([year, month, day]) => PartialDate::day_of(*year, *month, *day).is_ok(),
                _ => false,
            }
}
