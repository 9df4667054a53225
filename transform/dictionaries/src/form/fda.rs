//! FDA's `FORM;ROUTE`.

use super::terms::{Vocabulary, fold};
use super::{FormMatch, Forms};
use crate::text::clean;

pub(super) fn find(forms: &Forms, raw: &str, strength: Option<&str>) -> FormMatch {
    let text = fold(&clean(raw));
    let (term, route) = match text.rsplit_once(';') {
        Some((term, route)) => (term.trim(), route.trim()),
        None => (text.as_str(), ""),
    };
    let mut found = forms.find(Vocabulary::Fda, term, route);
    if term == "injectable" && found.form == "injection" && strength.is_some_and(says_powder) {
        "powder_for_injection".clone_into(&mut found.form);
    }
    found
}

/// So much a vial, and no volume. What follows `**` is a note on the
/// determination whether the product was withdrawn.
fn says_powder(strength: &str) -> bool {
    let strength = strength.split("**").next().unwrap_or_default();
    let mut words = strength.split(|c: char| !c.is_ascii_alphabetic());
    let per_vial = strength.to_ascii_uppercase().contains("/VIAL");
    per_vial && !words.any(|w| w.eq_ignore_ascii_case("ml"))
}
