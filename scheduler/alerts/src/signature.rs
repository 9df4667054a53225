//! The signature of a webhook message.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `v1=` and the HMAC-SHA256, in hexadecimal, of the time of sending (seconds
/// since 1970, decimal), a full stop and the body. The time is signed with the
/// body, so that an old message cannot be sent again as a new one.
#[must_use]
pub fn sign(secret: &[u8], unix_seconds: i64, body: &[u8]) -> String {
    // Keys of any length are taken: the error cannot occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(unix_seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Python's hmac and hashlib.
    #[test]
    fn another_implementation_gives_the_same() {
        assert_eq!(
            sign(b"whsec_test", 1_700_000_000, b"{\"alerts\":[]}"),
            "v1=6639f61a08667f0ecee837605b08fed3f01d74521e17ca6e686d09081a54150d"
        );
    }
}
