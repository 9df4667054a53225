use proptest::prelude::*;
use regatta_domain::{
    AcceptanceError, AcceptanceNumber, Origin, ProductKind, ReviewMatter, WrittenNumber,
};

fn number(text: &str) -> AcceptanceNumber {
    text.parse().unwrap()
}

#[test]
fn r18_parts_of_a_number_with_unit_character() {
    let parsed = number("CXHL0500001甘");
    assert_eq!(parsed.origin(), Origin::Domestic);
    assert_eq!(parsed.class(), 'X');
    assert_eq!(parsed.kind(), Some(ProductKind::Chemical));
    assert_eq!(parsed.fourth(), 'L');
    assert_eq!((parsed.year(), parsed.serial()), (2005, 1));
    assert_eq!(parsed.unit(), Some('甘'));
    assert_eq!(parsed.to_string(), "CXHL0500001甘");
}

#[test]
fn r21_key_has_no_unit_character() {
    assert_eq!(number("CXHL0500001甘").key(), "CXHL0500001");
    assert_eq!(number("cyhb 1903002").key(), "CYHB1903002");
    assert_eq!(number("\u{a0}CYHB1903002国 ").key(), number("CYHB1903002").key());
    assert_eq!(number("JTS1600012").key(), "JTS1600012");
}

#[test]
fn r18_matter() {
    let cases = [
        ("CXHL0500001", ReviewMatter::ClinicalTrial),
        ("CXHS2000009", ReviewMatter::Production),
        ("CYHB1903002", ReviewMatter::Supplement),
        ("JYHZ1600123", ReviewMatter::ReRegistration),
        ("JYHF1600123", ReviewMatter::Repacking),
        ("CYHT1600123", ReviewMatter::TechnologyTransfer),
        ("CXHR1600123", ReviewMatter::ReviewAgain),
        // The prefixes go before the 4th character.
        ("JTH2000001", ReviewMatter::OneOffImport),
        ("JTHB2000001", ReviewMatter::OneOffImport),
        ("CQZB0500001", ReviewMatter::Production),
        ("JQZ0500001", ReviewMatter::Production),
        ("CSZL0500001", ReviewMatter::Production),
        ("JSZ0500001", ReviewMatter::Production),
        // Only these: another Q or S changes nothing.
        ("CQHB0500001", ReviewMatter::Supplement),
        ("CSSL0500001", ReviewMatter::ClinicalTrial),
        // Kept and flagged.
        ("CXHX0500001", ReviewMatter::Other('X')),
        ("CXH0500001", ReviewMatter::Other('0')),
        ("CXH1900001", ReviewMatter::Other('1')),
    ];
    for (text, matter) in cases {
        assert_eq!(number(text).matter(), matter, "{text}");
        assert_eq!(matter.is_unknown(), matter.code() == "other", "{text}");
    }
}

#[test]
fn r18_kind_and_class_may_be_any_letter() {
    assert_eq!(number("CXZS2000009").kind(), Some(ProductKind::Traditional));
    assert_eq!(number("JXSS2000009").kind(), Some(ProductKind::Biological));
    assert_eq!(number("CXFS2000009").kind(), Some(ProductKind::Excipient));
    assert_eq!(number("CBQS2000009").kind(), Some(ProductKind::Other('Q')));
    assert_eq!(number("CBQS2000009").class(), 'B');
    assert_eq!(number("JT2000001").kind(), None);
    assert_eq!(number("JXSS2000009").origin(), Origin::Imported);
}

