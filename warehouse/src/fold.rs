//! Text as search compares it (R43): case, width and accents do not count.

use unicode_normalization::UnicodeNormalization;

/// Folds `text`: compatibility forms replaced (full-width letters, half-width
/// kana, ㈱, ligatures), lower case, accents removed, dashes and quotes made
/// one kind each, signs of trade marks left out, white space collapsed. The sound marks of kana stay: without
/// them ガ would be カ. The SQL macro `fold_term` does the same except for
/// compatibility forms other than width.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        // Most terms; nothing to normalise but case.
        return collapse(&text.to_ascii_lowercase());
    }
    let plain: String = text
        .chars()
        // Before NFKC, which makes letters of them.
        .filter(|c| !"®™℠©".contains(*c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(simple_punctuation)
        .nfc()
        .collect();
    collapse(&plain)
}

/// The words of a query: what stands between spaces, quotes and the marks that
/// join the ingredients of a combination, each once.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in fold(text).split(|c: char| c.is_whitespace() || "/,;+、&\"".contains(c)) {
        if !word.is_empty() && !found.iter().any(|w| w == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// Chinese, Japanese or Korean: text without spaces, in which one character
/// says as much as a syllable or a word.
pub(crate) fn is_cjk(c: char) -> bool {
    c >= '\u{2e80}'
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn simple_punctuation(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_accents_do_not_count_and_sound_marks_do() {
        for (text, folded) in [
            ("  Nevirapine\u{3000}XR ", "nevirapine xr"),
            ("ＮＥＶＩＲＡＰＩＮＥ", "nevirapine"),
            ("Laboratórios Pérez", "laboratorios perez"),
            ("ｶﾞｽﾀｰ", "ガスター"),
            ("ガスター", "ガスター"),
            ("㈱アステラス", "(株)アステラス"),
            ("Tagrisso™", "tagrisso"),
            ("ＴＡＧＲＩＳＳＯ®", "tagrisso"),
            ("“Tagrisso”", "\"tagrisso\""),
            ("奈韦拉平片", "奈韦拉平片"),
            ("Co\u{2011}trimoxazole", "co-trimoxazole"),
            ("EMEA/H/C/000183", "emea/h/c/000183"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_ne!(fold("カ"), fold("ガ"));
    }

    #[test]
    fn a_combination_is_its_words() {
        assert_eq!(words("Lamivudine / Zidovudine"), ["lamivudine", "zidovudine"]);
        assert_eq!(words("奈韦拉平、奈韦拉平"), ["奈韦拉平"]);
        assert_eq!(words("“insulin glargine”"), ["insulin", "glargine"]);
        assert!(words(" / ").is_empty());
    }
}
