//! What part a drug has in a trial, by the words around its name (R11).

use std::ops::Range;

/// The part of a drug in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MentionRole {
    /// The drug under study, alone or in a combination.
    Test,
    /// What it is compared with: a name behind `versus`, `compared with`, 对比,
    /// before 对照.
    Comparator,
    /// Earlier or standing treatment of the participants: `inadequately
    /// controlled with metformin`, 奥希替尼治疗失败.
    Background,
}

impl MentionRole {
    /// `test`, `comparator` or `background`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Comparator => "comparator",
            Self::Background => "background",
        }
    }
}

/// Words between two drugs of which the second is compared with the first.
const VERSUS: &[&str] = &[
    " versus ",
    " vs ",
    " vs. ",
    "compared with",
    "compared to",
    "compared against",
    "comparison with",
    "comparison to",
    "relative to",
    "对比",
    "比较",
    "相较于",
    "相比于",
    "对照",
];

/// What may be compared with in place of a drug: behind it comes no comparator.
const NO_DRUG: &[&str] =
    &["placebo", "standard of care", "standard care", "usual care", "best supportive", "安慰剂"];

/// Words in front of a drug that the participants have had or have.
const BACKGROUND: &[&str] = &[
    "treated with",
    "controlled with",
    "controlled on",
    "controlled by",
    "response to",
    "responders to",
    "receiving",
    "background",
    "add-on to",
    "added to",
    "既往接受",
    "既往",
    "经",
];

/// Words in front of a drug that did not help the participants. Nobody tests that
/// one on them, so it is no test drug where it is the only one that is named, either.
const FAILED: &[&str] = &[
    "refractory to",
    "resistant to",
    "intolerant to",
    "intolerant of",
    "failed",
    "failure of",
    "failing",
    "progressed on",
    "progression on",
];

/// Words behind a drug that the participants have had or have.
const BACKGROUND_AFTER: &[&str] = &["经治"];

/// Words behind a drug that did not help the participants.
const FAILED_AFTER: &[&str] =
    &["治疗失败", "耐药", "控制不佳", "不耐受", "难治", "refractory", "resistant"];

/// Between two names of one list; a comma or 、 is one within a longer list.
const LIST: &[&str] = &["and", "or", "and/or", "/", "+", "plus", "和", "或", "及", "与", "、"];

/// Who is treated: before `receiving A` they tell what is done for them from what
/// they have.
const FOR_PARTICIPANTS: &[&str] =
    &[" for patients", " for subjects", " for participants", " for adults", " for children"];

/// `A study for patients receiving A` is about A, `nutrition for patients receiving
/// A` is not.
const STUDY: &[&str] = &[
    "study",
    "trial",
    "protocol",
    "program",
    "programme",
    "extension",
    "access",
    "use",
    "treatment",
    "therapy",
    "option",
];

/// Names joined to the one before: they share its role.
const JOINING: &[&str] = &[
    "in combination with",
    "combination with",
    "combined with",
    "together with",
    "along with",
    "co-administered with",
    "coadministered with",
    "patients with",
    "subjects with",
    "participants with",
    "adults with",
    "children with",
    "women with",
    "men with",
];

/// One role for each name, in the order of the text. Where no name is left
/// under study, the wording was misread, and all are; but never one that failed.
pub(super) fn roles(text: &str, names: &[Range<usize>]) -> Vec<MentionRole> {
    // ASCII only: offsets must stay those of the text.
    let lower = text.to_ascii_lowercase();
    let had = had(&lower, names);
    let mut roles = Vec::with_capacity(names.len());
    let mut compared = false;
    for (at, name) in names.iter().enumerate() {
        if had[at].is_some() {
            roles.push(MentionRole::Background);
            continue;
        }
        let (gap, behind) = (gap(&lower, names, at), &lower[name.end..]);
        if at > 0 && (is_versus(gap) || is_second_of_comparison(&lower, names, at)) {
            compared = true;
        }
        let control = is_control(gap, behind);
        roles.push(if compared || control { MentionRole::Comparator } else { MentionRole::Test });
    }
    if !roles.contains(&MentionRole::Test) {
        for (role, had) in roles.iter_mut().zip(&had) {
            if *had != Some(Had::Surely) {
                *role = MentionRole::Test;
            }
        }
    }
    roles
}

/// The text between a name and the one before.
fn gap<'a>(lower: &'a str, names: &[Range<usize>], at: usize) -> &'a str {
    let start = if at == 0 { 0 } else { names[at - 1].end };
    &lower[start..names[at].start]
}

/// How sure it is that the participants have had or have a drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Had {
    Likely,
    Surely,
}

