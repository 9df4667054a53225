//! Products, statuses and companies, paired: by marker first, by order second.

use super::text::{is_separator, marker, markers, narrow};
use super::{ApprovalKind, SplitCompany, SplitFlag, SplitProduct, SplitRecord};

/// A name with the markers that stand before it or before the names above it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marked {
    pub(super) name: String,
    pub(super) markers: Vec<u32>,
}

/// Products up to the companies that follow them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Block {
    pub(super) products: Vec<Marked>,
    pub(super) companies: Vec<Company>,
}

/// A company with the markers that stand before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Company {
    pub(super) company: SplitCompany,
    pub(super) markers: Vec<u32>,
}

/// A status with the markers that stand before it.
pub(super) type Status = (Vec<u32>, ApprovalKind);

/// Pairs everything. `statuses` is none where one of them is not known.
pub(super) fn pair(
    blocks: Vec<Block>,
    statuses: Option<&[Status]>,
    mut flags: Vec<SplitFlag>,
) -> SplitRecord {
    let mut record = SplitRecord::default();
    let all: Vec<Marked> = blocks.iter().flat_map(|b| &b.products).cloned().collect();
    let told = statuses.and_then(|statuses| pair_statuses(&all, statuses));
    if statuses.is_none() {
        flags.push(SplitFlag::UnknownStatus);
    }
    if all.is_empty() {
        flags.push(SplitFlag::NoProduct);
    } else if told.is_none() && statuses.is_some() {
        flags.push(SplitFlag::StatusCount);
    }
    let mut told = told.unwrap_or_default().into_iter();
    for block in blocks {
        let places: Vec<usize> =
            block.companies.iter().map(|c| place(&mut record.companies, &c.company)).collect();
        let chosen = pair_companies(&block);
        match (&chosen, block.products.is_empty()) {
            (None, _) => flags.push(SplitFlag::CompanyCount),
            (Some(_), false) if places.is_empty() => flags.push(SplitFlag::NoCompany),
            _ => {}
        }
        let mut chosen = chosen.unwrap_or_default().into_iter();
        for product in block.products {
            let companies = chosen.next().unwrap_or_default();
            let companies = companies.iter().filter_map(|c| places.get(*c)).copied().collect();
            record.products.push(SplitProduct {
                name: product.name,
                status: told.next(),
                companies,
            });
        }
    }
    flags.sort_unstable();
    flags.dedup();
    record.flags = flags;
    record
}

/// Place of a company in the list of all, each once.
fn place(all: &mut Vec<SplitCompany>, company: &SplitCompany) -> usize {
    if let Some(place) = all.iter().position(|known| known == company) {
        return place;
    }
    all.push(company.clone());
    all.len() - 1
}

/// A status for every product, or none where that cannot be told.
fn pair_statuses(products: &[Marked], statuses: &[Status]) -> Option<Vec<ApprovalKind>> {
    if statuses.iter().all(|(markers, _)| markers.is_empty()) || !all_marked(products) {
        let in_order = products.len() == statuses.len();
        return in_order.then(|| statuses.iter().map(|(_, kind)| *kind).collect());
    }
    let mut used = vec![0_usize; statuses.len()];
    products
        .iter()
        .map(|product| {
            let fits = |status: &Status| status.0.iter().any(|m| product.markers.contains(m));
            let of_marker: Vec<usize> =
                (0..statuses.len()).filter(|i| statuses.get(*i).is_some_and(fits)).collect();
            let siblings = products.iter().filter(|p| p.markers == product.markers).count();
            // One status for all products of a marker, or one for each.
            let at = match of_marker.as_slice() {
                [only] => *only,
                several if several.len() == siblings => {
                    *several.iter().find(|i| used.get(**i) == Some(&0))?
                }
                _ => return None,
            };
            *used.get_mut(at)? += 1;
            statuses.get(at).map(|(_, kind)| *kind)
        })
        .collect()
}

/// For every product the places of its companies in the block, or none where
/// that cannot be told.
fn pair_companies(block: &Block) -> Option<Vec<Vec<usize>>> {
    let (products, companies) = (&block.products, &block.companies);
    if companies.len() <= 1 {
        let all: Vec<usize> = (0..companies.len()).collect();
        return Some(vec![all; products.len()]);
    }
    let marked = companies.iter().filter(|c| !c.markers.is_empty()).count();
    if marked == 0 {
        let in_order = products.len() == companies.len() && !all_marked(products);
        return in_order.then(|| (0..products.len()).map(|i| vec![i]).collect());
    }
    if marked < companies.len() {
        return None;
    }
    // Markers of companies count the products where these carry none.
    let unmarked = products.iter().all(|p| p.markers.is_empty());
    if unmarked && !counts_products(companies, products.len()) {
        return None;
    }
    let mut chosen = Vec::new();
    for (number, product) in (1_u32..).zip(products) {
        let own = if unmarked { vec![number] } else { product.markers.clone() };
        let fits = |company: &Company| company.markers.iter().any(|m| own.contains(m));
        let of_marker: Vec<usize> =
            (0..companies.len()).filter(|i| companies.get(*i).is_some_and(fits)).collect();
        if of_marker.is_empty() {
            return None;
        }
        chosen.push(of_marker);
    }
    Some(chosen)
}

/// The markers of the companies are the numbers 1 to `products`.
fn counts_products(companies: &[Company], products: usize) -> bool {
    let mut numbers: Vec<u32> = companies.iter().flat_map(|c| c.markers.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len() == products && (1_u32..).zip(&numbers).all(|(expected, n)| expected == *n)
}

fn all_marked(products: &[Marked]) -> bool {
    products.iter().all(|p| !p.markers.is_empty())
}

/// The companies that a bracket names: `①A㈱、7010001008670、②B㈱、…`. Without
/// numbers and markers it is one company.
pub(super) fn companies(group: &str) -> Vec<Company> {
    let mut companies = Vec::new();
    let mut name = String::new();
    let mut found: Vec<u32> = Vec::new();
    let mut rest = group;
    let mut finish = |name: &mut String, found: &mut Vec<u32>, number: Option<String>| {
        let text = name.trim_matches(is_separator).split_whitespace().collect::<Vec<_>>().join(" ");
        name.clear();
        if !text.is_empty() {
            let company = SplitCompany { name: text, corporate_number: number };
            companies.push(Company { company, markers: std::mem::take(found) });
        }
    };
    loop {
        let at_start = name.trim_matches(is_separator).is_empty();
        let after_space = name.chars().last().is_none_or(is_separator);
        if (after_space || starts_circled(rest)) && marker(rest).is_some() {
            if !at_start {
                finish(&mut name, &mut found, None);
            }
            let (numbers, after) = markers(rest);
            found.extend(numbers);
            rest = after;
        } else if let Some((number, after)) = corporate_number(rest) {
            finish(&mut name, &mut found, Some(number));
            rest = after;
        } else {
            let mut chars = rest.chars();
            match chars.next() {
                Some(c) => name.push(c),
                None => break,
            }
            rest = chars.as_str();
        }
    }
    finish(&mut name, &mut found, None);
    companies
}

fn starts_circled(text: &str) -> bool {
    text.chars().next().is_some_and(|c| ('①'..='⑳').contains(&c))
}

/// The 13 digits that a text begins with.
fn corporate_number(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c| !narrow(c).is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let number: String = digits.chars().map(narrow).collect();
    (number.len() == 13).then_some((number, rest))
}

/// The text holds a corporate number.
pub(super) fn has_corporate_number(text: &str) -> bool {
    text.split(|c| !narrow(c).is_ascii_digit()).any(|run| run.chars().count() == 13)
}
