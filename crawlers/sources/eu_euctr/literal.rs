//! Lists and objects in a cell of the dump: JSON, or as Python writes them.

use serde_json::{Map, Number, Value};

/// Deeper than any cell is.
const MAX_DEPTH: usize = 16;

/// The value that `text` writes; none where it writes none.
pub(super) fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.skip_blanks();
        reader.rest.is_empty().then_some(value)
    })
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `mark`, if it is next.
    fn takes(&mut self, mark: char) -> bool {
        self.skip_blanks();
        let after = self.rest.strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_blanks();
        match self.rest.chars().next()? {
            '[' => self.list(depth),
            '{' => self.object(depth),
            '\'' | '"' => self.text().map(Value::String),
            _ => self.word(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        if !self.takes('[') {
            return None;
        }
        while !self.takes(']') {
            items.push(self.value(depth + 1)?);
            if !self.takes(',') {
                return self.takes(']').then_some(Value::Array(items));
            }
        }
        Some(Value::Array(items))
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut members = Map::new();
        if !self.takes('{') {
            return None;
        }
        while !self.takes('}') {
            self.skip_blanks();
            let name = self.text()?;
            if !self.takes(':') {
                return None;
            }
            members.insert(name, self.value(depth + 1)?);
            if !self.takes(',') {
                return self.takes('}').then_some(Value::Object(members));
            }
        }
        Some(Value::Object(members))
    }

    /// A text in single or double quotes.
    fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut chars = self.rest.chars();
        chars.next();
        let mut text = String::new();
        loop {
            match chars.next()? {
                c if c == quote => break,
                '\\' => match chars.next()? {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    c @ ('x' | 'u' | 'U') => {
                        let digits = match c {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let code: String = chars.by_ref().take(digits).collect();
                        text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                    }
                    c => text.push(c),
                },
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }

    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find([',', ']', '}', ':']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word.trim() {
            "None" | "null" => Some(Value::Null),
            "True" | "true" => Some(Value::Bool(true)),
            "False" | "false" => Some(Value::Bool(false)),
            number => number.parse::<Number>().ok().map(Value::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_and_python_say_the_same() {
        let expected = json!([{"a": "it's", "b": null, "c": [1, true]}, {}]);
        for text in [
            r#"[{"a": "it's", "b": null, "c": [1, true]}, {}]"#,
            r#"[{'a': "it's", 'b': None, 'c': [1, True]}, {}]"#,
            r"[{'a': 'it\'s', 'b': None, 'c': [1, True,],}, {}] ",
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        assert_eq!(read(r"'\xe9\n\u4e2d\\'").unwrap(), json!("é\n中\\"));
        for text in ["", "['a'", "{'a' 1}", "['a'] x", "nothing", &"[".repeat(99)] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_or_none(text in r#"[\[\]{}'":,\\a-u0-9é ]{0,40}"#) {
            let _ = read(&text);
        }
    }
}