/// For each name whether the participants have had or have it. The names of a
/// list share that: `intolerant to A or B`, 吉非替尼或厄洛替尼耐药.
fn had(lower: &str, names: &[Range<usize>]) -> Vec<Option<Had>> {
    let mut all: Vec<Option<Had>> = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let said = by_words(gap(lower, names, at), &lower[name.end..]);
        let before = at.checked_sub(1).and_then(|before| all[before]);
        let listed = before.filter(|_| is_listed(lower, names, at));
        all.push(said.or(listed));
    }
    for at in (1..names.len()).rev() {
        let after = is_any_start(&lower[names[at].end..], FAILED_AFTER);
        if after && matches!(gap(lower, names, at).trim(), "或" | "、" | "/" | "or") {
            all[at - 1] = all[at - 1].or(all[at]);
        }
    }
    all
}

/// Whether a name goes on with the list in which the one before stands. A comma
/// goes on only in front of a further name that the list ends with: `treated with A,
/// B or C`. In `treated with A, B versus placebo` it ends a clause.
fn is_listed(lower: &str, names: &[Range<usize>], at: usize) -> bool {
    let joins = |at: usize| LIST.contains(&gap(lower, names, at).trim().trim_start_matches(", "));
    let comma = |at: usize| matches!(gap(lower, names, at).trim(), "," | "、");
    joins(at) || (at..names.len()).find(|at| !comma(*at)).is_some_and(|end| end > at && joins(end))
}

fn is_any_start(behind: &str, words: &[&str]) -> bool {
    words.iter().any(|w| behind.trim_start().starts_with(w))
}

fn by_words(gap: &str, behind: &str) -> Option<Had> {
    let near = gap.trim_end();
    let ends = |words: &[&str]| words.iter().any(|w| near.ends_with(w));
    if ends(FAILED) || is_any_start(behind, FAILED_AFTER) {
        return Some(Had::Surely);
    }
    let likely = ends(BACKGROUND)
        || is_any_start(behind, BACKGROUND_AFTER)
        || has_other_treatment_with(near);
    likely.then(|| if is_done_for_participants(near) { Had::Surely } else { Had::Likely })
}

/// `receiving definitive radiotherapy with`: the drug goes with what they receive.
fn has_other_treatment_with(near: &str) -> bool {
    let words: Vec<&str> = near.split(' ').collect();
    let last = &words[words.len().saturating_sub(5)..];
    last.split_last().is_some_and(|(with, before)| *with == "with" && before.contains(&"receiving"))
}

/// `nutrition for patients ... receiving`: something else is done for them.
fn is_done_for_participants(near: &str) -> bool {
    let at = FOR_PARTICIPANTS.iter().filter_map(|words| near.rfind(words)).max();
    let before = at.and_then(|at| near.get(..at)).unwrap_or_default();
    let what = before.rsplit(' ').next().unwrap_or_default();
    !what.is_empty() && !STUDY.contains(&what)
}

fn is_versus(gap: &str) -> bool {
    let last = VERSUS.iter().filter_map(|w| gap.rfind(w).map(|at| at + w.len())).max();
    last.is_some_and(|end| {
        let object = gap[end..].trim_start();
        !NO_DRUG.iter().any(|w| object.starts_with(w))
    })
}

/// `comparing the efficacy of A to B`, `比较A与B`: the word of comparison
/// stands before the first name.
fn is_second_of_comparison(lower: &str, names: &[Range<usize>], at: usize) -> bool {
    let head = &lower[..names[0].start];
    let mut gap = lower[names[at - 1].end..names[at].start].to_owned();
    if head.contains("比较") || head.contains("对比") {
        let gap = gap.trim();
        return gap.chars().count() <= 6 && gap.ends_with(['与', '和', '同', '及']);
    }
    if !["compar", "noninferior", "non-inferior", "superiority"].iter().any(|w| head.contains(w)) {
        return false;
    }
    for words in JOINING {
        gap = gap.replace(words, " ");
    }
    // At most two words (`to oral`, `with intravenous`) before the name.
    let words: Vec<&str> = gap.split_whitespace().collect();
    let near = &words[words.len().saturating_sub(3)..];
    near.iter().any(|w| matches!(*w, "to" | "with" | "versus"))
        && !near.iter().any(|w| NO_DRUG.contains(w))
}

/// 与多西他赛对照, 以伊马替尼为对照, 较多西他赛.
fn is_control(gap: &str, behind: &str) -> bool {
    let near: String = behind.chars().take(12).collect();
    let control = ["对照", "相比", "比较"].iter().filter_map(|w| near.find(w)).min();
    let Some(control) = control else { return false };
    let between = &near[..control];
    let led = gap.ends_with(['与', '以', '和', '较', '同']);
    // Another name between would own the word; 安慰剂对照 is about the placebo.
    led && !between.contains("安慰剂") && !between.contains([',', '。', ';', '、'])
}
