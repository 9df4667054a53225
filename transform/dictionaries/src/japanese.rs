//! R16 i: a record of the Japanese lists of approvals, one part per dosage
//! form.

use regatta_domain::{ApprovalKind, SplitFlag, SplitRecord};

use crate::form::{FormMatch, Forms};

/// In which language the names of a record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JapaneseText {
    /// The Japanese list.
    Japanese,
    /// The English list.
    English,
}

/// What a record says of one dosage form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JapanesePart {
    /// The form. `unspecified` is a form of its own here: products whose names
    /// say none are one part.
    pub form: FormMatch,
    /// Places in [`SplitRecord::products`], ascending.
    pub products: Vec<usize>,
    /// What was approved: where the products of the form differ, the approval
    /// of a new product counts before the change of one. None where the
    /// statuses of the record could not be paired.
    pub status: Option<ApprovalKind>,
    /// Places in [`SplitRecord::companies`], ascending: those of all products of
    /// the form. Empty where the record names none.
    pub companies: Vec<usize>,
}

/// The parts of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JapaneseParts {
    /// One per form, in the order of the record; none where the record has no
    /// product.
    pub parts: Vec<JapanesePart>,
    /// What could not be told, as in [`SplitRecord::flags`].
    pub flags: Vec<SplitFlag>,
    /// The record could not be taken apart and stays whole: one part with all
    /// products and companies.
    pub whole: bool,
}

