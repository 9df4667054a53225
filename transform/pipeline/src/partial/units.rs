//! Raw rows that make one record together.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use polars::prelude::*;
use regatta_dictionaries::clean;
use regatta_domain::AcceptanceNumber;
use regatta_lake::{Lake, RunManifest};

use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::raw::RawTables;
use crate::touched::{Ids, differing};

/// Columns of the envelope that no record is made of.
const NO_CONTENT: &[&str] = &["source_id", "run_id", "url", "fetched_at", "member"];

/// How the rows of a source make units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Each row by itself.
    Row,
    /// All rows with one value of the column, in all tables.
    Column(&'static str),
    /// All rows of one acceptance number, in all sources with this rule.
    Acceptance,
    /// The trial; rows of other tables name one of its applications.
    Ctis,
    /// All rows of the source.
    All,
}

/// Sources that are not named here are one unit: that is always right.
const RULES: &[(&str, Rule)] = &[
    ("us_orange_book", Rule::Row),
    ("us_purple_book", Rule::Row),
    ("us_drugs_at_fda", Rule::Column("appl_no")),
    ("cn_nmpa", Rule::Row),
    ("jp_mhlw_price", Rule::Row),
    ("cn_cde", Rule::Acceptance),
    ("cn_nmpa_pickup", Rule::Acceptance),
    ("cn_drug_trials", Rule::Column("registration_number")),
    ("eu_ctis", Rule::Ctis),
];

/// Where acceptance numbers are units: of no source alone.
const ACCEPTANCE: &str = "acceptance numbers";

/// Names of units, by source.
#[derive(Clone, Debug, Default)]
pub(super) struct Units(HashMap<String, Names>);

type Names = HashSet<String, PlRandomState>;

impl Units {
    pub(super) fn insert(&mut self, space: &str, unit: &str) -> bool {
        match self.0.get_mut(space) {
            Some(units) => !units.contains(unit) && units.insert(unit.to_owned()),
            None => self.0.entry(space.to_owned()).or_default().insert(unit.to_owned()),
        }
    }

    fn of(&self, space: &str) -> Option<&Names> {
        self.0.get(space)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(HashSet::len).sum()
    }

    /// Acceptance numbers.
    pub(super) fn registrations(&self) -> Option<&Names> {
        self.of(ACCEPTANCE)
    }

    pub(super) fn insert_registration(&mut self, number: &str) -> bool {
        self.insert(ACCEPTANCE, number)
    }
}

/// The raw tables of a source, before and now.
pub(super) struct Source {
    pub(super) id: String,
    space: &'static str,
    rule: Rule,
    tables: BTreeMap<String, Table>,
}

/// A raw table.
struct Table {
    /// Its rows; where the run is that of before, only where each is, and its unit.
    now: DataFrame,
    /// All columns, for the table of such a run.
    content: Option<Content>,
    /// The unit of each row.
    units: StringChunked,
    /// Another state of the table, where its run is another one.
    before: Option<(DataFrame, StringChunked)>,
    /// Row by key, where it was asked for.
    rows: OnceCell<HashMap<String, usize, PlRandomState>>,
    /// The keys of the rows that differ.
    differing: Names,
}

/// The rows of a table, read when some are asked for.
struct Content {
    file: LazyFrame,
    rows: OnceCell<DataFrame>,
}

/// The keys of raw rows by source and table.
pub(super) type Keys<'a> = HashMap<&'a str, HashMap<&'a str, Ids<'a>>>;

