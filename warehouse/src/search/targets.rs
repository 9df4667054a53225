//! Targets as people write them (R43): `HER2`, `her-2`, `HER 2`, `EGFR抑制剂`,
//! `anti-PD-1 antibody`.

use std::collections::BTreeSet;

use super::numbers::{has_slashes, number_key};
use crate::fold::{is_cjk, words};

/// Words for what a drug does to its target; behind the name of a target they
/// name a class of drugs. Where one ends in another, the longer one comes first.
/// The macro `without_class` has the same.
const CLASSES: [&str; 33] = [
    "inhibitors",
    "inhibitor",
    "antagonists",
    "antagonist",
    "agonists",
    "agonist",
    "blockers",
    "blocker",
    "modulators",
    "modulator",
    "monoclonal antibodies",
    "monoclonal antibody",
    "antibodies",
    "antibody",
    "tkis",
    "tki",
    "mabs",
    "mab",
    "car-t",
    "car t",
    "抑制剂",
    "拮抗剂",
    "激动剂",
    "阻滞剂",
    "单克隆抗体",
    "モノクローナル抗体",
    "单抗",
    "抗体",
    "阻害薬",
    "阻害剤",
    "拮抗薬",
    "作動薬",
    "遮断薬",
];

/// A folded word without a class of drugs at its end, and without the `anti` in
/// front of a target: `egfr` of `egfr抑制剂`, nothing of `inhibitor`.
pub(crate) fn without_class(word: &str) -> &str {
    let name = CLASSES
        .iter()
        .find_map(|class| word.strip_suffix(class))
        .map_or(word, |name| name.trim_end_matches([' ', '-']));
    let anti = ["anti-", "anti ", "anti", "抗"].iter().find_map(|anti| name.strip_prefix(anti));
    anti.unwrap_or(name)
}

/// A folded query without a class of drugs, where that leaves the name of a
/// target and the query is none: `cdk4/6` of `cdk4/6 inhibitor`. The macro
/// `asked_phrase` does the same.
pub(crate) fn phrase_without_class(phrase: &str, is_target: impl Fn(&str) -> bool) -> &str {
    let name = without_class(phrase);
    if !is_target(phrase) && is_target(name) { name } else { phrase }
}

/// How many words are looked at for a name or a number of several.
const LONGEST: usize = 8;

/// The words of a folded query. The name of a target of several words (`cdk 4/6`,
/// `glp-1 receptor`), with a class of drugs at its end or without, is one word,
/// and so is a number of several (`nda 20-636`); of those that overlap the first.
/// A mark that joins ingredients parts neither the name of a target (`cdk4/6`,
/// `bcr/abl`) nor a number that is written with it (`at/h/0300/001`).
pub(crate) fn words_of(phrase: &str, is_target: impl Fn(&str) -> bool) -> Vec<String> {
    let is_name = |said: &str| is_target(said) || is_target(without_class(said));
    let chunks: Vec<&str> = phrase.split(' ').collect();
    // From each place on, the most words that are one; that place alone where none are.
    let ends: Vec<usize> = (0..chunks.len())
        .map(|from| {
            let longest = chunks.len().min(from + LONGEST);
            let is_one = |to: &usize| {
                let said = chunks[from..*to].join(" ");
                is_name(&said) || number_key(&said) != said
            };
            (from + 2..=longest).rev().find(is_one).unwrap_or(from + 1)
        })
        .collect();
    let mut found: Vec<String> = Vec::new();
    let mut reached = 0;
    for (from, &end) in ends.iter().enumerate() {
        // What an earlier name reaches into stands by itself, or belongs to that.
        let overlapped = ends[..from].iter().any(|&earlier| earlier > from);
        let to = if overlapped { from + 1 } else { end };
        if from < reached {
            continue;
        }
        reached = to;
        let said = chunks[from..to].join(" ");
        let mut parts = words(&said);
        if to > from + 1 || (parts.len() > 1 && (is_name(&said) || has_slashes(&said))) {
            parts = vec![said];
        }
        for part in parts {
            if !found.contains(&part) {
                found.push(part);
            }
        }
    }
    found
}

/// The words of a query without classes of drugs. They are left out only where
/// they say nothing else: a word for a class behind the name of a target, which
/// may be of several words (`GLP-1 receptor agonist`), and a class run together
/// with one. In `C1 esterase inhibitor` it is part of a name and stays.
pub(crate) fn without_classes(words: Vec<String>, is_target: impl Fn(&str) -> bool) -> Vec<String> {
    let names: Vec<String> = words.iter().map(|word| without_class(word).to_owned()).collect();
    let behind_target = |place: usize| {
        let before = &names[..place];
        (0..place).any(|from| is_target(&before[from..].join(" ")))
    };
    let all = words.into_iter().enumerate().filter_map(|(place, word)| {
        let name = &names[place];
        if name.is_empty() {
            return (!behind_target(place)).then_some(word);
        }
        let meant = *name != word && !is_target(&word) && is_target(name);
        Some(if meant { name.clone() } else { word })
    });
    all.collect()
}

