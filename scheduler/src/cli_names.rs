//! The command line of `review` and `dictionary`.
#![allow(clippy::doc_markdown, reason = "doc comments are the help text")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
    /// Only this kind of value: generic, dosage_form or company
    #[arg(long, global = true)]
    pub kind: Option<String>,
    /// How many values at most
    #[arg(long, global = true, default_value_t = 50)]
    pub limit: usize,
}

const REVIEW_HELP: &str = "Examples:
  regatta review                                     the page of keys
  regatta review list --kind company --limit 20
  regatta review accept generic osimertinb           take the first suggestion
  regatta review map-to company 'Foo Ltd' 'Foo Pharma'
  regatta review not-a-drug 'sterile diluent'
  regatta review unlink cn_nmpa:H20140344 us_orange_book:N-020636-001 --reason 'another salt'
The next `regatta refresh` applies what was decided.";

/// What to do with the review queue.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// The open values by impact, with suggestions and their scores
    List,
    /// A suggestion is right
    Accept {
        /// generic, dosage_form or company
        of: String,
        /// The value as the list shows it
        value: String,
        /// Which suggestion
        #[arg(long, default_value_t = 1)]
        suggestion: usize,
    },
    /// The value means this standard name
    MapTo {
        /// generic, dosage_form or company
        of: String,
        /// The value as the list shows it
        value: String,
        /// The standard name
        target: String,
    },
    /// No suggestion is right: the value stands under its own name
    Reject {
        /// generic, dosage_form or company
        of: String,
        /// The value as the list shows it
        value: String,
    },
    /// The value names no drug
    NotADrug {
        /// The value as the list shows it
        value: String,
    },
    /// Take a decision back
    Undo {
        /// generic, dosage_form or company
        of: String,
        /// The value
        value: String,
    },
    /// Take the decisions of a CSV file with the columns of decisions.csv
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
}

/// What to do with the dictionaries.
#[derive(Debug, Subcommand)]
pub enum DictionaryCommand {
    /// Take public tables: drug targets, names in several languages, company groups, dosage forms
    #[command(after_help = "Examples:
  regatta dictionary import drug.target.interaction.tsv --into dictionaries
  regatta dictionary import names_en_ja.tsv --as names --dry-run")]
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
    Coverage {
        /// Exit with 1 below these percentages, e.g. generics=90,trials=80,forms=99
        #[arg(long, value_name = "WHAT=PERCENT,...")]
        fail_under: Option<String>,
        /// Of how many of the largest companies a group decision is asked
        #[arg(long, default_value_t = 200)]
        companies: usize,
    },
}
