//! The dictionaries: names to standard names, one fact a line.
//!
//! They are compiled in; a folder of files with the same names may replace
//! them (`[transform] dictionaries` in the configuration), so that a team can
//! keep its own in git.

mod brand;
mod company;
mod csv_file;
mod csv_text;
mod decisions;
mod development_code;
mod error;
mod extract;
mod files;
mod form;
mod generic;
pub mod import;
mod japanese;
mod product;
mod status;
mod stop_words;
mod suggest;
mod target;
mod text;
mod user_folder;

use std::path::Path;

use regatta_lake::Sha256;

pub use brand::Brands;
pub use company::{Companies, CompanyMatch, Membership};
pub use decisions::{
    DECIDED, DecisionKind, DecisionRow, MergeDecision, MergeDecisionRow, MergeDecisions,
    NOT_A_DRUG, REJECTED, ResolvedMerges, ValueDecisions, Verdict, append_decisions,
    append_merge_decisions, remove_decision, remove_merge_decision,
};
pub use error::DictionaryError;
pub use extract::{DrugMention, Extractor, MentionRole};
pub use form::{ChineseName, FormMatch, Forms, StandardForm, UNSPECIFIED, Vocabulary};
pub use generic::{GenericMatch, Generics, Language};
pub use japanese::{JapanesePart, JapaneseParts, JapaneseText, japanese_parts};
pub use status::Statuses;
pub use suggest::Suggestions;
pub use target::Targets;
pub use text::{clean, clean_opt, is_null};

use files::Files;
use stop_words::StopWords;

/// All dictionaries, ready for look-ups.
#[derive(Debug)]
pub struct Dictionaries {
    /// Generic names and salts (R5).
    pub generics: Generics,
    /// What brands contain (R5).
    pub brands: Brands,
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
    /// What people decided about values (R10).
    pub decisions: ValueDecisions,
    /// What people decided about merges (R29).
    pub merge_decisions: MergeDecisions,
    sha256: Sha256,
}

/// Every dictionary file, by name, as compiled in.
const FILES: &[(&str, &str)] = &[
    ("brands.csv", include_str!("../brands.csv")),
    ("companies.csv", include_str!("../companies.csv")),
    ("company_abbreviations.csv", include_str!("../company_abbreviations.csv")),
    ("company_group_names.csv", include_str!("../company_group_names.csv")),
    ("company_legal_forms.csv", include_str!("../company_legal_forms.csv")),
    ("corporate_group_aliases.csv", include_str!("../corporate_group_aliases.csv")),
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

/// Files whose rows in a user's folder are added to the compiled-in ones.
const ADDED_TO: &[(&str, &str)] = &[
    ("decisions.csv", include_str!("../decisions.csv")),
    ("merge_decisions.csv", include_str!("../merge_decisions.csv")),
];

impl Dictionaries {
    /// Loads the dictionaries; a file in `folder` replaces the one of the same
    /// name that is compiled in. Decisions are added to the compiled-in ones.
    ///
    /// # Errors
    /// When the folder is not there, when a file cannot be read, lacks columns or
    /// has a row that cannot be used; the error names the file and the line.
    pub fn load(folder: Option<&Path>) -> Result<Self, DictionaryError> {
        // What a folder that is misspelt or not mounted holds is not nothing.
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(DictionaryError::NoFolder { path: folder.to_owned() });
        }
        Self::load_with(folder, &[])
    }

    /// As [`Dictionaries::load`], as if the `pending` texts were already in the
    /// folder, which need not be there yet: what would make it unusable is not
    /// written there.
    pub(crate) fn load_with(
        folder: Option<&Path>,
        pending: &[(&str, &str)],
    ) -> Result<Self, DictionaryError> {
        Self::of(&Files::read(folder, pending)?)
    }

    pub(crate) fn of(files: &Files) -> Result<Self, DictionaryError> {
        let stops = StopWords::new(files.get("drug_name_stops.csv"))?;
        let generics = Generics::new(files.get("generics.csv"), files.get("salts.csv"), &stops)?;
        let forms = Forms::new(files.get("dosage_forms.csv"), files.get("dosage_form_terms.csv"))?;
        let companies = Companies::new(
            files.get("companies.csv"),
            files.get("company_legal_forms.csv"),
            files.get("company_abbreviations.csv"),
            files.get("corporate_groups.csv"),
            files.get("company_group_names.csv"),
            files.get("corporate_group_aliases.csv"),
        )?;
        let mut this = Self {
            brands: Brands::new(files.get("brands.csv"))?,
            extractor: Extractor::new(&generics, &stops)?,
            generics,
            forms,
            companies,
            targets: Targets::new(files.get("targets.csv"), files.get("target_aliases.csv"))?,
            statuses: Statuses::new(files.get("statuses.csv"))?,
            decisions: ValueDecisions::default(),
            merge_decisions: MergeDecisions::new(
                files.get("merge_decisions.csv"),
                files.added("merge_decisions.csv"),
            )?,
            sha256: files.sha256(),
        };
        this.decisions = ValueDecisions::new(
            files.get("decisions.csv"),
            files.added("decisions.csv"),
            |kind, target| this.standard_target(kind, target),
        )?
        .with_company_keys(|name| this.companies.key(name));
        Ok(this)
    }

    /// Digest of all files as loaded: another digest means other results.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
}
