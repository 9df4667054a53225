//! The two list columns of the export, taken apart.

/// One active substance of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Substance {
    /// As the export writes it: name, salt (or `null`), amount, unit.
    pub(super) text: String,
    /// Name; none where the text cannot be told apart.
    pub(super) inn_name: Option<String>,
    /// Salt.
    pub(super) salt_name: Option<String>,
    /// Amount, as written.
    pub(super) amount: Option<String>,
    /// Unit, as written.
    pub(super) unit: Option<String>,
}

/// A concerned member state, with the name that the product has there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MemberState {
    /// ISO code as written; `XI` is Northern Ireland.
    pub(super) country_code: String,
    /// Name there; none where it is not given.
    pub(super) product_name: Option<String>,
}

/// No list is nearly so long; where each part ends is found in the square of it.
const LONGEST: usize = 8_000;

/// `dimeticone null 125 mg,loperamide hydrochloride 2 mg`. A comma separates
/// only before a letter and where what stands before it has an amount: names
/// and decimal numbers hold commas too.
pub(super) fn substances(text: &str) -> Vec<Substance> {
    if text.len() > LONGEST {
        return vec![Substance { text: text.to_owned(), ..Substance::default() }];
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(',') {
        let (before, after) = (text.get(start..at), text.get(at + 1..));
        let (Some(before), Some(after)) = (before, after) else { continue };
        let letter_follows = after.chars().next().is_some_and(char::is_alphabetic);
        if letter_follows && amount_at(before).is_some() {
            parts.push(before);
            start = at + 1;
        }
    }
    parts.extend(text.get(start..));
    parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).map(substance).collect()
}

fn substance(text: &str) -> Substance {
    let mut found = Substance { text: text.to_owned(), ..Substance::default() };
    let Some(at) = amount_at(text) else { return found };
    let (names, quantity) = text.split_at(at);
    let (amount, unit) = match quantity.trim().split_once(' ') {
        Some((amount, unit)) => (amount, unit.trim()),
        None => (quantity.trim(), ""),
    };
    let (inn, salt) = match names.trim().rsplit_once(' ') {
        Some((inn, "null")) => (inn, None),
        // Without `null` a name of two words is a substance and its salt; where
        // a longer one is to be cut cannot be told.
        Some((inn, salt)) if !inn.contains(' ') => (inn, Some(salt)),
        _ => (names.trim(), None),
    };
    let some = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty() && t != "null");
    found.inn_name = some(inn);
    found.salt_name = salt.and_then(some);
    found.amount = some(amount);
    found.unit = some(unit);
    found
}

/// Where the amount begins: after ` null `, else at the first word that begins
/// as a number does.
fn amount_at(text: &str) -> Option<usize> {
    if let Some(at) = text.find(" null ") {
        return Some(at + " null ".len());
    }
    let is_number = |word: &str| {
        let word = word.trim_start_matches(['<', '>', '=', '≤', '≥', '~']);
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let words = text.match_indices(' ').map(|(at, _)| at + 1);
    words.into_iter().find(|at| text.get(*at..).is_some_and(is_number))
}

/// `Mirtazapin Actavis 30 mg (IS), (MT),Remirta (PL)`: each state with the
/// name before it, and what is left over behind the last one.
pub(super) fn member_states(text: &str) -> (Vec<MemberState>, &str) {
    let mut states = Vec::new();
    let mut rest = text;
    'states: loop {
        for (open, _) in rest.match_indices('(') {
            let (name, code) = rest.split_at(open);
            let mut chars = code.chars().skip(1);
            let letters: String = chars.by_ref().take(2).collect();
            let is_code = letters.len() == 2 && letters.bytes().all(|b| b.is_ascii_uppercase());
            let closes = chars.next() == Some(')');
            let next = chars.next();
            if !(is_code && closes && matches!(next, None | Some(','))) {
                continue;
            }
            let name = name.trim();
            states.push(MemberState {
                country_code: letters,
                product_name: (!name.is_empty()).then(|| name.to_owned()),
            });
            // The code is four ASCII characters long, the comma one.
            rest = code.get(4..).unwrap_or_default();
            rest = rest.strip_prefix(',').unwrap_or(rest);
            continue 'states;
        }
        return (states, rest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn substances_are_told_apart() {
        for (text, expected) in [
            ("mirtazapine null 15 mg", vec!["mirtazapine||15|mg"]),
            ("mirtazapine null 15 15mg", vec!["mirtazapine||15|15mg"]),
            (
                "dimeticone null 125 mg,loperamide hydrochloride 2 mg",
                vec!["dimeticone||125|mg", "loperamide|hydrochloride|2|mg"],
            ),
            ("acetylsalicylic acid null 1,5 mg", vec!["acetylsalicylic acid||1,5|mg"]),
            ("extract, dry null 4 mg", vec!["extract, dry||4|mg"]),
            ("sodium valproate hemihydrate 5 mg", vec!["sodium valproate hemihydrate||5|mg"]),
            ("nothing told", vec!["|||"]),
            ("", vec![]),
        ] {
            let found: Vec<String> = substances(text)
                .into_iter()
                .map(|s| [s.inn_name, s.salt_name, s.amount, s.unit].map(Option::unwrap_or_default))
                .map(|s| s.join("|"))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_text_longer_than_any_list_is_not_taken_apart() {
        let found = substances(&"a,".repeat(500_000));
        assert_eq!((found.len(), found[0].inn_name.as_deref()), (1, None));
    }

    #[test]
    fn member_states_come_with_the_name_before_them() {
        let (states, rest) =
            member_states("Mirtazapin (Actavis) 30 mg, Schmelztabletten (IS), (MT),Remirta (PL)");
        let found: Vec<_> =
            states.iter().map(|s| (s.country_code.as_str(), s.product_name.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("IS", Some("Mirtazapin (Actavis) 30 mg, Schmelztabletten")),
                ("MT", None),
                ("PL", Some("Remirta"))
            ]
        );
        assert_eq!(rest, "");
        assert_eq!(member_states(" (BE), (GR)").0.len(), 2);
        assert_eq!(member_states("Name without a country").1, "Name without a country");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "[a-zA-Z0-9 ,()é]{0,60}|.{0,40}") {
            let (states, rest) = member_states(&text);
            prop_assert!(states.len() <= text.len() && rest.len() <= text.len());
            prop_assert!(substances(&text).len() <= text.len() + 1);
        }
    }
}
