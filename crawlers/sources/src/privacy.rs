//! Masking of e-mail addresses and telephone numbers, so that a page can be
//! archived without the persons it names.
//!
//! Numbers that are no telephone numbers stay: dates, doses, registration
//! numbers (CTR…, ChiCTR…, NCT…, EudraCT, EU CT), DOIs, ISBNs, ISSNs. Names and
//! addresses have no shape of their own: a source masks the cells that hold
//! them, see [`crate::cell_mask`].

use std::borrow::Cow;

use crate::phone_numbers::phone_at;

/// Stands for an e-mail address.
pub const EMAIL_MASK: &str = "[e-mail]";
/// Stands for the whole value of a field that holds a person's data.
pub(crate) const FIELD_MASK: &str = "MASKED";

/// Stands for a telephone or fax number.
pub const PHONE_MASK: &str = "[phone]";

/// `text` without e-mail addresses and telephone numbers. Masking twice is
/// masking once.
#[must_use]
pub fn mask_contacts(text: &str) -> Cow<'_, str> {
    // Addresses first: a number in front of an @ is a name there.
    match mask_emails(text) {
        Cow::Borrowed(text) => mask_phones(text),
        Cow::Owned(text) => Cow::Owned(mask_phones(&text).into_owned()),
    }
}

/// The same for bytes in UTF-8; bytes that are not stay as they are.
#[must_use]
pub fn mask_contacts_bytes(body: &[u8]) -> Cow<'_, [u8]> {
    if let Ok(text) = std::str::from_utf8(body) {
        return match mask_contacts(text) {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
    }
    let mut out = Vec::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        out.extend_from_slice(mask_contacts(chunk.valid()).as_bytes());
        out.extend_from_slice(chunk.invalid());
    }
    if out == body { Cow::Borrowed(body) } else { Cow::Owned(out) }
}

/// Forms in which the sign of an address is written.
const AT_SIGNS: &[&str] = &["@", "＠", "&#64;", "&#x40;", "&commat;", "%40", "(at)", "[at]"];

fn mask_emails(text: &str) -> Cow<'_, str> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some((at, sign)) = next_sign(text, from) {
        let after = at + sign.len();
        // What belongs to an address before this one is not taken twice.
        let floor = spans.last().map_or(0, |(_, end)| *end);
        let found = local_part(text, floor, at).zip(domain(text, after));
        if let Some((start, end)) = found {
            spans.push((start, end));
            from = end;
        } else {
            from = after;
        }
    }
    replace(text, &spans, EMAIL_MASK)
}

fn next_sign(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let rest = text.as_bytes().get(from..)?;
    // Only these bytes can begin a sign.
    let candidates = rest
        .iter()
        .enumerate()
        .filter(|(_, b)| matches!(b, b'@' | b'&' | b'%' | b'(' | b'[') || **b == 0xef);
    for (offset, _) in candidates {
        let at = from + offset;
        let Some(tail) = text.get(at..) else { continue };
        let sign = AT_SIGNS.iter().find(|sign| {
            tail.get(..sign.len()).is_some_and(|head| head.eq_ignore_ascii_case(sign))
        });
        if let Some(sign) = sign {
            return Some((at, sign));
        }
    }
    None
}

/// Where the name in front of the sign begins; one space may stand between.
fn local_part(text: &str, floor: usize, at: usize) -> Option<usize> {
    let head = text.get(floor..at)?;
    let name = head.strip_suffix(' ').unwrap_or(head);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let start = name.trim_end_matches(is_part).len();
    let name = name.get(start..)?;
    let skipped = name.len() - name.trim_start_matches(['.', '-', '%', '+']).len();
    (skipped < name.len()).then_some(floor + start + skipped)
}

/// Where the domain behind the sign ends.
fn domain(text: &str, after: usize) -> Option<usize> {
    let tail = text.get(after..)?;
    let start = after + usize::from(tail.starts_with(' '));
    let tail = text.get(start..)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let run = tail.get(..tail.find(|c| !is_part(c)).unwrap_or(tail.len()))?;
    let mut end = None;
    let mut position = 0;
    for (labels, label) in run.split('.').enumerate() {
        if label.is_empty() {
            break;
        }
        position += label.len() + usize::from(labels > 0);
        let top_level = label.trim_end_matches('-');
        let is_top = top_level.len() > 1 && top_level.bytes().all(|b| b.is_ascii_alphabetic());
        if labels > 0 && is_top {
            end = Some(start + position - (label.len() - top_level.len()));
        }
    }
    end
}

fn mask_phones(text: &str) -> Cow<'_, str> {
    let mut spans = Vec::new();
    let mut position = 0;
    let mut previous = None;
    while let Some(c) = text.get(position..).and_then(|t| t.chars().next()) {
        if let Some(end) = phone_at(text, position, previous) {
            spans.push((position, end));
            // What comes next sees what it will see when it is masked again.
            previous = PHONE_MASK.chars().next_back();
            position = end;
        } else {
            previous = Some(c);
            position += c.len_utf8();
        }
    }
    replace(text, &spans, PHONE_MASK)
}

