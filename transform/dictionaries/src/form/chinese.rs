//! Chinese dosage forms (剂型), as a value of their own or within the name of
//! a product.

use std::collections::HashMap;

use super::terms::{Term, Use};
use super::{FormMatch, UNSPECIFIED};
use crate::text::{clean, is_null};

/// Words that begin a name and say that it is injected or freeze-dried; they
/// are cut off with the form word.
const POWDER_HEADS: [&str; 3] = ["注射用", "静注用", "冻干"];
/// Routes that begin a name. With a form word of the dictionary they make
/// another one: 吸入用…混悬液 is 吸入用混悬液.
const ROUTE_HEADS: [&str; 7] = ["吸入用", "外用", "鼻用", "眼用", "耳用", "阴道用", "鼻喷"];
/// Routes that also begin names of substances (口服补液盐): they are cut off
/// only where they make a form word.
const WEAK_HEADS: [&str; 3] = ["口服", "口腔用", "直肠用"];
/// Ends words of forms: 片 and 片剂 are the same.
const FORM: char = '剂';
/// 注射剂 is the family of what is injected, of which powders say so at the
/// beginning of the name.
const INJECTED: &str = "注射";
/// Families whose word goes without [`FORM`], too.
const SHORT_FAMILIES: [&str; 6] = ["片", "胶囊", "颗粒", "丸", "栓", "散"];
/// How the words of forms end that stand behind a name within a text.
const FORM_ENDS: [char; 8] = ['剂', '片', '囊', '粒', '液', '膏', '丸', '栓'];
/// What a word may say that is no form of a drug.
const NO_FORM: [&str; 4] = [UNSPECIFIED, "in_vitro_diagnostic", "active_substance", "excipient"];
const BRACKETS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('【', '】'), ('〔', '〕')];

/// A Chinese product name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChineseName {
    /// The form that the name says.
    pub form: FormMatch,
    /// The rest: what the product contains. The whole name without the brackets
    /// at its end where nothing else would be left or where the form is told by
    /// the substance (人血白蛋白). Never empty.
    pub stem: String,
}

/// Chinese form words.
#[derive(Debug, Default)]
pub(super) struct ChineseForms {
    /// Form and whether the word holds the substance, too.
    suffixes: HashMap<String, (String, bool)>,
    prefixes: HashMap<String, String>,
    fallbacks: HashMap<String, String>,
    /// Of any term, in characters.
    longest: usize,
}

/// A form word in a text.
struct Word<'a> {
    form: &'a str,
    /// In characters.
    length: usize,
}

