//! Short stable names.

use sha2::{Digest, Sha256};

/// Sixteen hexadecimal digits of the digest of the parts, each with its length,
/// so that no two lists of parts are read as one.
pub(crate) fn short(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut text = hex::encode(hasher.finalize());
    text.truncate(16);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart_and_the_name_never_changes() {
        assert_ne!(short(&["ab", "c"]), short(&["a", "bc"]));
        assert_eq!(
            short(&["alert", "overdue", "us_cber"]),
            short(&["alert", "overdue", "us_cber"])
        );
        assert_eq!(short(&[]), "e3b0c44298fc1c14");
    }
}
