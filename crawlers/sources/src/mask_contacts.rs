//! Masking of contact data in bodies before they are archived.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Stands where contact data was. Plain letters, so that it fits into JSON,
/// HTML and text alike, and masking a second time changes nothing.
pub(crate) const MASK: &str = "MASKED";

// The pattern is checked by the tests below; an invalid one would mask nothing.
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[a-z0-9._%+'\-]+\s?(?:@|&#64;|&#x40;)\s?[a-z0-9\-]+(?:\.[a-z0-9\-]+)+").ok()
});

/// The text with every e-mail address masked.
pub(crate) fn mask_emails(text: &str) -> Cow<'_, str> {
    match &*EMAIL {
        Some(pattern) if text.contains('@') || text.contains("&#") => {
            pattern.replace_all(text, MASK)
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked_once_and_for_all() {
        for (text, masked) in [
            ("write to a.b-c@x-y.example.org.", "write to MASKED."),
            ("A@B.ES; c@d.fr", "MASKED; MASKED"),
            ("info&#64;example.org", "MASKED"),
            ("info @ example.org", "MASKED"),
            ("10 @ 5 mg", "10 @ 5 mg"),
            ("none", "none"),
        ] {
            assert_eq!(mask_emails(text), masked);
            assert_eq!(mask_emails(masked), masked);
        }
    }
}
