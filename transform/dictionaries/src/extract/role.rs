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
    "refractory to",
    "resistant to",
    "intolerant to",
    "intolerant of",
    "response to",
    "responders to",
    "failed",
    "failure of",
    "failing",
    "receiving",
    "background",
    "add-on to",
    "added to",
    "progressed on",
    "progression on",
    "既往接受",
    "既往",
    "经",
];

/// Words behind a drug that the participants have had or have.
const BACKGROUND_AFTER: &[&str] =
    &["治疗失败", "耐药", "经治", "控制不佳", "不耐受", "难治", "-refractory", "-resistant"];

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
/// under study, the wording was misread: all are.
pub(super) fn roles(text: &str, names: &[Range<usize>]) -> Vec<MentionRole> {
    // ASCII only: offsets must stay those of the text.
    let lower = text.to_ascii_lowercase();
    let mut roles = Vec::with_capacity(names.len());
    let mut compared = false;
    for (at, name) in names.iter().enumerate() {
        let gap_start = if at == 0 { 0 } else { names[at - 1].end };
        let (gap, behind) = (&lower[gap_start..name.start], &lower[name.end..]);
        if is_background(gap, behind) {
            roles.push(MentionRole::Background);
            continue;
        }
        if at > 0 && (is_versus(gap) || is_second_of_comparison(&lower, names, at)) {
            compared = true;
        }
        let control = is_control(gap, behind);
        roles.push(if compared || control { MentionRole::Comparator } else { MentionRole::Test });
    }
    if !roles.contains(&MentionRole::Test) {
        roles.fill(MentionRole::Test);
    }
    roles
}

fn is_background(gap: &str, behind: &str) -> bool {
    let near = gap.trim_end();
    BACKGROUND.iter().any(|w| near.ends_with(w))
        || BACKGROUND_AFTER.iter().any(|w| behind.trim_start().starts_with(w))
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
