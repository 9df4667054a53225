//! What a text says about a phase in words, and the text made ready to read.

/// A text with full width, Roman numeral characters, dashes and blanks folded,
/// character by character, in its own case and in lower case.
pub(super) struct Text {
    pub(super) upper: Vec<char>,
    pub(super) lower: Vec<char>,
    /// Whether the character came from a Roman numeral character (`Ⅱ`), so
    /// that a numeral begins here even after a letter or digit.
    pub(super) numeral_start: Vec<bool>,
}

/// Words that may stand between `期` and the word for a trial.
const BETWEEN: [&str; 52] = [
    "多中心",
    "单中心",
    "开放性",
    "开放",
    "标签",
    "随机",
    "双盲",
    "单盲",
    "单臂",
    "平行",
    "对照",
    "安慰剂",
    "阳性",
    "确证性",
    "确证",
    "探索性",
    "探索",
    "注册",
    "关键性",
    "关键",
    "国际",
    "单药",
    "联合",
    "剂量",
    "递增",
    "爬坡",
    "药代动力学",
    "药效学",
    "安全性",
    "有效性",
    "耐受性",
    "免疫原性",
    "初步",
    "人体",
    "首次",
    "两阶段",
    "适应性",
    "无缝",
    "衔接",
    "批间一致性",
    "单次",
    "多次",
    "给药",
    "上市",
    "前",
    "和",
    "及",
    "与",
    "的",
    "、",
    "-",
    "/",
];

/// Words that say that a trial is meant.
const TRIAL: [&str; 9] = ["临床", "试验", "试験", "試験", "研究", "实验", "桥接", "扩展", "验证"];

/// What a numeral with `期` after it is a stage of.
const DISEASE: [char; 9] = ['癌', '瘤', '病', '炎', '症', '疮', '疹', '疾', '肿'];

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self {
            upper: Vec::with_capacity(text.len()),
            lower: Vec::with_capacity(text.len()),
            numeral_start: Vec::with_capacity(text.len()),
        };
        for c in text.chars() {
            match c {
                'Ⅰ' | 'ⅰ' => folded.push("I", true),
                'Ⅱ' | 'ⅱ' => folded.push("II", true),
                'Ⅲ' | 'ⅲ' => folded.push("III", true),
                'Ⅳ' | 'ⅳ' => folded.push("IV", true),
                _ => folded.push(fold(c).encode_utf8(&mut [0; 4]), false),
            }
        }
        folded
    }

    fn push(&mut self, characters: &str, numeral: bool) {
        for (position, c) in characters.chars().enumerate() {
            self.upper.push(c);
            self.lower.push(c.to_ascii_lowercase());
            self.numeral_start.push(numeral && position == 0);
        }
    }

    /// Where the word, given in lower case, ends if it stands at `at`.
    pub(super) fn word_at(&self, at: usize, word: &str) -> Option<usize> {
        let rest = self.lower.get(at..)?;
        let length = word.chars().count();
        let same = rest.len() >= length && word.chars().eq(rest[..length].iter().copied());
        same.then_some(at + length)
    }

    /// The first position at or after `at` that holds no blank.
    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        self.skip(at, |c| c == ' ')
    }

    /// The first position at or after `at` whose character is not skipped.
    pub(super) fn skip(&self, at: usize, skipped: impl Fn(char) -> bool) -> usize {
        let rest = self.lower.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|c| skipped(**c)).count()
    }

    /// Whether a word or number may begin here.
    pub(super) fn is_word_start(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.lower.get(at));
        self.numeral_start.get(at).is_some_and(|start| *start)
            || before.is_none_or(|c| !c.is_ascii_alphanumeric())
    }

    fn contains(&self, word: &str) -> bool {
        (0..self.lower.len()).any(|at| self.word_at(at, word).is_some())
    }

    fn word_end_among(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().find_map(|word| self.word_at(at, word))
    }
}

/// A phase that a field names in words only, with a detail where that is more
/// than the number says.
pub(super) fn named_phase(text: &Text) -> Option<(u8, Option<&'static str>)> {
    const WORDS: [(&str, u8, Option<&str>); 7] = [
        ("human pharmacology", 1, None),
        ("therapeutic exploratory", 2, None),
        ("therapeutic confirmatory", 3, None),
        ("therapeutic use", 4, None),
        ("上市后", 4, Some("post-market")),
        ("post-market", 4, Some("post-market")),
        ("postmarket", 4, Some("post-market")),
    ];
    WORDS
        .iter()
        .find(|(word, ..)| text.contains(word))
        .map(|(_, number, detail)| (*number, *detail))
}

/// Whether a phase field names bioequivalence; here `BE` alone is enough.
pub(super) fn field_names_bioequivalence(text: &Text) -> bool {
    spells_out_bioequivalence(text) || abbreviations(text).next().is_some()
}

/// Whether a free text names bioequivalence; `BE` counts before the word for a
/// trial only, because it is also a part of protocol numbers and an English word.
pub(super) fn text_names_bioequivalence(text: &Text) -> bool {
    spells_out_bioequivalence(text)
        || abbreviations(text).any(|end| {
            let next = text.skip_blanks(end);
            let english = ["study", "trial", "studies"];
            text.word_end_among(next, &TRIAL)
                .or_else(|| text.word_end_among(next, &english))
                .is_some()
        })
}

/// Whether what follows `期` at `at` says that a trial is meant, and not the
/// stage of a disease. `start` is where the numeral began. `为III期临床试验`
/// speaks of a trial to come.
pub(super) fn is_trial_phase(text: &Text, start: usize, at: usize) -> bool {
    let before = start.checked_sub(1).and_then(|before| text.lower.get(before));
    if before == Some(&'为') {
        return false;
    }
    // Without a word for a trial after it, `肺癌III期` is a stage.
    let of_disease = before.is_some_and(|before| DISEASE.contains(before));
    let mut at = at;
    loop {
        at = text.skip(at, |c| matches!(c, ' ' | ')' | ']'));
        let Some(next) = text.lower.get(at) else {
            return !of_disease;
        };
        if text.word_end_among(at, &TRIAL).is_some() {
            return true;
        }
        if matches!(next, ',' | ';' | '。' | '.') {
            return !of_disease;
        }
        if let Some(end) = text.word_at(at, "trial").or_else(|| text.word_at(at, "study")) {
            return text.lower.get(end).is_none_or(|c| !c.is_alphabetic());
        }
        if *next == '(' {
            let end = text.skip(at, |c| c != ')');
            if end == text.lower.len() {
                return false;
            }
            at = end;
            continue;
        }
        match text.word_end_among(at, &BETWEEN) {
            Some(end) => at = end,
            None => return false,
        }
    }
}

fn spells_out_bioequivalence(text: &Text) -> bool {
    ["生物等效", "生物学的同等", "bioequivalen", "bio-equivalen"]
        .iter()
        .any(|word| text.contains(word))
}

/// The ends of all `BE` that stand as a word of their own.
fn abbreviations(text: &Text) -> impl Iterator<Item = usize> + '_ {
    text.upper
        .windows(2)
        .enumerate()
        .filter(|(at, pair)| {
            let alone = text.upper.get(at + 2).is_none_or(|c| !c.is_ascii_alphanumeric());
            **pair == ['B', 'E'] && text.is_word_start(*at) && alone
        })
        .map(|(at, _)| at + 2)
}

fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xff01 + u32::from('!')).unwrap_or(c)
        }
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '~' | '〜' => '-',
        '∕' | '⁄' => '/',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}
