//! R39: only the blocks (generic, dosage form) that a change touches are
//! merged anew; the drugs of all others are taken from the snapshot before.
//!
//! Every block has a digest of all that its drugs are made of. Where it is that
//! of the snapshot before, the same records would give the same drugs, and
//! their ids, links and progress stand in its tables already.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use polars::prelude::*;
use regatta_dictionaries::{Dictionaries, MergeDecision};
use regatta_domain::{EvidenceKind, PartialDate, RegionOrder};
use regatta_lake::Sha256;

use crate::adapters::SEPARATOR;
use crate::associations::approval_numbers;
use crate::columns::{Columns, milliseconds};
use crate::distinct::text;
use crate::records::{Record, Records};
use crate::touched::{BlockSet, holds};
use crate::transform::RULES_VERSION;

/// The blocks of this snapshot.
pub(crate) struct Blocks<'a> {
    /// Generic and form, digest, number of records.
    all: BTreeMap<(String, String), (String, usize)>,
    /// Those whose digest is that of the snapshot before: forms by generic.
    kept: BTreeMap<String, BTreeSet<String>>,
    /// Those that records may have changed; all others are kept unseen. None
    /// where all are looked at.
    touched: Option<&'a BlockSet<'a>>,
}

impl<'a> Blocks<'a> {
    /// The blocks of `records`, whose holders are named in `order` where it is not
    /// the default; `registration` is the table, `before` is the table `block` of the snapshot
    /// before, none where everything is to be computed. Where only some blocks
    /// can have changed, `touched` holds them and `records` are theirs.
    pub(crate) fn of(
        records: &Records<'_>,
        registration: &DataFrame,
        (dictionaries, order): (&Dictionaries, Option<&RegionOrder>),
        before: Option<&DataFrame>,
        touched: Option<&'a BlockSet<'a>>,
    ) -> PolarsResult<Self> {
        let milestones = milestones(registration)?;
        let decisions = decisions(dictionaries);
        let mut text_of = String::new();
        let mut all = BTreeMap::new();
        for members in records.by_block().chunk_by(|a, b| a.block == b.block) {
            let (generic, form) = records.blocks[members[0].block as usize];
            text_of.clear();
            let targets = dictionaries.targets.of(generic);
            let _ =
                writeln!(text_of, "{RULES_VERSION}\u{1f}{generic}\u{1f}{form}\u{1f}{targets:?}");
            if let Some(order) = order {
                let _ = writeln!(text_of, "{order:?}");
            }
            for record in members {
                describe(&mut text_of, records, record);
                if let Some(milestones) = milestones.get(record.id) {
                    let _ = writeln!(text_of, "{milestones}");
                }
                for decision in decisions.get(record.id).into_iter().flatten() {
                    let _ = writeln!(text_of, "{decision}");
                }
            }
            let digest = Sha256::of(text_of.as_bytes()).to_string();
            all.insert((generic.to_owned(), form.to_owned()), (digest, members.len()));
        }
        let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if let Some(before) = before {
            let (generics, forms) = (text(before, "generic")?, text(before, "dosage_form")?);
            for (row, digest) in text(before, "digest")?.iter().enumerate() {
                if let (Some(generic), Some(form), Some(digest)) =
                    (generics.get(row), forms.get(row), digest)
                {
                    let key = (generic.to_owned(), form.to_owned());
                    if all.get(&key).is_some_and(|(now, _)| now == digest) {
                        kept.entry(key.0).or_default().insert(key.1);
                    }
                }
            }
        }
        Ok(Self { all, kept, touched })
    }

    /// Whether the block is as it was.
    pub(crate) fn is_kept(&self, generic: &str, form: &str) -> bool {
        self.is_untouched(generic, form)
            || self.kept.get(generic).is_some_and(|forms| forms.contains(form))
    }

    fn is_untouched(&self, generic: &str, form: &str) -> bool {
        self.touched.is_some_and(|touched| !holds(touched, Some(generic), Some(form)))
    }

    /// Blocks that have to be computed, of those that were looked at.
    pub(crate) fn touched(&self) -> (usize, usize) {
        let kept: usize = self.kept.values().map(BTreeSet::len).sum();
        (self.all.len() - kept, self.all.len())
    }

    /// Which rows of a table of the snapshot before stand as they are: those
    /// of the kept blocks by `generic` and `dosage_form`.
    pub(crate) fn keeps(&self, table: &DataFrame) -> PolarsResult<BooleanChunked> {
        let (generics, forms) = (text(table, "generic")?, text(table, "dosage_form")?);
        Ok(generics
            .iter()
            .zip(forms.iter())
            .map(|(g, f)| Some(self.is_kept(g.unwrap_or_default(), f.unwrap_or_default())))
            .collect())
    }

