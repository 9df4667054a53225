//! Codes of developers as people write them (R43): `MK-3475`, `MK 3475`, `MK3475`.

/// The other spellings of a folded code, with a hyphen, a space or nothing
/// between its letters and its number; none of what is no code.
pub(crate) fn spellings(key: &str) -> Vec<String> {
    let Some((letters, number)) = code(key) else { return Vec::new() };
    ["", "-", " "]
        .iter()
        .map(|mark| format!("{letters}{mark}{number}"))
        .filter(|spelling| spelling != key)
        .collect()
}

/// Letters and number of a code: `mk` and `3475`, `bms` and `936558`, `ds` and
/// `8201a`, `bay` and `43-9006`. One digit is no number: `il-2`, `factor 9`.
fn code(key: &str) -> Option<(&str, &str)> {
    let letters = key.bytes().take_while(u8::is_ascii_lowercase).count();
    if !(1..=5).contains(&letters) {
        return None;
    }
    let (letters, rest) = key.split_at(letters);
    let number = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
    let tail = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_number = tail.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && number.len() - tail.len() < 2
        && tail.starts_with(|c: char| c.is_ascii_digit())
        && tail.ends_with(|c: char| c.is_ascii_digit())
        && tail.bytes().filter(u8::is_ascii_digit).count() > 1;
    is_number.then_some((letters, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_a_code_has_its_spellings_with_and_without_a_mark() {
        for (key, expected) in [
            ("mk-3475", ["mk3475", "mk 3475"]),
            ("amg 510", ["amg510", "amg-510"]),
            ("azd9291", ["azd-9291", "azd 9291"]),
            ("ds-8201a", ["ds8201a", "ds 8201a"]),
            ("bay 43-9006", ["bay43-9006", "bay-43-9006"]),
            ("e7080", ["e-7080", "e 7080"]),
        ] {
            assert_eq!(spellings(key), expected, "{key}");
        }
    }

    #[test]
    fn what_is_no_code_has_no_other_spelling() {
        for key in [
            "",
            "mk",
            "mk-",
            "3475",
            "il-2",
            "factor 9",
            "nevirapine 200",
            "ch 14.18",
            "mk-3475ab",
            "mk-3475-",
            "mk--3475",
            "拉米夫定 300",
            "y-90 x",
            "020636",
        ] {
            assert!(spellings(key).is_empty(), "{key}");
        }
    }
}