fn replace<'t>(text: &'t str, spans: &[(usize, usize)], mask: &str) -> Cow<'t, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in spans {
        out.push_str(text.get(from..*start).unwrap_or_default());
        out.push_str(mask);
        from = *end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_in_every_spelling_are_masked_once_and_for_all() {
        for (text, masked) in [
            ("write to a.b-c@x-y.example.org.", "write to [e-mail]."),
            ("A@B.ES; c@d.fr", "[e-mail]; [e-mail]"),
            ("info&#64;example.org", "[e-mail]"),
            ("info @ example.org", "[e-mail]"),
            ("10 @ 5 mg", "10 @ 5 mg"),
            ("none", "none"),
        ] {
            assert_eq!(mask_contacts(text), masked);
            assert_eq!(mask_contacts(masked), masked);
        }
    }

    #[test]
    fn addresses_are_masked_in_every_spelling() {
        for (text, masked) in [
            ("write to a.b-c_d+e@mail.example.org.", "write to [e-mail]."),
            ("邮箱zhang@example.com.cn，电话", "邮箱[e-mail]，电话"),
            ("zhang @ example.com", "[e-mail]"),
            ("zhang＠example.com", "[e-mail]"),
            ("zhang&#64;example.com", "[e-mail]"),
            ("zhang(at)example.com", "[e-mail]"),
            ("<a href=\"mailto:x@y.eu\">x@y.eu</a>", "<a href=\"mailto:[e-mail]\">[e-mail]</a>"),
            ("a@x.com;b@y.org", "[e-mail];[e-mail]"),
            ("13800138000@163.com", "[e-mail]"),
        ] {
            assert_eq!(mask_contacts(text), masked, "{text}");
        }
    }

    #[test]
    fn telephone_numbers_are_masked_in_every_spelling() {
        for number in [
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+86 138 0013 8000",
            "+8613800138000",
            "8613800138000",
            "0086-138-0013-8000",
            "010-65321111",
            "0431-85879811",
            "0431 85879811",
            "(0431)85879811",
            "（0431）85879811",
            "０４３１－８５８７９８１１",
            "86-10-65321111",
            "8610-65321111",
            "86431-85879811",
            "010-6532 1111",
            "01065321111",
            "043185879811",
            "0755-2601234-8021",
            "400-820-8820",
            "400-1234-567",
            "03-1234-5678",
            "+81-3-1234-5678",
            "+32 (0)2 123 45 67",
            "+44 20 7946 0958",
            "+49.30.1234567",
            "0044 20 7946 0958",
            "(415) 555-1212",
            "415-555-1212",
            "1-800-267-3675",
        ] {
            for (text, masked) in [
                (number.to_owned(), "[phone]".to_owned()),
                (format!("联系电话：{number}，谢谢"), "联系电话：[phone]，谢谢".to_owned()),
                (format!("<td>{number}</td>"), "<td>[phone]</td>".to_owned()),
                (format!("张,{number},北京"), "张,[phone],北京".to_owned()),
            ] {
                assert_eq!(mask_contacts(&text), masked, "{text}");
            }
        }
        for (text, masked) in [
            ("Tel: 65321111", "Tel: [phone]"),
            ("Fax 6532-1111 ext 3", "Fax [phone] ext 3"),
            ("电话 85879811", "电话 [phone]"),
            ("Phone: 415.555.1212", "Phone: [phone]"),
        ] {
            assert_eq!(mask_contacts(text), masked);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "2024-05-28 08:56:14",
            "2024-05-28T08:56:14+08:00",
            "28-05-2024, 05/28/2024, 2024年5月28日, 20240528, 2018-01-02 2019-03-04",
            "CTR20230454 ChiCTR2000034346 ChiCTR-IPR-17013579 NCT04185883 jRCT2031200123",
            "EudraCT 2015-000590-12, EU CT 2022-500244-37-00, UTN U1111-1234-5678",
            "受理号 CXHL2200210/CXHL2200211甘, 国药准字H20140080, 批准文号 20140080",
            "药品本位码 86978821001271",
            "10.1056/NEJMoa1908077 10.1080/13543784.2018.1471134 10.1016/j.ejca.2019.05.012",
            "ISBN 978-3-16-148410-0, 9783161484100, 0-306-40615-2; ISSN 0028-4793",
            "0.15/0.45mg、0.5/1.5/4.5mg、150 3000 4000 mg、LY3537982（50 mg或100 mg BID）",
            "75×109/L, 2.5×ULN, >185/110mmHg, 18岁(最小年龄)至60岁(最大年龄)",
            "国内: 48 人； 2019 Y:2418;2020 Y:821;",
            "NDC 0069-4200-30, CAS 7440-06-4, EU/1/16/1086/001, 30200AMX00500000",
            "湖光路1018号、锦湖大路1066号, 130012, 202311-105-02；202311-105-01",
            "(01)14987123456789, 1,234,567,890, 12345678901234567890",
            "2a4386bd51ca49f0b29bf45eab500a74 showproj.html?proj=274313&n=13800138000",
            "jquery@3.5.1, Androtriol 10@5, @font-face, twice a day @ 8, PD-L1 ≥50%",
            "电话随访 12 周; by phone on 2024-05-28",
        ] {
            assert_eq!(mask_contacts(text), text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let masked = mask_contacts_bytes(b"\xff a@b.org \xc3( 13800138000");
        assert_eq!(masked.as_ref(), b"\xff [e-mail] \xc3( [phone]");
        assert!(matches!(mask_contacts_bytes(b"\xff\xfe 12"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once(
            text in "([0-9]{1,11}|[-+ .@()（）/:,%]|tel|电话|mg|x\\.org|0[0-9]{2}-|1[3-9]|\\[|\\]){0,24}"
        ) {
            let once = mask_contacts(&text).into_owned();
            prop_assert_eq!(mask_contacts(&once), once.as_str());
        }

        #[test]
        fn any_bytes_are_masked_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let once = mask_contacts_bytes(&bytes).into_owned();
            let twice = mask_contacts_bytes(&once).into_owned();
            prop_assert_eq!(twice, once);
        }
    }
}
