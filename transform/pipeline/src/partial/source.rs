//! The raw tables of a source, before and now.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use polars::prelude::*;
use regatta_lake::{Lake, RunManifest};

use super::units::{Names, Rule, Units, is_among, trials_of_applications};
use crate::TransformError;
use crate::distinct::text;
use crate::error::InTable;
use crate::raw::RawTables;
use crate::touched::{Ids, differing};

/// Columns of the envelope that no record is made of.
const NO_CONTENT: &[&str] = &["source_id", "run_id", "url", "fetched_at", "member"];

/// The raw tables of a source, before and now.
pub(super) struct Source {
    pub(super) id: String,
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
        let rule = Rule::of(&id);
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
            let units = |frame: &DataFrame| rule.units(frame, &applications).in_table(&name);
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
        Ok(Some(Self { id, rule, tables }))
    }

    fn space(&self) -> &str {
        self.rule.space(&self.id)
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