impl ChineseForms {
    pub(super) fn new<'a>(terms: impl Iterator<Item = &'a Term>) -> Self {
        let mut this = Self::default();
        for term in terms {
            let (text, form) = (ascii_fold(&term.text), term.form.clone());
            this.longest = this.longest.max(text.chars().count());
            match term.usage {
                Use::Prefix => drop(this.prefixes.insert(text, form)),
                Use::Fallback => drop(this.fallbacks.insert(text, form)),
                usage => drop(this.suffixes.insert(text, (form, usage == Use::Product))),
            }
        }
        this
    }

    pub(super) fn find(&self, raw: &str) -> FormMatch {
        let text = clean(raw);
        if is_null(&text) {
            return FormMatch::unspecified();
        }
        let folded = ascii_fold(&text);
        let whole = levels(&folded).find_map(|level| Some((level, self.whole(level)?)));
        let exact = whole.map(|(level, form)| {
            let left_out = folded.get(level.len()..).unwrap_or_default();
            FormMatch::known(self.kind(level, left_out).unwrap_or(form), "exact")
        });
        exact
            .or_else(|| self.word(&folded).map(|(_, form)| FormMatch::known(form, "name")))
            .unwrap_or_else(|| FormMatch::unmatched(&text))
    }

    /// As [`Self::find`]. Where the field names but the family of the form (片剂) and
    /// the name of the product one of that family (缓释片), it is that one.
    pub(super) fn find_named(&self, raw: &str, name: &str) -> FormMatch {
        let found = self.find(raw);
        if found.how != "exact" {
            return found;
        }
        let (field, name) = (ascii_fold(&clean(raw)), ascii_fold(&clean(name)));
        match family(&field).and_then(|family| self.of_family(family, &name)) {
            Some(form) if form != found.form => FormMatch::known(form, "name"),
            _ => found,
        }
    }

    fn of_family(&self, family: &str, name: &str) -> Option<&str> {
        let (level, form) = self.word(name)?;
        let end = level.strip_suffix(FORM).unwrap_or(level);
        let fits = end.ends_with(family) || family == INJECTED && level.starts_with(INJECTED);
        fits.then_some(form)
    }

    /// The longest form word at the start of a text that goes on. Words that end in
    /// another way are too often something else there (血清, 疫苗).
    pub(super) fn at_start(&self, text: &str) -> Option<FormMatch> {
        let folded = ascii_fold(text);
        let places = folded.char_indices().map(|(at, c)| at + c.len_utf8()).take(self.longest);
        let words = places.filter_map(|at| folded.get(..at)).filter(|w| w.ends_with(FORM_ENDS));
        let forms = words.filter_map(|word| self.suffixes.get(word));
        let of_drugs =
            forms.filter(|(form, product)| !product && !NO_FORM.contains(&form.as_str()));
        of_drugs.last().map(|(form, _)| FormMatch::known(form, "name"))
    }

    pub(super) fn in_name(&self, name: &str) -> Option<ChineseName> {
        let text = clean(name);
        let folded = ascii_fold(&text);
        let (level, form) = self.word(&folded)?;
        // Folding changes no length: places in one text are those in the other.
        let level = text.get(..level.len()).unwrap_or(&text);
        Some(ChineseName { form: FormMatch::known(form, "name"), stem: self.stem(level) })
    }

    /// Release and route make another form (R6), also in brackets behind the word:
    /// 片剂(控释) is a 控释片. None where the brackets say nothing of the kind.
    fn kind(&self, word: &str, brackets: &str) -> Option<&str> {
        let stem = word.strip_suffix(FORM).unwrap_or(word);
        let marks = BRACKETS.map(|(open, close)| [open, close]);
        let inside = brackets.split(marks.as_flattened()).map(str::trim);
        inside.filter(|inside| !inside.is_empty()).find_map(|inside| {
            let own = inside.strip_suffix(FORM).unwrap_or(inside);
            if own.ends_with(stem) {
                return self.whole(inside);
            }
            let mut both = ends(stem, self.longest).map(|(end, _)| format!("{inside}{end}"));
            both.find_map(|both| self.suffixes.get(&both)).map(|(form, _)| form.as_str())
        })
    }

    /// The form of a text that is a term.
    fn whole(&self, text: &str) -> Option<&str> {
        let suffix = self.suffixes.get(text).map(|(form, _)| form);
        let form = suffix.or_else(|| self.prefixes.get(text)).or_else(|| self.fallbacks.get(text));
        form.map(String::as_str)
    }

    /// The form word of a text, and the part of the text that ends with it. Any
    /// form word comes before any fallback, also one in brackets at the end
    /// (霍乱疫苗(肠溶胶囊)).
    fn word<'a>(&self, text: &'a str) -> Option<(&'a str, &str)> {
        levels(text)
            .find_map(|text| Some((text, self.affix(text)?)))
            .or_else(|| levels(text).find_map(|text| self.in_brackets(text)))
            .or_else(|| levels(text).find_map(|text| Some((text, self.fallback(text)?))))
    }

    /// The form word that the brackets at the end hold, and the text before them.
    fn in_brackets<'a>(&self, text: &'a str) -> Option<(&'a str, &str)> {
        let before = without_bracket(text).filter(|before| !before.is_empty())?;
        let brackets = text.get(before.len()..)?;
        let inside = brackets.trim_matches(|c| BRACKETS.iter().any(|(o, e)| c == *o || c == *e));
        let (form, product) = self.suffixes.get(inside.trim())?;
        (!product && form != UNSPECIFIED).then_some((before, form.as_str()))
    }

    /// The longest form word at the end or at the beginning; of two that are
    /// equally long, the one at the end.
    fn affix(&self, text: &str) -> Option<&str> {
        let suffix = self.suffix(text, |_| true);
        let prefix = self.prefix(text);
        let both = self.head_and_suffix(text);
        let all = [prefix, suffix, both].into_iter().flatten();
        all.max_by_key(|word| word.length).map(|word| word.form)
    }

    fn suffix(&self, text: &str, fits: impl Fn(bool) -> bool) -> Option<Word<'_>> {
        let (form, length) = ends(text, self.longest).find_map(|(end, length)| {
            let (form, product) = self.suffixes.get(end)?;
            fits(*product).then_some((form, length))
        })?;
        Some(Word { form, length })
    }

    fn prefix(&self, text: &str) -> Option<Word<'_>> {
        let places = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(self.longest);
        let mut found = None;
        for (length, at) in (1..).zip(places) {
            if let Some(form) = text.get(..at).and_then(|start| self.prefixes.get(start)) {
                found = Some(Word { form, length });
            }
        }
        found
    }

    fn head_and_suffix(&self, text: &str) -> Option<Word<'_>> {
        let (head, rest) = split_head(text, ROUTE_HEADS.iter().chain(&WEAK_HEADS))?;
        let head_length = head.chars().count();
        ends(rest, self.longest).find_map(|(end, length)| {
            let (form, _) = self.suffixes.get(&format!("{head}{end}"))?;
            Some(Word { form, length: head_length + length })
        })
    }

    fn fallback(&self, text: &str) -> Option<&str> {
        ends(text, self.longest).find_map(|(end, _)| self.fallbacks.get(end)).map(String::as_str)
    }

    /// A name without head and form word.
    fn stem(&self, name: &str) -> String {
        let folded = ascii_fold(name);
        let weak = self.head_and_suffix(&folded).is_some();
        let heads = POWDER_HEADS.iter().chain(&ROUTE_HEADS);
        let heads = heads.chain(WEAK_HEADS.iter().filter(|_| weak));
        let start = split_head(&folded, heads).map_or(0, |(head, _)| head.len());
        let body = folded.get(start..).unwrap_or_default();
        let form_word = self.suffix(body, |product| !product).map_or(0, |word| word.length);
        let end = ends(body, form_word)
            .find(|(_, length)| *length == form_word)
            .map_or(body.len(), |(end, _)| body.len() - end.len());
        let stem = name.get(start..start + end).unwrap_or_default();
        let stem = stem.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '、'));
        if stem.is_empty() { name.to_owned() } else { stem.to_owned() }
    }
}

