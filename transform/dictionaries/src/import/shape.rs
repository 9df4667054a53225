//! What kind of table it is, by its columns.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::ImportError;
use super::table::Table;

/// A kind of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Drugs and their targets, as `DrugCentral` publishes them (R9): JSON with
    /// `name`, `target_name`; or the table with `DRUG_NAME`, `TARGET_NAME`,
    /// `GENE`, `MOA`, `ORGANISM`.
    DrugTargets,
    /// Names of one substance or product in several languages (R5): two of
    /// `en`, `zh`, `ja`, `en_product`, `zh_product`, `ja_product`, `inn`,
    /// `generic`; or `lang`, `name`, `generic`.
    Names,
    /// Companies and their groups (R7, R8): `group` and `company`, `alias`,
    /// `en_variants`, `zh_variants` or `ja_variants`; `valid_from`, `valid_to`.
    CompanyGroups,
    /// Dosage forms in the words of several vocabularies (R6): `canonical` or
    /// `form`, and `edqm_term`, `fda_form`, `zh`, `ja`, `ja_en`, `ja_yj`; or
    /// `vocabulary`, `term`, `route`.
    DosageForms,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] =
        &[Self::DrugTargets, Self::Names, Self::CompanyGroups, Self::DosageForms];

    /// The word for it on the command line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DrugTargets => "drug-targets",
            Self::Names => "names",
            Self::CompanyGroups => "company-groups",
            Self::DosageForms => "dosage-forms",
        }
    }

    /// The columns by which it is known.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::DrugTargets => {
                "a drug (drug_name, name or generic) and target_name, gene or target"
            }
            Self::Names => {
                "two of en, zh, ja, en_product, zh_product, ja_product, inn, generic; or lang, name"
            }
            Self::CompanyGroups => {
                "group and company, alias, en_variants, zh_variants or ja_variants"
            }
            Self::DosageForms => {
                "canonical or form, and edqm_term, fda_form, zh, ja, ja_en or ja_yj; \
                 or vocabulary, term, form"
            }
        }
    }

    fn fits(self, table: &Table) -> bool {
        let any = |names: &[&str]| names.iter().any(|name| table.has(name));
        match self {
            Self::DrugTargets => {
                any(&["drug_name", "name", "generic"]) && any(&["target_name", "gene", "target"])
            }
            Self::CompanyGroups => any(&["group"]) && any(super::companies::NAME_COLUMNS),
            Self::DosageForms => {
                any(super::forms::FORM_COLUMNS)
                    && (super::forms::TERM_COLUMNS.iter().any(|(name, _)| table.has(name))
                        || any(&["vocabulary"]) && any(&["term"]))
            }
            Self::Names => {
                let sides = super::names::SIDES.iter().filter(|(name, ..)| table.has(name)).count();
                sides + usize::from(any(super::names::GENERIC_COLUMNS)) >= 2
                    || any(&["lang", "language"]) && any(&["name"])
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let codes = || Self::ALL.iter().map(|f| f.code()).collect::<Vec<_>>().join(", ");
        Self::ALL
            .iter()
            .copied()
            .find(|f| f.code() == code)
            .ok_or_else(|| format!("unknown format {code:?}: one of {}", codes()))
    }
}

/// Columns of names that no table of dosage forms has. Both kinds have `zh` and
/// `ja`, and a table of products can have a column `form`.
const OF_NAMES: &[&str] =
    &["en", "inn", "generic", "name", "en_product", "zh_product", "ja_product"];

/// The format that is asked for, if the table has it; else the one that its
/// columns tell.
pub(super) fn format_of(table: &Table, asked: Option<Format>) -> Result<Format, ImportError> {
    let found = || table.columns.join(", ");
    if let Some(format) = asked {
        let expected = || format.expected().to_owned();
        return if format.fits(table) {
            Ok(format)
        } else {
            Err(ImportError::OtherShape { format, found: found(), expected: expected() })
        };
    }
    [Format::DrugTargets, Format::DosageForms, Format::CompanyGroups, Format::Names]
        .into_iter()
        .filter(|f| *f != Format::DosageForms || !OF_NAMES.iter().any(|name| table.has(name)))
        .find(|format| format.fits(table))
        .ok_or_else(|| ImportError::UnknownShape {
            found: found(),
            expected: Format::ALL
                .iter()
                .map(|f| format!("{f} ({})", f.expected()))
                .collect::<Vec<_>>()
                .join("; "),
        })
}
