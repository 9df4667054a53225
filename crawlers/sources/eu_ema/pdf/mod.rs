//! Text and ruling lines of a PDF, with their places on the page.
//!
//! The library `lopdf` reads the objects of the file; what a page shows is
//! worked out here, because a table can only be read with the places of its
//! words.

mod content;
mod font;
mod lines;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

pub(super) use lines::{Line, lines, words};

/// Largest file that is read; the largest product informations have some 6 MB.
const MAX_FILE: usize = 32 << 20;
/// Largest stream inside, decompressed.
const MAX_STREAM: usize = 32 << 20;
/// Pages that are looked at.
const MAX_PAGES: usize = 1000;
/// Pieces of text in all.
const MAX_RUNS: usize = 2_000_000;
/// Longest reading of one file: real ones take far less than a second.
const MAX_TIME: Duration = Duration::from_secs(30);
/// The library descends into nested objects.
const STACK: usize = 16 << 20;

/// What a page shows. Coordinates are points from the lower left corner of the
/// page as it is displayed.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct PdfPage {
    /// Page number, from 1.
    pub(super) number: u32,
    /// Height of the page.
    pub(super) height: f32,
    /// Pieces of horizontal text, in the order of the file.
    pub(super) runs: Vec<Run>,
    /// Ruling lines, thin filled bars included.
    pub(super) rules: Vec<Rule>,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Left and right end.
    pub(super) x: (f32, f32),
    /// Baseline.
    pub(super) y: f32,
    /// Height of the font.
    pub(super) size: f32,
    pub(super) text: String,
}

/// A ruling line from one point to the other; one of the two is zero long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) x: (f32, f32),
    pub(super) y: (f32, f32),
}

impl Rule {
    pub(super) fn is_vertical(&self) -> bool {
        self.y.1 - self.y.0 > self.x.1 - self.x.0
    }
}

/// Reads the pages of a file up to the one, if any, of which `last` says that
/// nothing of interest follows.
///
/// # Errors
/// In words, when the file cannot be read, breaks the library, or is larger or
/// slower than a real one could be.
pub(super) fn read_pages(body: &[u8], last: fn(&PdfPage) -> bool) -> Result<Vec<PdfPage>, String> {
    if body.len() > MAX_FILE {
        return Err(format!("the file has {} bytes, at most {MAX_FILE} are read", body.len()));
    }
    let body = body.to_vec();
    let (sender, receiver) = channel();
    // A thread of its own: a panic of the library ends there, and one that
    // never returns is left behind.
    let work = move || {
        // Nobody listens any more when the time is up.
        let _ = sender.send(pages(&body, last));
    };
    let spawned = std::thread::Builder::new().stack_size(STACK).spawn(work);
    spawned.map_err(|e| format!("no thread to read it: {e}"))?;
    receiver.recv_timeout(MAX_TIME).unwrap_or_else(|e| {
        Err(match e {
            RecvTimeoutError::Timeout => {
                format!("it was not read within {} s", MAX_TIME.as_secs())
            }
            RecvTimeoutError::Disconnected => "the PDF library broke down".to_owned(),
        })
    })
}

fn pages(body: &[u8], last: fn(&PdfPage) -> bool) -> Result<Vec<PdfPage>, String> {
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(body, options).map_err(|e| e.to_string())?;
    if document.is_encrypted() {
        return Err("it is encrypted".to_owned());
    }
    let mut pages = Vec::new();
    let mut left = MAX_RUNS;
    for (number, id) in document.get_pages().into_iter().take(MAX_PAGES) {
        let page = page(&document, number, id)?;
        left = left
            .checked_sub(page.runs.len() + page.rules.len())
            .ok_or_else(|| format!("it has more than {MAX_RUNS} pieces of text"))?;
        let enough = last(&page);
        pages.push(page);
        if enough {
            break;
        }
    }
    if pages.is_empty() {
        return Err("it has no pages".to_owned());
    }
    Ok(pages)
}

fn page(document: &Document, number: u32, id: ObjectId) -> Result<PdfPage, String> {
    let content =
        document.get_page_content_with_limit(id, MAX_STREAM).map_err(|e| e.to_string())?;
    let media = numbers(inherited(document, id, b"MediaBox"), document);
    let [left, low, right, high] = media.try_into().unwrap_or([0.0, 0.0, 595.0, 842.0]);
    let turn = inherited(document, id, b"Rotate").and_then(|r| r.as_i64().ok()).unwrap_or(0);
    let (width, height) = (right - left, high - low);
    // The page as it is displayed: turned clockwise, its corner at (0, 0).
    let (base, height) = match turn.rem_euclid(360) {
        90 => ([0.0, -1.0, 1.0, 0.0, -low, right], width),
        180 => ([-1.0, 0.0, 0.0, -1.0, right, high], height),
        270 => ([0.0, 1.0, -1.0, 0.0, high, -left], width),
        _ => ([1.0, 0.0, 0.0, 1.0, -left, -low], height),
    };
    let (direct, ids) = document.get_page_resources(id).map_err(|e| e.to_string())?;
    let mut resources: Vec<&Dictionary> = direct.into_iter().collect();
    resources.extend(ids.into_iter().filter_map(|id| document.get_dictionary(id).ok()));
    let shown = content::show(document, &resources, &content, base, MAX_RUNS)?;
    Ok(PdfPage { number, height, runs: shown.runs, rules: shown.rules })
}

/// An entry of a page that it may have from the nodes above it.
fn inherited<'a>(document: &'a Document, id: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(id).ok()?;
    for _ in 0..32 {
        if let Ok(found) = node.get_deref(key, document) {
            return Some(found);
        }
        node = node.get_deref(b"Parent", document).ok()?.as_dict().ok()?;
    }
    None
}

fn numbers(array: Option<&Object>, document: &Document) -> Vec<f32> {
    let items = array.and_then(|a| a.as_array().ok());
    let number = |o: &Object| document.dereference(o).ok().and_then(|(_, o)| o.as_float().ok());
    items.into_iter().flatten().filter_map(number).collect()
}
