//! Ingredients of a combination as a query joins them (R43):
//! `levodopa-carbidopa`, `レボドパ・カルビドパ`, `levodopa and carbidopa`.

/// Words that join two others and name nothing themselves. The macro
/// `asked_words` has the same.
const JOINING: [&str; 3] = ["and", "und", "et"];

/// The words of a query with joined ingredients apart: a hyphen or a middle dot
/// parts names of ingredients and nothing else, since most words that hold one
/// are one name (`peg-interferon`, `グラクソ・スミスクライン`). What joins two
/// words is left out, unless there is nothing else.
pub(crate) fn apart(words: Vec<String>, is_ingredient: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words {
        let parts: Vec<&str> = word.split(['-', '・']).collect();
        if parts.len() > 1 && parts.iter().all(|part| is_ingredient(part)) {
            found.extend(parts.into_iter().map(str::to_owned));
        } else {
            found.push(word);
        }
    }
    if found.iter().any(|word| !JOINING.contains(&word.as_str())) {
        found.retain(|word| !JOINING.contains(&word.as_str()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_joined_ingredients_are_words_of_their_own_and_other_names_are_not() {
        let is_ingredient = |name: &str| ["levodopa", "carbidopa", "レボドパ"].contains(&name);
        for (asked, meant) in [
            (&["levodopa-carbidopa"][..], &["levodopa", "carbidopa"][..]),
            (&["レボドパ・carbidopa", "錠"], &["レボドパ", "carbidopa", "錠"]),
            (&["levodopa", "and", "carbidopa"], &["levodopa", "carbidopa"]),
            (&["levodopa", "et"], &["levodopa"]),
            (&["and"], &["and"]),
            (&["co-levodopa"], &["co-levodopa"]),
            (&["levodopa-"], &["levodopa-"]),
            (&["levodopa"], &["levodopa"]),
            (&[], &[]),
        ] {
            let words = asked.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(apart(words, is_ingredient), meant, "{asked:?}");
        }
    }
}
