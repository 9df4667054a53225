//! Addresses as they may be shown: an endpoint may carry a password, and a
//! signed request its signature.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;

/// An address as it was given. Shown, it has no user, password and query.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&addresses(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&addresses(&self.0), f)
    }
}

impl Deref for Address {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

/// `text` with every address in it without user, password and query.
#[must_use]
pub fn addresses(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        // An address ends where a sentence goes on.
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')'))
            .unwrap_or(after.len());
        let (address, others) = after.split_at(end);
        let (place, path) =
            address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
        // A password may hold a slash that was not escaped: the last @ counts.
        let (place, path) = match (place.contains('@'), path.rfind('@')) {
            (false, Some(at)) if place.contains(':') => ("", &path[at + 1..]),
            _ => (place.rsplit('@').next().unwrap_or(place), path),
        };
        shown.push_str(place);
        shown.push_str(path.split(['?', '#']).next().unwrap_or(path));
        rest = others;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_users_passwords_and_queries() {
        for (text, shown) in [
            ("no address", "no address"),
            ("s3://bucket/key: not found", "s3://bucket/key: not found"),
            (
                "PUT http://u:hunter2@host:9000/b/k?X-Sig=hunter2 in 1s",
                "PUT http://host:9000/b/k in 1s",
            ),
            ("(http://hunter2@host/): https://a/?t=hunter2#hunter2", "(http://host/): https://a/"),
            ("url: \"http://u:hun/ter2@host/k\"", "url: \"http://host/k\""),
            ("http://u:p@ss@host", "http://host"),
            ("http://[::1]:9000/k?a=1", "http://[::1]:9000/k"),
        ] {
            assert_eq!(addresses(text), shown);
        }
    }
}