/// The word of a family of forms as it stands at the end of their names.
fn family(field: &str) -> Option<&str> {
    let short = SHORT_FAMILIES.contains(&field).then_some(field);
    field.strip_suffix(FORM).filter(|stem| !stem.is_empty()).or(short)
}

/// Lower case of ASCII only: every place stays where it is.
fn ascii_fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// The ends of a text, up to `longest` characters, the longest first, with
/// their lengths.
fn ends(text: &str, longest: usize) -> impl Iterator<Item = (&str, usize)> {
    let characters = text.chars().count();
    let skipped = characters.saturating_sub(longest);
    let places = text.char_indices().map(|(at, _)| at).skip(skipped);
    let lengths = (1..=characters - skipped).rev();
    places.zip(lengths).filter_map(|(at, length)| Some((text.get(at..)?, length)))
}

fn split_head(
    text: &str,
    mut heads: impl Iterator<Item = &'static &'static str>,
) -> Option<(&'static str, &str)> {
    let head = heads.find(|head| text.starts_with(**head))?;
    let rest = text.strip_prefix(head)?;
    (!rest.is_empty()).then_some((head, rest))
}

/// The text, then without what stands at its end, bracket by bracket: `(Ⅱ)`,
/// `(曾用名…)`; then without a strength or number that follows the last
/// Chinese character.
fn levels(text: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(text), |text| {
        let shorter = without_bracket(text).or_else(|| without_strength(text))?.trim_end();
        (!shorter.is_empty()).then_some(shorter)
    })
}

fn without_bracket(text: &str) -> Option<&str> {
    let (open, close) = BRACKETS.iter().find(|(_, close)| text.ends_with(*close))?;
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().rev() {
        if c == *close {
            depth += 1;
        } else if c == *open {
            depth -= 1;
            if depth == 0 {
                return text.get(..at);
            }
        }
    }
    None
}

/// `富马酸替诺福韦片300mg`, `肠内营养混悬液II`: a text of nothing but such
/// characters is a code (`AMG 193`) and stays.
fn without_strength(text: &str) -> Option<&str> {
    let in_strength = |c: char| c.is_ascii() && c != ')' || matches!(c, 'μ' | '%' | '×');
    let rest = text.trim_end_matches(in_strength);
    (rest.len() < text.len() && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests;
