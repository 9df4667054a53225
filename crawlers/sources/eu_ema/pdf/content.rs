//! What the operators of a page show: text and ruling lines with their places.

use std::collections::BTreeMap;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object};

use super::font::{Dictionaries, Font, dictionaries};
use super::{Rule, Run};

/// Forms inside forms.
const MAX_DEPTH: usize = 8;
/// Operators of one page, forms included.
const MAX_OPERATORS: usize = 3_000_000;
/// Graphics states saved.
const MAX_SAVED: usize = 256;
/// Thickest bar that is a ruling line, points.
const MAX_BAR: f32 = 3.0;

type Matrix = [f32; 6];

/// What was shown.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) runs: Vec<Run>,
    pub(super) rules: Vec<Rule>,
}

/// Follows the operators of a content stream.
///
/// # Errors
/// In words, beyond the limits.
pub(super) fn show(
    document: &Document,
    resources: &[&Dictionary],
    content: &[u8],
    base: Matrix,
    max_runs: usize,
) -> Result<Shown, String> {
    let mut out = Output { shown: Shown::default(), operators: MAX_OPERATORS, max_runs };
    stream(document, resources, content, base, 0, &mut out)?;
    Ok(out.shown)
}

struct Output {
    shown: Shown,
    operators: usize,
    max_runs: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Vec<u8>,
    size: f32,
    character_space: f32,
    word_space: f32,
    scale: f32,
    leading: f32,
    rise: f32,
}

/// A content stream under way.
struct Stream<'a> {
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    fonts: BTreeMap<&'a [u8], Font<'a>>,
    /// Bars and strokes of the path under construction, with: is a rectangle.
    path: Vec<(Rule, bool)>,
    point: (f32, f32),
}

fn stream(
    document: &Document,
    resources: &[&Dictionary],
    content: &[u8],
    base: Matrix,
    depth: usize,
    out: &mut Output,
) -> Result<(), String> {
    let entries: Dictionaries = dictionaries(document, resources);
    let mut at = Stream {
        state: State {
            matrix: base,
            font: Vec::new(),
            size: 0.0,
            character_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        },
        saved: Vec::new(),
        text: IDENTITY,
        line: IDENTITY,
        fonts: entries.iter().map(|(n, e)| (n.as_slice(), Font::new(document, e))).collect(),
        path: Vec::new(),
        point: (0.0, 0.0),
    };
    for operation in Content::decode_iter(content) {
        // What stands before damage was shown.
        let Ok(operation) = operation else { break };
        out.operators = out.operators.checked_sub(1).ok_or("a page has too many operators")?;
        if out.shown.runs.len() + out.shown.rules.len() > out.max_runs {
            return Err("a page has too many pieces of text".to_owned());
        }
        if operation.operator == "Do" {
            form(document, resources, &operation, &at.state.matrix, depth, out)?;
        } else {
            at.follow(&operation, &mut out.shown);
        }
    }
    Ok(())
}

/// A form: content of its own, possibly with resources of its own.
fn form(
    document: &Document,
    resources: &[&Dictionary],
    operation: &Operation,
    matrix: &Matrix,
    depth: usize,
    out: &mut Output,
) -> Result<(), String> {
    let Some(name) = operation.operands.first().and_then(|o| o.as_name().ok()) else {
        return Ok(());
    };
    let found = resources.iter().find_map(|resource| {
        let forms = resource.get_deref(b"XObject", document).ok()?.as_dict().ok()?;
        forms.get_deref(name, document).ok()?.as_stream().ok()
    });
    let Some(form) = found else { return Ok(()) };
    let subtype = form.dict.get(b"Subtype").and_then(Object::as_name);
    let is_form = subtype.is_ok_and(|name| name == b"Form");
    if !is_form || depth >= MAX_DEPTH {
        return Ok(());
    }
    let content =
        form.get_plain_content_with_limit(super::MAX_STREAM).map_err(|e| e.to_string())?;
    let own = form.dict.get_deref(b"Resources", document).and_then(Object::as_dict).ok();
    let own = own.map_or_else(|| resources.to_vec(), |own| vec![own]);
    let placed = super::numbers(form.dict.get_deref(b"Matrix", document).ok(), document);
    let placed: Matrix = placed.try_into().unwrap_or(IDENTITY);
    stream(document, &own, &content, times(&placed, matrix), depth + 1, out)
}

