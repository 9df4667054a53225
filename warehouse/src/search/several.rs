//! The best drugs for several words, all of which must match: the drugs of the
//! word with the fewest are gone through, and the other words looked up.

use super::index::Index;
use super::matches::Matches;
use super::probe::Probe;
use super::rank::{Found, Reason};
use super::word_set::WordSet;

/// A word that is not the leading one: all its drugs, or what finds it in the
/// terms of a given drug.
enum Other<'a> {
    Set(WordSet),
    Probe(Box<Probe<'a>>),
}

impl Other<'_> {
    fn reason(&self, index: &Index, drug: u32) -> Reason {
        match self {
            Self::Set(set) => set.reason(index, drug),
            Self::Probe(probe) => probe.reason(drug),
        }
    }

    fn most_points(&self) -> u32 {
        u32::from(match self {
            Self::Set(set) => set.most_points(),
            Self::Probe(probe) => probe.most_points(),
        })
    }
}

/// The best `limit` drugs that match all `words`, best first.
pub(crate) fn best_of_words(index: &Index, words: &[String], limit: usize) -> Vec<Found> {
    let Some((lead, mut others)) = lead_and_others(index, words) else { return Vec::new() };
    let (lead_place, mut lead) = lead;
    let candidates = lead.spread(index);
    for (_, other) in &mut others {
        if let Other::Set(set) = other
            && set.cost() < 4 * candidates.len()
        {
            set.spread(index);
        }
    }
    let total = u32::try_from(words.len()).unwrap_or(u32::MAX);
    let scored = score(index, &lead, candidates, &others, total, limit);
    let found = scored.into_iter().map(|(sum, drug)| {
        let mut reasons = vec![Reason::default(); words.len()];
        reasons[lead_place] = lead.reason(index, drug);
        for (place, other) in &others {
            reasons[*place] = other.reason(index, drug);
        }
        let score = u16::try_from(sum).unwrap_or(u16::MAX);
        Found { drug, score, reasons, phrase: false }
    });
    found.collect()
}

/// Each with its place among the words.
type LeadAndOthers<'a> = ((usize, WordSet), Vec<(usize, Other<'a>)>);

/// The word with the fewest drugs, as far as that can be told without going
/// through terms that are more than its drugs. None where a word matches nothing.
fn lead_and_others<'a>(index: &'a Index, words: &'a [String]) -> Option<LeadAndOthers<'a>> {
    let (mut sets, mut direct) = (Vec::new(), Vec::new());
    for (place, word) in words.iter().enumerate() {
        let matches = Matches::new(index, word);
        if matches.none() {
            let set = WordSet::of_similar(index, word);
            if set.cost() == 0 {
                return None;
            }
            sets.push((place, set));
        } else {
            direct.push((matches.at_most(), place, matches));
        }
    }
    direct.sort_by_key(|(terms, place, _)| (*terms, *place));
    let mut fewest = sets.iter().map(|(_, set)| set.cost()).min().unwrap_or(usize::MAX);
    let mut others = Vec::new();
    for (terms, place, matches) in direct {
        if terms < fewest {
            let set = WordSet::new(index, matches);
            fewest = fewest.min(set.cost());
            sets.push((place, set));
        } else {
            others.push((place, Other::Probe(Box::new(Probe::new(index, matches)))));
        }
    }
    let least = (0..sets.len()).min_by_key(|i| sets[*i].1.cost())?;
    let lead = sets.swap_remove(least);
    others.extend(sets.into_iter().map(|(place, set)| (place, Other::Set(set))));
    Some((lead, others))
}

/// The best drugs with their scores. Those with the most points for the leading
/// word come first, and it ends where the others cannot be among the best.
fn score(
    index: &Index,
    lead: &WordSet,
    candidates: Vec<u32>,
    others: &[(usize, Other)],
    total: u32,
    limit: usize,
) -> Vec<(u32, u32)> {
    let mut by_points: Vec<Vec<u32>> = vec![Vec::new(); usize::from(lead.most_points()) + 1];
    for drug in candidates {
        by_points[usize::from(lead.reason(index, drug).points())].push(drug);
    }
    let most: u32 = others.iter().map(|(_, other)| other.most_points()).sum();
    let mut best = Best { limit, least: 0, scored: Vec::new() };
    for (points, drugs) in by_points.iter().enumerate().rev() {
        let points = u32::try_from(points).unwrap_or(0);
        if (points + most) / total < best.least {
            break;
        }
        for &drug in drugs {
            let mut sum = points;
            let mut left = most;
            let all = others.iter().all(|(_, other)| {
                let points = u32::from(other.reason(index, drug).points());
                sum += points;
                left -= other.most_points();
                points > 0 && (sum + left) / total >= best.least
            });
            if all {
                best.add(sum / total, drug);
            }
        }
    }
    best.finish()
}

/// The best so many drugs.
struct Best {
    limit: usize,
    /// What has fewer points is not among them.
    least: u32,
    scored: Vec<(std::cmp::Reverse<u32>, u32)>,
}

impl Best {
    fn add(&mut self, score: u32, drug: u32) {
        self.scored.push((std::cmp::Reverse(score), drug));
        if self.scored.len() >= 2 * self.limit + 256 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.scored.len() > self.limit && self.limit > 0 {
            self.scored.select_nth_unstable(self.limit - 1);
            self.least = self.scored[self.limit - 1].0.0;
        }
        self.scored.truncate(self.limit);
    }

    fn finish(mut self) -> Vec<(u32, u32)> {
        self.shrink();
        self.scored.sort_unstable();
        self.scored.into_iter().map(|(score, drug)| (score.0, drug)).collect()
    }
}