/// Other spellings of the folded name of a target, sorted: hyphens left out, or
/// a space in their place; all run together; and a hyphen or a space before the
/// number, as in `her-2`, `cdk 4/6`, `白介素-6受体`.
pub(crate) fn spellings(key: &str) -> BTreeSet<String> {
    let with_marks_as = |mark: &str| -> String {
        let plain: String = key
            .chars()
            .map(|c| if c.is_alphanumeric() || c == ' ' { c.to_string() } else { mark.to_owned() })
            .collect();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let joined = with_marks_as("");
    // With the other marks as they are: the slash of `cdk4/6` is part of how it is written.
    let marked = key.replace('-', "");
    let apart = |text: &str, mark: char| -> String {
        let words: Vec<String> = text.split(' ').map(|w| number_apart(w, mark)).collect();
        words.join(" ")
    };
    let mut all = BTreeSet::from([
        with_marks_as(" "),
        joined.replace(' ', ""),
        apart(&joined, '-'),
        apart(&joined, ' '),
        apart(&marked, '-'),
        apart(&marked, ' '),
        marked,
        joined,
    ]);
    all.remove(key);
    all.remove("");
    all
}

/// `her-2` of `her2`, `pd-l1` as it stands: a mark between the first letters and
/// the digits behind them. One Latin letter and its number (`h1`, also behind
/// Chinese: `组胺h1受体`) are not taken apart, Chinese and Japanese are.
fn number_apart(word: &str, mark: char) -> String {
    let is_letter = |c: char| c.is_ascii_alphabetic() || (is_cjk(c) && c.is_alphabetic());
    let letters = word.find(|c| !is_letter(c)).unwrap_or(word.len());
    let (name, rest) = word.split_at(letters);
    let takes_number = name.chars().next_back().is_some_and(is_cjk) || name.is_ascii();
    if name.len() > 1 && takes_number && rest.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{name}{mark}{rest}")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_a_target_has_its_spellings_with_and_without_hyphens() {
        let of = |key: &str| spellings(key).into_iter().collect::<Vec<_>>();
        assert_eq!(of("her2"), ["her 2", "her-2"]);
        assert_eq!(of("pd-1"), ["pd 1", "pd1"]);
        assert_eq!(of("pd-l1"), ["pd l1", "pdl 1", "pdl-1", "pdl1"]);
        assert_eq!(of("glp-1 receptor"), ["glp 1 receptor", "glp1 receptor", "glp1receptor",]);
        assert_eq!(of("egfr"), [""; 0]);
        assert_eq!(of("表皮生长因子受体"), [""; 0]);
        assert_eq!(of("glp-1受体"), ["glp 1受体", "glp1受体"]);
        assert_eq!(of("白介素6受体"), ["白介素 6受体", "白介素-6受体"]);
        assert_eq!(of("血管紧张素ii受体1"), ["血管紧张素ii受体 1", "血管紧张素ii受体-1"]);
        assert_eq!(of("インターロイキン-6受容体").len(), 2, "with a space, and with nothing");
        assert_eq!(of("组胺h1受体"), [""; 0]);
    }

    #[test]
    fn r43_a_target_keeps_its_slash_with_and_without_hyphens() {
        let all = spellings("cdk4/6");
        for spelling in ["cdk-4/6", "cdk 4/6", "cdk4 6", "cdk46"] {
            assert!(all.contains(spelling), "{spelling}");
        }
        assert!(spellings("il-12/23").contains("il12/23"));
        let is_target = |name: &str| ["cdk4/6", "cdk 4/6", "egfr"].contains(&name);
        for (asked, words) in [
            ("cdk4/6 inhibitor pfizer", &["cdk4/6 inhibitor", "pfizer"][..]),
            ("cdk4/6抑制剂", &["cdk4/6抑制剂"]),
            ("cdk 4/6", &["cdk 4/6"]),
            ("pfizer cdk 4/6 inhibitors 片", &["pfizer", "cdk 4/6 inhibitors", "片"]),
            ("cdk 4", &["cdk", "4"]),
            ("nda 20-636 egfr", &["nda 20-636", "egfr"]),
            ("at/h/0300/001 egfr", &["at/h/0300/001", "egfr"]),
            ("egfr/egfr 片", &["egfr", "片"]),
            ("/", &[]),
        ] {
            assert_eq!(words_of(asked, is_target), words, "{asked}");
        }
        for (asked, phrase) in [
            ("cdk 4/6 inhibitors", "cdk 4/6"),
            ("cdk4/6抑制剂", "cdk4/6"),
            ("egfr", "egfr"),
            ("cdk4/6 inhibitor pfizer", "cdk4/6 inhibitor pfizer"),
            ("c1 esterase inhibitor", "c1 esterase inhibitor"),
        ] {
            assert_eq!(phrase_without_class(asked, is_target), phrase, "{asked}");
        }
    }

    #[test]
    fn r43_a_class_of_drugs_is_left_out_behind_a_target_only() {
        let targets = ["egfr", "glp-1 receptor", "pd-1", "antithrombin", "thrombin", "her2"];
        let of = |text: &str| {
            let words = text.split(' ').map(str::to_owned).collect();
            without_classes(words, |name| targets.contains(&name)).join(" ")
        };
        for (asked, meant) in [
            ("egfr inhibitor", "egfr"),
            ("egfr inhibitors astrazeneca", "egfr astrazeneca"),
            ("egfr抑制剂", "egfr"),
            ("egfr 阻害薬", "egfr"),
            ("egfr-inhibitors", "egfr"),
            ("glp-1 receptor agonists", "glp-1 receptor"),
            ("anti-pd-1 antibody", "pd-1"),
            ("egfr-tki", "egfr"),
            ("her2 mab", "her2"),
            ("her2单克隆抗体", "her2"),
            ("infliximab", "infliximab"),
            ("抗her2单抗", "her2"),
            ("antithrombin", "antithrombin"),
            ("c1 esterase inhibitor", "c1 esterase inhibitor"),
            ("inhibitor egfr", "inhibitor egfr"),
            ("西妥昔单抗", "西妥昔单抗"),
            ("抗体", "抗体"),
        ] {
            assert_eq!(of(asked), meant, "{asked}");
        }
    }
}
