//! The tables `drug`, `drug_record` and `drug_id_history` (R29-R32).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rayon::prelude::*;
use regatta_domain::{
    Component, HistoryEvent, LinkKey, PartialDate, Party, RecordId, Region, RegionOrder, Role,
    RoleRecord, company_roles,
};

use crate::blocks::{Drugs, drug_name};
use crate::columns::Columns;
use crate::records::{Record, Records, flag};
use regatta_dictionaries::Dictionaries;

/// The records of each drug, in the order of the components.
pub(crate) struct Members<'a> {
    of_drug: Vec<Vec<&'a Record<'a>>>,
    by_number: BTreeMap<RecordId, &'a Record<'a>>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(records: &'a Records<'a>, drugs: &Drugs) -> Self {
        let by_number: BTreeMap<_, _> = records.list.iter().map(|r| (r.number, r)).collect();
        let of = |c: &Component| {
            c.records.iter().filter_map(|m| by_number.get(&m.id).copied()).collect()
        };
        Self { of_drug: drugs.components.iter().map(of).collect(), by_number }
    }

    /// The records of the drug at `index`.
    pub(crate) fn of(&self, index: usize) -> &[&'a Record<'a>] {
        &self.of_drug[index]
    }

    /// The record with this number.
    pub(crate) fn record(&self, number: RecordId) -> Option<&'a Record<'a>> {
        self.by_number.get(&number).copied()
    }
}

/// The table `drug`, without `first_seen` and `last_changed`, which the change
/// log tells.
pub(crate) fn drug(
    records: &Records<'_>,
    drugs: &Drugs,
    members: &Members<'_>,
    (dictionaries, order): (&Dictionaries, Option<&RegionOrder>),
) -> PolarsResult<DataFrame> {
    let order = order.cloned().unwrap_or_default();
    let sources =
        |r: &Row<'_>| r.by_source.iter().map(|(s, n)| format!("{s}={n}")).collect::<Vec<_>>();
    let rows: Vec<Row<'_>> = drugs
        .components
        .par_iter()
        .enumerate()
        .map(|(i, component)| Row::new(records, component, members.of(i), dictionaries, &order))
        .collect();
    Columns::default()
        .text("drug_id", drugs.assignment.ids.iter().map(|id| Some(drug_name(*id))))
        .text("generic", rows.iter().map(|r| Some(r.first.generic)))
        .text("dosage_form", rows.iter().map(|r| Some(r.first.form)))
        .texts("drug_names", rows.iter().map(|r| &r.names))
        .texts("drug_names_zh", rows.iter().map(|r| &r.names_zh))
        .texts("drug_names_ja", rows.iter().map(|r| &r.names_ja))
        .texts("targets", rows.iter().map(|r| &r.targets))
        .text("holder", rows.iter().map(|r| r.holder))
        .text("holder_group", rows.iter().map(|r| r.holder_group))
        .text("holder_source", rows.iter().map(|r| Some(r.holder_source)))
        .texts("partners", rows.iter().map(|r| &r.partners))
        .texts("manufacturers", rows.iter().map(|r| &r.manufacturers))
        .texts("historical_companies", rows.iter().map(|r| &r.historical))
        .texts("groups", rows.iter().map(|r| &r.groups))
        .texts("source_marks", rows.iter().map(|r| &r.marks))
        .int("records", rows.iter().map(|r| r.records))
        .texts("records_by_source", rows.iter().map(sources))
        .texts("acceptance_numbers", rows.iter().map(|r| &r.acceptance))
        .partial_date("first_approval_date", rows.iter().map(|r| r.first_approval))?
        .texts("flags", rows.iter().map(|r| &r.flags))
        .frame()
}

struct Row<'a> {
    first: &'a Record<'a>,
    names: BTreeSet<&'a str>,
    names_zh: BTreeSet<&'a str>,
    names_ja: BTreeSet<&'a str>,
    targets: Vec<&'a str>,
    holder: Option<&'a str>,
    holder_group: Option<&'a str>,
    holder_source: &'static str,
    partners: BTreeSet<&'a str>,
    manufacturers: BTreeSet<&'a str>,
    historical: BTreeSet<&'a str>,
    groups: BTreeSet<&'a str>,
    marks: BTreeSet<&'a str>,
    by_source: BTreeMap<&'a str, usize>,
    acceptance: BTreeSet<&'a str>,
    records: i64,
    first_approval: Option<PartialDate>,
    flags: BTreeSet<String>,
}

