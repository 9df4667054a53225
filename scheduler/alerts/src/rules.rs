//! The rule file: named rules of a few kinds, laid over the built-in ones.

mod kinds;

use serde::Deserialize;
use toml::{Table, Value};

pub use kinds::{
    ColumnsRule, FeedRule, HolderRule, Kind, ListingStatusRule, NewStageRule, NullsRule,
    OverdueRule, OwnChangesRule, RefreshRule, RowsRule, SourceRunRule, TrialStatusRule, ValuesRule,
    VanishedRule,
};

use crate::Severity;

/// The commented file that is built in.
pub const DEFAULT_RULES: &str = include_str!("default_rules.toml");

/// A rule file that cannot be used: the message names the rule and the key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(pub(crate) String);

/// The rules in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Hours after which an alert that goes on is sent again; 0: never.
    pub remind_after_hours: u32,
    /// Days for which something that happened stays on the list.
    pub event_days: u32,
    /// The rules that are switched on, by name.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// How bad what it finds is.
    pub severity: Severity,
    /// What it looks at.
    pub kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    remind_after_hours: u32,
    event_days: u32,
    rule: Table,
}

impl Rules {
    /// The built-in rules.
    ///
    /// # Errors
    /// Never for the file as it is: a test reads it.
    pub fn built_in() -> Result<Self, RulesError> {
        Self::parse("")
    }

    /// The built-in rules with the file `text` laid over them.
    ///
    /// # Errors
    /// Where the text is no TOML, a rule or key is unknown, or a value cannot
    /// be; the message names the rule and the key.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let fail = |e: toml::de::Error| RulesError(e.to_string().trim_end().to_owned());
        let mut all: Table = DEFAULT_RULES.parse().map_err(fail)?;
        let own: Table = text.parse().map_err(fail)?;
        lay_over(&mut all, own)?;
        let file = File::deserialize(Value::Table(all)).map_err(fail)?;
        let mut rules = Vec::new();
        for (name, value) in file.rule {
            rules.extend(rule(&name, value)?);
        }
        Ok(Self { remind_after_hours: file.remind_after_hours, event_days: file.event_days, rules })
    }
}

/// Keys of `own` replace those of `all`; of rules, key by key.
fn lay_over(all: &mut Table, own: Table) -> Result<(), RulesError> {
    for (key, value) in own {
        if key != "rule" {
            all.insert(key, value);
            continue;
        }
        let Value::Table(own_rules) = value else {
            return Err(RulesError("`rule`: expected tables [rule.NAME]".into()));
        };
        let Some(Value::Table(rules)) = all.get_mut("rule") else { continue };
        for (name, settings) in own_rules {
            match (rules.get_mut(&name), settings) {
                (Some(Value::Table(known)), Value::Table(settings)) => {
                    let other = |k: &Value| known.get("kind").is_some_and(|kind| kind != k);
                    if settings.get("kind").is_some_and(other) {
                        return Err(RulesError(format!(
                            "rule {name}: `kind`: the built-in rule of this name is of another \
                             kind; choose another name"
                        )));
                    }
                    known.extend(settings);
                }
                (_, settings @ Value::Table(_)) => {
                    rules.insert(name, settings);
                }
                (_, found) => {
                    return Err(RulesError(format!(
                        "rule {name}: expected a table [rule.{name}], found {}",
                        found.type_str()
                    )));
                }
            }
        }
    }
    Ok(())
}

/// One rule; none where it is switched off.
fn rule(name: &str, value: Value) -> Result<Option<Rule>, RulesError> {
    let fail = |reason: String| RulesError(format!("rule {name}: {reason}"));
    let Value::Table(mut settings) = value else {
        return Err(fail("expected a table".into()));
    };
    let enabled = match settings.remove("enabled") {
        None => true,
        Some(Value::Boolean(enabled)) => enabled,
        Some(other) => {
            return Err(fail(format!("`enabled`: expected true or false, found {other}")));
        }
    };
    let severity = match settings.remove("severity") {
        None => Severity::default(),
        Some(value) => Severity::deserialize(value)
            .map_err(|e| fail(format!("`severity`: {}", e.message())))?,
    };
    let kind = match settings.remove("kind") {
        Some(Value::String(kind)) => kind,
        Some(other) => return Err(fail(format!("`kind`: expected a text, found {other}"))),
        None => return Err(fail("`kind` is missing".into())),
    };
    let kind = Kind::read(&kind, settings).map_err(fail)?;
    Ok(enabled.then(|| Rule { name: name.to_owned(), severity, kind }))
}

#[cfg(test)]
mod tests;
