//! The page of keys as a state machine: keys in, decisions out. Nothing here
//! draws or reads a terminal.

use std::collections::BTreeSet;

use regatta_dictionaries::{DecisionKind, Verdict};

use super::queue::{Open, OpenKind, STATUS_HELP};

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Char(char),
    Enter,
    Escape,
    Backspace,
}

/// How far a page key moves.
const PAGE: usize = 10;

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
    /// Records of the current value are shown.
    pub examples: bool,
    /// What the person should know about the last key.
    pub message: Option<String>,
    /// The standard forms: a dosage form means one of them or nothing.
    forms: BTreeSet<String>,
    /// Places in the order in which they were decided, with what was decided
    /// before.
    history: Vec<(usize, Option<Decided>)>,
    /// The person is done.
    pub done: bool,
}

impl Page {
    pub fn new(open: Vec<Open>, forms: BTreeSet<String>) -> Self {
        Self {
            decided: vec![None; open.len()],
            open,
            at: 0,
            filter: String::new(),
            typing: None,
            examples: false,
            message: None,
            forms,
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
        self.message = None;
        if let Some(typing) = self.typing.take() {
            self.typing = self.typed(typing, key);
            return;
        }
        let last = self.visible().len().saturating_sub(1);
        match key {
            Key::Up | Key::Char('k') => self.at = self.at.saturating_sub(1),
            Key::Down | Key::Char('j') => self.at = (self.at + 1).min(last),
            Key::PageUp => self.at = self.at.saturating_sub(PAGE),
            Key::PageDown => self.at = (self.at + PAGE).min(last),
            Key::Char(digit @ '1'..='9') => {
                let place = digit.to_digit(10).and_then(|d| usize::try_from(d).ok()).unwrap_or(0);
                let suggestion = self
                    .current()
                    .and_then(|i| self.open[i].suggestions.get(place.wrapping_sub(1)))
                    .map(|suggestion| suggestion.means.clone());
                match suggestion {
                    Some(target) => self.decide(Verdict::Accept, target),
                    None => self.say("there is no such suggestion"),
                }
            }
            Key::Char('m') if self.kind() == Some(OpenKind::Status) => self.say(STATUS_HELP),
            Key::Char('m') => self.typing = Some(Typing::Target(String::new())),
            Key::Char('/') => self.typing = Some(Typing::Filter(String::new())),
            Key::Char('r') => self.decide(Verdict::Reject, String::new()),
            // Only a name of a drug can turn out to be none.
            Key::Char('n') if self.kind() == Some(DecisionKind::Generic.into()) => {
                self.decide(Verdict::NotADrug, String::new());
            }
            Key::Char('n') => self.say("only a generic name can be no drug"),
            Key::Char('s') => self.examples = !self.examples,
            Key::Char('u') => self.undo(),
            Key::Char('q') => self.done = true,
            // Back to the whole list; a slip must not end the page.
            Key::Escape => {
                let place = self.current();
                self.filter.clear();
                self.examples = false;
                self.at = place.unwrap_or(0);
            }
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
                let target = text.trim();
                if self.kind() == Some(DecisionKind::DosageForm.into())
                    && !target.is_empty()
                    && !self.forms.contains(target)
                {
                    self.say("no such form in dosage_forms.csv; Esc leaves it");
                    return Some(Typing::Target(text));
                }
                if !target.is_empty() {
                    self.decide(Verdict::MapTo, target.to_owned());
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
            Key::Up | Key::Down | Key::PageUp | Key::PageDown => {}
        }
        Some(if is_target { Typing::Target(text) } else { Typing::Filter(text) })
    }

    fn kind(&self) -> Option<OpenKind> {
        self.current().map(|place| self.open[place].kind)
    }

    fn say(&mut self, what: &str) {
        self.message = Some(what.to_owned());
    }

    /// Decides about the current value and goes on to the next.
    fn decide(&mut self, verdict: Verdict, target: String) {
        let Some(place) = self.current() else { return };
        if self.open[place].kind == OpenKind::Status {
            return self.say(STATUS_HELP);
        }
        let before = self.decided[place].replace(Decided { verdict, target });
        self.history.push((place, before));
        self.at = (self.at + 1).min(self.visible().len().saturating_sub(1));
    }

    /// Takes the last decision back and goes to its value, also where a filter
    /// hides it.
    fn undo(&mut self) {
        let Some((place, before)) = self.history.pop() else {
            return self.say("nothing is decided yet");
        };
        self.decided[place] = before;
        if !self.visible().contains(&place) {
            self.filter.clear();
        }
        self.at = self.visible().iter().position(|p| *p == place).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::Suggestion;
    use super::*;

    fn page() -> Page {
        let open = |kind, value: &str, suggestion: &str| Open {
            suggestions: vec![Suggestion {
                name: format!("{suggestion}e"),
                means: suggestion.to_owned(),
                score: 90,
            }],
            records: 3,
            ..Open::new(kind, value)
        };
        let open = vec![
            open(DecisionKind::Generic, "osimertinb", "osimertinib"),
            open(DecisionKind::Company, "Foo Ltd", "Foo"),
            open(DecisionKind::Generic, "diluent", "dilutent"),
            open(DecisionKind::DosageForm, "tablett", "tablet"),
        ];
        Page::new(open, BTreeSet::from(["tablet".to_owned()]))
    }

    fn press(page: &mut Page, keys: &str) {
        for c in keys.chars() {
            page.press(&match c {
                '\n' => Key::Enter,
                '\u{8}' => Key::Backspace,
                '\u{1b}' => Key::Escape,
                '^' => Key::Up,
                'v' => Key::Down,
                '<' => Key::PageUp,
                '>' => Key::PageDown,
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
        press(&mut page, "2");
        assert_eq!(page.decided[1], None);
        assert_eq!(page.message.as_deref(), Some("there is no such suggestion"));
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
        assert!(page.message.is_none(), "the last key was fine");
        assert_eq!(page.decided[1], None);
        assert_eq!(page.decided[2].clone().unwrap().verdict, Verdict::NotADrug);
    }

    #[test]
    fn r23_the_page_says_where_a_status_is_decided_and_writes_nothing_about_it() {
        let mut page = Page::new(vec![Open::new(OpenKind::Status, "Paused")], BTreeSet::new());
        for key in ["r", "m"] {
            press(&mut page, key);
            assert_eq!(page.message.as_deref(), Some(STATUS_HELP), "{key}");
            assert_eq!((page.decided[0].clone(), page.typing.clone()), (None, None));
        }
        press(&mut page, "1nu");
        assert_eq!(page.decided[0], None);
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
        assert_eq!(page.visible().len(), 4);
        press(&mut page, "q");
        assert!(page.done);
    }

    #[test]
    fn an_empty_queue_survives_every_key() {
        let mut page = Page::new(Vec::new(), BTreeSet::new());
        press(&mut page, "1rnjkum x\n/ y\nus><^v\u{1b}\u{8}");
        assert_eq!(page.current(), None);
    }

    #[test]
    fn arrows_letters_and_page_keys_move_within_the_list() {
        let mut page = page();
        for (keys, at) in [("j", 1), ("v", 2), ("^", 1), ("k", 0), ("k", 0), (">", 3), ("<", 0)] {
            press(&mut page, keys);
            assert_eq!(page.at, at, "{keys}");
        }
        press(&mut page, "jjjjjjj");
        assert_eq!(page.at, 3);
    }

    #[test]
    fn r6_a_typed_form_must_be_a_standard_form() {
        let mut page = page();
        press(&mut page, "jjjmtab\n");
        assert_eq!(page.decided[3], None);
        assert!(page.message.as_deref().is_some_and(|m| m.contains("no such form")));
        assert_eq!(page.typing, Some(Typing::Target("tab".into())), "it can be mended");
        press(&mut page, "let\n");
        assert_eq!(page.decided[3].clone().unwrap().target, "tablet");
    }

    #[test]
    fn undo_brings_back_what_was_decided_before_and_what_a_filter_hides() {
        let mut page = page();
        press(&mut page, "1kr");
        assert_eq!(page.decided[0].clone().unwrap().verdict, Verdict::Reject);
        press(&mut page, "/foo\nu");
        assert_eq!(page.decided[0].clone().unwrap().target, "osimertinib");
        assert_eq!((page.filter.as_str(), page.current()), ("", Some(0)));
        press(&mut page, "uu");
        assert_eq!(page.decided[0], None);
        assert_eq!(page.message.as_deref(), Some("nothing is decided yet"));
    }

    #[test]
    fn records_are_shown_and_hidden_and_escape_ends_a_filter_not_the_page() {
        let mut page = page();
        press(&mut page, "s");
        assert!(page.examples);
        press(&mut page, "s");
        assert!(!page.examples);
        press(&mut page, "/foo\ns\u{1b}");
        assert_eq!((page.filter.as_str(), page.examples, page.current()), ("", false, Some(1)));
        assert!(!page.done);
        press(&mut page, "q");
        assert!(page.done);
    }
}
