//! The views and macros of `warehouse/views`, compiled in.

use duckdb::Connection;

use crate::WarehouseError;
use crate::sql::{ident, literal};

/// One view or macro: one file of `warehouse/views`, named as the file.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Name of the view or macro.
    pub name: &'static str,
    /// The file: a header of comment lines, then one CREATE statement.
    pub sql: &'static str,
}

macro_rules! views {
    ($($name:literal),+ $(,)?) => {
        &[$(View { name: $name, sql: include_str!(concat!("../views/", $name, ".sql")) }),+]
    };
}

/// All views and macros, each after those it uses.
pub const VIEWS: &[View] = views![
    "utc",
    "fold_term",
    "number_key",
    "search_term",
    "join_names",
    "country_code",
    "generics_of",
    "without_class",
    "asked_words",
    "asked_phrase",
    "targets_of",
    "company_key",
    "companies_of",
    "search_words",
    "search",
    "record",
    "link_words",
    "progress_matrix",
    "drug_overview",
    "drug_market",
    "competition",
    "competition_target",
    "pipeline",
    "search_drug_target",
    "associations",
    "registrations",
    "source_freshness",
    "lineage",
    "drug_id_now",
    "explain_drug",
    "why",
    "changes",
    "new_entrants",
    "drug_timeline",
];

impl View {
    /// What it answers: the header without the example.
    #[must_use]
    pub fn doc(&self) -> String {
        self.header().filter(|line| !line.starts_with("Example:")).collect::<Vec<_>>().join(" ")
    }

    /// The query that the header gives as an example.
    #[must_use]
    pub fn example(&self) -> &'static str {
        self.header().find_map(|line| line.strip_prefix("Example: ")).unwrap_or_default()
    }

    fn header(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.sql.lines().map_while(|line| line.strip_prefix("-- "))
    }

    /// What COMMENT ON calls it.
    fn kind(&self) -> &'static str {
        if self.sql.contains("\nCREATE VIEW") {
            "VIEW"
        } else if self.sql.contains(") AS TABLE\n") {
            "MACRO TABLE"
        } else {
            "MACRO"
        }
    }
}

/// Creates the views and macros that are `wanted`, with their headers as
/// comments.
pub(crate) fn create(
    conn: &Connection,
    wanted: impl Fn(&View) -> bool,
) -> Result<(), WarehouseError> {
    for view in VIEWS.iter().filter(|v| wanted(v)) {
        let comment = format!(
            "COMMENT ON {} {} IS {}",
            view.kind(),
            ident(view.name),
            literal(&format!("{} Example: {}", view.doc(), view.example()))
        );
        conn.execute_batch(view.sql)
            .and_then(|()| conn.execute_batch(&comment))
            .map_err(WarehouseError::step(format!("create the view {}", view.name)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_list_and_has_an_example() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("views");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let listed: BTreeSet<String> = VIEWS.iter().map(|v| v.name.to_owned()).collect();
        assert_eq!(files, listed);
        for view in VIEWS {
            assert!(view.doc().len() > 40, "{} has no header", view.name);
            assert!(view.example().contains(view.name), "{} has no example", view.name);
            assert!(
                view.sql.contains(&format!("\nCREATE VIEW {} ", view.name))
                    || view.sql.contains(&format!("\nCREATE MACRO {}(", view.name)),
                "{}.sql creates something else",
                view.name
            );
        }
    }
}
