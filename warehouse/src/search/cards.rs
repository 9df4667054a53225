//! What is shown of each drug.
//!
//! Texts are numbers in a pool; companies, generic and form are places in the
//! list of the drug's entities, which search needs anyway.

use std::collections::HashMap;

use super::format::{Section, number, u32_of};
use super::front::FrontCoded;
use super::varint::{Reader, put};
use super::{CountryProgress, Hit};
use crate::WarehouseError;

/// Cards between two places.
const STEP: u32 = 16;

/// Numbers of the texts in the pool.
pub(crate) type Pool = HashMap<String, u32>;

/// A drug as it is to be stored.
pub(crate) struct Card<'a> {
    /// As it is shown; score and matches do not count.
    pub hit: &'a Hit,
    /// The entities it belongs to, ascending.
    pub entities: &'a [u32],
    /// Those of them that are named so: generic, dosage form, holder, its group, partners.
    pub generic: u32,
    pub form: u32,
    pub holder: Option<u32>,
    pub holder_group: Option<u32>,
    pub partners: &'a [u32],
}

/// Encodes cards in the order of drugs.
#[derive(Default)]
pub(crate) struct CardsBuilder {
    offsets: Vec<u8>,
    data: Vec<u8>,
    count: u32,
    card: Vec<u8>,
}

impl CardsBuilder {
    /// Adds the card of the next drug. All its texts must be in the pool and
    /// all entities in its list.
    pub(crate) fn add(&mut self, card: &Card, pool: &Pool) -> Result<(), WarehouseError> {
        if self.count.is_multiple_of(STEP) {
            self.offsets.extend_from_slice(&number(self.data.len())?.to_le_bytes());
        }
        self.count += 1;
        self.card.clear();
        write_card(&mut self.card, card, pool)?;
        put(&mut self.data, number(self.card.len())?);
        self.data.extend_from_slice(&self.card);
        Ok(())
    }

    /// Places, and cards.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.offsets, self.data)
    }
}

fn write_card(out: &mut Vec<u8>, card: &Card, pool: &Pool) -> Result<(), WarehouseError> {
    let missing = |what: &str| WarehouseError::SearchIndex {
        reason: format!("{what} of the drug {} is not in it", card.hit.drug_id),
    };
    let place = |entity: u32| {
        let found = card.entities.binary_search(&entity).map_err(|_| missing("an entity"))?;
        number(found)
    };
    let optional = |entity: Option<u32>| entity.map_or(Ok(0), |e| place(e).map(|p| p + 1));
    let text = |text: &str| pool.get(text).copied().ok_or_else(|| missing("a text"));
    put(out, place(card.generic)?);
    put(out, place(card.form)?);
    put(out, optional(card.holder)?);
    put(out, optional(card.holder_group)?);
    put(out, number(card.partners.len())?);
    for partner in card.partners {
        put(out, place(*partner)?);
    }
    write_id(out, &card.hit.drug_id)?;
    put(out, u32::try_from(card.hit.records).unwrap_or(u32::MAX));
    put(out, number(card.hit.drug_names.len())?);
    for name in &card.hit.drug_names {
        put(out, text(name)?);
    }
    put(out, number(card.hit.progress.len())?);
    for progress in &card.hit.progress {
        put(out, text(&standing(progress))?);
        match progress.progress_date.as_deref() {
            None => put(out, 0),
            Some(date) => {
                if let Some(days) = days(date) {
                    put(out, days + 2);
                } else {
                    put(out, 1);
                    put(out, text(date)?);
                }
            }
        }
    }
    Ok(())
}

/// All texts of `hit` that its card takes from the pool.
pub(crate) fn texts(hit: &Hit) -> impl Iterator<Item = String> {
    let names = hit.drug_names.iter().cloned();
    let standings = hit.progress.iter().map(standing);
    let dates = hit.progress.iter().filter_map(|p| p.progress_date.clone());
    names.chain(standings).chain(dates.filter(|date| days(date).is_none()))
}

/// Everything of it but the date, as one text: there are few of these.
fn standing(p: &CountryProgress) -> String {
    let inactive = if p.inactive { "inactive" } else { "" };
    [&p.country, &p.progress, &p.progress_zh, inactive, &p.current_status].join("\u{1f}")
}

