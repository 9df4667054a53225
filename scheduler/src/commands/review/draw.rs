//! What the page of keys looks like: lines for a screen of some size.

use console::{style, truncate_str};
use regatta_dictionaries::Verdict;

use super::page::{Page, Typing};

/// Lines beside those of values, without suggestions and records: heading,
/// two blank ones, the current value, what it was before, message, keys.
const OTHER_LINES: usize = 7;
/// Values that are shown however small the screen is.
const LEAST: usize = 3;

const KEYS: &str = "↑↓ move  1-9 accept  m map to  r own name  n no drug  s records  u undo  / filter  q write, quit";

/// The screen, of at most `height` lines where that leaves room for a few
/// values; `examples` are records of the current value.
pub fn screen(page: &Page, (height, width): (usize, usize), examples: &[String]) -> Vec<String> {
    let visible = page.visible();
    let current = page.current().map(|place| &page.open[place]);
    let below = current.map_or(0, |open| open.suggestions.len()) + examples.len();
    let window = height.saturating_sub(OTHER_LINES + below + 1).max(LEAST);
    let first = page.at.saturating_sub(window / 2).min(visible.len().saturating_sub(window));
    // The mark of what was cut needs a column of its own.
    let cut = |text: &str| match width.saturating_sub(1) {
        0 => String::new(),
        room => truncate_str(text, room, "…").into_owned(),
    };

    let decided = page.decided.iter().flatten().count();
    let mut lines = vec![cut(&match page.filter.as_str() {
        "" => format!("{} open values, {decided} decided", visible.len()),
        filter => format!(
            "{} of {} open values contain {filter:?}, {decided} decided",
            visible.len(),
            page.open.len()
        ),
    })];
    for (row, place) in visible.iter().enumerate().skip(first).take(window) {
        let text = cut(&value_line(page, *place, row == page.at));
        lines.push(if row == page.at { style(text).reverse().to_string() } else { text });
    }
    lines.push(String::new());
    if let Some(open) = current {
        lines
            .push(style(cut(&format!("{}  (in {})", open.value, open.sources))).bold().to_string());
        if let Some(before) = &open.reopened_from {
            lines.push(cut(&format!("open again: it was {before:?}, which is decided")));
        }
        let numbered = open.suggestions.iter().enumerate();
        lines.extend(numbered.map(|(at, s)| cut(&format!("  {} {s}", at + 1))));
        lines.extend(examples.iter().map(|record| cut(&format!("  {record}"))));
        lines.push(String::new());
    }
    lines.extend(page.message.as_deref().map(cut));
    lines.push(cut(&match &page.typing {
        Some(Typing::Target(text)) => format!("means: {text}_   Enter: take it  Esc: leave it"),
        Some(Typing::Filter(text)) => format!("filter: {text}_   Enter: filter  Esc: leave it"),
        None => KEYS.to_owned(),
    }));
    lines
}

fn value_line(page: &Page, place: usize, here: bool) -> String {
    let open = &page.open[place];
    let state = match &page.decided[place] {
        None => String::new(),
        Some(decided) => match decided.verdict {
            Verdict::Accept | Verdict::MapTo => format!("  = {}", decided.target),
            Verdict::Reject => "  own name".into(),
            Verdict::NotADrug => "  no drug".into(),
        },
    };
    format!(
        "{} {:<11} {:>6} records {:>5} drugs  {}{state}",
        if here { ">" } else { " " },
        open.kind.code(),
        open.records,
        open.drugs,
        open.value
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regatta_dictionaries::DecisionKind;

    use super::super::page::Key;
    use super::super::queue::{Open, Suggestion};
    use super::*;

    fn page(values: usize) -> Page {
        let open = |at: usize| Open {
            suggestions: vec![Suggestion {
                name: "奈韦拉平".into(),
                means: "nevirapine".into(),
                score: 90,
            }],
            sources: "cn_nmpa".into(),
            records: 7,
            ..Open::new(DecisionKind::Generic, &format!("value {at}"))
        };
        Page::new((0..values).map(open).collect(), BTreeSet::new())
    }

    #[test]
    fn the_screen_fits_and_the_current_value_is_on_it() {
        let mut page = page(100);
        for _ in 0..55 {
            page.press(&Key::Down);
        }
        for (height, width) in [(24, 80), (50, 120), (12, 40), (0, 0)] {
            let lines = screen(&page, (height, width), &["a:1  Viramune".to_owned()]);
            assert!(
                lines.len() <= height.max(OTHER_LINES + 2 + 1 + LEAST),
                "{height}: {}",
                lines.len()
            );
            assert!(lines.iter().all(|l| console::measure_text_width(l) < width.max(1)), "{width}");
            if width > 50 {
                assert!(lines.iter().any(|l| l.contains("> generic") && l.contains("value 55")));
                assert!(lines.iter().any(|l| l.contains("1 奈韦拉平 = nevirapine (90)")));
                assert!(lines.iter().any(|l| l.contains("Viramune")));
            }
        }
    }

    #[test]
    fn what_is_decided_typed_and_wrong_is_shown() {
        let mut page = page(3);
        for key in [Key::Char('1'), Key::Char('r'), Key::Char('n'), Key::Char('9')] {
            page.press(&key);
        }
        let text = screen(&page, (24, 80), &[]).join("\n");
        for part in ["= nevirapine", "own name", "no drug", "3 decided", "no such suggestion"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        page.press(&Key::Char('m'));
        page.press(&Key::Char('x'));
        assert!(screen(&page, (24, 80), &[]).concat().contains("means: x_"));
    }

    #[test]
    fn an_empty_list_can_be_drawn() {
        let mut page = page(0);
        page.press(&Key::Char('1'));
        assert!(screen(&page, (24, 80), &[]).concat().contains("0 open values"));
    }
}
