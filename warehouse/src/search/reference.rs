//! The ranking rule done the slow way, over random data, against the engine.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::build_cards::EntityTexts;
use super::encode::Content;
use super::rule::{self, Class, INGREDIENTS, KINDS, NUMBER, Query, TARGET};
use super::terms::Term;
use super::{Hit, Index, Match};
use crate::fold::{fold, is_cjk};

/// Entities that stand for several drugs.
const ENTITIES: [&str; 8] = [
    "company:a b",
    "company:bc",
    "form:ba",
    "form:片",
    "generic:aab",
    "generic:cab",
    "group:bb",
    "target:AC",
];

/// A drug: its generic, form and company, and its own terms (kind, text).
type Drug = (usize, usize, usize, Vec<(u8, String)>);

/// Drugs and the terms of the shared entities.
#[derive(Clone, Debug)]
struct World {
    drugs: Vec<Drug>,
    terms: Vec<(u8, usize, String)>,
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abc]{1,8}",
        "[abc ]{1,9}",
        "[片剂注a]{1,5}",
        "[ab]{3,5}-[0-9]{2,3}",
        "d[0-3]{6,8}",
        "[abcd]{5,11}"
    ]
    .prop_map(|text| fold(&text))
    .prop_filter("a term has a text", |text| !text.is_empty())
}

fn worlds() -> impl Strategy<Value = World> {
    let own = prop::collection::vec((prop_oneof![Just(1u8), Just(NUMBER)], texts()), 0..4);
    let drug = (4..6usize, 2..4usize, 0..2usize, own);
    let term = (0..u8::try_from(KINDS.len()).unwrap(), 0..ENTITIES.len(), texts());
    (prop::collection::vec(drug, 1..60), prop::collection::vec(term, 0..80)).prop_map(
        |(drugs, terms)| {
            let fits = |(kind, entity, _): &(u8, usize, String)| {
                let kind = KINDS[usize::from(*kind)].entity;
                ENTITIES[*entity].split(':').next() == Some(kind)
            };
            World { drugs, terms: terms.into_iter().filter(fits).collect() }
        },
    )
}

impl World {
    fn hits(&self) -> Vec<Hit> {
        let name = |entity: usize| ENTITIES[entity].split_once(':').unwrap().1.to_owned();
        let hit = |(i, (generic, form, holder, _)): (usize, &Drug)| Hit {
            drug_id: format!("D{i:03}"),
            generic: name(*generic),
            generic_zh: Vec::new(),
            dosage_form: name(*form),
            dosage_form_en: name(*form),
            dosage_form_zh: None,
            holder: Some(name(*holder)),
            holder_group: None,
            drug_names: Vec::new(),
            partners: Vec::new(),
            progress: Vec::new(),
            records: 1,
            score: 0,
            matched: Vec::new(),
        };
        self.drugs.iter().enumerate().map(hit).collect()
    }

    fn lists(&self) -> Vec<Vec<u32>> {
        let of = |entity: usize| {
            let drugs = self.drugs.iter().enumerate().filter(move |(i, (g, f, c, _))| {
                // The entities that no card needs, on some of the drugs.
                [*g, *f, *c].contains(&entity) || (entity >= 6 && i % entity == 0)
            });
            drugs.map(|(i, _)| u32::try_from(i).unwrap()).collect()
        };
        (0..ENTITIES.len()).map(of).collect()
    }

    fn sorted_terms(&self) -> Vec<Term> {
        let drugs = u32::try_from(self.drugs.len()).unwrap();
        let term = |kind: u8, entity: u32, key: &str| Term {
            key: key.into(),
            kind,
            entity,
            text: None,
            capitals: false,
        };
        let shared = self
            .terms
            .iter()
            .map(|(kind, entity, key)| term(*kind, drugs + u32::try_from(*entity).unwrap(), key));
        let own = self.drugs.iter().enumerate().flat_map(|(i, (_, _, _, own))| {
            let i = u32::try_from(i).unwrap();
            own.iter().map(move |(kind, key)| term(*kind, i, key))
        });
        shared.chain(own).collect::<BTreeSet<Term>>().into_iter().collect()
    }

