//! Numbers in the notations in which they are quoted (R43), as the index holds
//! them. The macro `number_key` does the same.

use std::borrow::Cow;

/// What stands before a number and says which kind it is, folded.
const CHINESE: [&str; 8] = [
    "受理号",
    "批准文号",
    "药品批准文号",
    "注册证号",
    "进口药品注册证号",
    "登记号",
    "注册号",
    "承認番号",
];

/// What stands before a EudraCT or CTIS number. Where one begins another, the
/// longer one comes first.
const EUROPEAN: [&str; 7] = ["eudract", "euctr", "eu-ct", "eu ct", "euct", "ctis", "ct"];

/// A folded number as the index holds it. Without what is put before it:
/// `EUCTR2010-020841-29`, `NDA 20-636`, `受理号CYHS1201240`; without what lists
/// append: the unit character of an acceptance number (R21), the member state of
/// a EudraCT number, the resubmission of a CTIS number; and with the zeros that
/// the regulators write: `EMEA/H/C/4124` is `emea/h/c/004124`, `DE/H/300/1/DC`
/// `de/h/0300/001`. Any other word as it is.
pub(crate) fn number_key(word: &str) -> Cow<'_, str> {
    if let Some(number) =
        european_product(word).or_else(|| procedure(word)).or_else(|| of_fda(word))
    {
        return Cow::Owned(number);
    }
    let number = trial(word).or_else(|| chinese(word)).unwrap_or(word);
    // Lists of imports write the number without it.
    let number = without_approval_words(number).filter(|n| is_one_number(n)).unwrap_or(number);
    Cow::Borrowed(without_tail(number))
}

/// A EudraCT or CTIS number behind a word that says so.
fn trial(word: &str) -> Option<&str> {
    let rest = EUROPEAN.iter().find_map(|label| word.strip_prefix(label))?;
    let rest = rest.trim_start_matches([' ', ':', '-']);
    let said = ["number", "no.", "nr.", "no", "nr"].iter().find_map(|w| rest.strip_prefix(w));
    let rest = said.unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', ':', '-', '#']);
    trial_number(rest).is_some().then_some(rest)
}

/// A number behind a Chinese or Japanese word for one. It has digits, and no
/// word behind it.
fn chinese(word: &str) -> Option<&str> {
    let rest = CHINESE.iter().find_map(|label| word.strip_prefix(label))?;
    let rest = rest.trim_start_matches([' ', ':']);
    let number = rest.strip_prefix("国药准字").unwrap_or(rest).trim_start();
    is_one_number(number).then_some(rest)
}

/// The number behind 国药准字, which stands before the approval numbers of some
/// lists and not of others: the index has such numbers with it and without.
pub(crate) fn without_approval_words(number: &str) -> Option<&str> {
    number.strip_prefix("国药准字").map(str::trim_start)
}

fn is_one_number(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() > 3 && !text.contains(' ')
}

/// `020636` of an application of FDA behind its type: `NDA 20-636`, `NDA020636`,
/// `BLA 125514`, with the product number behind it or not (`NDA 020636-001`, also with a slash);
/// `N020636` and `A078521` as the Orange Book has them. All have six digits.
fn of_fda(word: &str) -> Option<String> {
    let typed = ["anda", "nda", "bla"].iter().find_map(|label| word.strip_prefix(label));
    let Some(rest) = typed else {
        let rest = word.strip_prefix(['n', 'a'])?;
        // More digits or others in front would be a code of a developer.
        let is_number = digits_only(rest) && rest.len() == 6 && rest.as_bytes()[0] < b'3';
        return is_number.then(|| rest.to_owned());
    };
    let rest = rest.trim_start_matches([' ', ':', '-', '#']);
    if digits_only(rest) && (5..=6).contains(&rest.len()) {
        return Some(format!("{rest:0>6}"));
    }
    let (front, back) = rest.split_once(['-', '/'])?;
    if !digits_only(front) || !digits_only(back) || back.len() != 3 {
        return None;
    }
    match front.len() {
        2 | 3 if !rest.contains('/') => Some(format!("{:0>6}", format!("{front}{back}"))),
        6 => Some(format!("{front}-{back}")),
        _ => None,
    }
}

