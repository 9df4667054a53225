//! Words for dosage forms in Japanese names, as far as a stem is told by them.

use super::text::narrow;

/// Words that begin the form in a name, from the longest: `OD錠` is not 錠.
/// Injections are missing: their words are put together of others (点滴静注),
/// any of which may belong to the stem. So may what stands before ゲル
/// (ベピオウォッシュゲル).
const WORDS: [&str; 36] = [
    "フィルムコーティング錠",
    "小児用ドライシロップ",
    "口腔内崩壊フィルム",
    "ソフトカプセル",
    "ドライシロップ",
    "口腔内崩壊錠",
    "チュアブル錠",
    "徐放カプセル",
    "腸溶カプセル",
    "ODフィルム",
    "小児用細粒",
    "小児用顆粒",
    "バッカル錠",
    "経口ゼリー",
    "内用ゼリー",
    "ローション",
    "カプセル",
    "シロップ",
    "フィルム",
    "クリーム",
    "OD錠",
    "舌下錠",
    "腸溶錠",
    "徐放錠",
    "発泡錠",
    "ゼリー",
    "テープ",
    "パップ",
    "内用液",
    "内服液",
    "経口液",
    "軟膏",
    "細粒",
    "顆粒",
    "錠",
    "散",
];
/// Words that end a form where no letter may follow its word.
const ADDITIONS: [&str; 3] = ["小児用", "分包", "剤"];

/// The length of the form word that a text begins with.
pub(super) fn leading(text: &[char]) -> Option<usize> {
    WORDS.iter().find(|word| begins(text, word)).map(|word| word.chars().count())
}

/// Where the form word of a name begins and ends, if it has just one.
pub(super) fn place(name: &[char]) -> Option<(usize, usize)> {
    let mut found = None;
    let mut start = 0;
    while let Some(rest) = name.get(start..).filter(|rest| !rest.is_empty()) {
        let length = leading(rest).filter(|length| rest.get(*length..).is_some_and(ends_word));
        if let Some(length) = length
            && found.replace((start, start + length)).is_some()
        {
            return None;
        }
        start += length.unwrap_or(1);
    }
    found
}

/// Where the stem of a name ends, if it clearly ends before the form word. The
/// letters of `CR錠` and the 配合 of `配合錠` may belong to either, so the stem
/// has to end with a kana and to be without ideographs.
pub(super) fn stem_end(name: &[char]) -> Option<usize> {
    let (end, _) = place(name)?;
    let stem = name.get(..end)?;
    let clear = stem.last().is_some_and(|c| is_kana(*c)) && !stem.iter().any(|c| is_ideograph(*c));
    (clear && stem.len() >= 2).then_some(end)
}

pub(super) fn is_ideograph(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{ff66}'..='\u{ff9f}')
}

/// No letter follows that makes another word of it (ハイゲル錠).
fn ends_word(after: &[char]) -> bool {
    !after.first().is_some_and(|c| c.is_alphabetic()) || ADDITIONS.iter().any(|a| begins(after, a))
}

fn begins(text: &[char], word: &str) -> bool {
    let mut text = text.iter().map(|c| narrow(*c));
    word.chars().all(|c| text.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem(name: &str) -> Option<String> {
        let name: Vec<char> = name.chars().collect();
        stem_end(&name).map(|end| name[..end].iter().collect())
    }

    #[test]
    fn a_stem_ends_before_the_form_word() {
        for (name, expected) in [
            ("タリージェ錠5 mg", "タリージェ"),
            ("タリージェＯＤ錠5 mg", "タリージェ"),
            ("クラリシッド錠50 mg小児用", "クラリシッド"),
            ("クラリシッド・ドライシロップ10 %小児用", ""),
            ("ムコダインシロップ5 %", "ムコダイン"),
            ("セフゾン細粒小児用10 %", "セフゾン"),
            ("セフゾン小児用細粒10 %", "セフゾン"),
            ("レキップソフトカプセル", "レキップ"),
            // The form word may go further to the left.
            ("ガスターD錠20 mg", ""),
            ("アムバロ配合錠", ""),
            ("コデインリン酸塩錠5 mg", ""),
            ("トレムフィア点滴静注200 mg", ""),
            // No form word, or another word, or two of them.
            ("ビバンセ", ""),
            ("クリームパン5 g", ""),
            ("アイ錠5 mg・アイ細粒5 %", ""),
            ("錠5 mg", ""),
            ("ア錠5 mg", ""),
            ("", ""),
        ] {
            assert_eq!(stem(name).unwrap_or_default(), expected, "{name}");
        }
    }

    #[test]
    fn longer_words_come_first() {
        assert!(WORDS.is_sorted_by_key(|word| std::cmp::Reverse(word.chars().count())));
    }
}