impl Source {
    /// Reads the tables of a run and of the one before; none where they do not
    /// have the same tables and columns.
    pub(super) fn read(
        lake: &Lake,
        run: &RunManifest,
        before: Option<&RunManifest>,
    ) -> Result<Option<Self>, TransformError> {
        let id = run.source_id.to_string();
        let rule = RULES.iter().find(|(source, _)| *source == id).map_or(Rule::All, |r| r.1);
        let scan = |run: &RunManifest| -> Result<BTreeMap<String, LazyFrame>, TransformError> {
            let raw = RawTables::new(lake, run);
            let mut tables = BTreeMap::new();
            for table in run.tables.iter().filter(|t| t.name != "_issues") {
                let mut frame = raw.scan(&table.name)?;
                let schema = frame.collect_schema().in_table(&table.name)?;
                let content: Vec<Expr> = schema
                    .iter_names()
                    .filter(|name| !NO_CONTENT.contains(&name.as_str()))
                    .map(|name| col(name.clone()))
                    .collect();
                tables.insert(table.name.clone(), frame.select(content));
            }
            Ok(tables)
        };
        let mut files = scan(run)?;
        let (now, mut before) = match before {
            Some(before) => (collected(&files)?, Some(collected(&scan(before)?)?)),
            None => (collected(&places(&mut files, rule)?)?, None),
        };
        let same = before.as_ref().is_none_or(|before| {
            before.keys().eq(now.keys())
                && before.values().zip(now.values()).all(|(old, new)| {
                    old.get_column_names() == new.get_column_names() && old.dtypes() == new.dtypes()
                })
        });
        if !same {
            return Ok(None);
        }
        let applications: HashMap<String, String> = if rule == Rule::Ctis {
            [Some(&now), before.as_ref()]
                .into_iter()
                .flatten()
                .filter_map(|tables| tables.get("trial"))
                .map(trials_of_applications)
                .collect::<PolarsResult<Vec<_>>>()
                .in_table(&id)?
                .into_iter()
                .flatten()
                .collect()
        } else {
            HashMap::new()
        };
        let mut tables = BTreeMap::new();
        for (name, frame) in now {
            let old = before.as_mut().and_then(|before| before.remove(&name));
            let units = |frame: &DataFrame| units(rule, frame, &applications).in_table(&name);
            let keys = match &old {
                Some(old) => differing(old, &frame, "record_key", &[])
                    .in_table(&name)?
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                None => Names::default(),
            };
            let content = match &old {
                Some(_) => None,
                None => files.remove(&name).map(|file| Content { file, rows: OnceCell::new() }),
            };
            let table = Table {
                units: units(&frame)?,
                differing: keys,
                before: match old {
                    Some(old) => Some((old.clone(), units(&old)?)),
                    None => None,
                },
                now: frame,
                content,
                rows: OnceCell::new(),
            };
            tables.insert(name, table);
        }
        let space = match rule {
            Rule::Acceptance => ACCEPTANCE,
            _ => RULES.iter().find(|(source, _)| *source == id).map_or("", |r| r.0),
        };
        Ok(Some(Self { id, space, rule, tables }))
    }

    /// Sources of one unit have none in [`RULES`].
    fn space(&self) -> &str {
        if self.space.is_empty() { &self.id } else { self.space }
    }

