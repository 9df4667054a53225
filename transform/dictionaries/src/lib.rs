//! The dictionaries: names to standard names, one fact a line.
//!
//! They are compiled in; a folder of files with the same names may replace
//! them (`[transform] dictionaries` in the configuration), so that a team can
//! keep its own in git.

mod company;
mod csv_file;
mod development_code;
mod error;
mod extract;
mod form;
mod generic;
mod status;
mod stop_words;
mod target;
mod text;

use std::path::Path;

use regatta_lake::Sha256;

pub use company::{Companies, CompanyMatch, Membership};
pub use error::DictionaryError;
pub use extract::{DrugMention, Extractor, MentionRole};
pub use form::{ChineseName, FormMatch, Forms, StandardForm, UNSPECIFIED, Vocabulary};
pub use generic::{GenericMatch, Generics, Language};
pub use status::Statuses;
pub use target::Targets;
pub use text::{clean, clean_opt, is_null};

use csv_file::CsvFile;
use stop_words::StopWords;

/// All dictionaries, ready for look-ups.
#[derive(Debug)]
pub struct Dictionaries {
    /// Generic names and salts (R5).
    pub generics: Generics,
    /// Drug names in free text (R11).
    pub extractor: Extractor,
    /// Dosage forms (R6).
    pub forms: Forms,
    /// Companies and corporate groups (R7, R8).
    pub companies: Companies,
    /// Targets (R9).
    pub targets: Targets,
    /// Status words of the sources (R17).
    pub statuses: Statuses,
    sha256: Sha256,
}

/// Every dictionary file, by name, as compiled in.
const FILES: &[(&str, &str)] = &[
    ("companies.csv", include_str!("../companies.csv")),
    ("company_abbreviations.csv", include_str!("../company_abbreviations.csv")),
    ("company_group_names.csv", include_str!("../company_group_names.csv")),
    ("company_legal_forms.csv", include_str!("../company_legal_forms.csv")),
    ("corporate_groups.csv", include_str!("../corporate_groups.csv")),
    ("dosage_form_terms.csv", include_str!("../dosage_form_terms.csv")),
    ("dosage_forms.csv", include_str!("../dosage_forms.csv")),
    ("drug_name_stops.csv", include_str!("../drug_name_stops.csv")),
    ("generics.csv", include_str!("../generics.csv")),
    ("salts.csv", include_str!("../salts.csv")),
    ("statuses.csv", include_str!("../statuses.csv")),
    ("target_aliases.csv", include_str!("../target_aliases.csv")),
    ("targets.csv", include_str!("../targets.csv")),
];

impl Dictionaries {
    /// Loads the dictionaries; a file in `folder` replaces the one of the same
    /// name that is compiled in.
    ///
    /// # Errors
    /// When a file cannot be read or has a row that cannot be used; the error
    /// names the file and the line.
    pub fn load(folder: Option<&Path>) -> Result<Self, DictionaryError> {
        let mut texts = Vec::new();
        let mut all = String::new();
        for (name, text) in FILES {
            let own = folder.map(|f| f.join(name)).filter(|p| p.exists());
            let file = match own {
                Some(path) => CsvFile::read(&path)?,
                None => CsvFile::builtin(name, text),
            };
            all.push_str(name);
            all.push('\n');
            all.push_str(&file.text);
            texts.push(file);
        }
        let file = |name: &str| {
            FILES.iter().position(|(n, _)| *n == name).map_or(&texts[0], |i| &texts[i])
        };
        let stops = StopWords::new(file("drug_name_stops.csv"))?;
        let generics = Generics::new(file("generics.csv"), file("salts.csv"), &stops)?;
        Ok(Self {
            extractor: Extractor::new(&generics, &stops)?,
            generics,
            forms: Forms::new(file("dosage_forms.csv"), file("dosage_form_terms.csv"))?,
            companies: Companies::new(
                file("companies.csv"),
                file("company_legal_forms.csv"),
                file("company_abbreviations.csv"),
                file("corporate_groups.csv"),
                file("company_group_names.csv"),
            )?,
            targets: Targets::new(file("targets.csv"), file("target_aliases.csv"))?,
            statuses: Statuses::new(file("statuses.csv"))?,
            sha256: Sha256::of(all.as_bytes()),
        })
    }

    /// Digest of all files as loaded: another digest means other results.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
}