/// `emea/h/c/004124` of a number without its zeros. Fewer than three digits may
/// be a number that somebody is still writing.
fn european_product(word: &str) -> Option<String> {
    let digits = word.strip_prefix("emea/h/c/")?;
    let number = digits.trim_start_matches('0').len();
    let short = digits_only(digits) && digits.len() < 6 && (3..=5).contains(&number);
    short.then(|| format!("emea/h/c/{digits:0>6}"))
}

/// `de/h/0300/001` of the number of a product in mutual recognition, without
/// its zeros or with the kind of procedure behind it: `DE/H/300/001/DC`.
fn procedure(word: &str) -> Option<String> {
    let number = word.strip_suffix("/dc").or_else(|| word.strip_suffix("/mr")).unwrap_or(word);
    let (state, rest) = number.split_once("/h/")?;
    let (number, product) = rest.split_once('/')?;
    let state_is_one = state.len() == 2 && state.bytes().all(|b| b.is_ascii_lowercase());
    let fits = |digits: &str, most: usize| digits_only(digits) && digits.len() <= most;
    (state_is_one && fits(number, 4) && fits(product, 3))
        .then(|| format!("{state}/h/{number:0>4}/{product:0>3}"))
}

/// Is a folded word a number that a regulator writes with slashes
/// (`emea/h/c/004124`, `at/h/0300/001`, `208065/001`)? They join no ingredients.
pub(crate) fn has_slashes(word: &str) -> bool {
    if let Some((front, product)) = word.split_once('/')
        && digits_only(front)
    {
        return front.len() == 6 && product.len() == 3 && digits_only(product);
    }
    let rest = word.strip_prefix("emea/h/c/").or_else(|| {
        let (state, rest) = word.split_once("/h/")?;
        (state.len() == 2 && state.bytes().all(|b| b.is_ascii_lowercase())).then_some(rest)
    });
    rest.is_some_and(|rest| rest.split('/').count() < 3 && rest.split('/').all(digits_only))
}

