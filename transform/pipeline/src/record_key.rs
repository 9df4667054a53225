//! The source's own key, as the end of a record id (R1).

use std::borrow::Cow;

use regatta_dictionaries::clean;
use regatta_lake::Sha256;

/// Keys up to this many bytes stand in the record id as they are.
const LONGEST: usize = 100;

/// How much of a longer key is kept to be recognised by a reader.
const HEAD: usize = 48;

/// The key for a record id. Some registers have no key but the text of the
/// record: such a key is cut, and a digest of all of it makes it one again.
pub(crate) fn short(key: &str) -> Cow<'_, str> {
    if key.len() <= LONGEST && !key.contains(char::is_control) {
        return Cow::Borrowed(key);
    }
    let head: String = clean(key).chars().take(HEAD).collect();
    let digest = Sha256::of(key.as_bytes()).to_string();
    Cow::Owned(format!("{}~{}", head.trim_end(), &digest[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_long_keys_and_keys_of_several_lines_are_cut_and_stay_apart() {
        assert_eq!(short("N-020636-001"), "N-020636-001");
        assert_eq!(short("国药准字H20000003"), "国药准字H20000003");
        let text =
            "Jun. 18, 2010-46-Zovirax Tablets 200\nZovirax Tablets 400\n(GlaxoSmithKline K.K.)";
        let one = short(text);
        assert!(one.starts_with("Jun. 18, 2010-46-Zovirax Tablets 200 Zovirax"), "{one}");
        assert!(!one.contains('\n') && one.len() < 80, "{one}");
        assert_ne!(one, short(&text.replace("400", "800")));
    }
}
