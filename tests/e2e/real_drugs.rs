//! Drugs over all regions, on the real files: what must be true of them.

use regatta_tests::{Realsite, Regatta};

#[test]
fn drugs_of_four_regions_on_the_real_files() {
    let Some(site) = Realsite::start("drugs_of_four_regions") else { return };
    let regatta = Regatta::all(&site.url(), false);
    let ran = regatta.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let none = |what: &str, sql: &str| {
        let found = regatta.ask(&format!("SELECT count(*) FROM ({sql})"));
        assert_eq!(found, "0", "{what}: {sql}");
    };
    let percent = |what: &str, sql: &str, least: f64| {
        let share: f64 = regatta.ask(sql).parse().unwrap();
        assert!(share >= least, "{what}: {share} %, expected {least} % or more");
    };

    // Osimertinib tablets are one drug under the AstraZeneca group.
    assert_eq!(
        regatta.ask(
            "SELECT string_agg(country, ' ' ORDER BY country) FROM drug_progress
             WHERE progress = 'marketed' AND drug_id = (SELECT drug_id FROM drug
                WHERE generic = 'osimertinib' AND dosage_form = 'tablet'
                    AND holder_group = 'AstraZeneca')"
        ),
        "CN EU JP US"
    );
    assert_eq!(
        regatta.ask(
            "SELECT count(DISTINCT source_id) FROM drug_record JOIN drug USING (drug_id)
            WHERE generic = 'osimertinib' AND dosage_form = 'tablet'"
        ),
        "6",
        "Orange Book, Drugs@FDA, EMA, PMDA, price list, NMPA"
    );

    // A brand that is gone does not make the generic 'withdrawn' (R38).
    none(
        "sildenafil tablets are marketed in the US",
        "SELECT 1 FROM progress WHERE generic = 'sildenafil' AND dosage_form = 'tablet'
            AND country = 'US' AND current_status <> 'marketed'",
    );

    // R17: what was refused, withdrawn as an application, or is only an opinion.
    none(
        "never approved, never marketed",
        "SELECT 1 FROM listing WHERE was_marketed
            AND status IN ('refused', 'application_withdrawn', 'opinion', 'tentative')",
    );
    none(
        "EMA applications without an approval do not make a drug marketed in the EU",
        "SELECT p.drug_id FROM drug_progress p
            JOIN drug_record r ON r.drug_id = p.drug_id AND r.country = 'EU'
            JOIN listing l USING (record_id)
            WHERE p.country = 'EU' AND p.progress = 'marketed'
            GROUP BY p.drug_id, p.deciding_records
            HAVING bool_and(NOT l.was_marketed)
                AND NOT list_has_any(p.deciding_records, (SELECT list(record_id) FROM trial_product))",
    );
    assert!(
        regatta
            .ask("SELECT count(*) FROM listing WHERE status = 'refused'")
            .parse::<u32>()
            .unwrap()
            > 50
    );

    // R25: a one-off import is merged with one-off imports only.
    none(
        "one-off imports apart",
        "SELECT d.drug_id FROM drug_record d LEFT JOIN registration g USING (record_id)
            GROUP BY d.drug_id
            HAVING bool_or(coalesce(g.one_off_import, false))
                AND NOT bool_and(coalesce(g.one_off_import, false))",
    );

    // Coverage of the dictionaries.
    let standard = "('exact', 'salt_stripped', 'combination', 'development_code', 'decision')";
    percent(
        "listings with a standard generic",
        &format!(
            "SELECT round(100.0 * count(*) FILTER (generic_match IN {standard}) / count(*), 2) FROM listing"
        ),
        98.0,
    );
    percent(
        "trials with a standard generic",
        &format!(
            "SELECT round(100.0 * (SELECT count(DISTINCT trial_id) FROM trial_product
                WHERE generic_match IN {standard}) / count(*), 2) FROM trial"
        ),
        80.0,
    );
    percent(
        "forms that the source gives in words",
        "SELECT round(100.0 * count(*) FILTER (dosage_form_match <> 'unmatched') / count(*), 2)
            FROM listing WHERE dosage_form_raw IS NOT NULL",
        99.0,
    );
    none(
        "the 200 largest companies have a group decision",
        "SELECT 1 FROM (FROM company ORDER BY records DESC, company LIMIT 200)
            WHERE NOT group_decided",
    );
    // R10: nothing is lost.
    none(
        "every record is in one drug",
        "SELECT record_id FROM (SELECT record_id FROM listing UNION ALL SELECT record_id
            FROM registration UNION ALL SELECT record_id FROM trial_product)
            ANTI JOIN drug_record USING (record_id)",
    );
}
