//! Fonts: which characters a string shows, and how wide it is.

use std::collections::{BTreeMap, HashMap};

use lopdf::{Dictionary, Document, Encoding, Object};

/// Largest character map.
const MAX_MAP: usize = 4 << 20;

/// The font dictionaries of a content stream, by name.
pub(super) type Dictionaries = BTreeMap<Vec<u8>, Entry>;

/// A font dictionary and, where the font says which characters it shows, the
/// same with nothing but that.
pub(super) struct Entry {
    plain: Dictionary,
    unicode: Option<Dictionary>,
}

/// Collects the fonts of resource dictionaries; the first one of a name counts.
pub(super) fn dictionaries(document: &Document, resources: &[&Dictionary]) -> Dictionaries {
    let mut found = Dictionaries::new();
    for resource in resources {
        let Ok(fonts) = resource.get_deref(b"Font", document).and_then(Object::as_dict) else {
            continue;
        };
        for (name, _) in fonts {
            let Ok(font) = fonts.get_deref(name, document).and_then(Object::as_dict) else {
                continue;
            };
            found.entry(name.clone()).or_insert_with(|| {
                let unicode = font.has(b"ToUnicode").then(|| {
                    let mut unicode = font.clone();
                    // The library would look at a simple font's encoding first.
                    if !is_wide(font) {
                        unicode.remove(b"Encoding");
                    }
                    unicode
                });
                Entry { plain: font.clone(), unicode }
            });
        }
    }
    found
}

/// A font in use.
pub(super) struct Font<'a> {
    unicode: Option<Encoding<'a>>,
    plain: Option<Encoding<'a>>,
    /// Two bytes a character.
    wide: bool,
    widths: HashMap<u16, f32>,
    other_width: f32,
    known: HashMap<u16, String>,
}

/// A character: what it shows, how wide it is in thousandths of the font's
/// size, and whether it is the single byte of a space.
pub(super) struct Glyph {
    pub(super) text: String,
    pub(super) width: f32,
    pub(super) is_space: bool,
}

impl<'a> Font<'a> {
    pub(super) fn new(document: &'a Document, entry: &'a Entry) -> Self {
        let encoding =
            |font: &'a Dictionary| font.get_font_encoding_with_limit(document, MAX_MAP).ok();
        let font = &entry.plain;
        let wide = is_wide(font);
        let (widths, other_width) =
            if wide { wide_widths(document, font) } else { simple_widths(document, font) };
        Self {
            unicode: entry.unicode.as_ref().and_then(encoding),
            plain: encoding(font),
            wide,
            widths,
            other_width,
            known: HashMap::new(),
        }
    }

    /// The characters of a string.
    pub(super) fn glyphs(&mut self, bytes: &[u8]) -> Vec<Glyph> {
        let length = if self.wide { 2 } else { 1 };
        bytes
            .chunks(length)
            .map(|code| {
                let number = code.iter().fold(0_u16, |n, byte| (n << 8) | u16::from(*byte));
                let text = if let Some(text) = self.known.get(&number) {
                    text.clone()
                } else {
                    let text = self.text(code);
                    self.known.insert(number, text.clone());
                    text
                };
                let width = self.widths.get(&number).copied().unwrap_or(self.other_width);
                Glyph { text, width, is_space: code == [b' '] }
            })
            .collect()
    }

    fn text(&self, code: &[u8]) -> String {
        let decode = |encoding: &Option<Encoding<'_>>| {
            let text = encoding.as_ref()?.bytes_to_string(code).ok()?;
            let shown = !text.is_empty() && !text.contains('\u{fffd}') && !text.contains('\0');
            shown.then_some(text)
        };
        let text = decode(&self.unicode).or_else(|| decode(&self.plain)).unwrap_or_default();
        let mut shown = String::new();
        for c in text.chars() {
            spell_out(c, &mut shown);
        }
        shown
    }
}

/// Two bytes a character.
fn is_wide(font: &Dictionary) -> bool {
    font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type0")
}

/// Ligatures as letters, all spaces as one kind, no soft hyphens.
fn spell_out(c: char, to: &mut String) {
    match c {
        '\u{fb00}' => to.push_str("ff"),
        '\u{fb01}' => to.push_str("fi"),
        '\u{fb02}' => to.push_str("fl"),
        '\u{fb03}' => to.push_str("ffi"),
        '\u{fb04}' => to.push_str("ffl"),
        '\u{ad}' => {}
        c if c.is_whitespace() => to.push(' '),
        c => to.push(c),
    }
}

fn simple_widths(document: &Document, font: &Dictionary) -> (HashMap<u16, f32>, f32) {
    let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or(0);
    let first = u16::try_from(first).unwrap_or(0);
    let widths = super::numbers(font.get_deref(b"Widths", document).ok(), document);
    let descriptor = font.get_deref(b"FontDescriptor", document).and_then(Object::as_dict);
    let missing = descriptor.and_then(|d| d.get_deref(b"MissingWidth", document));
    let missing = missing.and_then(Object::as_float).unwrap_or(0.0);
    // The standard fonts need not give their widths; half the size is near the
    // middle of theirs.
    let other = if widths.is_empty() || missing <= 0.0 { 500.0 } else { missing };
    ((first..).zip(widths).collect(), other)
}

/// `/W [ 3 [250 500] 10 20 600 ]`: a list from 3 on, and one width for 10 to 20.
fn wide_widths(document: &Document, font: &Dictionary) -> (HashMap<u16, f32>, f32) {
    let mut widths = HashMap::new();
    let below = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array);
    let below = below.ok().and_then(|list| list.first());
    let below = below.and_then(|o| document.dereference(o).ok()).map(|(_, o)| o);
    let Some(below) = below.and_then(|o| o.as_dict().ok()) else { return (widths, 1000.0) };
    let other = below.get_deref(b"DW", document).and_then(Object::as_float).unwrap_or(1000.0);
    let items = below.get_deref(b"W", document).and_then(Object::as_array);
    let mut items = items.into_iter().flatten().filter_map(|o| document.dereference(o).ok());
    let code = |o: &Object| o.as_i64().ok().and_then(|n| u16::try_from(n).ok());
    while let (Some((_, first)), Some((_, next))) = (items.next(), items.next()) {
        let Some(first) = code(first) else { break };
        if next.as_array().is_ok() {
            widths.extend((first..).zip(super::numbers(Some(next), document)));
        } else if let (Some(last), Some((_, width))) = (code(next), items.next()) {
            let width = width.as_float().unwrap_or(other);
            widths.extend((first..=last).map(|code| (code, width)));
        }
    }
    (widths, other)
}
