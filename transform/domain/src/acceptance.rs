//! Acceptance numbers (受理号) of the Chinese regulator, and the review matter
//! they carry (R18).

mod written;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use written::WrittenNumber;

/// An acceptance number: letters, two digits of the year, five digits of the
/// serial, and sometimes a unit character: `CXHL0500001甘`.
///
/// Regular numbers have four characters before the year. One-off imports
/// (`JT…`) and the prefixes of the special rule (`CQZ`, `JQZ`, `CSZ`, `JSZ`)
/// may have fewer. Position 2 may be any letter. Written with [`fmt::Display`]
/// a number reads back as itself; [`AcceptanceNumber::key`] is what records of
/// different authorities are joined on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcceptanceNumber {
    prefix: [u8; 4],
    prefix_len: u8,
    year: u8,
    serial: u32,
    unit: Option<char>,
}

/// Position 1: where the product is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// `C`.
    Domestic,
    /// `J`.
    Imported,
}

/// Position 3: the kind of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductKind {
    /// `H`, chemical.
    Chemical,
    /// `Z`, traditional Chinese medicine.
    Traditional,
    /// `S`, biological.
    Biological,
    /// `F`, excipient.
    Excipient,
    /// Another letter, kept.
    Other(char),
}

/// Review matter (审评事项) of a registration (R18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewMatter {
    /// `L`, clinical trial.
    ClinicalTrial,
    /// `S`, production (marketing).
    Production,
    /// `B`, supplement.
    Supplement,
    /// `Z`, re-registration.
    ReRegistration,
    /// `F`, repacking.
    Repacking,
    /// `T`, technology transfer.
    TechnologyTransfer,
    /// `R`, review again.
    ReviewAgain,
    /// Numbers that start with `JT`: one-off import.
    OneOffImport,
    /// Any other 4th character: kept, and to be flagged.
    Other(char),
}

/// Why a text is no acceptance number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AcceptanceError {
    /// Nothing but white space.
    #[error("empty acceptance number")]
    Empty,
    /// Position 1 is neither `C` nor `J`.
    #[error("an acceptance number starts with C or J, not {0:?}")]
    Origin(char),
    /// The letters, the digits or what follows them do not fit the grammar.
    #[error("not letters, seven digits and at most one unit character")]
    Shape,
}

impl AcceptanceNumber {
    /// Reads a number. Lower case and white space anywhere are tolerated; full
    /// width is not (texts are NFKC-normalised before, R4).
    ///
    /// # Errors
    /// [`AcceptanceError`] where the text does not fit the grammar.
    pub fn parse(text: &str) -> Result<Self, AcceptanceError> {
        let mut rest = text.chars().filter(|c| !c.is_whitespace()).peekable();
        let first = rest.peek().ok_or(AcceptanceError::Empty)?;
        if !matches!(first.to_ascii_uppercase(), 'C' | 'J') {
            return Err(AcceptanceError::Origin(*first));
        }

        let mut prefix = [0; 4];
        let mut prefix_len = 0;
        while let Some(letter) = rest.next_if(char::is_ascii_alphabetic) {
            let slot = prefix.get_mut(usize::from(prefix_len));
            *slot.ok_or(AcceptanceError::Shape)? =
                u8::try_from(letter.to_ascii_uppercase()).map_err(|_| AcceptanceError::Shape)?;
            prefix_len += 1;
        }
        let least = if prefix.starts_with(b"JT") { 2 } else { 3 };
        if prefix_len < least {
            return Err(AcceptanceError::Shape);
        }

        let mut digits = [0_u32; 7];
        for slot in &mut digits {
            let digit = rest.next().and_then(|c| c.to_digit(10));
            *slot = digit.ok_or(AcceptanceError::Shape)?;
        }
        let decimal = |digits: &[u32]| digits.iter().fold(0, |sum, digit| sum * 10 + digit);
        let year = u8::try_from(decimal(&digits[..2])).map_err(|_| AcceptanceError::Shape)?;
        let unit = rest.next();
        if unit.is_some_and(|unit| !unit.is_alphabetic()) || rest.next().is_some() {
            return Err(AcceptanceError::Shape);
        }
        Ok(Self {
            prefix,
            prefix_len,
            year,
            serial: decimal(&digits[2..]),
            unit: unit.map(|unit| unit.to_ascii_uppercase()),
        })
    }

