//! Turns faults into the response that stands in for the real one.

use crate::delimited;
use crate::fault::FaultKind;
use crate::message::Response;
use crate::pages;
use crate::route::{Content, Route, Stored, etag};
use crate::zip_file::{self, Member};

/// The response that needs no file; `None` where the kind needs one.
pub(crate) fn replacement(kind: &FaultKind) -> Option<Response> {
    Some(match kind {
        FaultKind::Status { code, retry_after } => {
            let response = Response::text(*code, &format!("{code}\n"));
            match retry_after {
                Some(value) => response.with("Retry-After", value),
                None => response,
            }
        }
        FaultKind::HtmlApology200 => Response::html(200, pages::APOLOGY),
        FaultKind::RedirectAbuse => Response::html(302, "").with("Location", pages::APOLOGY_PATH),
        FaultKind::JsChallenge202 => Response::html(202, pages::CHALLENGE)
            .with("Set-Cookie", "FSSBBIl1UgzbN7N80S=made-up; Path=/; HttpOnly"),
        FaultKind::Waf412 => Response::html(412, pages::FIREWALL),
        FaultKind::Empty200 => Response::html(200, ""),
        _ => return None,
    })
}

/// The file with its data damaged; `None` where the kind leaves data alone.
pub(crate) fn damaged(kind: &FaultKind, route: &Route, stored: &Stored) -> Option<Response> {
    let content = &stored.content;
    let body = match kind {
        FaultKind::DropRows { fraction } => {
            map(content, |text| delimited::drop_rows(text, *fraction)).to_bytes()
        }
        FaultKind::RenameColumn { column, to } => {
            map(content, |text| delimited::rename_column(text, column, to)).to_bytes()
        }
        FaultKind::BadEncoding => spoil(content).to_bytes(),
        FaultKind::ZipBomb => zip_file::bomb(members(content)),
        FaultKind::NotAZip => pages::APOLOGY.as_bytes().to_vec(),
        _ => return None,
    };
    let tag = etag(&body);
    Some(Response::new(route.status(), route.content_type(), body).with("ETag", tag))
}

fn map(content: &Content, change: impl Fn(&[u8]) -> Vec<u8>) -> Content {
    match content {
        Content::Plain(text) => Content::Plain(change(text)),
        Content::Zip(members) => Content::Zip(
            members
                .iter()
                .map(|member| Member { name: member.name.clone(), data: change(&member.data) })
                .collect(),
        ),
    }
}

fn spoil(content: &Content) -> Content {
    let mut content = content.clone();
    let largest = match &mut content {
        Content::Plain(text) => Some(text),
        Content::Zip(members) => members.iter_mut().map(|m| &mut m.data).max_by_key(|d| d.len()),
    };
    if let Some(text) = largest {
        *text = delimited::spoil_encoding(text);
    }
    content
}

fn members(content: &Content) -> &[Member] {
    match content {
        Content::Plain(_) => &[],
        Content::Zip(members) => members,
    }
}
