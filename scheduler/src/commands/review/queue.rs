//! The open values of the published snapshot, with suggestions.

use std::collections::BTreeMap;

use regatta_dictionaries::{DecisionKind, Dictionaries, Language, Suggestions};
use regatta_warehouse::{Connection, run_sql};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;

/// How many suggestions a value gets.
const SUGGESTIONS: usize = 5;

/// A known name that is near an open value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The name, in whichever language.
    pub name: String,
    /// The standard name that it leads to: the target of a decision.
    pub means: String,
    /// 0 to 100.
    pub score: u8,
}

impl std::fmt::Display for Suggestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if self.name != self.means {
            write!(f, " = {}", self.means)?;
        }
        write!(f, " ({})", self.score)
    }
}

/// What an open value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenKind {
    /// A name about which a decision can be written.
    Name(DecisionKind),
    /// A word for a status (R23). What it means is no name: a line in
    /// `statuses.csv` says it.
    Status,
}

/// What to do about a word for a status.
pub const STATUS_HELP: &str = "what a status means is decided by a line in statuses.csv, \
in the folder of `dictionaries` under [transform] (a copy of transform/dictionaries/statuses.csv)";

impl OpenKind {
    /// The code in `review_queue`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name(DecisionKind::Generic) => "generic",
            Self::Name(DecisionKind::DosageForm) => "dosage_form",
            Self::Name(DecisionKind::Company) => "company",
            Self::Status => "status",
        }
    }

    /// What a decision can be about.
    pub const fn name(self) -> Option<DecisionKind> {
        match self {
            Self::Name(kind) => Some(kind),
            Self::Status => None,
        }
    }

    fn of(code: &str) -> Option<Self> {
        let name = |kind| Some(Self::Name(kind));
        match code {
            "generic" => name(DecisionKind::Generic),
            "dosage_form" => name(DecisionKind::DosageForm),
            "company" => name(DecisionKind::Company),
            "status" => Some(Self::Status),
            _ => None,
        }
    }
}

impl From<DecisionKind> for OpenKind {
    fn from(kind: DecisionKind) -> Self {
        Self::Name(kind)
    }
}

/// A value that no dictionary knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    pub kind: OpenKind,
    pub value: String,
    pub sources: String,
    pub records: u64,
    pub drugs: u64,
    /// The best first, each standard name once.
    pub suggestions: Vec<Suggestion>,
    /// The decided value that the record had before (R10).
    pub reopened_from: Option<String>,
}

impl Open {
    /// A value that is not in the queue.
    pub fn new(kind: impl Into<OpenKind>, value: &str) -> Self {
        Self {
            kind: kind.into(),
            value: value.to_owned(),
            sources: String::new(),
            records: 0,
            drugs: 0,
            suggestions: Vec::new(),
            reopened_from: None,
        }
    }
}

/// The open values by impact.
pub struct Queue {
    pub open: Vec<Open>,
    /// How many there are in all.
    pub total: u64,
}

impl Queue {
    /// The `limit` values (of a kind) that touch most records.
    pub fn read(app: &App, kind: Option<OpenKind>, limit: usize) -> anyhow::Result<Self> {
        let duckdb = app.duckdb()?;
        let of_kind = kind.map_or_else(String::new, |k| format!("WHERE kind = '{}'", k.code()));
        let total = run_sql(&duckdb, &format!("SELECT count(*) FROM review_queue {of_kind}"))?;
        let total = total.rows.first().and_then(|r| r.first()?.as_u64()).unwrap_or(0);
        let limit = limit.min(100_000);
        let open = rows(
            &duckdb,
            &format!("{of_kind} ORDER BY records DESC, drugs DESC, kind, value LIMIT {limit}"),
        )?;
        Ok(Self { open: with_suggestions(open, &app.dictionaries()?), total })
    }
}

