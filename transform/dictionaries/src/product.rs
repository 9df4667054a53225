//! From the name of a product to what it contains (R5, R6a).

use crate::{Dictionaries, GenericMatch, Language, clean};

/// Words of a dosage form at the end of an English product name. They are
/// taken off one by one as long as what remains is no known name.
const FORM_WORDS: &[&str] = &[
    "aerosol",
    "capsule",
    "capsules",
    "chewable",
    "coated",
    "concentrate",
    "concentrated",
    "cream",
    "delayed-release",
    "disintegrating",
    "dispersible",
    "drops",
    "dry",
    "effervescent",
    "emulsion",
    "enteric-coated",
    "extended-release",
    "eye",
    "film",
    "film-coated",
    "for",
    "freeze-dried",
    "gel",
    "granules",
    "implant",
    "infusion",
    "inhalation",
    "inhaler",
    "injectable",
    "injection",
    "intravenous",
    "liquid",
    "lotion",
    "lyophilized",
    "modified-release",
    "nasal",
    "of",
    "ointment",
    "ophthalmic",
    "oral",
    "orally",
    "patch",
    "pen",
    "pills",
    "powder",
    "prefilled",
    "prolonged-release",
    "release",
    "soft",
    "solution",
    "spray",
    "sprays",
    "sterile",
    "suppositories",
    "suppository",
    "suspension",
    "sustained-release",
    "syringe",
    "syrup",
    "tablet",
    "tablets",
    "transdermal",
    "vaginal",
    "vial",
];

impl Dictionaries {
    /// The generic of a Chinese product name: of the whole name where a
    /// dictionary knows it, else of what remains without the form word. Where
    /// neither is known the rest goes on under its own name (R10).
    #[must_use]
    pub fn generic_of_chinese_product(&self, name: &str) -> GenericMatch {
        // What a vaccine is dissolved in is none itself.
        let name = if is_diluent(&clean(name)) { DILUENT } else { name };
        let whole = self.generic(name, Language::Zh, CHINESE_SEPARATORS);
        if whole.is_standard() || whole.how == "not_a_drug" {
            return whole;
        }
        let Some(stem) = self.forms.in_name_zh(name).map(|found| found.stem) else { return whole };
        let rest = self.generic(&stem, Language::Zh, CHINESE_SEPARATORS);
        // One character that nobody knows is no name: 人丹 is one as it stands.
        let is_no_name = rest.how == "unmatched" && stem.chars().nth(1).is_none();
        if is_no_name { whole } else { rest }
    }

    /// The generic of an English product name, the words of its form taken off.
    #[must_use]
    pub fn generic_of_english_product(&self, name: &str) -> GenericMatch {
        let name = clean(name);
        let mut rest: &str = &name;
        loop {
            let found = self.generic(rest, Language::En, ENGLISH_SEPARATORS);
            if found.is_standard() || found.how == "not_a_drug" {
                return found;
            }
            let Some((before, last)) = rest.rsplit_once(' ') else { return found };
            let word = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let droppable = word.is_empty()
                || FORM_WORDS.binary_search(&word.as_str()).is_ok()
                || last.starts_with('(') && last.ends_with(')');
            if !droppable {
                return found;
            }
            rest = before.trim_end_matches([' ', ',']);
        }
    }
}

/// The end of the names of diluents that have an approval of their own.
const DILUENT: &str = "稀释剂";

/// A note in brackets may follow: 脑膜炎球菌多糖疫苗稀释剂(无菌、无热原PBS).
fn is_diluent(name: &str) -> bool {
    let noted = name.strip_suffix(')').and_then(|open| open.rsplit_once('('));
    noted.map_or(name, |(before, _)| before).trim_end().ends_with(DILUENT)
}

const CHINESE_SEPARATORS: &[char] = &['、', '/', '+', ';'];
const ENGLISH_SEPARATORS: &[char] = &['/', ';', '+'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_words_are_sorted_for_the_search() {
        assert!(FORM_WORDS.is_sorted());
    }

    #[test]
    fn r5_product_names_in_two_languages_come_to_one_generic() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (zh, en, generic) in [
            ("甲磺酸奥希替尼片", "Osimertinib Mesylate Tablets", "osimertinib"),
            ("注射用阿糖胞苷", "Cytarabine for Injection", "cytarabine"),
            ("醋酸奥曲肽注射液", "Octreotide Acetate Injection", "octreotide"),
        ] {
            assert_eq!(dictionaries.generic_of_chinese_product(zh).generic, generic, "{zh}");
            assert_eq!(dictionaries.generic_of_english_product(en).generic, generic, "{en}");
        }
    }

    #[test]
    fn r5_what_a_drug_is_dissolved_in_is_not_a_part_of_it() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (name, generic) in [
            ("氟康唑氯化钠注射液", "fluconazole"),
            ("奥硝唑葡萄糖注射液", "ornidazole"),
            ("葡萄糖氯化钠注射液", "glucose / sodium chloride"),
            ("氯化钾氯化钠注射液", "potassium chloride / sodium chloride"),
            ("皮内注射用卡介苗稀释剂", "vaccine diluent"),
            ("A群脑膜炎球菌多糖疫苗稀释剂", "vaccine diluent"),
            ("脑膜炎球菌多糖疫苗稀释剂(无菌、无热原PBS)", "vaccine diluent"),
        ] {
            assert_eq!(dictionaries.generic_of_chinese_product(name).generic, generic, "{name}");
        }
    }

    #[test]
    fn r5_a_word_of_the_form_is_taken_off_before_what_looks_like_a_salt() {
        let dictionaries = Dictionaries::load(None).unwrap();
        for (name, generic) in [
            ("硝酸甘油舌下片", "glyceryl trinitrate"),
            ("硝酸甘油缓释胶囊", "glyceryl trinitrate"),
            ("糠酸氟替卡松鼻用喷雾剂", "fluticasone furoate"),
        ] {
            let found = dictionaries.generic_of_chinese_product(name);
            assert_eq!(found.generic, generic, "{name}");
        }
    }

    #[test]
    fn r5_cells_are_what_an_injection_of_cells_contains() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let name = "CG-BM1异体人骨髓间充质干细胞注射液";
        let found = dictionaries.generic_of_chinese_product(name);
        assert_eq!(found.generic, "cg-bm1异体人骨髓间充质干细胞");
        assert_eq!(dictionaries.forms.in_name_zh(name).unwrap().form.form, "injection");
    }

    #[test]
    fn r10_a_product_that_nobody_knows_goes_on_without_its_form_word() {
        let dictionaries = Dictionaries::load(None).unwrap();
        let found = dictionaries.generic_of_chinese_product("某某未知物片");
        assert_eq!((found.generic.as_str(), found.how), ("某某未知物", "unmatched"));
        let found = dictionaries.generic_of_chinese_product("某丹");
        assert_eq!((found.generic.as_str(), found.how), ("某丹", "unmatched"));
    }
}
