//! The Atom feed.

use regatta_alerts::{Finding, Rules, Severity, State, atom};

use super::{at, detected, finding};

#[test]
fn the_feed_is_well_formed_escaped_and_keeps_its_ids() {
    let rules = Rules::built_in().unwrap();
    let mut state = State::default();
    let mut feed = |findings: Vec<Finding>, now: &str| {
        state.apply(detected(findings), &rules, &[], at(now));
        String::from_utf8(atom(&state, "urn:regatta:alerts").unwrap()).unwrap()
    };
    let both = || vec![finding("a", "x", Severity::Warning), finding("b", "x", Severity::Critical)];
    let first = feed(both(), "2024-08-16T06:00:00Z");
    // Read back by another reader of XML than the one that wrote it would be
    // better; the events must at least nest and their text come back.
    let (mut entries, mut titles, mut ids) = (0, Vec::new(), Vec::new());
    let mut reader = quick_xml::Reader::from_str(&first);
    let mut path = Vec::new();
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                entries += usize::from(name == "entry");
                if name == "title" {
                    titles.push(String::new());
                }
                path.push(name);
            }
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => match path.last().map(String::as_str) {
                Some("title") => titles.last_mut().unwrap().push_str(&text.decode().unwrap()),
                Some("id") => ids.push(text.decode().unwrap().into_owned()),
                _ => {}
            },
            Event::GeneralRef(name) if path.last().is_some_and(|p| p == "title") => {
                let text = match &*name.decode().unwrap() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    other => panic!("{other}"),
                };
                titles.last_mut().unwrap().push_str(text);
            }
            _ => {}
        }
    }
    assert!(path.is_empty());
    assert_eq!(entries, 2);
    assert!(titles.iter().any(|t| t.ends_with("a <does> not & cannot \"answer\"")), "{titles:?}");
    assert!(first.contains("- one &lt;detail&gt;"), "{first}");
    assert!(!first.contains('\u{b}'), "a control character that XML forbids");
    assert_eq!(ids.len(), 3);
    // The same state gives the same bytes; a later sight changes no entry.
    assert_eq!(feed(both(), "2024-08-16T09:00:00Z"), first);
    let over = feed(Vec::new(), "2024-08-17T06:00:00Z");
    for id in ids {
        assert!(over.contains(&id), "{id}");
    }
    assert!(over.contains("<updated>2024-08-17T06:00:00Z</updated>"), "{over}");
    assert!(over.contains("over: "));
}