fn from_standing(text: &str, progress_date: Option<String>) -> CountryProgress {
    let mut parts = text.split('\u{1f}').map(ToOwned::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    let (country, progress, progress_zh) = (part(), part(), part());
    let inactive = !part().is_empty();
    CountryProgress {
        country,
        progress,
        progress_zh,
        inactive,
        progress_date,
        current_status: part(),
    }
}

/// A date of the years 0 to 9999 as a number; months of 31 days.
fn days(date: &str) -> Option<u32> {
    let mut parts = date.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let days = (year * 12 + month.checked_sub(1)?) * 31 + day.checked_sub(1)?;
    (parts.next().is_none() && year < 10_000 && written(days) == date).then_some(days)
}

fn written(days: u32) -> String {
    let (months, day) = (days / 31, days % 31 + 1);
    format!("{:04}-{:02}-{day:02}", months / 12, months % 12 + 1)
}

/// `D0000001` as the number of its digits and their value; any other id as text.
fn write_id(out: &mut Vec<u8>, id: &str) -> Result<(), WarehouseError> {
    let digits = id.strip_prefix('D').filter(|d| (1..=9).contains(&d.len()));
    match digits.and_then(|d| Some((u8::try_from(d.len()).ok()?, d.parse::<u32>().ok()?))) {
        Some((count, value)) if !id.contains('+') => {
            out.push(count);
            put(out, value);
        }
        _ => {
            out.push(0);
            put(out, number(id.len())?);
            out.extend_from_slice(id.as_bytes());
        }
    }
    Ok(())
}

fn read_id(reader: &mut Reader) -> String {
    match reader.byte() {
        0 => {
            let length = reader.index();
            String::from_utf8_lossy(reader.bytes(length)).into_owned()
        }
        digits => format!("D{:0width$}", reader.number(), width = usize::from(digits)),
    }
}

/// The cards of all drugs.
pub(crate) struct Cards {
    offsets: Section,
    data: Section,
}

/// The names of an entity, for cards.
pub(crate) struct EntityNames {
    /// Its name without the kind.
    pub name: String,
    /// Other names of it, as the kind of entity has them.
    pub others: Vec<Option<String>>,
}

impl Cards {
    pub(crate) fn new(offsets: Section, data: Section) -> Self {
        Self { offsets, data }
    }

    /// The drug as it is shown, without score and matches. Its `entities` are
    /// those that it belongs to, ascending.
    pub(crate) fn hit(
        &self,
        drug: u32,
        entities: &[u32],
        pool: &FrontCoded,
        names: impl Fn(u32) -> EntityNames,
    ) -> Hit {
        let mut reader = self.reader(drug);
        let name = |place: usize| names(entities.get(place).copied().unwrap_or(u32::MAX));
        let generic = name(reader.index());
        let form = name(reader.index());
        let mut optional = || reader.index().checked_sub(1).map(|place| name(place).name);
        let (holder, holder_group) = (optional(), optional());
        let count = reader.index();
        let partners = (0..count).map(|_| name(reader.index()).name).collect();
        let drug_id = read_id(&mut reader);
        let records = i64::from(reader.number());
        let count = reader.index();
        let drug_names = (0..count).map(|_| pool.get(reader.number())).collect();
        let count = reader.index();
        let progress = (0..count)
            .map(|_| {
                let text = pool.get(reader.number());
                let date = match reader.number() {
                    0 => None,
                    1 => Some(pool.get(reader.number())),
                    days => Some(written(days - 2)),
                };
                from_standing(&text, date)
            })
            .collect();
        let mut labels = form.others.into_iter();
        Hit {
            drug_id,
            generic: generic.name,
            generic_zh: generic.others.into_iter().flatten().collect(),
            dosage_form_en: labels.next().flatten().unwrap_or_else(|| form.name.clone()),
            dosage_form_zh: labels.next().flatten(),
            dosage_form: form.name,
            holder,
            holder_group,
            drug_names,
            partners,
            progress,
            records,
            score: 0,
            matched: Vec::new(),
        }
    }

    fn reader(&self, drug: u32) -> Reader<'_> {
        let at = u32_of(&self.offsets, (drug / STEP) as usize) as usize;
        let mut reader = Reader::new(&self.data, at);
        for _ in 0..drug % STEP {
            let length = reader.index();
            reader.bytes(length);
        }
        reader.number();
        reader
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_ids_come_back() {
        for date in ["1996-06-21", "0001-01-01", "9999-12-31", "2024-02-29"] {
            assert_eq!(days(date).map(written).as_deref(), Some(date));
        }
        for other in
            ["", "1996", "1996-06", "10000-01-01", "0044-03-15 (BC)", "1996-13-01", "1-1-1"]
        {
            assert_eq!(days(other), None, "{other}");
        }
        for id in ["D0000001", "D1", "D", "X1", "D999999999", "D12345678901", "D+1", "药"] {
            let mut out = Vec::new();
            write_id(&mut out, id).unwrap();
            assert_eq!(read_id(&mut Reader::new(&out, 0)), id);
        }
    }
}
