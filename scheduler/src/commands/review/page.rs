//! The page of keys as a state machine: keys in, decisions out. Nothing here
//! draws or reads a terminal.

use regatta_dictionaries::Verdict;

use super::queue::Open;

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Char(char),
    Enter,
    Escape,
    Backspace,
}

/// What was decided about the value at a place of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub verdict: Verdict,
    pub target: String,
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typing {
    /// The standard name that the value means.
    Target(String),
    /// What values must contain to be shown.
    Filter(String),
}

/// The page.
pub struct Page {
    pub open: Vec<Open>,
    /// By place in `open`.
    pub decided: Vec<Option<Decided>>,
    /// Place in [`Page::visible`].
    pub at: usize,
    pub filter: String,
    pub typing: Option<Typing>,
    /// Places in the order in which they were decided.
    history: Vec<usize>,
    /// The person is done.
    pub done: bool,
}

impl Page {
    pub fn new(open: Vec<Open>) -> Self {
        Self {
            decided: vec![None; open.len()],
            open,
            at: 0,
            filter: String::new(),
            typing: None,
            history: Vec::new(),
            done: false,
        }
    }

    /// Places of the values that the filter lets through.
    pub fn visible(&self) -> Vec<usize> {
        let filter = self.filter.to_lowercase();
        (0..self.open.len())
            .filter(|i| self.open[*i].value.to_lowercase().contains(&filter))
            .collect()
    }

    /// The place in `open` that the cursor is at.
    pub fn current(&self) -> Option<usize> {
        self.visible().get(self.at).copied()
    }

    /// Takes a key.
    pub fn press(&mut self, key: &Key) {
        if let Some(typing) = self.typing.take() {
            self.typing = self.typed(typing, key);
            return;
        }
        let last = self.visible().len().saturating_sub(1);
        match key {
            Key::Up | Key::Char('k') => self.at = self.at.saturating_sub(1),
            Key::Down | Key::Char('j') => self.at = (self.at + 1).min(last),
            Key::Char(digit @ '1'..='9') => {
                let place = digit.to_digit(10).and_then(|d| usize::try_from(d).ok()).unwrap_or(0);
                let suggestion = self
                    .current()
                    .and_then(|i| self.open[i].suggestions.get(place.wrapping_sub(1)))
                    .map(|(name, _)| name.clone());
                if let Some(target) = suggestion {
                    self.decide(Verdict::Accept, target);
                }
            }
            Key::Char('m') => self.typing = Some(Typing::Target(String::new())),
            Key::Char('/') => self.typing = Some(Typing::Filter(String::new())),
            Key::Char('r') => self.decide(Verdict::Reject, String::new()),
            Key::Char('n') => {
                let generic = self.current().is_some_and(|i| {
                    self.open[i].kind == regatta_dictionaries::DecisionKind::Generic
                });
                // Only a name of a drug can turn out to be none.
                if generic {
                    self.decide(Verdict::NotADrug, String::new());
                }
            }
            Key::Char('u') => self.undo(),
            Key::Char('q') | Key::Escape => self.done = true,
            Key::Char(_) | Key::Enter | Key::Backspace => {}
        }
    }

    fn typed(&mut self, typing: Typing, key: &Key) -> Option<Typing> {
        let (mut text, is_target) = match typing {
            Typing::Target(text) => (text, true),
            Typing::Filter(text) => (text, false),
        };
        match key {
            Key::Escape => return None,
            Key::Enter if is_target => {
                if !text.trim().is_empty() {
                    self.decide(Verdict::MapTo, text.trim().to_owned());
                }
                return None;
            }
            Key::Enter => {
                self.filter = text;
                self.at = 0;
                return None;
            }
            Key::Backspace => drop(text.pop()),
            Key::Char(c) => text.push(*c),
            Key::Up | Key::Down => {}
        }
        Some(if is_target { Typing::Target(text) } else { Typing::Filter(text) })
    }

    /// Decides about the current value and goes on to the next.
    fn decide(&mut self, verdict: Verdict, target: String) {
        let Some(place) = self.current() else { return };
        self.decided[place] = Some(Decided { verdict, target });
        self.history.retain(|p| *p != place);
        self.history.push(place);
        self.at = (self.at + 1).min(self.visible().len().saturating_sub(1));
    }

    fn undo(&mut self) {
        if let Some(place) = self.history.pop() {
            self.decided[place] = None;
            self.at = self.visible().iter().position(|p| *p == place).unwrap_or(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use regatta_dictionaries::DecisionKind;

    use super::*;

    fn page() -> Page {
        let open = |kind, value: &str, suggestion: &str| Open {
            suggestions: vec![(suggestion.to_owned(), 90)],
            records: 3,
            ..Open::new(kind, value)
        };
        Page::new(vec![
            open(DecisionKind::Generic, "osimertinb", "osimertinib"),
            open(DecisionKind::Company, "Foo Ltd", "Foo"),
            open(DecisionKind::Generic, "diluent", "dilutent"),
        ])
    }

    fn press(page: &mut Page, keys: &str) {
        for c in keys.chars() {
            page.press(&match c {
                '\n' => Key::Enter,
                '\u{8}' => Key::Backspace,
                '\u{1b}' => Key::Escape,
                c => Key::Char(c),
            });
        }
    }

    #[test]
    fn r10_a_suggestion_is_accepted_and_the_next_value_is_current() {
        let mut page = page();
        press(&mut page, "1");
        let decided = page.decided[0].clone().unwrap();
        assert_eq!((decided.verdict, decided.target.as_str()), (Verdict::Accept, "osimertinib"));
        assert_eq!(page.current(), Some(1));
        // There is no second suggestion.
        press(&mut page, "2");
        assert_eq!(page.decided[1], None);
    }

    #[test]
    fn r10_a_value_is_mapped_by_typing_and_escape_types_nothing() {
        let mut page = page();
        press(&mut page, "jmBar\u{8}z Ltd\n");
        let decided = page.decided[1].clone().unwrap();
        assert_eq!((decided.verdict, decided.target.as_str()), (Verdict::MapTo, "Baz Ltd"));
        press(&mut page, "kkmq\u{1b}");
        assert_eq!(page.decided[0], None);
        assert!(!page.done, "q was typed, not pressed");
    }

    #[test]
    fn r10_only_generics_can_be_no_drugs() {
        let mut page = page();
        press(&mut page, "njn");
        assert_eq!(page.decided[0].clone().unwrap().verdict, Verdict::NotADrug);
        assert_eq!(page.decided[1], None);
        assert_eq!(page.decided[2].clone().unwrap().verdict, Verdict::NotADrug);
    }

    #[test]
    fn the_last_decision_is_undone_first_and_the_cursor_goes_there() {
        let mut page = page();
        press(&mut page, "rru");
        assert!(page.decided[0].is_some());
        assert_eq!((page.decided[1].clone(), page.current()), (None, Some(1)));
        press(&mut page, "uu");
        assert!(page.decided.iter().all(Option::is_none));
    }

    #[test]
    fn a_filter_narrows_the_list_and_decisions_hit_what_is_shown() {
        let mut page = page();
        press(&mut page, "/FOO\n");
        assert_eq!(page.visible(), [1]);
        press(&mut page, "r/\n");
        assert!(page.decided[1].is_some());
        assert_eq!(page.visible().len(), 3);
        press(&mut page, "q");
        assert!(page.done);
    }

    #[test]
    fn an_empty_queue_survives_every_key() {
        let mut page = Page::new(Vec::new());
        press(&mut page, "1rnjkum x\n/ y\nu");
        assert_eq!(page.current(), None);
    }
}
