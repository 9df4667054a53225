//! The checks over registrations, trials and what links records: each finds what
//! it is for.

use crate::checking::{check, failed, fails};

#[test]
fn codes_of_every_table_are_checked() {
    for (sql, name, example) in [
        (
            "UPDATE registration SET matter = 'x9' WHERE one_off_import",
            "accepted_values_registration",
            "matter",
        ),
        (
            "UPDATE registration SET conclusion_rule = 'R9'",
            "accepted_values_registration",
            "conclusion_rule",
        ),
        (
            "UPDATE registration SET lists = ['x9'] WHERE one_off_import",
            "accepted_values_registration",
            "lists",
        ),
        (
            "UPDATE registration SET product_kind = 'x9'",
            "accepted_values_registration",
            "product_kind",
        ),
        (
            "UPDATE registration_evidence SET evidence = 'x9'",
            "accepted_values_registration_evidence",
            "evidence",
        ),
        (
            "UPDATE registration_association SET matters = ['x9']",
            "accepted_values_registration_association",
            "matters",
        ),
        ("UPDATE trial SET phase = 'phase_5'", "accepted_values_trial", "phase_5"),
        ("UPDATE trial SET phase_source = 'x9'", "accepted_values_trial", "phase_source"),
        ("UPDATE trial_country SET status = 'x9'", "accepted_values_trial_country", "status"),
        ("UPDATE trial_product SET found_in = 'x9'", "accepted_values_trial_product", "found_in"),
        (
            "UPDATE record_company SET role = 'x9' WHERE role = 'sponsor'",
            "accepted_values_record_company",
            "role",
        ),
        (
            "UPDATE record_company SET origin = 'x9' WHERE role = 'sponsor'",
            "accepted_values_record_company",
            "origin",
        ),
        (
            "UPDATE drug SET holder_source = 'x9' WHERE drug_id = 'D1'",
            "accepted_values_drug",
            "holder_source",
        ),
        (
            "UPDATE drug_record SET link_kind = 'x9' WHERE link_kind = 'first'",
            "accepted_values_drug_record",
            "link_kind",
        ),
        (
            "UPDATE listing SET country = 'XX' WHERE country = 'JP'",
            "accepted_values_listing",
            "country",
        ),
        ("UPDATE change SET entity_kind = 'x9'", "accepted_values_change", "entity_kind"),
    ] {
        fails(sql, name, example);
    }
    // R10: how a value was decided is a code like any other.
    let decided = check(|conn| {
        conn.execute_batch(
            "UPDATE listing SET generic_match = 'decision', dosage_form_match = 'name', company_match = 'rejected'
             WHERE record_key = '020636-001'",
        )
        .unwrap();
    });
    assert_eq!(failed(&decided), Vec::<&str>::new());
}