fn digits_only(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number without what lists and registries append to it.
fn without_tail(word: &str) -> &str {
    if is_acceptance_number_with_unit(word) {
        let last = word.chars().next_back().map_or(0, char::len_utf8);
        return &word[..word.len() - last];
    }
    trial_number(word).unwrap_or(word)
}

/// A EudraCT or CTIS number, whole or without what is appended to it.
fn trial_number(word: &str) -> Option<&str> {
    let bytes = word.as_bytes();
    let shape = b"20dd-dddddd-dd";
    let rest = bytes.get(shape.len()..)?;
    let is_tail = rest.is_empty()
        || (b"-/".contains(&rest[0])
            && (3..=4).contains(&rest.len())
            && rest[1..].iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
    let is_number = shape.iter().zip(bytes).all(|(s, b)| match s {
        b'd' => b.is_ascii_digit(),
        s => s == b,
    });
    (is_tail && is_number).then(|| &word[..shape.len()])
}

/// `[cj][a-z]{1,3}[0-9]{7}` and a letter.
fn is_acceptance_number_with_unit(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_lowercase).count();
    let rest = &word[letters..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let mut unit = rest[digits..].chars();
    (2..=4).contains(&letters)
        && (word.starts_with('c') || word.starts_with('j'))
        && digits == 7
        && unit.next().is_some_and(char::is_alphabetic)
        && unit.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r43_numbers_lose_what_lists_append() {
        for (word, key) in [
            ("cyhs1900511国", "cyhs1900511"),
            ("cyhs1900511", "cyhs1900511"),
            ("jxhs1600003苏", "jxhs1600003"),
            ("2023-505613-24-00", "2023-505613-24"),
            ("2013-004615-45/nl", "2013-004615-45"),
            ("2013-004615-45/3rd", "2013-004615-45"),
            ("2013-004615-45", "2013-004615-45"),
            ("2013-004615-45-", "2013-004615-45-"),
            ("c1234567x", "c1234567x"),
            ("nevirapine", "nevirapine"),
            ("", ""),
        ] {
            assert_eq!(number_key(word), key, "{word}");
        }
    }

    #[test]
    fn r43_numbers_lose_what_is_put_before_them() {
        for (word, key) in [
            ("euctr2010-020841-29-gb", "2010-020841-29"),
            ("eudract 2010-020841-29", "2010-020841-29"),
            ("eudract number: 2010-020841-29", "2010-020841-29"),
            ("eudract no. 2010-020841-29", "2010-020841-29"),
            ("eu ct 2023-505613-24", "2023-505613-24"),
            ("eu-ct number 2023-505613-24-00", "2023-505613-24"),
            ("n020636", "020636"),
            ("nda 20-636", "020636"),
            ("nda 20636", "020636"),
            ("nda020636", "020636"),
            ("nda #020636", "020636"),
            ("nda 208065-001", "208065-001"),
            ("nda208065/001", "208065-001"),
            ("anda 078521", "078521"),
            ("bla 125514", "125514"),
            ("bla 103-132", "103132"),
            ("emea/h/c/4124", "emea/h/c/004124"),
            ("emea/h/c/04124", "emea/h/c/004124"),
            ("de/h/300/1", "de/h/0300/001"),
            ("de/h/0300/001/dc", "de/h/0300/001"),
            ("eudract-nr 2010-020841-29", "2010-020841-29"),
            ("进口药品注册证号h20140344", "h20140344"),
            ("药品批准文号:国药准字h20140344", "h20140344"),
            ("受理号cyhs1201240", "cyhs1201240"),
            ("受理号:cyhs1201240国", "cyhs1201240"),
            ("国药准字 h20140344", "h20140344"),
            ("国药准字h20140344", "h20140344"),
            ("批准文号 国药准字h20140344", "h20140344"),
            ("批准文号:国药准字 h20140344", "h20140344"),
            ("注册证号h20140344", "h20140344"),
            ("承認番号22800amx00385", "22800amx00385"),
        ] {
            assert_eq!(number_key(word), key, "{word}");
        }
    }

    #[test]
    fn what_is_no_number_in_another_notation_stays_as_it_is() {
        for word in [
            "anda",
            "nda",
            "anda repository",
            "nda 1234",
            "nda 20-63",
            "nda 1234567",
            "n-020636",
            "n020636x",
            "n0206361",
            "a967079",
            "b125514",
            "eudract",
            "ctis 2023",
            "eu ct 2023-505613",
            "ct",
            "emea/h/c/41",
            "emea/h/c/0041",
            "emea/h/c/004124",
            "emea/h/c/4124/ii",
            "emea/h/c/0004124",
            "de/h/0300/001",
            "de/h/0300/001/ii",
            "de/h/0300",
            "nda 20/636",
            "受理号",
            "受理号 甲",
            "注册证号h2 阿斯利康2024",
            "国药准字",
            "国药准字 h2014 阿斯利康",
            "国药准字 阿斯利康",
            "国药准字h2",
        ] {
            assert_eq!(number_key(word), word, "{word}");
        }
    }

    #[test]
    fn numbers_with_slashes_are_told_from_ingredients() {
        for word in ["emea/h/c/004124", "at/h/0300/001", "at/h/0300", "208065/001"] {
            assert!(has_slashes(word), "{word}");
        }
        for word in ["lamivudine/zidovudine", "5/6", "20/636", "at/h", "a/h/1", "at/h/1/2/3", "/"] {
            assert!(!has_slashes(word), "{word}");
        }
    }
}
