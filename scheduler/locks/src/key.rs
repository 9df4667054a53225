//! What is locked and queued: a block of records.

use serde::{Deserialize, Serialize};

/// A block (R39): all records of one generic name in one dosage form, by their
/// standard names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockKey {
    /// The standard generic name (INN).
    pub generic: String,
    /// The standard dosage form.
    pub form: String,
}

impl BlockKey {
    /// Of a generic name and a dosage form.
    pub fn new(generic: impl Into<String>, form: impl Into<String>) -> Self {
        Self { generic: generic.into(), form: form.into() }
    }

    /// One string, different for different blocks whatever characters the names
    /// contain: the length of the generic name in bytes comes first.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}:{}{}", self.generic.len(), self.generic, self.form)
    }

    /// Reads what [`BlockKey::encode`] wrote; nothing for any other string.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let (length, names) = text.split_once(':')?;
        let (generic, form) = names.split_at_checked(length.parse().ok()?)?;
        let key = Self::new(generic, form);
        // "01:" and "+1:" parse as well, and are not what was written.
        (key.encode() == text).then_some(key)
    }
}

impl std::fmt::Display for BlockKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", self.generic, self.form)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_with_separators_stay_apart() {
        let one = BlockKey::new("a:b", "c");
        let other = BlockKey::new("a", ":bc");
        assert_ne!(one.encode(), other.encode());
        assert_eq!(BlockKey::new("奥希替尼", "片剂").encode(), "12:奥希替尼片剂");
    }

    #[test]
    fn what_was_not_written_here_is_not_read() {
        for text in ["", "nevirapine", "99:short", "+1:ab", "01:ab", "1:é"] {
            assert_eq!(BlockKey::decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_block_comes_back(generic in ".{0,12}", form in ".{0,12}") {
            let key = BlockKey::new(generic, form);
            prop_assert_eq!(BlockKey::decode(&key.encode()), Some(key));
        }
    }
}
