//! The drugs of a trial: `中文通用名:…英文通用名:…商品名称:…剂型:…规格:…`.

use crate::labelled_page::{LabelIndex, trim};

/// Labels inside the text, in the order of the site; the shorter spellings are
/// those of exports.
const LABELS: &[&str] = &[
    "中文通用名",
    "英文通用名",
    "商品名称",
    "商品",
    "剂型",
    "规格",
    "用法用量",
    "用量",
    "用药时程",
];

/// Values of one drug, by column of `trial_drug`.
pub(super) type Drug = Vec<(usize, String)>;

/// The drugs that a text names; a drug begins with its Chinese generic name.
/// A number between two drugs belongs to neither.
pub(super) fn split_drugs(text: &str, index: &LabelIndex) -> Vec<Drug> {
    let mut drugs: Vec<Drug> = Vec::new();
    let mut label: Option<&str> = None;
    let mut from = 0;
    for (at, found) in labels_in(text) {
        let begins = found == LABELS.first().copied().unwrap_or_default();
        let mut value = trim(text.get(from..at).unwrap_or_default());
        if begins && label.is_some() {
            value = without_number(value, drugs.len() + 1);
        }
        put(&mut drugs, label, value, index);
        if begins {
            drugs.push(Drug::new());
        }
        label = Some(found);
        // Behind the label and its colon, half or full width.
        let behind = at + found.len();
        from = behind + text.get(behind..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    }
    put(&mut drugs, label, trim(text.get(from..).unwrap_or_default()), index);
    drugs
}

/// Each label with its place: it is followed by a colon.
fn labels_in(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (colon, _) in text.match_indices([':', '：']) {
        let head = text.get(..colon).unwrap_or_default();
        let longest = LABELS.iter().filter(|l| head.ends_with(**l)).max_by_key(|l| l.len());
        if let Some(label) = longest {
            found.push((colon - label.len(), *label));
        }
    }
    found
}

fn put(drugs: &mut [Drug], label: Option<&str>, value: &str, index: &LabelIndex) {
    if let (Some(drug), Some(column)) = (drugs.last_mut(), label.and_then(|l| index.find(l)))
        && !value.is_empty()
    {
        drug.push((column, value.to_owned()));
    }
}

/// `value` without the number of the next drug at its end.
fn without_number(value: &str, next: usize) -> &str {
    value.strip_suffix(&next.to_string()).map_or(value, trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cn_drug_trials::SPEC;

    fn drugs(text: &str) -> Vec<Vec<(&'static str, String)>> {
        let index = LabelIndex::new(SPEC.table("trial_drug"));
        let columns = &SPEC.table("trial_drug").columns;
        split_drugs(text, &index)
            .into_iter()
            .map(|d| d.into_iter().map(|(i, v)| (columns[i].name.as_str(), v)).collect())
            .collect()
    }

    #[test]
    fn an_export_runs_the_drugs_together() {
        let found = drugs(
            "1中文通用名:甲磺酸奥希替尼片英文通用名:OsimertinibTablets商品:泰瑞沙剂型:片剂规格:80mg用量:口服，每日1次用药时程:21天\
             2中文通用名:安慰剂英文通用名:NA商品:无剂型:片剂规格:80mg用量:1片用药时程:1",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0][1], ("英文通用名", "OsimertinibTablets".to_owned()));
        assert_eq!(found[0][2], ("商品名称", "泰瑞沙".to_owned()));
        assert_eq!(found[0][6], ("用药时程", "21天".to_owned()));
        assert_eq!(found[1][6], ("用药时程", "1".to_owned()));
    }

    #[test]
    fn a_text_without_drugs_has_none() {
        assert!(drugs("暂未填写此信息").is_empty());
        assert!(drugs("剂型:片剂").is_empty());
        assert!(drugs("").is_empty());
    }
}