impl<'a> Row<'a> {
    fn new(
        all: &'a Records<'a>,
        component: &Component,
        members: &[&'a Record<'a>],
        dictionaries: &'a Dictionaries,
        order: &RegionOrder,
    ) -> Self {
        let first = members[0];
        // Companies of an undivided record do not link, but are its companies.
        let parties: Vec<Vec<Party>> = members
            .iter()
            .map(|r| {
                let unlinked = r.overruled.iter().filter(|p| p.role != Role::Historical);
                r.parties.iter().chain(unlinked).copied().collect()
            })
            .collect();
        let role_records: Vec<RoleRecord<'_>> = members
            .iter()
            .zip(&parties)
            .map(|(r, parties)| RoleRecord { kind: r.kind, region: r.region, parties })
            .collect();
        let roles = company_roles(&role_records, order);
        let names = |ids: &[regatta_domain::CompanyId]| -> BTreeSet<&'a str> {
            ids.iter().map(|c| all.company(*c)).collect()
        };
        // Several companies of one group may each hold products of the drug:
        // the first is the holder, the others are partners, none is lost.
        let holder = roles.holder();
        let mut partners = names(&roles.partners);
        partners.extend(roles.holders.iter().skip(1).map(|c| all.company(*c)));
        let mut historical = names(&roles.historical);
        let overruled = members.iter().flat_map(|r| &r.overruled);
        historical.extend(
            overruled.filter(|p| p.role == Role::Historical).map(|p| all.company(p.company)),
        );
        let mut by_source: BTreeMap<&str, usize> = BTreeMap::new();
        for record in members {
            *by_source.entry(record.source_id).or_default() += 1;
        }
        let names_in = |script: fn(char) -> bool, region: Region| {
            members
                .iter()
                .filter(|r| r.region == region)
                .filter_map(|r| r.brand)
                .filter(|name| name.chars().any(script))
                .collect()
        };
        let holder_group = holder
            .and_then(|h| parties.iter().flatten().find(|p| p.company == h).and_then(|p| p.group));
        Self {
            first,
            names: members.iter().filter_map(|r| r.brand).collect(),
            names_zh: names_in(is_han, Region::Cn),
            names_ja: names_in(|c| is_han(c) || is_kana(c), Region::Jp),
            targets: dictionaries.targets.of(first.generic),
            holder: holder.map(|h| all.company(h)),
            holder_group: holder_group.map(|g| all.group(g)),
            holder_source: roles.holder_source.code(),
            partners,
            manufacturers: names(&roles.manufacturers),
            historical,
            groups: roles.groups.iter().map(|g| all.group(*g)).collect(),
            marks: members.iter().map(|r| r.mark()).collect(),
            by_source,
            acceptance: members.iter().filter_map(|r| r.acceptance).collect(),
            records: i64::try_from(members.len()).unwrap_or(i64::MAX),
            first_approval: members.iter().filter(|r| r.is_approval()).filter_map(|r| r.date).min(),
            flags: flags(all, component, members),
        }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
}

fn flags(all: &Records<'_>, component: &Component, members: &[&Record<'_>]) -> BTreeSet<String> {
    let mut flags: BTreeSet<String> = component
        .bridges
        .iter()
        .filter_map(|key| match key {
            LinkKey::Company(c) => Some(format!("bridge:{}", all.company(*c))),
            LinkKey::Group(g) => Some(format!("bridge:{}", all.group(*g))),
            LinkKey::SameProduct(_) | LinkKey::Decision(_) => None,
        })
        .collect();
    let marks = members.iter().fold(0, |marks, r| marks | r.flags);
    for (mark, name) in [
        (flag::UNMATCHED_GENERIC, "unmatched_generic"),
        (flag::UNMATCHED_FORM, "unmatched_form"),
        (flag::UNSPECIFIED_FORM, "unspecified_form"),
        (flag::INFERRED_FORM, "inferred_form"),
        (flag::NO_COMPANY, "no_company"),
        (flag::UNDIVIDED, "undivided"),
    ] {
        if marks & mark != 0 {
            flags.insert(name.to_owned());
        }
    }
    flags
}

/// The table `drug_record`: why each record is in its drug (R29).
pub(crate) fn drug_record(
    records: &Records<'_>,
    drugs: &Drugs,
    members: &Members<'_>,
) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = drugs
        .components
        .iter()
        .zip(&drugs.assignment.ids)
        .flat_map(|(component, id)| component.records.iter().map(move |m| (*id, m)))
        .filter_map(|(id, member)| members.record(member.id).map(|record| (id, member, record)))
        .collect();
    let link = |key: LinkKey| match key {
        LinkKey::SameProduct(p) => {
            ("same_product", records.products.get(p as usize).map(|p| (*p).to_owned()))
        }
        LinkKey::Company(c) => ("company", Some(records.company(c).to_owned())),
        LinkKey::Group(g) => ("group", Some(records.group(g).to_owned())),
        LinkKey::Decision(d) => ("decision", Some(d.0.to_string())),
    };
    let links: Vec<_> = rows.iter().map(|(_, m, _)| m.link.map(|l| link(l.key))).collect();
    Columns::default()
        .text("drug_id", rows.iter().map(|(id, _, _)| Some(drug_name(*id))))
        .text("record_id", rows.iter().map(|(_, _, r)| Some(r.id)))
        .text("source_id", rows.iter().map(|(_, _, r)| Some(r.source_id)))
        .text("record_kind", rows.iter().map(|(_, _, r)| Some(r.kind.code())))
        .text("country", rows.iter().map(|(_, _, r)| Some(r.region.code())))
        .text("link_kind", links.iter().map(|l| Some(l.as_ref().map_or("first", |l| l.0))))
        .text("link_name", links.iter().map(|l| l.as_ref().and_then(|l| l.1.as_deref())))
        .text(
            "linked_to",
            rows.iter().map(|(_, m, _)| m.link.and_then(|l| members.record(l.with)).map(|r| r.id)),
        )
        .frame()
}

/// The new rows of `drug_id_history` (R32): what became of earlier ids.
pub(crate) fn drug_id_history(drugs: &Drugs, seen_at: i64) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = drugs
        .assignment
        .history
        .iter()
        .filter(|h| !matches!(h.event, HistoryEvent::Kept | HistoryEvent::New))
        .collect();
    Columns::default()
        .text("drug_id", rows.iter().map(|h| Some(drug_name(h.drug))))
        .text("event", rows.iter().map(|h| Some(h.event.code())))
        .text("other_id", rows.iter().map(|h| h.other.map(drug_name)))
        .instant("seen_at", rows.iter().map(|_| Some(seen_at)))?
        .int("records", rows.iter().map(|h| i64::try_from(h.records).unwrap_or(i64::MAX)))
        .frame()
}
