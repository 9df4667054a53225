//! The data dictionary `docs/tables.md`, made from the contract.

use std::fmt::Write as _;

use super::{ForeignKey, LEDGER, Layer, SCHEMA_VERSION, TABLES, Table};

/// The data dictionary as Markdown: every table with its key, order and
/// columns. The same text on every call.
#[must_use]
pub fn data_dictionary() -> String {
    let mut out = format!(
        "# Tables\n\n\
         Made from `warehouse/lake/src/schema`; a test keeps it so. Version {SCHEMA_VERSION} of the \
         contract: a change of a column's name, type or meaning, or of a table's key, raises it; a \
         new table or column does not.\n\n\
         Types are those of DuckDB. Columns are never null unless *null* says so; lists may be \
         empty, never null. R-numbers are the rules of the domain, e.g. R25: registrations that \
         share a company. A column with *Labels* holds codes of that kind of the table `label`, \
         which has them in English and Chinese. Instants are UTC, to the millisecond. Where a date \
         may be known only in part, the column after it, `…_precision`, says how much of it is.\n\n"
    );
    for (layer, heading) in LAYERS {
        let _ = writeln!(out, "## {heading}\n");
        for table in TABLES.iter().filter(|t| t.layer == *layer) {
            describe(&mut out, table);
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

const LAYERS: &[(Layer, &str)] = &[
    (Layer::Out, "Drugs and progress"),
    (Layer::Core, "Records"),
    (Layer::Names, "Names as applied"),
    (Layer::Meta, "How the data came to be"),
];

fn describe(out: &mut String, table: &Table) {
    let _ = writeln!(out, "### {}\n\n{}\n", table.name, table.doc);
    let place = if LEDGER.contains(&table.name) {
        " It lies beside the snapshots, because it changes with every run."
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "Key: {}. Rows are sorted by {}.{place}\n",
        names(table.key),
        names(table.sort)
    );
    if !table.foreign_keys.is_empty() {
        let keys: Vec<String> = table.foreign_keys.iter().map(foreign_key).collect();
        let _ = writeln!(out, "Refers to: {}.\n", keys.join("; "));
    }
    let _ = writeln!(out, "| column | type | |\n|---|---|---|");
    for column in table.columns {
        let null = if column.nullable && !column.ty.is_list() { ", *null*" } else { "" };
        let mut doc = column.doc.replace('|', "\\|");
        if let Some(kind) = column.labels {
            let _ = write!(doc, " Labels: `{kind}`.");
        }
        let _ = writeln!(out, "| `{}` | {}{null} | {doc} |", column.name, column.ty.duckdb());
    }
    out.push('\n');
}

fn foreign_key(key: &ForeignKey) -> String {
    format!("{} → {}.{}", names(key.columns), key.table, key.references.join(", "))
}

fn names(columns: &[&str]) -> String {
    columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `REGATTA_WRITE_DOCS=1 cargo test` writes the file anew.
    #[test]
    fn the_data_dictionary_is_that_of_the_contract() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tables.md");
        if std::env::var_os("REGATTA_WRITE_DOCS").is_some() {
            std::fs::write(path, data_dictionary()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == data_dictionary(),
            "docs/tables.md is not what the contract says: run `REGATTA_WRITE_DOCS=1 make test` \
             and commit it"
        );
    }

    #[test]
    fn every_table_and_column_stands_in_the_data_dictionary() {
        let text = data_dictionary();
        for table in TABLES {
            assert!(text.contains(&format!("### {}\n", table.name)), "{}", table.name);
            for column in table.columns {
                assert!(text.contains(&format!("| `{}` |", column.name)), "{}", column.name);
            }
        }
    }
}
