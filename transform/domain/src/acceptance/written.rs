//! Acceptance numbers as lists write them, also those outside the grammar.

use super::{AcceptanceError, AcceptanceNumber, Origin, ProductKind, ReviewMatter};

/// What a list gives as acceptance number.
///
/// R18 to R20 ask for the beginning of a number alone: an odd end
/// (`CYHS1900001-1国`, `CXHB2000003粤01国`) takes nothing from what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenNumber {
    written: String,
    /// Without white space, in upper case.
    tight: String,
    number: Result<AcceptanceNumber, AcceptanceError>,
}

impl WrittenNumber {
    /// Takes any text, NFKC-normalised (R4).
    #[must_use]
    pub fn new(written: &str) -> Self {
        let tight = written.chars().filter(|c| !c.is_whitespace());
        Self {
            written: written.to_owned(),
            tight: tight.map(|c| c.to_ascii_uppercase()).collect(),
            number: AcceptanceNumber::parse(written),
        }
    }

    /// Why it is outside the grammar, if it is: kept, and to be flagged (R10).
    #[must_use]
    pub fn problem(&self) -> Option<AcceptanceError> {
        self.number.err()
    }

    /// What records of different authorities are joined on (R21): the number
    /// without its unit character, also where that stands twice; with any
    /// other end as it is written, which may be a number of its own.
    #[must_use]
    pub fn key(&self) -> String {
        if let Ok(number) = self.number {
            return number.key();
        }
        let mut end = self.tight.chars().rev();
        let unit = end.next().filter(|c| c.is_alphabetic());
        let once = unit.map(|unit| self.tight.trim_end_matches(unit));
        let number = once.and_then(|number| AcceptanceNumber::parse(number).ok());
        let number = number.filter(|number| number.unit().is_none());
        number.map_or_else(|| self.written.clone(), |number| number.key())
    }

    /// Whether it is one at all: a cell may be empty, or say that there is
    /// none.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.tight.contains(|c: char| c.is_ascii_digit())
    }

    /// The review matter (R18).
    #[must_use]
    pub fn matter(&self) -> ReviewMatter {
        if !self.is_of_cde() {
            return ReviewMatter::Other('?');
        }
        self.fourth()
            .map_or(ReviewMatter::Other('?'), |fourth| ReviewMatter::by_rule(&self.tight, fourth))
    }

    /// Position 1.
    #[must_use]
    pub fn origin(&self) -> Origin {
        if self.tight.starts_with('J') { Origin::Imported } else { Origin::Domestic }
    }

    /// Position 3, where it is a letter.
    #[must_use]
    pub fn kind(&self) -> Option<ProductKind> {
        let letter = self.tight.chars().nth(2).filter(char::is_ascii_alphabetic);
        letter.filter(|_| self.is_of_cde()).map(ProductKind::of)
    }

    /// Position 4.
    #[must_use]
    pub fn fourth(&self) -> Option<char> {
        self.tight.chars().nth(3)
    }

    /// Whether it begins with these letters, which are given in upper case.
    #[must_use]
    pub fn starts_with(&self, letters: &str) -> bool {
        self.tight.starts_with(letters)
    }

    /// Whether it begins as all numbers of CDE do: what does not is no number
    /// with four positions.
    fn is_of_cde(&self) -> bool {
        self.tight.starts_with(['C', 'J'])
    }
}

impl From<AcceptanceNumber> for WrittenNumber {
    fn from(number: AcceptanceNumber) -> Self {
        Self::new(&number.to_string())
    }
}