#[test]
fn r1_r10_every_record_is_in_one_drug_of_its_block() {
    for (sql, name, example) in [
        (
            "DELETE FROM drug_record WHERE record_kind = 'registration'",
            "every_record_has_one_drug",
            "cn_cde:JTH1600012",
        ),
        (
            "DELETE FROM drug_record WHERE record_kind = 'trial'",
            "every_record_has_one_drug",
            "#osimertinib",
        ),
        (
            "UPDATE listing SET generic_match = 'exact' WHERE generic_match = 'not_a_drug'",
            "every_record_has_one_drug",
            "F20000001",
        ),
        (
            "UPDATE listing SET generic_match = 'not_a_drug' WHERE source_id = 'jp_pmda'",
            "every_record_has_one_drug",
            "16000AMZ01234",
        ),
        (
            "UPDATE drug_record SET record_kind = 'trial' WHERE source_id = 'cn_cde'",
            "drug_record_has_record",
            "cn_cde:JTH1600012",
        ),
        (
            "UPDATE drug_record SET country = 'EU' WHERE source_id = 'cn_cde'",
            "drug_record_has_record",
            "cn_cde:JTH1600012",
        ),
        (
            "UPDATE trial_product SET generic = 'gefitinib' WHERE generic = 'savolitinib'",
            "drug_has_records",
            "D92",
        ),
        (
            "UPDATE registration SET dosage_form = 'capsule' WHERE NOT one_off_import",
            "drug_has_records",
            "D7",
        ),
        ("UPDATE drug SET records_by_source = [] WHERE drug_id = 'D92'", "drug_has_records", "D92"),
        (
            "DELETE FROM drug_record WHERE record_kind = 'trial'",
            "record_counts_by_source",
            "cn_drug_trials",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn r3_r30_no_company_is_lost_or_invented() {
    for (sql, name, example) in [
        (
            "INSERT INTO record_company (record_id, source_id, role, company)
             VALUES ('cn_cde:JTH1600012', 'cn_cde', 'manufacturer', 'Nobody Ltd')",
            "foreign_keys_record_company",
            "Nobody Ltd",
        ),
        (
            "UPDATE trial_product SET dosage_form = 'wafer', dosage_form_match = 'exact' WHERE generic = 'savolitinib'",
            "names_are_listed",
            "wafer",
        ),
        (
            "INSERT INTO record_company (record_id, source_id, role, company)
             VALUES ('cn_cde:JTH1600012', 'cn_cde', 'manufacturer', 'AstraZeneca')",
            "drug_keeps_companies",
            "company lost",
        ),
        (
            "UPDATE drug SET partners = ['Mylan'] WHERE drug_id = 'D9'",
            "drug_keeps_companies",
            "company of no record",
        ),
        (
            "UPDATE drug SET acceptance_numbers = [] WHERE drug_id = 'D91'",
            "drug_keeps_companies",
            "JTH1600012",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn r29_links_are_true() {
    for (sql, name, example) in [
        (
            "UPDATE drug_record SET link_name = 'Viatris' WHERE record_kind = 'trial' AND link_kind = 'group'",
            "drug_record_links",
            "does not have group Viatris",
        ),
        (
            "UPDATE drug_record SET linked_to = 'cn_cde:JTH1600012' WHERE record_kind = 'trial' AND link_kind = 'group'",
            "drug_record_links",
            "another drug",
        ),
        (
            "UPDATE drug_record SET link_kind = 'first' WHERE record_kind = 'trial'",
            "drug_record_links",
            "2 first records",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn r25_associations_are_whole_and_one_off_imports_apart() {
    for (sql, name, example) in [
        ("DELETE FROM registration_association", "registration_has_association", "in 0 associations"),
        (
            "INSERT INTO registration_association (association_id, drug_id, generic, dosage_form, record_ids)
             VALUES ('RA3', 'D7', 'osimertinib', 'tablet', ['cn_cde:JXHS1600003'])",
            "registration_has_association",
            "in 2 associations",
        ),
        (
            "UPDATE registration_association SET drug_id = 'D9' WHERE association_id = 'RA1'",
            "registration_has_association",
            "another drug",
        ),
        (
            "UPDATE registration_association SET dosage_form = 'capsule' WHERE association_id = 'RA1'",
            "registration_has_association",
            "another generic name or form",
        ),
        (
            "UPDATE registration_association SET record_ids = ['x:1'] WHERE association_id = 'RA1'",
            "registration_has_association",
            "in 0 associations",
        ),
        (
            "UPDATE registration_association SET record_ids = ['cn_cde:JXHS1600003', 'x:1'] WHERE association_id = 'RA1'",
            "registration_has_association",
            "not a registration",
        ),
        (
            "UPDATE registration_association SET record_ids = ['cn_cde:JXHS1600003', 'x:1'] WHERE association_id = 'RA1'",
            "foreign_keys_registration_association",
            "x:1",
        ),
        (
            "UPDATE drug_record SET drug_id = 'D8' WHERE record_id = 'cn_cde:JTH1600012'",
            "one_off_imports_apart",
            "D8",
        ),
        (
            "UPDATE registration_association SET one_off_import = false",
            "one_off_imports_apart",
            "RA2",
        ),
        (
            "UPDATE registration_association SET record_ids = ['cn_cde:JTH1600012', 'cn_cde:JXHS1600003']
             WHERE association_id = 'RA2'",
            "one_off_imports_apart",
            "RA2",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn r17_what_was_never_approved_was_never_marketed() {
    for (sql, name, example) in [
        (
            "UPDATE listing SET status = 'tentative', market_status = 'tentative' WHERE record_key = 'N-020636-001'",
            "ema_not_marketed",
            "N-020636-001",
        ),
        (
            "UPDATE listing SET market_status = 'refused', was_marketed = false WHERE record_key = '16000AMZ01234'",
            "ema_not_marketed",
            "D9",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn r36_r38_progress_covers_all_kinds_and_names_its_records() {
    for (sql, name, example) in [
        ("DELETE FROM drug_progress WHERE drug_id = 'D92'", "progress_covers_all_blocks", "D92"),
        (
            "UPDATE drug_progress SET records = 9 WHERE drug_id = 'D91'",
            "progress_covers_all_blocks",
            "counts other records",
        ),
        (
            "UPDATE drug_progress SET highest_evidence_records = ['x:1'] WHERE drug_id = 'D92'",
            "progress_has_evidence",
            "x:1",
        ),
        (
            "UPDATE progress SET current_status_records = ['x:1'] WHERE generic = 'famotidine'",
            "progress_has_evidence",
            "x:1",
        ),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn rows_belong_to_rows_that_are_there() {
    for (sql, name, example) in [
        ("DELETE FROM trial WHERE products > 0", "references", "no such trial"),
        ("UPDATE trial SET products = 1 WHERE products = 0", "references", "says 1, has 0"),
        (
            "UPDATE trial_country SET trial_id = 'cn_drug_trials:x'",
            "foreign_keys_trial_country",
            "cn_drug_trials:x",
        ),
        (
            "INSERT INTO registration_evidence (record_id, evidence) VALUES ('cn_cde:x', 'acceptance')",
            "foreign_keys_registration_evidence",
            "cn_cde:x",
        ),
        ("DELETE FROM registration_evidence", "references", "no evidence"),
        ("UPDATE record_company SET record_id = 'x:1' WHERE role = 'sponsor'", "references", "x:1"),
        ("UPDATE drug_id_history SET other_id = 'D404'", "references", "D404"),
    ] {
        fails(sql, name, example);
    }
}

#[test]
fn keys_are_those_of_the_contract() {
    for (sql, name, example) in [
        (
            "INSERT INTO trial_product SELECT * FROM trial_product",
            "key_trial_product",
            "#osimertinib",
        ),
        (
            "INSERT INTO record_company SELECT * FROM record_company WHERE role = 'sponsor'",
            "key_record_company",
            "sponsor",
        ),
    ] {
        fails(sql, name, example);
    }
}
