//! R6a, last step: a record that names no form joins the only form that its
//! generic and company (group) have.

use polars::prelude::*;

use crate::listing::{has_known_form, take_form};

/// What a company sells of a substance itself says nothing of its medicines.
const NO_MEDICINES: [&str; 2] = ["active_substance", "excipient"];

/// For each record without a form that R6a can place: `record_id`,
/// `only_form`.
///
/// `records` holds `record_id`, `country`, `generic`, `dosage_form`,
/// `dosage_form_match` of all kinds of record; `parties` their companies. The
/// forms of the record's own region count; only where that region knows none,
/// those of all regions. More than one form is no answer.
pub(crate) fn only_forms(records: &DataFrame, parties: &DataFrame) -> PolarsResult<DataFrame> {
    let links = parties
        .clone()
        .lazy()
        .filter(col("links"))
        .select([
            col("record_id"),
            coalesce(&[col("corporate_group"), col("company")]).alias("party"),
        ])
        .unique_generic(None, UniqueKeepStrategy::Any);
    let by_party = |frame: LazyFrame| {
        let on = [col("record_id")];
        frame.join(links.clone(), on.clone(), on, JoinArgs::new(JoinType::Inner))
    };
    let open = records
        .clone()
        .lazy()
        .filter(
            col("dosage_form_match")
                .eq(lit("unspecified"))
                .and(col("generic").neq(lit(regatta_dictionaries::UNSPECIFIED))),
        )
        .select([col("record_id"), col("country"), col("generic")]);
    let open = by_party(open).collect()?;
    // Most generics have no open record: the rest is looked at for them only.
    let is_form = NO_MEDICINES
        .iter()
        .fold(has_known_form(), |all, form| all.and(col("dosage_form").neq(lit(*form))));
    let known = by_party(records.clone().lazy().filter(is_form).join(
        open.clone().lazy().select([col("generic")]).unique_generic(None, UniqueKeepStrategy::Any),
        [col("generic")],
        [col("generic")],
        JoinArgs::new(JoinType::Semi),
    ))
    .select([col("country"), col("generic"), col("party"), col("dosage_form")])
    .unique_generic(None, UniqueKeepStrategy::Any)
    .collect()?;
    let in_region = found(&open, &known, &["country", "generic", "party"]);
    let anywhere = found(&open, &known, &["generic", "party"]);
    let on = [col("record_id")];
    open.lazy()
        .select([col("record_id")])
        .unique_generic(None, UniqueKeepStrategy::Any)
        .join(in_region, on.clone(), on.clone(), JoinArgs::new(JoinType::Left))
        .join(
            anywhere.rename(["forms", "only"], ["all_forms", "all_only"], true),
            on.clone(),
            on,
            JoinArgs::new(JoinType::Left),
        )
        .with_column(
            when(col("forms").is_not_null())
                .then(when(col("forms").eq(lit(1))).then(col("only")).otherwise(lit(NULL)))
                .otherwise(
                    when(col("all_forms").eq(lit(1))).then(col("all_only")).otherwise(lit(NULL)),
                )
                .alias("only_form"),
        )
        .filter(col("only_form").is_not_null())
        .select([col("record_id"), col("only_form")])
        .sort(["record_id"], SortMultipleOptions::default())
        .collect()
}

/// Number of forms, and one of them, by record.
fn found(open: &DataFrame, known: &DataFrame, keys: &[&str]) -> LazyFrame {
    let on: Vec<Expr> = keys.iter().map(|k| col(*k)).collect();
    open.clone()
        .lazy()
        .join(
            known.clone().lazy().select([on.clone(), vec![col("dosage_form")]].concat()),
            on.clone(),
            on,
            JoinArgs::new(JoinType::Inner),
        )
        .group_by([col("record_id")])
        .agg([
            col("dosage_form").n_unique().cast(DataType::Int64).alias("forms"),
            col("dosage_form").min().alias("only"),
        ])
}

/// Writes the forms found into a frame of records.
pub(crate) fn apply(frame: DataFrame, forms: &DataFrame) -> PolarsResult<DataFrame> {
    let on = [col("record_id")];
    let joined =
        frame.lazy().join(forms.clone().lazy(), on.clone(), on, JoinArgs::new(JoinType::Left));
    // A form that the source names in words no dictionary knows is not missing.
    let named = col("dosage_form_match").eq(lit("unmatched"));
    let joined = joined
        .with_column(when(named).then(lit(NULL)).otherwise(col("only_form")).alias("only_form"));
    take_form(joined, "only_form", "inferred").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distinct::text;

    #[test]
    fn r6a_bulk_substances_of_a_company_say_nothing_of_its_medicines() {
        let records = df!(
            "record_id" => ["eu", "tablet", "substance"],
            "country" => ["EU", "CN", "CN"],
            "generic" => ["imidapril", "imidapril", "imidapril"],
            "dosage_form" => ["unspecified", "tablet", "active_substance"],
            "dosage_form_match" => ["unspecified", "exact", "name"],
        )
        .unwrap();
        let parties = df!(
            "record_id" => ["eu", "tablet", "substance"],
            "links" => [true, true, true],
            "corporate_group" => [None::<&str>, None, None],
            "company" => ["Tanabe", "Tanabe", "Tanabe"],
        )
        .unwrap();
        let found = only_forms(&records, &parties).unwrap();
        assert_eq!(found.height(), 1);
        let cell = |name: &str| text(&found, name).unwrap().get(0).map(str::to_owned);
        assert_eq!(
            (cell("record_id").as_deref(), cell("only_form").as_deref()),
            (Some("eu"), Some("tablet"))
        );
    }
}
