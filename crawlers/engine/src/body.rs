//! Reading a body within limits, and telling what it is.

use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use regatta_sources::{BodyKind, Sniffed, sniff};
use reqwest::Response;
use tokio::time::timeout;

use crate::block;

/// Why a body could not be had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It ended early, or nothing came for too long: worth another try.
    Broken(String),
    /// Larger than the limit.
    TooLarge(String),
    /// In a coding that was not asked for.
    Coding(String),
}

/// Reads a body of at most `limit` bytes on the wire; `idle` is the longest
/// silence. A length that is declared beyond the limit is refused unread.
pub(crate) async fn read(
    response: &mut Response,
    limit: u64,
    idle: Duration,
) -> Result<Vec<u8>, BodyError> {
    let declared = response.content_length();
    if let Some(length) = declared.filter(|length| *length > limit) {
        return Err(BodyError::TooLarge(format!(
            "the server announces {length} bytes, the limit is {limit}"
        )));
    }
    let mut body = Vec::new();
    loop {
        let next = timeout(idle, response.chunk()).await.map_err(|_| {
            BodyError::Broken(format!(
                "nothing came for {} s after {}",
                idle.as_secs_f32(),
                progress(body.len(), declared)
            ))
        })?;
        match next {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(e) => {
                return Err(BodyError::Broken(format!(
                    "the connection ended after {}: {}",
                    progress(body.len(), declared),
                    words(&e)
                )));
            }
        }
        if body.len() as u64 > limit {
            return Err(BodyError::TooLarge(format!("more than the limit of {limit} bytes came")));
        }
    }
    match declared {
        Some(length) if length != body.len() as u64 => Err(BodyError::Broken(format!(
            "the body is cut off: {} came",
            progress(body.len(), declared)
        ))),
        _ => Ok(body),
    }
}

/// Undoes the content coding, to at most `limit` bytes.
pub(crate) fn decode(wire: Vec<u8>, coding: &str, limit: u64) -> Result<Vec<u8>, BodyError> {
    let too_large = || BodyError::TooLarge(format!("the body is larger than {limit} bytes"));
    match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" if wire.len() as u64 > limit => Err(too_large()),
        "" | "identity" => Ok(wire),
        "gzip" | "x-gzip" => {
            let mut body = Vec::new();
            MultiGzDecoder::new(wire.as_slice())
                .take(limit.saturating_add(1))
                .read_to_end(&mut body)
                .map_err(|e| BodyError::Broken(format!("the gzip stream is damaged: {e}")))?;
            if body.len() as u64 > limit { Err(too_large()) } else { Ok(body) }
        }
        other => Err(BodyError::Coding(format!(
            "the body is coded as {other:?}, which was not asked for"
        ))),
    }
}

/// What a body is that is not what is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KindError {
    /// Nothing at all.
    Empty(String),
    /// A page that is known to stand in the way of data.
    Obstacle(String),
    /// Some page where no page is due.
    Page(String),
    /// Something else.
    Other(String),
}

/// Holds a body against the kind that is due.
pub(crate) fn check_kind(expected: BodyKind, body: &[u8]) -> Result<(), KindError> {
    let due = kind_words(expected);
    let found = sniff(body);
    if found == Sniffed::Html
        && let Some(obstacle) = block::obstacle(body)
    {
        return Err(KindError::Obstacle(format!("expected {due}, found {obstacle}")));
    }
    if found.fits(expected) {
        return Ok(());
    }
    Err(match found {
        Sniffed::Empty => KindError::Empty(format!("expected {due}, found an empty body")),
        Sniffed::Html => {
            let title = block::title(body).map_or_else(
                || "an HTML page without a title".to_owned(),
                |title| format!("an HTML page titled {title:?}"),
            );
            KindError::Page(format!("expected {due}, found {title}"))
        }
        Sniffed::Zip => KindError::Other(format!("expected {due}, found a zip archive")),
        Sniffed::Xls => {
            KindError::Other(format!("expected {due}, found an Excel 97-2003 workbook (.xls)"))
        }
        Sniffed::Pdf => KindError::Other(format!("expected {due}, found a PDF")),
        Sniffed::Json => KindError::Other(format!("expected {due}, found JSON")),
        Sniffed::Other => KindError::Other(format!(
            "expected {due}, found {} bytes that begin with {:?}",
            body.len(),
            String::from_utf8_lossy(&body[..body.len().min(40)])
        )),
    })
}

/// The kind that is due, in words.
pub(crate) fn kind_words(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::Zip => "a zip archive",
        BodyKind::Xlsx => "an Excel workbook",
        BodyKind::Json => "JSON",
        BodyKind::Html => "an HTML page",
        BodyKind::Text => "a text file",
        BodyKind::Pdf => "a PDF",
    }
}

/// An error with its causes, without the URL (which may be that of a gateway).
pub(crate) fn words(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        let separator = if text.is_empty() { "" } else { ": " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{e}");
        cause = e.source();
    }
    if text.is_empty() { "no reason given".to_owned() } else { text }
}

fn progress(read: usize, declared: Option<u64>) -> String {
    declared.map_or_else(|| format!("{read} bytes"), |all| format!("{read} of {all} bytes"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::Write as _;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_undone_within_the_limit() {
        let wire = gzip(&b"x".repeat(100_000));
        assert!(wire.len() < 1_000);
        assert_eq!(decode(wire.clone(), "GZIP", 100_000).unwrap().len(), 100_000);
        assert!(matches!(decode(wire.clone(), "gzip", 99_999), Err(BodyError::TooLarge(_))));
        let cut = wire[..wire.len() - 9].to_vec();
        assert!(matches!(decode(cut, "gzip", 100_000), Err(BodyError::Broken(_))));
        assert!(matches!(decode(wire, "br", 9), Err(BodyError::Coding(_))));
        assert!(matches!(decode(vec![0; 10], "", 9), Err(BodyError::TooLarge(_))));
    }

    #[test]
    fn the_kind_is_told_in_words() {
        assert_eq!(check_kind(BodyKind::Zip, b"PK\x03\x04.."), Ok(()));
        assert_eq!(check_kind(BodyKind::Html, b"<html><title>List</title>"), Ok(()));
        assert_eq!(
            check_kind(BodyKind::Zip, b"<html><title>Page Not Found</title>"),
            Err(KindError::Page(
                "expected a zip archive, found an HTML page titled \"Page Not Found\"".into()
            ))
        );
        assert!(matches!(
            check_kind(BodyKind::Html, "<html><title>验证码</title>".as_bytes()),
            Err(KindError::Obstacle(_))
        ));
        assert!(matches!(check_kind(BodyKind::Json, b""), Err(KindError::Empty(_))));
        assert!(matches!(check_kind(BodyKind::Xlsx, b"{}"), Err(KindError::Other(_))));
    }
}
