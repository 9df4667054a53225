//! What is said of a configuration file that cannot be read: where, which key,
//! what was expected. Never what stands there: passwords and tokens do.

use toml::de::Error;

/// The place and the reason, as `line 4, column 1, key gatway: unknown field …`.
pub fn said(text: &str, error: &Error) -> String {
    let reason = without_values(error.message());
    let Some(span) = error.span() else { return reason };
    let start = (0..=span.start.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
    let before = &text[..start.unwrap_or(0)];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    let whole = text[line_start..].lines().next().unwrap_or("");
    match key(whole) {
        Some(key) => format!("line {line}, column {column}, key {key}: {reason}"),
        None => format!("line {line}, column {column}: {reason}"),
    }
}

/// What stands before `=`, where it is a key and no part of a value.
fn key(line: &str) -> Option<&str> {
    let key = line.split_once('=')?.0.trim();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(legal)).then_some(key)
}

/// The message of a parser without what it found: `found string, expected u64`.
fn without_values(message: &str) -> String {
    let message = message.trim_end().replace('\n', ", ");
    let expected = message.rfind(", expected ").map(|at| &message[at + 2..]);
    for begin in ["invalid type: ", "invalid value: "] {
        if let Some(found) = message.strip_prefix(begin) {
            // The first word is the type: string, integer, map.
            let found = found.split([' ', ',']).next().unwrap_or("something else");
            return format!("{}, found {found}", expected.unwrap_or("expected another value"));
        }
    }
    if message.starts_with("unknown variant") {
        return expected.unwrap_or("expected another value").to_owned();
    }
    quoted_away(&message)
}

/// Names stand in backticks; what stands in double quotes is a value.
fn quoted_away(message: &str) -> String {
    let Some((before, rest)) = message.split_once('"') else { return message.to_owned() };
    // To the last quote: a value may hold some itself.
    let after = rest.rsplit_once('"').map_or("", |(_, after)| after);
    format!("{before}\"…\"{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn error(text: &str) -> String {
        said(text, &toml::from_str::<Config>(text).unwrap_err())
    }

    #[test]
    fn line_key_and_what_was_expected_are_told_and_never_the_value() {
        for (text, told) in [
            (
                "lake = \"x\"\n[network]\ngatway = \"http://u:hunter2@x/\"\n",
                "line 3, column 1, key gatway: unknown field `gatway`, expected one of",
            ),
            (
                "[network]\nmax_retries = \"hunter2\"\n",
                "line 2, column 15, key max_retries: expected",
            ),
            (
                "[network]\ngateway = \"hunter2, expected hunter2\"\n",
                "line 2, column 11, key gateway: relative URL without a base: ",
            ),
            ("[alerts.mail]\npassword = \"hunter2\"\n", "key password: unknown field `password`"),
            ("[alerts.mail]\npassword_env = hunter2\n", "line 2, column 16, key password_env: "),
            ("[alerts.mail]\nuser = \"a\" \"hunter2\"\n", "line 2"),
            ("[alerts.mail]\nuser = \"hunter2\n", "line 2"),
            (
                "[alerts.mail]\nserver = \"s\"\nfrom = \"a\"\nto = []\nsecurity = \"hunter2\"\n",
                "line 5, column 12, key security: expected one of `tls`",
            ),
            (
                "[alerts.webhook]\nurl = \"https://x/?token=hunter2\"\nurl = \"https://x/?token=hunter2\"\n",
                "line 3",
            ),
            ("[alerts.webhook]\nurl = [\n  \"https://x/?token=hunter2\",\n]\n", "key url"),
            ("[object_storage]\nendpoint = {a = \"hunter2\"}\n", "key endpoint"),
        ] {
            let said = error(text);
            assert!(said.contains(told), "{text}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