    /// The number without its unit character, as CDE writes it: the key under
    /// which records are joined (R21).
    #[must_use]
    pub fn key(&self) -> String {
        Self { unit: None, ..*self }.to_string()
    }

    /// The characters before the year.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let letters = &self.prefix[..usize::from(self.prefix_len)];
        // Only ASCII letters are ever stored.
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// Position 1.
    #[must_use]
    pub fn origin(&self) -> Origin {
        if self.prefix[0] == b'J' { Origin::Imported } else { Origin::Domestic }
    }

    /// Position 2: `X` new, `Y` existing standard; other letters occur.
    #[must_use]
    pub fn class(&self) -> char {
        char::from(self.prefix[1])
    }

    /// Position 3; `None` where the number has only two letters.
    #[must_use]
    pub fn kind(&self) -> Option<ProductKind> {
        self.prefix().chars().nth(2).map(ProductKind::of)
    }

    /// Position 4, whatever it is: a digit where the prefix is shorter.
    #[must_use]
    pub fn fourth(&self) -> char {
        self.prefix().chars().nth(3).unwrap_or_else(|| {
            let of_year = if self.prefix_len == 3 { self.year / 10 } else { self.year % 10 };
            char::from(b'0' + of_year)
        })
    }

    /// The review matter (R18).
    #[must_use]
    pub fn matter(&self) -> ReviewMatter {
        ReviewMatter::of(self)
    }

    /// The year of acceptance. The system began in this century.
    #[must_use]
    pub fn year(&self) -> u16 {
        2000 + u16::from(self.year)
    }

    /// The serial number within prefix and year.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// The character of the receiving unit, such as `甘` for Gansu.
    #[must_use]
    pub const fn unit(&self) -> Option<char> {
        self.unit
    }
}

impl fmt::Display for AcceptanceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:02}{:05}", self.prefix(), self.year, self.serial)?;
        self.unit.map_or(Ok(()), |unit| write!(f, "{unit}"))
    }
}

impl FromStr for AcceptanceNumber {
    type Err = AcceptanceError;

    fn from_str(text: &str) -> Result<Self, AcceptanceError> {
        Self::parse(text)
    }
}

impl ProductKind {
    const fn of(letter: char) -> Self {
        match letter {
            'H' => Self::Chemical,
            'Z' => Self::Traditional,
            'S' => Self::Biological,
            'F' => Self::Excipient,
            other => Self::Other(other),
        }
    }
}

impl ReviewMatter {
    /// R18.
    #[must_use]
    pub fn of(number: &AcceptanceNumber) -> Self {
        Self::by_rule(number.prefix(), number.fourth())
    }

    /// R18: the prefixes first, then the 4th character.
    fn by_rule(number: &str, fourth: char) -> Self {
        if number.starts_with("JT") {
            return Self::OneOffImport;
        }
        if ["CQZ", "JQZ", "CSZ", "JSZ"].iter().any(|special| number.starts_with(special)) {
            return Self::Production;
        }
        match fourth {
            'L' => Self::ClinicalTrial,
            'S' => Self::Production,
            'B' => Self::Supplement,
            'Z' => Self::ReRegistration,
            'F' => Self::Repacking,
            'T' => Self::TechnologyTransfer,
            'R' => Self::ReviewAgain,
            other => Self::Other(other),
        }
    }

    /// The code that tables store; `other` for a character that no rule knows.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClinicalTrial => "clinical_trial",
            Self::Production => "production",
            Self::Supplement => "supplement",
            Self::ReRegistration => "re_registration",
            Self::Repacking => "repacking",
            Self::TechnologyTransfer => "technology_transfer",
            Self::ReviewAgain => "review_again",
            Self::OneOffImport => "one_off_import",
            Self::Other(_) => "other",
        }
    }

    /// The Chinese display label.
    #[must_use]
    pub const fn label_zh(self) -> &'static str {
        match self {
            Self::ClinicalTrial => "申请临床",
            Self::Production => "申请生产",
            Self::Supplement => "补充",
            Self::ReRegistration => "再注册",
            Self::Repacking => "分包装",
            Self::TechnologyTransfer => "技术转移",
            Self::ReviewAgain => "复审",
            Self::OneOffImport => "一次性进口",
            Self::Other(_) => "其他",
        }
    }

    /// Whether the number must be flagged for review: its 4th character is
    /// none that R18 knows.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Other(_))
    }
}

impl fmt::Display for ReviewMatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
