//! The alerts as an Atom feed (RFC 4287).

use std::fmt::Write;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use jiff::Timestamp;

use crate::{Alert, State};

/// Entries at most, the newest ones.
const ENTRIES: usize = 200;

/// The feed: one entry per alert, the one that changed last first. The id of an
/// entry is that of its alert, so a reader sees a change as an update of the
/// same entry. The same state gives the same bytes.
///
/// # Errors
/// Those of writing into memory: none that is known.
pub fn atom(state: &State, feed_id: &str) -> io::Result<Vec<u8>> {
    let mut alerts: Vec<&Alert> = state.alerts.values().collect();
    alerts.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
    alerts.truncate(ENTRIES);
    let updated = alerts.first().map_or(Timestamp::UNIX_EPOCH, |a| a.updated);
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 1);
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    out.create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .write_inner_content(|out| {
            element(out, "id", feed_id)?;
            element(out, "title", "regatta: early warning")?;
            element(out, "updated", &time(updated))?;
            out.create_element("author")
                .write_inner_content(|out| element(out, "name", "regatta"))?;
            for alert in alerts {
                entry(out, alert)?;
            }
            Ok(())
        })?;
    let mut text = out.into_inner();
    text.push(b'\n');
    Ok(text)
}

fn entry(out: &mut Writer<Vec<u8>>, alert: &Alert) -> io::Result<()> {
    let over = if alert.resolved.is_some() { "over: " } else { "" };
    let severity = alert.severity.code();
    let mut content = format!("{}: {}", alert.certainty.code(), alert.because);
    for detail in &alert.details {
        let _ = write!(content, "\n- {detail}");
    }
    if let Some(resolved) = &alert.resolved {
        let _ = write!(content, "\nOver since {}: {}.", time(resolved.at), resolved.why);
    }
    if let Some(note) = alert.ack.as_ref().and_then(|a| a.note.as_ref()) {
        let _ = write!(content, "\nNote: {note}");
    }
    let _ = write!(content, "\nEvidence: {}", alert.evidence.join(", "));
    out.create_element("entry")
        .write_inner_content(|out| {
            element(out, "id", &format!("urn:regatta:alert:{}", alert.id))?;
            element(out, "title", &format!("[{severity}] {over}{}", alert.what))?;
            element(out, "published", &time(alert.first_seen))?;
            element(out, "updated", &time(alert.updated))?;
            for term in [severity, &alert.rule] {
                out.create_element("category").with_attribute(("term", term)).write_empty()?;
            }
            out.create_element("content")
                .with_attribute(("type", "text"))
                .write_text_content(BytesText::new(&legal(&content)))?;
            Ok(())
        })
        .map(|_| ())
}

fn element(out: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(&legal(text))).map(|_| ())
}

/// XML 1.0 has no way to write most control characters.
fn legal(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
