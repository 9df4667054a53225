//! How wide the columns of a table are on a terminal: what is one word stays in
//! one piece, an id above all; long text is broken between its words.

use console::measure_text_width;

/// A code that is longer (a URL) may be broken.
const LONGEST_CODE: usize = 64;
/// A word of a text that is longer may be broken.
const LONGEST_WORD: usize = 40;
/// Where there is no room, words of texts are broken, but not to less than this.
const SHORTEST_TEXT: usize = 8;

/// What a column needs, in characters without its padding.
#[derive(Debug)]
struct Needs {
    /// Everything on one line.
    all: usize,
    /// No word is broken.
    words: usize,
    /// What is never taken from it.
    least: usize,
}

/// The widths of the columns, without their padding, that fit a line of so many
/// characters, or as few more as can be.
pub fn widths(columns: &[String], rows: &[Vec<String>], line: usize) -> Vec<usize> {
    let needs: Vec<Needs> =
        columns.iter().enumerate().map(|(at, name)| needs(name, at, rows)).collect();
    // A border and two blanks for each column, and the last border.
    let room = line.saturating_sub(3 * needs.len() + 1);
    let mut widths: Vec<usize> = needs.iter().map(|n| n.words).collect();
    let mut used: usize = widths.iter().sum();
    while used > room {
        let widest = (0..widths.len()).filter(|at| widths[*at] > needs[*at].least);
        let Some(widest) = widest.max_by_key(|at| widths[*at]) else { break };
        widths[widest] -= 1;
        used -= 1;
    }
    while used < room {
        let narrowest = (0..widths.len()).filter(|at| widths[*at] < needs[*at].all);
        let Some(narrowest) = narrowest.min_by_key(|at| widths[*at]) else { break };
        widths[narrowest] += 1;
        used += 1;
    }
    widths
}

fn needs(name: &str, at: usize, rows: &[Vec<String>]) -> Needs {
    let mut needs = Needs { all: measure_text_width(name), words: longest_word(name), least: 0 };
    let mut codes = true;
    let mut longest_code = 0;
    for cell in rows.iter().filter_map(|row| row.get(at)) {
        let width = cell.lines().map(measure_text_width).max().unwrap_or(0);
        needs.all = needs.all.max(width);
        needs.words = needs.words.max(longest_word(cell).min(LONGEST_WORD));
        longest_code = longest_code.max(width);
        codes &= cell.is_ascii() && !cell.contains(char::is_whitespace) && width <= LONGEST_CODE;
    }
    // Where a column has ids, dates or numbers, only its heading may be broken.
    if codes {
        needs.words = needs.words.max(longest_code);
        needs.least = longest_code;
    }
    needs.least = needs.least.max(SHORTEST_TEXT.min(needs.words));
    needs
}

/// The longest part that is not broken. Chinese and Japanese have no blanks
/// between words: a line may end behind any character.
fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(longest_part).max().unwrap_or(0)
}

fn longest_part(word: &str) -> usize {
    if word.is_ascii() {
        return word.len();
    }
    let (mut longest, mut part) = (0, 0);
    for c in word.chars() {
        let width = measure_text_width(c.encode_utf8(&mut [0; 4]));
        part = if width > 1 { 0 } else { part + width };
        longest = longest.max(part).max(width);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn ids_and_words_stay_whole_and_text_takes_what_is_left() {
        let columns = texts(&["record", "rows", "company", "reason"]);
        let rows = [texts(&[
            "us_orange_book:N-020636-001",
            "12345",
            "Boehringer Ingelheim Pharmaceuticals Inc",
            "the names of the holders are those of one group of companies",
        ])];
        let found = widths(&columns, &rows, 80);
        assert_eq!(&found[..2], [27, 5]);
        assert!(found[2] >= "Pharmaceuticals".len() && found[3] >= "companies".len(), "{found:?}");
        assert_eq!(found.iter().sum::<usize>(), 80 - 13);
        // Wide enough: everything on one line, and no wider.
        assert_eq!(widths(&columns, &rows, 200), [27, 5, 40, 60]);
    }

    #[test]
    fn where_there_is_no_room_headings_and_texts_are_broken_and_ids_are_not() {
        let columns = texts(&["snapshot", "transferred", "problem"]);
        let rows = [texts(&["20261123T120000Z", "1", "indistinguishable rows"])];
        assert_eq!(widths(&columns, &rows, 40), [16, 8, 8]);
        assert_eq!(widths(&columns, &rows, 20), [16, 8, 8]);
    }

    #[test]
    fn chinese_is_broken_anywhere_and_a_url_has_to_be() {
        assert_eq!(longest_word("阿斯利康制药有限公司 D0000001"), 8);
        assert_eq!(longest_word("阿斯利康"), 2);
        let url = format!("https://example.org/{}", "a".repeat(200));
        let found = widths(&texts(&["id", "url"]), &[texts(&["D0000001", &url])], 80);
        assert_eq!(found, [8, 80 - 7 - 8]);
        assert_eq!(widths(&[], &[], 80), [0; 0]);
    }
}