#[test]
fn r18_refused() {
    let cases = [
        ("", AcceptanceError::Empty),
        (" \u{3000}", AcceptanceError::Empty),
        ("暂无", AcceptanceError::Origin('暂')),
        ("X0404661", AcceptanceError::Origin('X')),
        ("国药准字H20190035", AcceptanceError::Origin('国')),
        ("CX2000009", AcceptanceError::Shape),
        ("CXHSB2000009", AcceptanceError::Shape),
        ("CXHS200009", AcceptanceError::Shape),
        ("CXHS20000091", AcceptanceError::Shape),
        ("CXHS2000009-1", AcceptanceError::Shape),
        ("CXHS2000009甘肃", AcceptanceError::Shape),
        ("CXHS2000009。", AcceptanceError::Shape),
        ("CTR20201763", AcceptanceError::Shape),
    ];
    for (text, error) in cases {
        assert_eq!(AcceptanceNumber::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn r18_an_odd_end_takes_nothing_from_what_a_number_says() {
    let cases = [
        ("CYHS1900001-1国", ReviewMatter::Production, "CYHS1900001-1国"),
        ("CXHB2000003粤01国", ReviewMatter::Supplement, "CXHB2000003粤01国"),
        // R21: the unit character is stripped, however often it stands there.
        ("JTH2000005国国", ReviewMatter::OneOffImport, "JTH2000005"),
        ("CQZB2000006国国", ReviewMatter::Production, "CQZB2000006"),
        ("CXHS2000009甘肃", ReviewMatter::Production, "CXHS2000009甘肃"),
        ("CXHL200009", ReviewMatter::ClinicalTrial, "CXHL200009"),
        ("X0400123国", ReviewMatter::Other('?'), "X0400123国"),
        ("CTR20201763", ReviewMatter::Other('2'), "CTR20201763"),
        ("国药准字H20190035", ReviewMatter::Other('?'), "国药准字H20190035"),
        ("CX", ReviewMatter::Other('?'), "CX"),
    ];
    for (text, matter, key) in cases {
        let written = WrittenNumber::new(text);
        assert!(written.problem().is_some(), "{text}: still reported");
        assert_eq!((written.matter(), written.key().as_str()), (matter, key), "{text}");
    }
    assert_eq!(WrittenNumber::new("CYHS1900001-1国").kind(), Some(ProductKind::Chemical));
    assert_eq!(WrittenNumber::new("JTH2000005国国").origin(), Origin::Imported);
    assert!(WrittenNumber::new("X0400123国").is_number());
    assert!(!WrittenNumber::new("").is_number() && !WrittenNumber::new("暂无").is_number());
}

proptest! {
    #[test]
    fn r18_what_is_written_says_what_the_number_says(
        text in "[CcJj][A-Za-z]{1,3} ?[0-9]{7}[甘沪国京X]?",
    ) {
        if let Ok(number) = AcceptanceNumber::parse(&text) {
            let written = WrittenNumber::new(&text);
            prop_assert_eq!(written.problem(), None);
            prop_assert_eq!(written.key(), number.key());
            prop_assert_eq!(written.matter(), number.matter());
            prop_assert_eq!(written.origin(), number.origin());
            prop_assert_eq!(written.kind(), number.kind());
            prop_assert_eq!(written.fourth(), Some(number.fourth()));
        }
    }

    #[test]
    fn r18_round_trip(text in "[CJ][A-Z]{3}[0-9]{7}[甘沪国京X]?", blank in 0_usize..12) {
        let parsed = number(&text);
        prop_assert_eq!(parsed.to_string(), text.as_str());
        prop_assert_eq!(number(&parsed.to_string()), parsed);
        prop_assert_eq!(parsed.key(), &text[..11]);
        prop_assert_eq!(number(&parsed.key()).key(), parsed.key());
        prop_assert_eq!(parsed.fourth(), text.chars().nth(3).unwrap());

        let mut untidy = text.to_lowercase();
        if untidy.is_char_boundary(blank) {
            untidy.insert(blank, ' ');
        }
        prop_assert_eq!(number(&untidy), parsed);
    }

    #[test]
    fn r18_parser_is_total(text in r"\PC*") {
        if let Ok(parsed) = AcceptanceNumber::parse(&text) {
            prop_assert_eq!(number(&parsed.to_string()), parsed);
        }
        // A key says what it is the key of, and is its own.
        let written = WrittenNumber::new(&text);
        let key = WrittenNumber::new(&written.key());
        prop_assert_eq!(key.key(), written.key());
        prop_assert_eq!(key.matter(), written.matter());
    }

    #[test]
    fn r18_parser_is_total_near_the_grammar(text in r"[CJcj][A-Za-z ]{0,5}[0-9٣]{0,9}\PC{0,3}") {
        if let Ok(parsed) = AcceptanceNumber::parse(&text) {
            prop_assert_eq!(number(&parsed.to_string()), parsed);
            prop_assert_eq!(parsed.matter().is_unknown(), parsed.matter().code() == "other");
            prop_assert_eq!(parsed.kind().is_none(), parsed.prefix().len() == 2);
        }
    }
}