    fn index(&self) -> Index {
        let (hits, lists, terms) = (self.hits(), self.lists(), self.sorted_terms());
        let entities = EntityTexts::named(&ENTITIES.map(ToOwned::to_owned));
        let content = Content {
            snapshot_id: "S",
            hits: &hits,
            entities: &entities,
            lists: &lists,
            terms: &terms,
        };
        Index::from_bytes(content.encode().unwrap()).unwrap()
    }
}

/// Everything that the rule says, without a thought for speed: drug, score,
/// and for each word of the better attempt how, kind, and term.
fn by_the_rule(world: &World, index: &Index, text: &str) -> Vec<(u32, u32, Vec<Match>)> {
    let terms = world.sorted_terms();
    let is_target = |name: &str| terms.iter().any(|t| t.kind == TARGET && &*t.key == name);
    let is_ingredient =
        |name: &str| terms.iter().any(|t| INGREDIENTS.contains(&t.kind) && &*t.key == name);
    let Some(query) = Query::parse(text, is_target, is_ingredient) else { return Vec::new() };
    let mut best: BTreeMap<u32, (u32, bool, Vec<Match>)> = BTreeMap::new();
    let attempts = [(query.words.clone(), false)];
    let phrase = query.phrase.iter().map(|phrase| (vec![phrase.clone()], true));
    for (words, is_phrase) in attempts.into_iter().chain(phrase) {
        for (drug, (score, matched)) in attempt(world, index, &terms, &words, !is_phrase) {
            let candidate = (score, is_phrase, matched);
            let better = best.get(&drug).is_none_or(|b| (b.0, b.1) < (score, is_phrase));
            if better {
                best.insert(drug, candidate);
            }
        }
    }
    let mut all: Vec<_> = best.into_iter().map(|(drug, (score, _, m))| (drug, score, m)).collect();
    all.sort_by_key(|(drug, score, _)| (std::cmp::Reverse(*score), *drug));
    all
}

type Reasons = BTreeMap<u32, (u16, std::cmp::Reverse<u8>, std::cmp::Reverse<String>)>;

fn attempt(
    world: &World,
    index: &Index,
    terms: &[Term],
    words: &[String],
    suggest: bool,
) -> BTreeMap<u32, (u32, Vec<Match>)> {
    let by_word: Vec<Reasons> =
        words.iter().map(|word| reasons(world, index, terms, word, suggest)).collect();
    let Some(first) = by_word.first() else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for drug in first.keys() {
        let Some(of_drug) = by_word.iter().map(|r| r.get(drug)).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let sum: u32 = of_drug.iter().map(|(points, _, _)| u32::from(*points)).sum();
        let matched = words.iter().zip(of_drug).map(|(word, (points, kind, term))| Match {
            word: word.clone(),
            how: Class::of(*points).name().to_owned(),
            kind: KINDS[usize::from(kind.0)].name.to_owned(),
            term: term.0.clone(),
        });
        found.insert(*drug, (sum / u32::try_from(words.len()).unwrap(), matched.collect()));
    }
    found
}

