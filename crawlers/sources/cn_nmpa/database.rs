//! The two databases, and the labels of their fields.

use serde_json::{Map, Value};

use crate::json_rows::json_cell;
use crate::{ParseError, SourceSpec};

/// Label of the field that holds the id of a record.
pub(super) const RECORD_ID: &str = "NMPA_DK";

/// One of the two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Database {
    /// Drugs made in China.
    Domestic,
    /// Drugs made abroad (also Hong Kong, Macao, Taiwan).
    Imported,
}

impl Database {
    pub(super) const ALL: [Self; 2] = [Self::Domestic, Self::Imported];

    /// Raw table.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::Imported => "imported",
        }
    }

    /// The database that fills this raw table.
    pub(super) fn of_table(table: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|d| d.table() == table);
        found.ok_or_else(|| ParseError::shape("request", "a table of this source", table))
    }

    /// Names in the menu: today's, and the one of the 2023 menu.
    pub(super) fn names(self) -> [&'static str; 2] {
        match self {
            Self::Domestic => ["境内生产药品", "国产药品"],
            Self::Imported => ["境外生产药品", "进口药品"],
        }
    }

    /// Label of the number that names a record.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Domestic => "批准文号",
            Self::Imported => "注册证号",
        }
    }

    /// What numbers begin with: searches for all of these find every record
    /// with a number. `86` begins the drug code (药品本位码) of the records
    /// without one, of which only the register of imports has some.
    pub(super) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Domestic => &[
                "国药准字H",
                "国药准字Z",
                "国药准字S",
                "国药准字J",
                "国药准字B",
                "国药准字T",
                "国药准字F",
                "国药准字M",
            ],
            Self::Imported => &["H", "S", "Z", "B", "F", "J", "国药准字", "86"],
        }
    }

    /// Labels of list rows as they stood on 2025-07-14, for saved pages, which
    /// come without their label file.
    fn list_labels(self) -> &'static [&'static str] {
        match self {
            Self::Domestic => &["批准文号", "产品名称", "生产单位", "药品本位码", RECORD_ID],
            Self::Imported => &["注册证号", "产品名称（中文）", "药品本位码", RECORD_ID],
        }
    }
}

/// What the fields `f0`, `f1` … of a database mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Reads `[{"alias": "f0", "desc": "批准文号"}, …]`.
    pub(super) fn of_config(list: &Value) -> Option<Self> {
        let text = |entry: &Value, key: &str| Some(entry.get(key)?.as_str()?.trim().to_owned());
        let labels: Vec<_> = list
            .as_array()?
            .iter()
            .filter_map(|entry| Some((text(entry, "alias")?, text(entry, "desc")?)))
            .collect();
        (!labels.is_empty()).then_some(Self(labels))
    }

    /// The labels of list rows as last seen.
    pub(super) fn known_list(database: Database) -> Self {
        Self::numbered(database.list_labels().iter().copied())
    }

    /// The labels of details as last seen: the catalogue names the columns in
    /// their order, the record id behind them.
    pub(super) fn known_detail(spec: &SourceSpec, database: Database) -> Self {
        let columns = spec.table(database.table()).columns.iter().map(|c| c.name.as_str());
        Self::numbered(columns.filter(|name| *name != RECORD_ID).chain([RECORD_ID]))
    }

    fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.enumerate().map(|(i, name)| (format!("f{i}"), name.to_owned())).collect())
    }

    /// As text, for the context of requests.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Reads what [`Labels::to_text`] wrote.
    pub(super) fn of_text(text: &str) -> Result<Self, ParseError> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|e| ParseError::shape("request", "labels in its context", e.to_string()))
    }

    /// The fields of a row under their labels: the labelled ones in the order
    /// of the label file, then what no label names, under its own name.
    pub(super) fn read(&self, row: &Map<String, Value>) -> Vec<(String, Option<String>)> {
        let cell = |value: &Value| json_cell(value).map(std::borrow::Cow::into_owned);
        let mut fields: Vec<_> = self
            .0
            .iter()
            .map(|(alias, label)| (label.clone(), row.get(alias).and_then(cell)))
            .collect();
        let strangers = row.iter().filter(|(key, _)| !self.0.iter().any(|(a, _)| a == *key));
        fields.extend(strangers.map(|(key, value)| (key.clone(), cell(value))));
        fields
    }
}

/// The value under `label`; empty where there is none.
pub(super) fn field<'a>(fields: &'a [(String, Option<String>)], label: &str) -> &'a str {
    let found = fields.iter().find(|(name, _)| name == label);
    found.and_then(|(_, value)| value.as_deref()).unwrap_or_default().trim()
}
