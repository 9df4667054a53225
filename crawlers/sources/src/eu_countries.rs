//! Countries as the European trial registers name and code them.

/// Names and codes. Several names have one code; `GR` is what both registers
/// use for Greece.
const COUNTRIES: [(&str, &str); 36] = [
    ("Austria", "AT"),
    ("Belgium", "BE"),
    ("Bulgaria", "BG"),
    ("Croatia", "HR"),
    ("Cyprus", "CY"),
    ("Czech Republic", "CZ"),
    ("Czechia", "CZ"),
    ("Denmark", "DK"),
    ("Estonia", "EE"),
    ("Finland", "FI"),
    ("France", "FR"),
    ("Germany", "DE"),
    ("Greece", "GR"),
    ("Hungary", "HU"),
    ("Iceland", "IS"),
    ("Ireland", "IE"),
    ("Italy", "IT"),
    ("Latvia", "LV"),
    ("Liechtenstein", "LI"),
    ("Lithuania", "LT"),
    ("Luxembourg", "LU"),
    ("Malta", "MT"),
    ("Netherlands", "NL"),
    ("The Netherlands", "NL"),
    ("Norway", "NO"),
    ("Poland", "PL"),
    ("Portugal", "PT"),
    ("Romania", "RO"),
    ("Slovakia", "SK"),
    ("Slovenia", "SI"),
    ("Spain", "ES"),
    ("Sweden", "SE"),
    ("UK", "GB"),
    ("United Kingdom", "GB"),
    ("Outside EU/EEA", "3RD"),
    ("Third Country", "3RD"),
];

/// The code of a country by its English name.
pub(crate) fn country_code(name: &str) -> Option<&'static str> {
    let name = name.trim();
    COUNTRIES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_codes() {
        assert_eq!(country_code(" greece"), Some("GR"));
        assert_eq!(country_code("UK"), Some("GB"));
        assert_eq!(country_code("Narnia"), None);
    }
}
