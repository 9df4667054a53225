//! The page of keys on a terminal.

use console::{Term, style, truncate_str};
use regatta_dictionaries::{Verdict, append_decisions};

use super::decide::Decider;
use super::page::{Key, Page, Typing};
use super::queue::{Queue, code};
use crate::exit::Exit;
use crate::output::line;

/// Lines beside those of values: headings, suggestions, keys.
const OTHER_LINES: usize = 14;

/// Shows the queue until the person is done, then writes what was decided.
pub fn run(queue: Queue, decider: &Decider) -> anyhow::Result<Exit> {
    if queue.open.is_empty() {
        line("The review queue is empty.")?;
        return Ok(Exit::Ok);
    }
    let term = Term::stdout();
    let mut page = Page::new(queue.open);
    while !page.done {
        draw(&term, &page)?;
        if let Some(key) = key(term.read_key()?) {
            page.press(&key);
        }
    }
    term.clear_screen()?;
    let rows: Vec<_> = page
        .open
        .iter()
        .zip(&page.decided)
        .filter_map(|(open, decided)| Some((open, decided.as_ref()?)))
        .map(|(open, decided)| decider.row(open, decided.verdict, &decided.target))
        .collect();
    if rows.is_empty() {
        line("Nothing was decided.")?;
        return Ok(Exit::Ok);
    }
    append_decisions(&decider.folder, &rows)?;
    line(format!(
        "{} written to {}. The next `regatta refresh` applies what was decided.",
        super::count(rows.len()),
        decider.folder.display()
    ))?;
    Ok(Exit::Ok)
}

fn key(key: console::Key) -> Option<Key> {
    Some(match key {
        console::Key::ArrowUp => Key::Up,
        console::Key::ArrowDown => Key::Down,
        console::Key::Char(c) => Key::Char(c),
        console::Key::Enter => Key::Enter,
        console::Key::Escape => Key::Escape,
        console::Key::Backspace => Key::Backspace,
        _ => return None,
    })
}

fn draw(term: &Term, page: &Page) -> anyhow::Result<()> {
    let (height, width) = term.size();
    let (height, width) = (usize::from(height), usize::from(width).max(40));
    let visible = page.visible();
    let window = height.saturating_sub(OTHER_LINES).max(5);
    let first = page.at.saturating_sub(window / 2).min(visible.len().saturating_sub(window));
    term.clear_screen()?;
    let decided = page.decided.iter().flatten().count();
    term.write_line(&format!(
        "{} open values, {decided} decided{}",
        visible.len(),
        if page.filter.is_empty() { String::new() } else { format!(", filter: {}", page.filter) }
    ))?;
    for (row, place) in visible.iter().enumerate().skip(first).take(window) {
        let open = &page.open[*place];
        let state = match &page.decided[*place] {
            None => String::new(),
            Some(d) => match d.verdict {
                Verdict::Accept | Verdict::MapTo => format!("= {}", d.target),
                Verdict::Reject => "own name".into(),
                Verdict::NotADrug => "no drug".into(),
            },
        };
        let text = format!(
            "{} {:<11} {:>6} records {:>5} drugs  {}  {state}",
            if row == page.at { ">" } else { " " },
            code(open.kind),
            open.records,
            open.drugs,
            open.value
        );
        let text = truncate_str(&text, width - 1, "…");
        let line = if row == page.at { style(text).reverse() } else { style(text) };
        term.write_line(&line.to_string())?;
    }
    if let Some(place) = page.current() {
        let open = &page.open[place];
        term.write_line("")?;
        term.write_line(&format!("{}  (in {})", style(&open.value).bold(), open.sources))?;
        if let Some(before) = &open.reopened_from {
            term.write_line(&format!("decided before as {before}; the source changed it"))?;
        }
        for (number, (name, score)) in open.suggestions.iter().enumerate() {
            term.write_line(&format!("  {} {name}  {score} %", number + 1))?;
        }
    }
    term.write_line("")?;
    let keys = match &page.typing {
        Some(Typing::Target(text)) => format!("means: {text}_   Enter: take it  Esc: leave it"),
        Some(Typing::Filter(text)) => format!("filter: {text}_   Enter: filter  Esc: leave it"),
        None => "↑↓ move  1-9 accept  m map to  r own name  n no drug  u undo  / filter  q write and quit"
            .to_owned(),
    };
    term.write_line(&truncate_str(&keys, width - 1, "…"))?;
    Ok(())
}
