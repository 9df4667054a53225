//! The page of keys on a terminal.

use std::collections::HashMap;

use console::Term;
use regatta_warehouse::Connection;
use serde_json::Value;

use super::decide::Decider;
use super::draw::screen;
use super::examples::examples;
use super::page::{Key, Page};
use super::queue::{Open, Queue};
use crate::app::App;
use crate::exit::Exit;
use crate::output::line;

/// How many records of a value are shown.
const EXAMPLES: usize = 5;

/// Shows the queue until the person is done, then writes what was decided.
pub fn run(app: &App, queue: Queue, decider: &Decider) -> anyhow::Result<Exit> {
    if queue.open.is_empty() {
        line("The review queue is empty.")?;
        return Ok(Exit::Ok);
    }
    // Asked before anything is decided, not after.
    decider.author()?;
    let term = Term::stdout();
    let forms = app.dictionaries()?.forms.forms().keys().cloned().collect();
    let mut records = Records { duckdb: app.duckdb()?, of: HashMap::new() };
    let mut page = Page::new(queue.open, forms);
    while !page.done {
        let shown = match page.current().filter(|_| page.examples) {
            Some(place) => records.of(place, &page.open[place])?,
            None => &[],
        };
        let (height, width) = term.size();
        let lines = screen(&page, (height.into(), width.into()), shown);
        term.clear_screen()?;
        term.write_str(&lines.join("\n"))?;
        if let Some(key) = key(&term.read_key()?) {
            page.press(&key);
        }
    }
    term.clear_screen()?;
    write(&page, decider)
}

fn write(page: &Page, decider: &Decider) -> anyhow::Result<Exit> {
    let rows = page
        .open
        .iter()
        .zip(&page.decided)
        .filter_map(|(open, decided)| Some((open, decided.as_ref()?)))
        .map(|(open, decided)| decider.row(open, decided.verdict, &decided.target))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if rows.is_empty() {
        line("Nothing was decided.")?;
        return Ok(Exit::Ok);
    }
    let decisions = rows.len();
    let refused = decider.write_each(rows);
    line(format!(
        "{} written to {}. The next `regatta refresh` applies what was decided.",
        super::count(decisions - refused.len()),
        decider.folder.display()
    ))?;
    for (row, why) in &refused {
        line(format!("not written: {} -> {:?}: {why}", row.value, row.target))?;
    }
    Ok(if refused.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// Records of values that were looked at, each asked for once.
struct Records {
    duckdb: Connection,
    of: HashMap<usize, Vec<String>>,
}

impl Records {
    fn of(&mut self, place: usize, open: &Open) -> anyhow::Result<&[String]> {
        if !self.of.contains_key(&place) {
            let found = examples(&self.duckdb, open.kind, &open.value, EXAMPLES)?;
            let lines = found.rows.iter().map(|row| {
                let cells = row.iter().filter_map(Value::as_str);
                cells.map(|cell| cell.replace('\n', " ")).collect::<Vec<_>>().join("  ")
            });
            self.of.insert(place, lines.collect());
        }
        Ok(self.of.get(&place).map_or(&[], Vec::as_slice))
    }
}

fn key(key: &console::Key) -> Option<Key> {
    Some(match key {
        console::Key::ArrowUp => Key::Up,
        console::Key::ArrowDown => Key::Down,
        console::Key::PageUp => Key::PageUp,
        console::Key::PageDown => Key::PageDown,
        console::Key::Char(c) => Key::Char(*c),
        console::Key::Enter => Key::Enter,
        console::Key::Escape => Key::Escape,
        console::Key::Backspace => Key::Backspace,
        _ => return None,
    })
}
