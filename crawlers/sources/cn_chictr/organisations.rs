//! Which sponsors of an export are organisations: a name that is none may be a
//! person's and is masked.

/// Parts of words one of which the name of an organisation has.
const PARTS: &[&str] = &[
    "hospital",
    "hospitial",
    "universit",
    "college",
    "institut",
    "school",
    "academy",
    "center",
    "centre",
    "clinic",
    "company",
    "limited",
    "incorporated",
    "corporation",
    "pharma",
    "biotech",
    "bioscience",
    "medic",
    "laborato",
    "department",
    "foundation",
    "association",
    "society",
    "bureau",
    "committee",
    "commission",
    "ministry",
    "group",
    "医院",
    "大学",
    "学院",
    "学校",
    "研究",
    "中心",
    "公司",
    "集团",
    "委员会",
    "协会",
    "学会",
    "药业",
    "制药",
    "医学",
    "科学",
    "部",
    "局",
    "所",
    "院",
];

/// Whole words, without dots, that no person is called: legal forms, and the
/// CDC. `Inc` is none of the parts, because Vincent has it.
const FORMS: &[&str] = &[
    "a/s", "cdc", "coltd", "corp", "gmbh", "inc", "kgaa", "llc", "llp", "ltd", "oyj", "plc", "pty",
    "pvt", "sarl",
];

/// Legal forms that are no initials, written so.
const WRITTEN: &[&str] = &["Co.", "CO.", "co.", "S.p.A", "S.p.A.", "S.r.l", "S.r.l.", "SpA", "Srl"];

/// Legal forms that look like the initials or the name of a person.
const SHORT_FORMS: &[&str] = &["ab", "ag", "bv", "co", "kk", "nv", "oy", "sa", "spa", "srl"];

/// Companies that are known by their name alone, sorted. Some are surnames or
/// given names, too: the name has to be the company's and nothing else.
const COMPANIES: &[&str] = &[
    "abbott",
    "abbvie",
    "alexion",
    "allergan",
    "almirall",
    "amgen",
    "argenx",
    "astellas",
    "astrazeneca",
    "bayer",
    "beigene",
    "biogen",
    "biontech",
    "boehringer",
    "boehringer ingelheim",
    "bristol myers squibb",
    "celgene",
    "chugai",
    "csl behring",
    "curevac",
    "daiichi sankyo",
    "eisai",
    "eli lilly",
    "ferring",
    "genentech",
    "genmab",
    "gilead",
    "glaxosmithkline",
    "grifols",
    "gsk",
    "hengrui",
    "hutchmed",
    "idorsia",
    "incyte",
    "innovent",
    "ipsen",
    "janssen",
    "johnson johnson",
    "junshi",
    "kyowa kirin",
    "lilly",
    "lundbeck",
    "merck",
    "merck serono",
    "merck sharp dohme",
    "moderna",
    "msd",
    "novartis",
    "novo nordisk",
    "octapharma",
    "otsuka",
    "pfizer",
    "regeneron",
    "roche",
    "sanofi",
    "sanofi aventis",
    "sanofi pasteur",
    "servier",
    "shionogi",
    "takeda",
    "teva",
    "ucb",
    "vertex",
    "zai lab",
];

/// What may stand behind the name of such a company.
const BRANCHES: &[&str] = &[
    "china",
    "deutschland",
    "europe",
    "france",
    "germany",
    "global",
    "international",
    "japan",
    "uk",
    "us",
    "usa",
];

/// The name is that of an organisation, not of a person.
pub(super) fn names_organisation(name: &str) -> bool {
    let lower = name.to_lowercase();
    if PARTS.iter().any(|part| lower.contains(part)) {
        return true;
    }
    let name = name.replace("&amp;", "&");
    let words: Vec<&str> = name
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/')))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    words.iter().any(|word| is_form(word)) || ends_in_short_form(&words) || is_company(&words)
}

/// `Ltd.` and `S.p.A.`, also within `Co.Ltd`.
fn is_form(word: &str) -> bool {
    let is = |word: &str| FORMS.binary_search(&word).is_ok();
    WRITTEN.contains(&word) || is(&folded(word)) || word.to_lowercase().split('.').any(is)
}

/// A short form at the end of a long name: `Wang AB` and `Li SA` may be
/// persons, `Swedish Orphan Biovitrum AB` is none.
fn ends_in_short_form(words: &[&str]) -> bool {
    let Some((last, before)) = words.split_last() else { return false };
    let whole = |word: &&&str| word.chars().count() > 3 && !word.contains('.');
    is_short_form(last) && before.iter().filter(whole).count() > 2
}

/// Legal forms of this kind are in capitals, names mostly not: `Li Sa`.
fn is_short_form(word: &str) -> bool {
    word.chars().all(|c| c.is_uppercase() || c == '.')
        && SHORT_FORMS.binary_search(&folded(word).as_str()).is_ok()
}

/// One of the companies, with short legal forms and a country at most.
fn is_company(words: &[&str]) -> bool {
    let is_more =
        |word: &&str| is_short_form(word) || BRANCHES.binary_search(&folded(word).as_str()).is_ok();
    (1..=words.len().min(3)).any(|length| {
        let (name, more) = words.split_at(length);
        let name: Vec<String> = name.iter().map(|word| folded(word)).collect();
        COMPANIES.binary_search(&name.join(" ").as_str()).is_ok() && more.iter().all(is_more)
    })
}

/// In lower case, without dots.
fn folded(word: &str) -> String {
    word.to_lowercase().replace('.', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [FORMS, SHORT_FORMS, COMPANIES, BRANCHES] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn companies_are_organisations() {
        for name in [
            "Novartis",
            "AstraZeneca AB",
            "Merck KGaA",
            "Merck & Co., Inc.",
            "Novo Nordisk A/S",
            "Roche (China)",
            "ROCHE",
            "Bayer AG",
            "Eli Lilly and Company",
            "Daiichi Sankyo",
            "Laboratoires Servier",
            "Sanofi S.A.",
            "UCB S.A.",
            "Chiesi S.p.A.",
            "Ferrer S.r.l.",
            "Orion Oyj",
            "Shire plc",
            "CO.,LTD",
            "Xx Co.Ltd",
            "Sun Yat-sen XX CO.",
            "Johnson &amp; Johnson",
            "Swedish Orphan Biovitrum AB",
            "CureVac N.V.",
            "Jiangsu CDC",
            "Hospital of University A",
        ] {
            assert!(names_organisation(name), "{name}");
        }
    }

    #[test]
    fn persons_are_none() {
        for name in [
            "San Zhang",
            "Vincent Zhang",
            "Lincoln Wu",
            "Francisco.",
            "Marco, Paolo",
            "Wang AB",
            "WANG AB",
            "Li Sa",
            "LI SA",
            "K.K. Leung",
            "Leung K.K.",
            "McDonald AB",
            "Kumar S.R.L.",
            "Maria Garcia SA",
            "Zhang San San AG",
            "Albert Co",
            "Lilly Zhang",
            "Lilly Sa",
            "Johan Janssen",
            "San Zhang, Novartis",
            "Oy",
            "AG",
            "",
        ] {
            assert!(!names_organisation(name), "{name}");
        }
    }
}