    /// Adds the units of the rows that differ.
    pub(super) fn changed(&self, found: &mut Units) -> PolarsResult<()> {
        for table in self.tables.values() {
            let Some((before, old_units)) = &table.before else { continue };
            let keys = &table.differing;
            for (frame, units) in [(before, old_units), (&table.now, &table.units)] {
                for (key, unit) in text(frame, "record_key")?.iter().zip(units.iter()) {
                    if let (true, Some(unit)) = (key.is_some_and(|k| keys.contains(k)), unit) {
                        found.insert(self.space(), unit);
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows that differ, before and now, by source and table.
    pub(super) fn differing_rows(&self, found: &mut super::RawRows) -> PolarsResult<()> {
        for (name, table) in &self.tables {
            let Some((before, _)) = &table.before else { continue };
            let keys: Ids<'_> = table.differing.iter().map(String::as_str).collect();
            let rows = |frame| crate::touched::with_ids(frame, "record_key", &keys);
            let pair = (rows(before)?, rows(&table.now)?);
            found.insert((self.id.clone(), name.clone()), pair);
        }
        Ok(())
    }

    /// The rows of units, by table.
    pub(super) fn rows(&self, units: &Units) -> PolarsResult<HashMap<String, DataFrame>> {
        let wanted = units.of(self.space());
        self.tables
            .iter()
            .map(|(name, table)| {
                let mask: BooleanChunked =
                    table.units.iter().map(|unit| Some(is_among(wanted, unit))).collect();
                let rows = match &table.content {
                    None => table.now.filter(&mask)?,
                    Some(content) => content.filter(&mask)?,
                };
                Ok((name.clone(), rows))
            })
            .collect()
    }

    /// The unit of the row `key` of a table, that there is now.
    fn unit(&self, table: &str, key: &str) -> Option<&str> {
        let table = self.tables.get(table)?;
        let rows = table.rows.get_or_init(|| {
            let keys = text(&table.now, "record_key").map(|keys| {
                let keys = keys.iter().enumerate();
                keys.filter_map(|(row, key)| Some((key?.to_owned(), row))).collect()
            });
            keys.unwrap_or_default()
        });
        table.units.get(*rows.get(key)?)
    }

    /// Adds the unit of the row `key` of a table; that of a row that is no more
    /// has changed and is there.
    pub(super) fn add(&self, table: &str, key: &str, units: &mut Units) -> bool {
        if self.rule == Rule::Row {
            return units.insert(self.space(), key);
        }
        let unit = self.unit(table, key).map(str::to_owned);
        unit.is_some_and(|unit| units.insert(self.space(), &unit))
    }

    /// Adds the units of all rows of a table with this line number.
    pub(super) fn add_line(
        &self,
        table: &str,
        lines: &HashSet<i64>,
        units: &mut Units,
    ) -> PolarsResult<()> {
        let Some(table) = self.tables.get(table) else { return Ok(()) };
        let numbers = table.now.column("row_number")?.as_materialized_series();
        let numbers = numbers.cast(&DataType::Int64)?;
        for (number, unit) in numbers.i64()?.iter().zip(table.units.iter()) {
            if let (true, Some(unit)) = (number.is_some_and(|n| lines.contains(&n)), unit) {
                units.insert(self.space(), unit);
            }
        }
        Ok(())
    }
}

impl Content {
    fn filter(&self, mask: &BooleanChunked) -> PolarsResult<DataFrame> {
        if !mask.any() {
            return self.file.clone().limit(0).collect();
        }
        if let Some(rows) = self.rows.get() {
            return rows.filter(mask);
        }
        let rows = self.file.clone().collect()?;
        self.rows.get_or_init(|| rows).filter(mask)
    }
}

fn collected(
    files: &BTreeMap<String, LazyFrame>,
) -> Result<BTreeMap<String, DataFrame>, TransformError> {
    let read = |(name, file): (&String, &LazyFrame)| {
        Ok((name.clone(), file.clone().collect().in_table(name)?))
    };
    files.iter().map(read).collect()
}

/// Of the tables only what tells where a row is, and its unit.
fn places(
    files: &mut BTreeMap<String, LazyFrame>,
    rule: Rule,
) -> Result<BTreeMap<String, LazyFrame>, TransformError> {
    let mut places = BTreeMap::new();
    for (name, file) in files {
        let schema = file.collect_schema().in_table(name)?;
        let columns: Vec<Expr> = ["record_key", "row_number"]
            .iter()
            .chain(rule.columns())
            .filter(|column| schema.contains(column))
            .map(|column| col(*column))
            .collect();
        places.insert(name.clone(), file.clone().select(columns));
    }
    Ok(places)
}

impl Rule {
    /// Columns that tell the unit of a row, in the tables that have them.
    fn columns(&self) -> &[&'static str] {
        match self {
            Self::Row | Self::All => &[],
            Self::Column(name) => std::slice::from_ref(name),
            Self::Acceptance => &["acceptance_number"],
            Self::Ctis => &["ct_number", "trial_number"],
        }
    }
}

fn is_among(units: Option<&Names>, unit: Option<&str>) -> bool {
    units.zip(unit).is_some_and(|(units, unit)| units.contains(unit))
}

/// The keys that the rows of units had in the raw tables before. A row that is no
/// more has changed, so its unit is among those that did.
pub(super) fn keys_before<'a>(sources: &'a [Source], units: &'a Units) -> PolarsResult<Keys<'a>> {
    let mut keys = Keys::default();
    for source in sources {
        let Some(wanted) = units.of(source.space()).filter(|wanted| !wanted.is_empty()) else {
            continue;
        };
        for (name, table) in &source.tables {
            let (frame, of) = match &table.before {
                Some((frame, units)) => (frame, units),
                None => (&table.now, &table.units),
            };
            let found = if source.rule == Rule::Row {
                // Its name is its key; that some were not there before does not matter.
                wanted.iter().map(String::as_str).collect()
            } else {
                text(frame, "record_key")?
                    .iter()
                    .zip(of.iter())
                    .filter(|(_, unit)| is_among(Some(wanted), *unit))
                    .filter_map(|(key, _)| key)
                    .collect()
            };
            keys.entry(source.id.as_str()).or_default().insert(name.as_str(), found);
        }
    }
    Ok(keys)
}

/// The unit of each row.
fn units(
    rule: Rule,
    frame: &DataFrame,
    applications: &HashMap<String, String>,
) -> PolarsResult<StringChunked> {
    let one = || StringChunked::full("unit".into(), "all", frame.height());
    Ok(match rule {
        Rule::Row => text(frame, "record_key")?.clone(),
        Rule::Column(name) => match text(frame, name) {
            // Readers of trials clean the number that they join by.
            Ok(column) => column.iter().map(|value| value.map(clean)).collect(),
            // A table of lookups, which no record is made of.
            Err(_) => one(),
        },
        Rule::Acceptance => match text(frame, "acceptance_number") {
            Ok(numbers) => numbers
                .iter()
                .map(|number| {
                    let written = clean(number.unwrap_or_default());
                    Some(match AcceptanceNumber::parse(&written) {
                        Ok(number) => number.key(),
                        Err(_) => written.into_owned(),
                    })
                })
                .collect(),
            Err(_) => one(),
        },
        Rule::Ctis => match text(frame, "ct_number") {
            Ok(numbers) => numbers
                .iter()
                .map(|number| {
                    let number = number.unwrap_or_default();
                    Some(applications.get(number).map_or(number, String::as_str))
                })
                .collect(),
            Err(_) => one(),
        },
        Rule::All => one(),
    })
}

/// The number of the trial of each application.
fn trials_of_applications(trial: &DataFrame) -> PolarsResult<Vec<(String, String)>> {
    let (applications, trials) = (text(trial, "ct_number")?, text(trial, "trial_number")?);
    Ok(applications
        .iter()
        .zip(trials.iter())
        .filter_map(|(application, trial)| {
            let application = application?;
            let number = trial.map(clean).filter(|n| !n.is_empty());
            let number = number.map_or_else(|| clean(application).into_owned(), Cow::into_owned);
            Some((application.to_owned(), number))
        })
        .collect())
}
