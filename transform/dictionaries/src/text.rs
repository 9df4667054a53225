//! R4: every text is NFKC-normalised, trimmed, white space collapsed; what
//! stands for nothing becomes null.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// Values that regulators write where they have none, after normalisation.
const NULLS: &[&str] = &[
    "",
    "/",
    "-",
    "--",
    "---",
    "----",
    "无",
    "na",
    "n/a",
    "null",
    "暂无",
    "————",
    "－－－－",
    "登记人暂未填写该信息",
    "企业选择不公示",
    "none",
    "not applicable",
];

/// The normalised text. Idempotent.
#[must_use]
pub fn clean(raw: &str) -> Cow<'_, str> {
    if is_tidy(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut space = false;
    // NFKC would make the letters TM of a sign.
    for c in raw.chars().filter(|c| !is_trade_mark(*c)).nfkc() {
        if c.is_whitespace() {
            space = !out.is_empty();
        } else if !is_invisible(c) {
            if space {
                out.push(' ');
                space = false;
            }
            out.push(c);
        }
    }
    // Taking out an invisible character can bring a base and its mark together.
    if is_nfkc(&out) { Cow::Owned(out) } else { Cow::Owned(clean(&out).into_owned()) }
}

/// Whether [`clean`] would change nothing. Most names are printable ASCII,
/// which needs no tables to be seen as normal.
fn is_tidy(raw: &str) -> bool {
    if raw.starts_with(char::is_whitespace)
        || raw.ends_with(char::is_whitespace)
        || raw.contains("  ")
    {
        return false;
    }
    raw.bytes().all(|b| matches!(b, b' '..=b'~'))
        || is_nfkc(raw)
            && !raw.contains(|c: char| {
                c != ' ' && (c.is_whitespace() || is_invisible(c) || is_trade_mark(c))
            })
}

/// The sign of a trade mark or service mark, which is no part of a name.
const fn is_trade_mark(c: char) -> bool {
    matches!(c, '™' | '℠' | '®')
}

/// [`clean`], with the null set of R4 as nothing.
#[must_use]
pub fn clean_opt(raw: Option<&str>) -> Option<Cow<'_, str>> {
    let text = clean(raw?);
    (!is_null(&text)).then_some(text)
}

/// A cleaned text that stands for nothing.
#[must_use]
pub fn is_null(text: &str) -> bool {
    text.len() <= 40
        && (text.is_empty()
            || NULLS.iter().any(|n| n.eq_ignore_ascii_case(text))
            || text.chars().all(|c| matches!(c, '-' | '—' | '―' | '–' | '－' | '_')))
}

/// Also characters of private use: what they are, only the font of the site that
/// wrote them knew (地尔硫 and U+E108, for 䓬).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}'
            | '\u{feff}'
            | '\u{2060}'
            | '\u{ad}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{f0000}'..='\u{ffffd}'
            | '\u{100000}'..='\u{10fffd}'
    ) || c.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn r4_text_is_normalised() {
        for (raw, expected) in [
            ("  TABLET;ORAL ", "TABLET;ORAL"),
            ("ＯＤ錠　１０ｍｇ", "OD錠 10mg"),
            ("a\u{a0}\u{a0}b\r\n c", "a b c"),
            ("㈱ツムラ", "(株)ツムラ"),
            ("x\u{feff}", "x"),
            ("KYMRIAH™ (tisagenlecleucel)", "KYMRIAH (tisagenlecleucel)"),
            ("Viracept ®", "Viracept"),
            ("注射用盐酸地尔硫\u{e108}", "注射用盐酸地尔硫"),
        ] {
            assert_eq!(clean(raw), expected);
        }
        for null in ["", " ", "/", "————", "－－－－", "N/A", "暂无", "無".trim_matches('無')]
        {
            assert_eq!(clean_opt(Some(null)), None, "{null:?}");
        }
        assert_eq!(clean_opt(Some("NAPROXEN")).as_deref(), Some("NAPROXEN"));
    }

    proptest! {
        #[test]
        fn r4_cleaning_is_idempotent_and_total(raw in any::<String>()) {
            let once = clean(&raw).into_owned();
            let again = clean(&once);
            prop_assert_eq!(again.as_ref(), once.as_str());
        }
    }
}
