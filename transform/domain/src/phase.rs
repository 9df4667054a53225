//! Trial phases, from the spellings of five registries (R22).

mod numerals;
mod wording;

use crate::code::coded_enum;
use numerals::PhaseNumber;
use wording::Text;

coded_enum! {
    /// Phase of a trial (R22), in the order in which a later one says more
    /// about the progress of a drug (R35).
    pub enum Phase {
        /// None of the others, or not stated.
        Other = "other", "其他";
        /// Bioequivalence.
        Bioequivalence = "be", "生物等效性";
        /// I, also `Ia`, `Ib`, 0 and 0/I.
        One = "phase_1", "I期";
        /// I/II.
        OneTwo = "phase_1_2", "I/II期";
        /// II, also `IIa`, `IIb`.
        Two = "phase_2", "II期";
        /// II/III.
        TwoThree = "phase_2_3", "II/III期";
        /// III, also `IIIa`, `IIIb`.
        Three = "phase_3", "III期";
        /// III/IV.
        ThreeFour = "phase_3_4", "III/IV期";
        /// IV.
        Four = "phase_4", "IV期";
    }
}

/// A phase, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhaseFinding {
    /// The phase.
    pub phase: Phase,
    /// Sub-phases, where the phase alone says less than the source: `Ib/IIa`,
    /// `0/I`, `I/II/III`, and `I` of a bioequivalence study named as phase I.
    pub detail: Option<String>,
    /// Where it was found.
    pub source: PhaseSource,
}

coded_enum! {
    /// Where a phase was found.
    pub enum PhaseSource {
        /// In the field for it.
        Field = "field", "分期字段";
        /// In a title or other free text.
        Text = "text", "标题或文本";
        /// Nowhere: the phase is [`Phase::Other`].
        Nowhere = "nowhere", "未找到";
    }
}

impl PhaseFinding {
    /// The phase from the phase field; where that is missing or names none
    /// (`其它`), from the first of the texts that names one (R22). Texts in
    /// Chinese need a trial after the phase (`III期临床研究`), because stages
    /// of a disease are written the same way (`III期非小细胞肺癌`).
    #[must_use]
    pub fn of(field: Option<&str>, texts: &[&str]) -> Self {
        if let Some(finding) = field.and_then(Self::from_field) {
            return finding;
        }
        texts.iter().find_map(|text| Self::from_text(text)).unwrap_or(Self {
            phase: Phase::Other,
            detail: None,
            source: PhaseSource::Nowhere,
        })
    }

    /// The phase that a phase field names. Several in one field are one
    /// trial over these phases. A bare number is the phase of that number;
    /// for the numbers of CTIS see [`PhaseFinding::from_ctis_code`].
    #[must_use]
    pub fn from_field(field: &str) -> Option<Self> {
        let text = Text::new(field);
        let mut numbers = numerals::in_field(&text);
        let bioequivalence = wording::field_names_bioequivalence(&text);
        if numbers.is_empty() && !bioequivalence {
            let (number, detail) = wording::named_phase(&text)?;
            numbers.push(PhaseNumber::plain(number));
            let found = Self::assemble(&numbers, false, PhaseSource::Field)?;
            return Some(Self { detail: detail.map(str::to_owned), ..found });
        }
        Self::assemble(&numbers, bioequivalence, PhaseSource::Field)
    }

    /// The first phase that a title or another free text names.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = Text::new(text);
        let numbers = numerals::in_text(&text);
        let bioequivalence = wording::text_names_bioequivalence(&text);
        Self::assemble(&numbers, bioequivalence, PhaseSource::Text)
    }

    /// `EudraCT`: the flags E.7.1 to E.7.4 (phases I to IV), of which several
    /// may be set, and E.7.1.2 (bioequivalence). `None` where none is set.
    #[must_use]
    pub fn from_eudract(flags: [bool; 4], bioequivalence: bool) -> Option<Self> {
        let numbers: Vec<PhaseNumber> = (1..)
            .zip(flags)
            .filter(|(_, set)| *set)
            .map(|(number, _)| PhaseNumber::plain(number))
            .collect();
        Self::assemble(&numbers, bioequivalence, PhaseSource::Field)
    }

    /// CTIS stores one of eleven numbers, some of them combinations.
    #[must_use]
    pub fn from_ctis_code(code: u8) -> Option<Self> {
        let (flags, bioequivalence) = match code {
            1 | 3 => ([true, false, false, false], false),
            2 => ([true, false, false, false], true),
            4 => ([false, true, false, false], false),
            5 => ([false, false, true, false], false),
            6 => ([false, false, false, true], false),
            7 | 9 => ([true, true, false, false], false),
            8 => ([true, true, false, false], true),
            10 => ([false, true, true, false], false),
            11 => ([false, false, true, true], false),
            _ => return None,
        };
        Self::from_eudract(flags, bioequivalence)
    }

    fn assemble(
        numbers: &[PhaseNumber],
        bioequivalence: bool,
        source: PhaseSource,
    ) -> Option<Self> {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let spelled: Vec<String> = sorted.iter().map(PhaseNumber::to_string).collect();
        let spelled = spelled.join("/");
        let numbered = numbered_phase(&sorted);
        // A bioequivalence study is human pharmacology; one that goes on into
        // phase II is more than that.
        let (phase, detail) = match numbered {
            None if bioequivalence => (Phase::Bioequivalence, None),
            None => return None,
            Some(Phase::One) if bioequivalence => (Phase::Bioequivalence, Some(spelled)),
            Some(phase) if bioequivalence => (phase, Some(format!("{spelled} BE"))),
            Some(phase) => {
                let same = phase.label_zh().strip_suffix('期') == Some(spelled.as_str());
                (phase, (!same).then_some(spelled))
            }
        };
        Some(Self { phase, detail, source })
    }
}

/// One phase is itself. Several are the highest together with the one before
/// it: a trial of phases II and IV is not a phase IV trial, which would count
/// as proof of marketing (R35).
fn numbered_phase(sorted: &[PhaseNumber]) -> Option<Phase> {
    // Phase 0 counts as I.
    let lowest = sorted.first()?.number.max(1);
    let highest = sorted.last()?.number.max(1);
    Some(match (highest, lowest == highest) {
        (1, _) => Phase::One,
        (2, true) => Phase::Two,
        (2, false) => Phase::OneTwo,
        (3, true) => Phase::Three,
        (3, false) => Phase::TwoThree,
        (_, true) => Phase::Four,
        (_, false) => Phase::ThreeFour,
    })
}