#[allow(clippy::similar_names, reason = "a term among terms")]
fn reasons(world: &World, index: &Index, terms: &[Term], word: &str, suggest: bool) -> Reasons {
    let mut matching: Vec<(&Term, u16)> = terms
        .iter()
        .filter_map(|term| {
            let class = class(word, &term.key)?;
            Some((term, rule::points(class, term.kind, word.len(), term.key.len())))
        })
        .collect();
    if matching.is_empty() && suggest {
        for (variant, edits) in index.suggestions().similar(word) {
            matching.extend(
                terms.iter().filter(|term| term.kind != NUMBER && term.key.contains(&variant)).map(
                    |term| {
                        let cover = rule::cover(variant.len(), term.key.len());
                        (term, rule::similar_points(term.kind, edits, cover))
                    },
                ),
            );
        }
    }
    let (lists, drugs) = (world.lists(), u32::try_from(world.drugs.len()).unwrap());
    let mut best = Reasons::new();
    for (term, points) in matching {
        let reason =
            (points, std::cmp::Reverse(term.kind), std::cmp::Reverse(term.key.to_string()));
        let own = [term.entity];
        let of_term = match term.entity.checked_sub(drugs) {
            Some(entity) => lists[entity as usize].as_slice(),
            None => &own,
        };
        for drug in of_term {
            let better = best.get(drug).is_none_or(|b| *b < reason);
            if better {
                best.insert(*drug, reason.clone());
            }
        }
    }
    best
}

fn class(word: &str, term: &str) -> Option<Class> {
    let cjk = word.chars().any(is_cjk);
    let length = word.chars().count();
    if word.is_empty() {
        None
    } else if term == word {
        Some(Class::Exact)
    } else if term.starts_with(word) {
        Some(Class::Prefix)
    } else if rule::is_drug_id(term.as_bytes()) {
        None
    } else if term.contains(&format!(" {word}")) && (cjk || length > 1) {
        Some(Class::Word)
    } else if term.contains(word) && (cjk || length > 2) {
        Some(Class::Substring)
    } else {
        None
    }
}

fn shown(hits: Vec<Hit>) -> Vec<(u32, u32, Vec<Match>)> {
    hits.into_iter()
        .map(|h| (h.drug_id[1..].parse().unwrap(), u32::try_from(h.score).unwrap(), h.matched))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn r43_the_engine_ends_early_with_what_the_rule_says(
        world in worlds(),
        queries in prop::collection::vec(
            prop_oneof![texts(), (texts(), texts()).prop_map(|(a, b)| format!("{a} {b}")),
                "[abc] [abc]{1,2}", "[abc]{1,2}[-・][abc]{1,2}", "[abc] and [abc]", "[abc]{1,3} inhibitors?", "[abc]{1,2}抑制剂", "d?[0-3]{2,4}", "[片剂]", "[abc]{1,3}", "[abcd]{5,9}"],
            1..8,
        ),
        limit in 1..12usize,
    ) {
        let index = world.index();
        for query in queries {
            let expected = by_the_rule(&world, &index, &query);
            prop_assert_eq!(shown(index.search(&query, 1000)), expected.clone(), "{}", query);
            let first = &expected[..limit.min(expected.len())];
            prop_assert_eq!(shown(index.search(&query, limit)), first, "{} of {}", limit, query);
            let scores: Vec<u32> = expected.iter().map(|e| e.1).collect();
            prop_assert!(scores.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn r43_every_drug_is_found_by_its_terms_and_by_any_part_of_a_chinese_one(
        world in worlds(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let index = world.index();
        let ids = |query: &str| -> BTreeSet<String> {
            index.search(query, 1000).into_iter().map(|h| h.drug_id).collect()
        };
        for (i, (_, _, _, own)) in world.drugs.iter().enumerate() {
            let id = format!("D{i:03}");
            for (_, text) in own {
                prop_assert!(ids(text).contains(&id), "{}", text);
                let characters: Vec<char> = text.chars().collect();
                let (a, b) = (from.index(characters.len()), to.index(characters.len()));
                let part: String = characters[a.min(b)..=a.max(b)].iter().collect();
                if part.chars().all(is_cjk) {
                    prop_assert!(ids(&part).contains(&id), "{} of {}", part, text);
                }
            }
        }
    }

    #[test]
    fn any_text_may_be_asked_for(world in worlds(), text in ".{0,60}", limit in 0..4usize) {
        prop_assert!(world.index().search(&text, limit).len() <= limit);
    }
}
