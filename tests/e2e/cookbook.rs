//! The cookbook `docs/queries.md`: every query runs on the fixture lake and
//! gives the answer that stands below it.

use std::path::PathBuf;

use regatta_tests::{Regatta, Site};

/// A query, and the lines of the answer that follow it.
struct Recipe {
    query: String,
    answer: Vec<String>,
    /// Line of the file after the query, from 0.
    at: usize,
    /// `sql none`: that there are no rows is the answer.
    may_be_empty: bool,
}

fn recipes(lines: &[String]) -> Vec<Recipe> {
    let mut recipes = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        if let Some(kind) = lines[i].strip_prefix("```sql") {
            let end = i + lines[i..].iter().position(|l| l == "```").unwrap();
            let answer: Vec<String> = lines[end + 1..]
                .iter()
                .skip_while(|l| l.is_empty())
                .take_while(|l| l.starts_with('|'))
                .cloned()
                .collect();
            recipes.push(Recipe {
                query: lines[i + 1..end].join("\n"),
                answer,
                at: end + 1,
                may_be_empty: kind.trim() == "none",
            });
            i = end;
        }
        i += 1;
    }
    recipes
}

/// `REGATTA_WRITE_DOCS=1` writes the answers anew.
#[test]
fn every_query_of_the_cookbook_gives_its_answer() {
    let site = Site::start();
    let regatta = Regatta::all(&site.url(), true).with_env("SOURCE_DATE_EPOCH", "1795421700");
    let _ = regatta.ok(&["refresh"]);
    site.day("day2");
    // A day later.
    let regatta = regatta.with_env("SOURCE_DATE_EPOCH", "1795508100");
    let _ = regatta.ok(&["refresh", "--accept-shrink"]);

    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/queries.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let recipes = recipes(&lines);
    assert!(recipes.len() >= 15, "{}", recipes.len());
    let write = std::env::var_os("REGATTA_WRITE_DOCS").is_some();
    let mut wrong = Vec::new();
    // From the end, so that line numbers stay right.
    for recipe in recipes.iter().rev() {
        let answer = regatta.ok(&["--format", "markdown", "sql", &recipe.query]);
        let answer: Vec<String> = answer.lines().map(str::to_owned).collect();
        if answer.len() <= 2 && !recipe.may_be_empty {
            wrong.push(format!("no rows:\n{}", recipe.query));
        }
        if answer != recipe.answer {
            wrong.push(format!("{}\n{}", recipe.query, answer.join("\n")));
        }
        if write {
            let old = lines[recipe.at..]
                .iter()
                .take_while(|l| l.is_empty() || l.starts_with('|'))
                .count();
            let new = [vec![String::new()], answer, vec![String::new()]].concat();
            lines.splice(recipe.at..recipe.at + old, new);
        }
    }
    if write {
        std::fs::write(&path, format!("{}\n", lines.join("\n").trim_end())).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "docs/queries.md is not what the lake answers; look at the difference, then run the test \
         with REGATTA_WRITE_DOCS=1\n{}",
        wrong.join("\n\n")
    );
}
