//! Pieces of text as lines.

use super::{PdfPage, Run};

/// A line of a page.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Line {
    /// Baseline.
    pub(in super::super) y: f32,
    /// Left and right end.
    pub(in super::super) x: (f32, f32),
    /// Height of the font.
    pub(in super::super) size: f32,
    pub(in super::super) text: String,
}

/// The lines of a page, from top to bottom. Text at nearly the same height (a
/// superscript, a number before its heading) is one line.
pub(in super::super) fn lines(page: &PdfPage) -> Vec<Line> {
    let mut runs: Vec<&Run> = page.runs.iter().collect();
    runs.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut groups: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        match groups.last_mut() {
            Some(group) if near(group, run) => group.push(run),
            _ => groups.push(vec![run]),
        }
    }
    groups.iter().map(|group| line(group)).collect()
}

fn near(group: &[&Run], run: &Run) -> bool {
    group.first().is_some_and(|first| first.y - run.y <= 0.45 * first.size.max(run.size))
}

fn line(group: &[&Run]) -> Line {
    let largest = group.iter().max_by(|a, b| a.size.total_cmp(&b.size));
    let x0 = group.iter().map(|r| r.x.0).fold(f32::MAX, f32::min);
    let x1 = group.iter().map(|r| r.x.1).fold(f32::MIN, f32::max);
    let (y, size) = largest.map_or((0.0, 0.0), |r| (r.y, r.size));
    Line { y, x: (x0, x1), size, text: words(group) }
}

/// The text of pieces that stand beside each other: a gap wider than a part of
/// a letter is a space.
pub(in super::super) fn words(runs: &[&Run]) -> String {
    let mut runs = runs.to_vec();
    runs.sort_by(|a, b| a.x.0.total_cmp(&b.x.0));
    let mut text = String::new();
    let mut end: Option<f32> = None;
    for run in runs {
        let gap = end.is_some_and(|end| run.x.0 - end > 0.12 * run.size);
        if gap {
            text.push(' ');
        }
        text.push_str(&run.text);
        end = Some(end.map_or(run.x.1, |end| end.max(run.x.1)));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
