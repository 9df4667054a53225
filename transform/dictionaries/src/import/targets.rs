//! Drugs and targets (R9) -> `targets.csv`, `target_aliases.csv`.

use std::collections::HashSet;

use super::pass::{Known, Pass};
use super::table::{Table, TableRow};
use crate::Language;

pub(super) fn rows(table: &Table, pass: &mut Pass<'_>) {
    let mut facts: HashSet<(String, String)> = HashSet::new();
    let mut targets: HashSet<String> = HashSet::new();
    for row in &table.rows {
        if table.has("moa") && !pass.options.all_activities && table.cell(row, &["moa"]) != "1" {
            pass.left_out += 1;
            continue;
        }
        let Some(generic) = generic(table, row, pass) else { continue };
        let Some((target, new)) = target(table, row, pass) else { continue };
        if pass.dictionaries.targets.of(&generic).contains(&target.as_str())
            || !facts.insert((generic.clone(), target.clone()))
        {
            continue;
        }
        // Every target has a line for itself.
        if new && targets.insert(target.clone()) {
            let line = [("alias", target.as_str()), ("target", target.as_str())];
            pass.add(row.number, "target_aliases.csv", &line);
        }
        let line = [("generic", generic.as_str()), ("target", target.as_str())];
        pass.add(row.number, "targets.csv", &line);
    }
}

fn generic(table: &Table, row: &TableRow, pass: &mut Pass<'_>) -> Option<String> {
    let name = table.cell(row, &["drug_name", "name", "generic"]);
    let number = row.number;
    if crate::is_null(&name) {
        pass.problem(number, "no_drug", "", || "the row names no drug".into());
        return None;
    }
    match pass.generic(&name, Language::En) {
        Known::As(generic, _) if generic.contains(" / ") => {
            pass.problem(number, "combination", &name, || {
                format!("{name} is {generic}: which of them has the target?")
            });
            None
        }
        Known::As(generic, _) => Some(generic),
        Known::Not => {
            pass.problem(number, "unknown_generic", &name, || {
                format!("{name} is not in generics.csv")
            });
            None
        }
        Known::DecidedNot => None,
    }
}

/// The target of a row, and whether the dictionaries do not know it yet. The
/// gene decides where it is a single human one. A complex, and whatever is not
/// human, goes by its name.
fn target(table: &Table, row: &TableRow, pass: &mut Pass<'_>) -> Option<(String, bool)> {
    let targets = &pass.dictionaries.targets;
    let known = |alias: &str| targets.resolve(alias).map(|target| (target.to_owned(), false));
    let gene = table.cell(row, &["gene"]);
    let name = table.cell(row, &["target_name", "target"]);
    let organism = table.cell(row, &["organism"]);
    let human = organism.is_empty() || organism.eq_ignore_ascii_case("homo sapiens");
    if human && is_gene(&gene) {
        return known(&gene).or_else(|| Some((gene.into_owned(), true)));
    }
    if crate::is_null(&name) {
        pass.problem(row.number, "no_target", &gene, || {
            "the row names no target, and no single human gene".into()
        });
        return None;
    }
    let found = known(&name);
    if found.is_some() {
        return found;
    }
    if pass.options.keep_unmapped_targets {
        return Some((name.into_owned(), true));
    }
    pass.problem(row.number, "unmapped_target", &name, || {
        format!("{name} is not in target_aliases.csv")
    });
    None
}

/// The symbol of one human gene (`EGFR`, `NKX2-1`, `C1orf112`).
fn is_gene(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
