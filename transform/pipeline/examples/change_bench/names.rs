//! Names for made-up records: those of the dictionaries, and some that no
//! dictionary knows.

use regatta_dictionaries::{Dictionaries, Language};

use crate::dice::Dice;

/// One in so many generics is of no dictionary.
const UNKNOWN: usize = 50;

/// Companies of no dictionary for each thousand records.
const COMPANIES_PER_THOUSAND: usize = 8;

/// Names to draw from.
pub struct Names {
    en: Vec<String>,
    zh: Vec<String>,
    ja: Vec<String>,
    companies_en: Vec<String>,
    companies_zh: Vec<String>,
    companies_ja: Vec<String>,
}

impl Names {
    /// The names for about `records` records.
    pub fn new(dictionaries: &Dictionaries, records: usize) -> Self {
        let generics = |language| -> Vec<String> {
            let known: Vec<String> = dictionaries
                .generics
                .generics()
                .filter(|generic| !generic.contains(" / "))
                .filter_map(|generic| dictionaries.generics.names_of(generic, language).next())
                .map(str::to_owned)
                .collect();
            shuffled(known)
        };
        let made_up = records * COMPANIES_PER_THOUSAND / 3_000;
        let companies = |script: fn(&str) -> bool, made: fn(usize) -> String| -> Vec<String> {
            let mut all: Vec<String> = dictionaries
                .companies
                .companies()
                .filter(|name| script(name))
                .map(str::to_owned)
                .collect();
            all.extend((0..made_up).map(made));
            shuffled(all)
        };
        Self {
            en: generics(Language::En),
            zh: generics(Language::Zh),
            ja: generics(Language::Ja),
            companies_en: companies(str::is_ascii, |i| format!("{} PHARMA INC", word(i))),
            companies_zh: companies(is_han, |i| format!("{}制药有限公司", han(i))),
            companies_ja: companies(|name| !name.is_ascii(), |i| format!("{}薬品", han(i))),
        }
    }

    /// An English generic; combinations are joined with `separator`. About a
    /// fifth are combinations of two.
    pub fn generic_en(&self, dice: &mut Dice, separator: &str) -> String {
        if dice.roll(UNKNOWN) == 0 {
            return format!("{}INE", word(dice.skewed(2_000)));
        }
        let first = &self.en[dice.skewed(self.en.len())];
        if dice.roll(5) > 0 {
            return first.to_uppercase();
        }
        let second = &self.en[dice.skewed(self.en.len() / 4)];
        format!("{first}{separator}{second}").to_uppercase()
    }

    /// A Chinese generic.
    pub fn generic_zh(&self, dice: &mut Dice) -> String {
        if dice.roll(UNKNOWN) == 0 {
            return format!("{}素", han(dice.skewed(2_000)));
        }
        self.zh[dice.skewed(self.zh.len())].clone()
    }

    /// A Japanese generic.
    pub fn generic_ja(&self, dice: &mut Dice) -> String {
        self.ja[dice.skewed(self.ja.len())].clone()
    }

    /// A company as an American or European register writes it.
    pub fn company_en(&self, dice: &mut Dice) -> String {
        self.companies_en[dice.skewed(self.companies_en.len())].clone()
    }

    /// A company as a Chinese register writes it.
    pub fn company_zh(&self, dice: &mut Dice) -> String {
        self.companies_zh[dice.skewed(self.companies_zh.len())].clone()
    }

    /// A company as the Japanese price list writes it.
    pub fn company_ja(&self, dice: &mut Dice) -> String {
        self.companies_ja[dice.skewed(self.companies_ja.len())].clone()
    }
}

fn is_han(name: &str) -> bool {
    name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Always in the same order, which is not that of the alphabet.
fn shuffled(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    let mut dice = Dice::new(7);
    for at in (1..names.len()).rev() {
        names.swap(at, dice.roll(at + 1));
    }
    names
}

/// A word that nobody uses, another one for each number.
pub fn word(number: usize) -> String {
    const PARTS: [&str; 20] = [
        "ZYX", "QUO", "VEX", "KOR", "BRI", "TAX", "MUL", "DEF", "GOR", "HIX", "JUN", "LOP", "NIR",
        "PAV", "RUS", "SOV", "WEN", "YAK", "CIP", "FYL",
    ];
    let mut left = number + 400;
    let mut word = String::new();
    while left > 0 {
        word.push_str(PARTS[left % PARTS.len()]);
        left /= PARTS.len();
    }
    word
}

/// Chinese characters that make no word, others for each number.
pub fn han(number: usize) -> String {
    const PARTS: [char; 20] = [
        '鑫', '睿', '泓', '璟', '翊', '晟', '骏', '磊', '淼', '焱', '垚', '犇', '羴', '猋', '骉',
        '麤', '毳', '贔', '雥', '龘',
    ];
    let mut left = number + 8_000;
    let mut word = String::new();
    while left > 0 {
        word.push(PARTS[left % PARTS.len()]);
        left /= PARTS.len();
    }
    word
}