impl Stream<'_> {
    fn follow(&mut self, operation: &Operation, shown: &mut Shown) {
        let operands = &operation.operands;
        let number = |i: usize| operands.get(i).and_then(|o| o.as_float().ok()).unwrap_or(0.0);
        let matrix = || -> Matrix { std::array::from_fn(number) };
        match operation.operator.as_str() {
            "q" if self.saved.len() < MAX_SAVED => self.saved.push(self.state.clone()),
            "Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            "cm" => self.state.matrix = times(&matrix(), &self.state.matrix),
            "BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            "Tf" => {
                let name = operands.first().and_then(|o| o.as_name().ok());
                self.state.font = name.unwrap_or_default().to_vec();
                self.state.size = number(1);
            }
            "Tc" => self.state.character_space = number(0),
            "Tw" => self.state.word_space = number(0),
            "Tz" => self.state.scale = number(0) / 100.0,
            "TL" => self.state.leading = number(0),
            "Ts" => self.state.rise = number(0),
            "Td" => self.next_line(number(0), number(1)),
            "TD" => {
                self.state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            "Tm" => {
                self.line = matrix();
                self.text = self.line;
            }
            "T*" => self.next_line(0.0, -self.state.leading),
            "Tj" => self.show(operands.first().into_iter(), shown),
            "'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first().into_iter(), shown);
            }
            "\"" => {
                (self.state.word_space, self.state.character_space) = (number(0), number(1));
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2).into_iter(), shown);
            }
            "TJ" => {
                let parts = operands.first().and_then(|o| o.as_array().ok());
                self.show(parts.into_iter().flatten(), shown);
            }
            "re" => self.rectangle(number(0), number(1), number(2), number(3)),
            "m" => self.point = (number(0), number(1)),
            "l" => {
                let to = (number(0), number(1));
                self.stroke(self.point, to);
                self.point = to;
            }
            "f" | "F" | "f*" => self.paint(false, shown),
            "S" | "s" | "B" | "B*" | "b" | "b*" => self.paint(true, shown),
            "n" => self.path.clear(),
            _ => {}
        }
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = times(&[1.0, 0.0, 0.0, 1.0, x, y], &self.line);
        self.text = self.line;
    }

    /// Shows strings; numbers between them move the pen. A wide gap ends a
    /// piece of text.
    fn show<'o>(&mut self, parts: impl Iterator<Item = &'o Object>, shown: &mut Shown) {
        let mut run: Option<(f32, f32, f32, String)> = None;
        for part in parts {
            if let Ok(bytes) = part.as_str() {
                let Some(font) = self.fonts.get_mut(self.state.font.as_slice()) else { continue };
                for glyph in font.glyphs(bytes) {
                    let (x, y) = self.pen();
                    let size = self.height();
                    run.get_or_insert_with(|| (x, y, size, String::new())).3.push_str(&glyph.text);
                    let space = if glyph.is_space { self.state.word_space } else { 0.0 };
                    let wide = glyph.width / 1000.0 * self.state.size;
                    self.advance((wide + self.state.character_space + space) * self.state.scale);
                }
            } else if let Ok(gap) = part.as_float() {
                if gap < -180.0 {
                    self.finish(run.take(), shown);
                }
                self.advance(-gap / 1000.0 * self.state.size * self.state.scale);
            }
        }
        self.finish(run.take(), shown);
    }

    fn finish(&self, run: Option<(f32, f32, f32, String)>, shown: &mut Shown) {
        let Some((x, y, size, text)) = run else { return };
        let whole = times(&self.text, &self.state.matrix);
        // Text that does not run from left to right is a watermark or a margin.
        let across = whole[0] > 0.0 && whole[1].abs() < whole[0] / 4.0;
        let real = x.is_finite() && y.is_finite() && size.is_finite();
        if across && real && !text.trim().is_empty() {
            let end = self.pen().0.max(x);
            shown.runs.push(Run { x: (x, end), y, size, text });
        }
    }

    fn pen(&self) -> (f32, f32) {
        let whole = times(&self.text, &self.state.matrix);
        apply(&whole, 0.0, self.state.rise)
    }

    fn height(&self) -> f32 {
        let whole = times(&self.text, &self.state.matrix);
        self.state.size.abs() * whole[3].abs().max(whole[2].abs())
    }

    fn advance(&mut self, x: f32) {
        self.text = times(&[1.0, 0.0, 0.0, 1.0, x, 0.0], &self.text);
    }

    fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32) {
        let (x0, y0) = apply(&self.state.matrix, x, y);
        let (x1, y1) = apply(&self.state.matrix, x + width, y + height);
        let rule = Rule { x: (x0.min(x1), x0.max(x1)), y: (y0.min(y1), y0.max(y1)) };
        self.path.push((rule, true));
    }

    fn stroke(&mut self, from: (f32, f32), to: (f32, f32)) {
        let (x0, y0) = apply(&self.state.matrix, from.0, from.1);
        let (x1, y1) = apply(&self.state.matrix, to.0, to.1);
        let rule = Rule { x: (x0.min(x1), x0.max(x1)), y: (y0.min(y1), y0.max(y1)) };
        self.path.push((rule, false));
    }

    /// Keeps what is a ruling line of the path that is painted: strokes, thin
    /// bars, and the sides of a rectangle that is stroked.
    fn paint(&mut self, stroked: bool, shown: &mut Shown) {
        for (rule, is_rectangle) in self.path.drain(..) {
            let Rule { x, y } = rule;
            if ![x.0, x.1, y.0, y.1].iter().all(|n| n.is_finite()) {
                continue;
            }
            let thin = (x.1 - x.0).min(y.1 - y.0) <= MAX_BAR;
            if thin && (is_rectangle || stroked) {
                shown.rules.push(rule);
            } else if is_rectangle && stroked {
                shown.rules.extend([
                    Rule { x: (x.0, x.0), y },
                    Rule { x: (x.1, x.1), y },
                    Rule { x, y: (y.0, y.0) },
                    Rule { x, y: (y.1, y.1) },
                ]);
            }
        }
    }
}

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn apply(m: &Matrix, x: f32, y: f32) -> (f32, f32) {
    (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])
}