/// Divides a record that has been taken apart into products by their forms
/// (R16 i). A record whose counts differ stays whole; it has a form only if all
/// its products agree. That a record names no company ([`SplitFlag::NoCompany`])
/// divides nothing and keeps nothing whole.
#[must_use]
pub fn japanese_parts(forms: &Forms, record: &SplitRecord, text: JapaneseText) -> JapaneseParts {
    let undivided = record.flags.contains(&SplitFlag::Undivided);
    let whole = record.flags.iter().any(|flag| *flag != SplitFlag::NoCompany);
    let form = |name: &str| match text {
        JapaneseText::Japanese => forms.find_ja(name, None),
        JapaneseText::English if undivided => forms.sole_form_ja_en(name),
        JapaneseText::English => forms.find_ja_en(name),
    };
    let mut parts: Vec<JapanesePart> = Vec::new();
    for (place, product) in record.products.iter().enumerate() {
        let form = form(&product.name);
        let known = parts.iter().position(|part| part.form.form == form.form);
        let at = known.unwrap_or_else(|| {
            parts.push(JapanesePart { form, products: vec![], status: None, companies: vec![] });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(at) {
            part.products.push(place);
            part.companies.extend(&product.companies);
            part.status = part.status.into_iter().chain(product.status).min_by_key(|s| rank(*s));
        }
    }
    if whole && !parts.is_empty() {
        parts = vec![joined(record, parts)];
    }
    for part in &mut parts {
        part.companies.sort_unstable();
        part.companies.dedup();
    }
    JapaneseParts { parts, flags: record.flags.clone(), whole }
}

fn joined(record: &SplitRecord, parts: Vec<JapanesePart>) -> JapanesePart {
    let mut forms: Vec<FormMatch> = parts.into_iter().map(|part| part.form).collect();
    let form = match (forms.pop(), forms.is_empty()) {
        (Some(only), true) => only,
        _ => FormMatch::unspecified(),
    };
    JapanesePart {
        form,
        products: (0..record.products.len()).collect(),
        status: None,
        companies: (0..record.companies.len()).collect(),
    }
}

/// A smaller rank counts first.
fn rank(status: ApprovalKind) -> u8 {
    match status {
        ApprovalKind::Approval => 0,
        ApprovalKind::EmergencyApproval => 1,
        ApprovalKind::PartialChange => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regatta_domain::ApprovalKind::{Approval, PartialChange};
    use regatta_domain::{split_english, split_japanese};

    use super::JapaneseText::{English, Japanese};
    use super::*;
    use crate::form::tests::forms;

    /// Form, number of products, status and number of companies of each part.
    type Row<'a> = (&'a str, usize, Option<ApprovalKind>, usize);

    fn rows(parts: &JapaneseParts) -> Vec<Row<'_>> {
        let row = |p: &'_ JapanesePart| (p.products.len(), p.status, p.companies.len());
        let forms = parts.parts.iter().map(|p| p.form.form.as_str());
        forms.zip(parts.parts.iter().map(row)).map(|(f, (n, s, c))| (f, n, s, c)).collect()
    }

    #[test]
    fn r16_a_record_of_several_forms_is_one_part_per_form() {
        let record = split_japanese(
            "マグミット錠100 mg\n　　同　　錠200 mg\n　　同　　細粒83 %\n(マグミット製薬㈱、7470001018987)",
            "承　認\n一　変\n一　変",
        );
        let parts = japanese_parts(forms(), &record, Japanese);
        assert_eq!(
            rows(&parts),
            [("tablet", 2, Some(Approval), 1), ("granules", 1, Some(PartialChange), 1)]
        );
        assert!(!parts.whole);

        let record = split_english(
            "A Tablets 5 mg A OD Tablets 5 mg (X K.K.) B Tablets 5 mg (Y K.K.)",
            "Change Approval Change",
            "1",
        );
        let parts = japanese_parts(forms(), &record, English);
        assert_eq!(
            rows(&parts),
            [
                ("tablet", 2, Some(PartialChange), 2),
                ("orodispersible_tablet", 1, Some(Approval), 1)
            ]
        );
    }

    #[test]
    fn r16_a_record_whose_counts_differ_stays_whole() {
        let cell = "マグミ錠5 mg\n　　同　錠10 mg\n(X㈱、1234567890123)";
        let parts = japanese_parts(forms(), &split_japanese(cell, "承認"), Japanese);
        assert_eq!(rows(&parts), [("tablet", 2, None, 1)]);
        assert_eq!(
            (parts.whole, parts.flags.as_slice()),
            (true, [SplitFlag::StatusCount].as_slice())
        );

        // No form where the products disagree, be they divided or not.
        let two = split_japanese("A錠5 mg\nA散10 %\n(X㈱、1234567890123)", "承認");
        assert_eq!(rows(&japanese_parts(forms(), &two, Japanese)), [("unspecified", 2, None, 1)]);
        for (cell, form) in [
            ("A Tablets 5 mg A Dry Syrup 5% (X K.K.)", "unspecified"),
            ("A for Injection 6 MIU A for Injection 3 MIU (X K.K.)", "powder_for_injection"),
        ] {
            let record = split_english(cell, "Change", "1");
            assert!(record.flags.contains(&SplitFlag::Undivided));
            assert_eq!(rows(&japanese_parts(forms(), &record, English)), [(form, 1, None, 1)]);
        }
    }

    #[test]
    fn r16_a_record_without_a_company_is_divided_all_the_same() {
        let record = split_english("A Tablets 5 mg\nA Capsules 5 mg", "Change\nApproval", "");
        let parts = japanese_parts(forms(), &record, English);
        assert_eq!(
            rows(&parts),
            [("tablet", 1, Some(PartialChange), 0), ("capsule", 1, Some(Approval), 0)]
        );
        assert_eq!(
            (parts.whole, parts.flags.as_slice()),
            (false, [SplitFlag::NoCompany].as_slice())
        );
    }

    proptest! {
        #[test]
        fn r16_every_product_is_in_one_part(
            brand in "[ 　\n同錠注散①②（）()、A-CTablets㈱0-9]{0,60}",
            approval in "(承認\n|一変\n|Change |Approval ){0,4}",
        ) {
            for (record, text) in [
                (split_japanese(&brand, &approval), Japanese),
                (split_english(&brand, &approval, ""), English),
            ] {
                let parts = japanese_parts(forms(), &record, text);
                let mut products: Vec<usize> =
                    parts.parts.iter().flat_map(|p| p.products.clone()).collect();
                products.sort_unstable();
                prop_assert_eq!(products, (0..record.products.len()).collect::<Vec<_>>());
                prop_assert!(!parts.whole || parts.parts.len() <= 1);
                for part in &parts.parts {
                    prop_assert!(part.companies.iter().all(|c| *c < record.companies.len()));
                }
                let mut forms: Vec<&str> =
                    parts.parts.iter().map(|p| p.form.form.as_str()).collect();
                forms.sort_unstable();
                prop_assert!(forms.windows(2).all(|w| w[0] != w[1]));
            }
        }
    }
}
