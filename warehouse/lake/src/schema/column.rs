//! The words in which tables are described.

/// Type of a column, in the terms that Parquet, Polars and `DuckDB` share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// 64-bit integer.
    Int,
    /// True or false.
    Bool,
    /// Calendar date.
    Date,
    /// Instant in UTC, to the millisecond.
    Timestamp,
    /// List of text.
    TextList,
    /// List of calendar dates.
    DateList,
}

impl ColumnType {
    /// The type in `DuckDB`.
    #[must_use]
    pub fn duckdb(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Int => "BIGINT",
            Self::Bool => "BOOLEAN",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
            Self::TextList => "VARCHAR[]",
            Self::DateList => "DATE[]",
        }
    }

    /// Several values in a cell; possibly none, never null.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::TextList | Self::DateList)
    }
}

/// A column: name, type, whether it may be null, meaning (with unit and the
/// rule it follows).
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// snake_case.
    pub name: &'static str,
    /// Type.
    pub ty: ColumnType,
    /// May be null.
    pub nullable: bool,
    /// The enumeration whose codes it holds: a kind of [`super::LABELS`].
    pub labels: Option<&'static str>,
    /// Meaning, unit, rule.
    pub doc: &'static str,
}

/// Columns whose values identify a row of another table. Where the column is a
/// list, each of its values does; where a value is null, nothing is said.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKey {
    /// Columns of the table that declares it.
    pub columns: &'static [&'static str],
    /// The other table.
    pub table: &'static str,
    /// Its columns, in the same order.
    pub references: &'static [&'static str],
}

/// What a table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// One row per record of a regulator, standardised.
    Core,
    /// What analysts ask for: drugs, progress.
    Out,
    /// Names and dictionaries as applied.
    Names,
    /// How the data came to be.
    Meta,
}

/// A published table.
#[derive(Debug)]
pub struct Table {
    /// snake_case, singular.
    pub name: &'static str,
    /// Layer.
    pub layer: Layer,
    /// What one row is.
    pub doc: &'static str,
    /// Columns that identify a row.
    pub key: &'static [&'static str],
    /// Order of the rows in the file, for pruning.
    pub sort: &'static [&'static str],
    /// What its columns name in other tables.
    pub foreign_keys: &'static [ForeignKey],
    /// Columns in file order.
    pub columns: &'static [Column],
}

impl Table {
    /// The column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

const fn column(name: &'static str, ty: ColumnType, nullable: bool, doc: &'static str) -> Column {
    Column { name, ty, nullable, labels: None, doc }
}

/// `columns` identify a row of `table` by its `references`.
pub(super) const fn key(
    columns: &'static [&'static str],
    table: &'static str,
    references: &'static [&'static str],
) -> ForeignKey {
    ForeignKey { columns, table, references }
}

/// A code of the enumeration `labels` that is always there.
pub(super) const fn code(name: &'static str, labels: &'static str, doc: &'static str) -> Column {
    Column { name, ty: ColumnType::Text, nullable: false, labels: Some(labels), doc }
}

/// A code of the enumeration `labels` that may be missing.
pub(super) const fn code_opt(
    name: &'static str,
    labels: &'static str,
    doc: &'static str,
) -> Column {
    Column { name, ty: ColumnType::Text, nullable: true, labels: Some(labels), doc }
}

/// A list of codes of the enumeration `labels`, possibly empty, never null.
pub(super) const fn codes(name: &'static str, labels: &'static str, doc: &'static str) -> Column {
    Column { name, ty: ColumnType::TextList, nullable: false, labels: Some(labels), doc }
}

/// How much of the date before it is known.
pub(super) const fn precision(name: &'static str) -> Column {
    code_opt(
        name,
        "date_precision",
        "How much of the date is known: day, month (the date is its first day), year (likewise), or before (an upper bound); null where there is no date.",
    )
}

/// A list of dates, possibly empty, never null.
pub(super) const fn dates(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::DateList, false, doc)
}

/// Text that is always there.
pub(super) const fn text(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Text, false, doc)
}

/// Text that may be missing.
pub(super) const fn text_opt(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Text, true, doc)
}

/// A list of text, possibly empty, never null.
pub(super) const fn texts(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::TextList, false, doc)
}

/// A number that is always there.
pub(super) const fn int(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Int, false, doc)
}

/// A number that may be missing.
pub(super) const fn int_opt(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Int, true, doc)
}

/// True or false.
pub(super) const fn flag(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Bool, false, doc)
}

/// A date that may be missing.
pub(super) const fn date_opt(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Date, true, doc)
}

/// An instant that is always there.
pub(super) const fn instant(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Timestamp, false, doc)
}

/// An instant that may be missing.
pub(super) const fn instant_opt(name: &'static str, doc: &'static str) -> Column {
    column(name, ColumnType::Timestamp, true, doc)
}