    /// Which rows of the table `block` of the snapshot before are of blocks that
    /// nobody looked at.
    pub(crate) fn untouched(&self, table: &DataFrame) -> PolarsResult<BooleanChunked> {
        let (generics, forms) = (text(table, "generic")?, text(table, "dosage_form")?);
        let is = |g: Option<&str>, f: Option<&str>| {
            self.is_untouched(g.unwrap_or_default(), f.unwrap_or_default())
        };
        Ok(generics.iter().zip(forms.iter()).map(|(g, f)| Some(is(g, f))).collect())
    }

    /// The rows of the table `block` that were looked at. `before` is the table of
    /// the snapshot before.
    pub(crate) fn frame(
        &self,
        before: Option<&DataFrame>,
        seen_at: i64,
    ) -> PolarsResult<DataFrame> {
        let mut computed: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        if let Some(before) = before {
            let (generics, forms) = (text(before, "generic")?, text(before, "dosage_form")?);
            for (row, at) in milliseconds(before, "computed_at")?.iter().enumerate() {
                if let (Some(generic), Some(form), Some(at)) =
                    (generics.get(row), forms.get(row), at)
                {
                    computed.insert((generic, form), at);
                }
            }
        }
        let at = |key: &(String, String)| {
            let known = computed.get(&(key.0.as_str(), key.1.as_str())).copied();
            known.filter(|_| self.is_kept(&key.0, &key.1)).unwrap_or(seen_at)
        };
        Columns::default()
            .text("generic", self.all.keys().map(|k| Some(&k.0)))
            .text("dosage_form", self.all.keys().map(|k| Some(&k.1)))
            .text("digest", self.all.values().map(|v| Some(&v.0)))
            .int("records", self.all.values().map(|v| i64::try_from(v.1).unwrap_or(i64::MAX)))
            .instant("computed_at", self.all.keys().map(|k| Some(at(k))))?
            .frame()
    }
}

/// Everything about a record that its drug is made of.
fn describe(out: &mut String, records: &Records<'_>, record: &Record<'_>) {
    for part in [record.id, record.source_id, record.kind.code()] {
        out.push_str(part);
        out.push(SEPARATOR);
    }
    let product = record.product.and_then(|p| records.products.get(p as usize)).copied();
    for part in [record.brand, record.acceptance, product] {
        // Nothing and an empty text are not the same.
        if let Some(part) = part {
            out.push('=');
            out.push_str(part);
        }
        out.push(SEPARATOR);
    }
    describe_date(out, record.date);
    match record.evidence {
        EvidenceKind::Listing { status, ever_marketed, status_date, vanished } => {
            out.push_str(status.code());
            describe_date(out, status_date);
            let _ = write!(out, "{ever_marketed:?}{vanished}");
        }
        other => {
            let _ = write!(out, "{other:?}");
        }
    }
    let _ = write!(out, "{SEPARATOR}{}{SEPARATOR}{}", record.apart, record.flags);
    for (mark, parties) in [('+', &record.parties), ('-', &record.overruled)] {
        for party in parties {
            out.push(SEPARATOR);
            out.push(mark);
            for part in [
                party.role.code(),
                records.company(party.company),
                party.group.map_or("", |g| records.group(g)),
            ] {
                out.push_str(part);
                out.push('|');
            }
        }
    }
    out.push('\n');
}

fn describe_date(out: &mut String, date: Option<PartialDate>) {
    if let Some(date) = date {
        let _ = write!(out, "{date}");
    }
    out.push(SEPARATOR);
}

/// What an association tells of a registration beside what its record holds.
fn milestones(registration: &DataFrame) -> PolarsResult<BTreeMap<&str, String>> {
    let ids = text(registration, "record_id")?;
    let column = |name: &str| registration.column(name);
    let columns = [
        column("accepted_date")?,
        column("accepted_date_precision")?,
        column("conclusion_date")?,
        column("conclusion_date_precision")?,
    ];
    let approvals = approval_numbers(registration)?;
    let mut of_record = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let Some(id) = id else { continue };
        let mut said = String::new();
        for column in columns {
            let _ = write!(said, "{}\u{1f}", column.get(row)?);
        }
        let _ = write!(said, "{:?}", approvals.get(id));
        of_record.insert(id, said);
    }
    Ok(of_record)
}

/// The merge decisions about each record, as text.
fn decisions(dictionaries: &Dictionaries) -> BTreeMap<&str, Vec<String>> {
    let mut of_record: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (line, row) in dictionaries.merge_decisions.rows() {
        let kind = match row.decision {
            MergeDecision::MustLink => "must_link",
            MergeDecision::MustNotLink => "must_not_link",
        };
        for record in [&row.record_a, &row.record_b] {
            let said = format!("{kind} {} {} {line}", row.record_a, row.record_b);
            of_record.entry(record).or_default().push(said);
        }
    }
    of_record
}