/// One value, by kind and spelling.
pub fn find(app: &App, kind: impl Into<OpenKind>, value: &str) -> anyhow::Result<Option<Open>> {
    let code = kind.into().code();
    let literal = value.replace('\'', "''");
    let found = rows(
        &app.duckdb()?,
        &format!("WHERE kind = '{code}' AND lower(value) = lower('{literal}') LIMIT 1"),
    )?;
    Ok(with_suggestions(found, &app.dictionaries()?).into_iter().next())
}

/// All open names without suggestions, by kind and spelling in lower case.
pub fn by_value(app: &App) -> anyhow::Result<BTreeMap<(DecisionKind, String), Open>> {
    let open = rows(&app.duckdb()?, "")?;
    let by_value = |open: Open| Some(((open.kind.name()?, open.value.to_lowercase()), open));
    Ok(open.into_iter().filter_map(by_value).collect())
}

fn rows(duckdb: &Connection, rest: &str) -> anyhow::Result<Vec<Open>> {
    let answer = run_sql(
        duckdb,
        &format!(
            "SELECT kind, value, array_to_string(sources, ', '), records, drugs, reopened_from FROM review_queue {rest}"
        ),
    )?;
    let text = |v: Option<&Value>| v.and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(answer
        .rows
        .iter()
        .filter_map(|row| {
            Some(Open {
                kind: OpenKind::of(row.first()?.as_str()?)?,
                value: text(row.get(1)),
                sources: text(row.get(2)),
                records: row.get(3).and_then(Value::as_u64).unwrap_or(0),
                drugs: row.get(4).and_then(Value::as_u64).unwrap_or(0),
                suggestions: Vec::new(),
                reopened_from: row.get(5).and_then(Value::as_str).map(str::to_owned),
            })
        })
        .collect())
}

fn with_suggestions(mut open: Vec<Open>, dictionaries: &Dictionaries) -> Vec<Open> {
    let languages = [Language::En, Language::Zh, Language::Ja];
    let generics = Suggestions::new(languages.iter().flat_map(|l| dictionaries.generics.names(*l)));
    let forms = Suggestions::new(dictionaries.forms.forms().keys().map(String::as_str));
    let companies = Suggestions::new(dictionaries.companies.companies());
    for value in &mut open {
        let Some(kind) = value.kind.name() else { continue };
        // Several names may lead to one standard name.
        let asked = SUGGESTIONS * 3;
        let nearest = match kind {
            DecisionKind::Generic => generics.nearest(&value.value, asked),
            DecisionKind::DosageForm => forms.nearest(&value.value, asked),
            DecisionKind::Company => companies.nearest(&value.value, asked),
        };
        for (name, score) in nearest {
            let Ok(means) = dictionaries.standard_target(kind, name) else { continue };
            let is_new = value.suggestions.iter().all(|other| other.means != means);
            if is_new && value.suggestions.len() < SUGGESTIONS {
                value.suggestions.push(Suggestion { name: name.to_owned(), means, score });
            }
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_a_suggestion_says_what_it_means_and_each_meaning_comes_once() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let open = vec![
            Open::new(DecisionKind::Generic, "奈韦拉平片"),
            Open::new(DecisionKind::Generic, "nevirapin"),
            Open::new(DecisionKind::DosageForm, "tablett"),
        ];
        let open = with_suggestions(open, &dictionaries);
        let first = &open[0].suggestions[0];
        assert_eq!((first.name.as_str(), first.means.as_str()), ("奈韦拉平", "nevirapine"));
        assert!(first.to_string().starts_with("奈韦拉平 = nevirapine ("), "{first}");
        assert_eq!(open[1].suggestions[0].means, "nevirapine");
        assert_eq!(open[2].suggestions[0].means, "tablet");
        for value in &open {
            let mut means: Vec<_> = value.suggestions.iter().map(|s| &s.means).collect();
            means.sort();
            means.dedup();
            assert_eq!(means.len(), value.suggestions.len(), "{value:?}");
        }
    }
}
