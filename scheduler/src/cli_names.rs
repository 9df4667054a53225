//! The command line of `review` and `dictionary`.
#![allow(clippy::doc_markdown, reason = "doc comments are the help text")]

use std::path::PathBuf;

use clap::{Args, Subcommand};
use regatta_dictionaries::DecisionKind;

use crate::commands::{OpenKind, STATUS_HELP};

/// Options of `review`.
#[derive(Debug, Args)]
#[command(after_help = REVIEW_HELP)]
pub struct Review {
    /// What to do; none: the page of keys on a terminal, else the list
    #[command(subcommand)]
    pub what: Option<ReviewCommand>,
    /// Who decides [default: git's user.name, else $USER]
    #[arg(long, global = true)]
    pub author: Option<String>,
    /// Why
    #[arg(long, global = true, default_value = "")]
    pub reason: String,
    /// Folder of the decisions [default: `dictionaries` under [transform] in the configuration]
    #[arg(long, global = true, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Only this kind of value: generic, dosage_form, company or status
    #[arg(long, global = true, value_parser = open_kind_of)]
    pub kind: Option<OpenKind>,
    /// How many values at most
    #[arg(long, global = true, default_value_t = 50)]
    pub limit: usize,
}

const REVIEW_HELP: &str = "Examples:
  regatta review                                     the page of keys
  regatta review list --kind company --limit 20
  regatta review show generic osimertinb             records that have it
  regatta review accept generic osimertinb           take the first suggestion
  regatta review map-to company 'Foo Ltd' 'Foo Pharma'
  regatta review not-a-drug 'sterile diluent'
  regatta review unlink cn_nmpa:H20140344 us_orange_book:N-020636-001 --reason 'another salt'
  regatta review apply decisions.csv
On the page: arrows or j and k move, 1 to 9 accept a suggestion, m maps to a typed name,
r leaves the value its own name, n says it is no drug, s shows records, u undoes, / filters,
q writes and quits, Ctrl-C quits without writing.
The next `regatta refresh` applies what was decided.";

/// What to do with the review queue.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// The open values by impact, with suggestions and their scores
    List,
    /// A suggestion is right
    Accept {
        /// generic, dosage_form or company
        #[arg(value_parser = kind_of)]
        of: DecisionKind,
        /// The value as the list shows it
        value: String,
        /// Which suggestion
        #[arg(long, default_value_t = 1)]
        suggestion: usize,
    },
    /// The value means this standard name
    MapTo {
        /// generic, dosage_form or company
        #[arg(value_parser = kind_of)]
        of: DecisionKind,
        /// The value as the list shows it
        value: String,
        /// The standard name
        target: String,
    },
    /// No suggestion is right: the value stands under its own name
    Reject {
        /// generic, dosage_form or company
        #[arg(value_parser = kind_of)]
        of: DecisionKind,
        /// The value as the list shows it
        value: String,
    },
    /// The value names no drug
    NotADrug {
        /// The value as the list shows it
        value: String,
    },
    /// Records that have the value, with what the source says
    Show {
        /// generic, dosage_form, company or status
        #[arg(value_parser = open_kind_of)]
        of: OpenKind,
        /// The value as the list shows it
        value: String,
    },
    /// Take a decision back
    Undo {
        /// generic, dosage_form or company
        #[arg(value_parser = kind_of)]
        of: DecisionKind,
        /// The value
        value: String,
    },
    /// Take the decisions of a CSV file with the columns of decisions.csv
    #[command(after_help = APPLY_HELP)]
    Apply {
        /// The file
        file: PathBuf,
    },
    /// Two records are one drug, whatever their companies
    Link {
        /// One record
        record_a: String,
        /// The other
        record_b: String,
    },
    /// Two records are not one drug
    Unlink {
        /// One record
        record_a: String,
        /// The other
        record_b: String,
    },
    /// Take back what was decided about two records
    UndoLink {
        /// One record
        record_a: String,
        /// The other
        record_b: String,
    },
}

const APPLY_HELP: &str = "Columns: kind, language, value, decision, target, sources, records, \
author, decided_at, reason. Needed are kind, value, decision (accept, map_to, reject, not_a_drug) \
and, for accept and map_to, target; author and decided_at are --author and today where empty, \
sources and records those of the queue. All rows are written, or none.";

/// `generic`, `dosage_form` or `company`.
fn kind_of(code: &str) -> Result<DecisionKind, String> {
    match code {
        "generic" => Ok(DecisionKind::Generic),
        "dosage_form" | "form" => Ok(DecisionKind::DosageForm),
        "company" => Ok(DecisionKind::Company),
        "status" => Err(STATUS_HELP.into()),
        _ => Err("expected generic, dosage_form or company".into()),
    }
}

/// The same, or `status`.
fn open_kind_of(code: &str) -> Result<OpenKind, String> {
    match code {
        "status" => Ok(OpenKind::Status),
        _ => kind_of(code)
            .map(OpenKind::from)
            .map_err(|_| "expected generic, dosage_form, company or status".into()),
    }
}

/// What to do with the dictionaries.
#[derive(Debug, Subcommand)]
pub enum DictionaryCommand {
    /// Take public tables: drug targets, names in several languages, company groups, dosage forms
    #[command(after_help = "Examples:
  regatta dictionary import drug.target.interaction.tsv --into dictionaries
  regatta dictionary import names_en_ja.tsv --as names --dry-run
Lines are added, never changed; what contradicts a line is reported. The formats are described in
transform/dictionaries/README.md. A file that cannot be used ends the command with 2, and nothing
is written.")]
    Import {
        /// Files: CSV, TSV or JSON
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// drug-targets, names, company-groups or dosage-forms [default: told by the columns]
        #[arg(long = "as", value_name = "FORMAT")]
        table_format: Option<String>,
        /// Folder of dictionaries [default: `dictionaries` under [transform] in the configuration]
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        /// What the added lines name as their source [default: the name of the file]
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Keep targets that no dictionary knows, under the table's own name
        #[arg(long)]
        keep_unmapped_targets: bool,
        /// Take every measured activity for a target, not only mechanisms of action
        #[arg(long)]
        all_activities: bool,
        /// Say what would be added, and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// How much of the published records the dictionaries know
    #[command(after_help = "Examples:
  regatta dictionary coverage
  regatta dictionary coverage --fail-under generics=90,trials=80,forms=99

A generic is standard if it was found as exact, salt_stripped, combination, development_code
or decision. A trial is one row: of its drugs, the one about which most is known. Records
decided to be no drug are left out.
generics: listings with a standard generic; registrations, trials: the same of these;
forms: standard forms where a source gives one; companies: those that a dictionary knows, by records.")]
    Coverage {
        /// Exit with 1 below these percentages of generics, registrations, trials, forms or companies
        #[arg(long, value_name = "WHAT=PERCENT,...")]
        fail_under: Option<String>,
        /// Of how many of the largest companies a group decision is asked
        #[arg(long, default_value_t = 200)]
        companies: usize,
    },
}
