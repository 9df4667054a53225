-- The change log of one snapshot with names beside it. Only what a rule looks at: appeared, vanished,
-- status, holder and progress, and whatever dictionaries or rules changed.
WITH c AS (
    SELECT entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, run_id,
        split_part(entity_id, '#', 1) AS base
    FROM {now.change}
), by_regulator AS (
    SELECT DISTINCT base FROM c
    WHERE entity_kind <> 'drug' AND reason IN ('source_changed', 'record_appeared')
), listing_now AS (
    SELECT record_id, split_part(record_id, '#', 1) AS base, generic, dosage_form, brand_name, company,
        corporate_group, status_raw, CAST(status_date AS VARCHAR) AS status_date, company_raw,
        CASE status_date_precision
            WHEN 'day' THEN strftime(status_date, '%Y-%m-%d')
            WHEN 'month' THEN strftime(status_date, '%Y-%m')
            WHEN 'year' THEN strftime(status_date, '%Y')
        END AS since
    FROM {now.listing}
), listing_before AS (
    SELECT record_id, split_part(record_id, '#', 1) AS base, generic, dosage_form, brand_name, company,
        corporate_group, status_raw, CAST(status_date AS VARCHAR) AS status_date, company_raw
    FROM {before.listing}
), named AS (
    -- One row per record of a source, its parts taken together: now, else before.
    SELECT base, arg_min(row(generic, dosage_form, brand_name, company, corporate_group), age) AS n
    FROM (
        SELECT base, generic, dosage_form, brand_name, company, corporate_group, 0 AS age FROM listing_now
        UNION ALL
        SELECT base, generic, dosage_form, brand_name, company, corporate_group, 1 FROM listing_before
    ) GROUP BY base
), named_listing AS (
    SELECT base, n[1] AS generic, n[2] AS dosage_form, n[3] AS brand_name, n[4] AS company,
        n[5] AS corporate_group
    FROM named
), trial_both AS (
    SELECT trial_id, any_value(title) AS title, any_value(sponsors) AS sponsors FROM (
        SELECT trial_id, title, sponsors FROM {now.trial}
        UNION ALL SELECT trial_id, title, sponsors FROM {before.trial}
    ) GROUP BY trial_id
), under_test AS (
    SELECT trial_id, string_agg(DISTINCT generic, ', ' ORDER BY generic) AS generic
    FROM (
        SELECT trial_id, generic FROM {now.trial_product} WHERE generic <> 'unspecified'
        UNION SELECT trial_id, generic FROM {before.trial_product} WHERE generic <> 'unspecified'
    ) GROUP BY trial_id
), registration_both AS (
    SELECT record_id, any_value(generic) AS generic, any_value(dosage_form) AS dosage_form,
        any_value(companies) AS companies, any_value(product_name) AS product_name
    FROM (
        SELECT record_id, generic, dosage_form, companies, product_name FROM {now.registration}
        UNION ALL
        SELECT record_id, generic, dosage_form, companies, product_name FROM {before.registration}
    ) GROUP BY record_id
), target_names AS (
    SELECT d.drug_id, list(DISTINCT n.name ORDER BY n.name) AS names
    FROM (SELECT drug_id, unnest(targets) AS target FROM {now.drug}) d
    JOIN {target_name} n USING (target) GROUP BY d.drug_id
), group_names AS (
    SELECT d.drug_id, list(DISTINCT n.name ORDER BY n.name) AS names
    FROM (SELECT drug_id, unnest(groups) AS corporate_group FROM {now.drug}) d
    JOIN {corporate_group_name} n USING (corporate_group) GROUP BY d.drug_id
), drug_all AS (
    SELECT d.drug_id, generic, dosage_form, holder,
        -- By any name of theirs (R43).
        list_distinct(list_concat(groups, coalesce(g.names, CAST([] AS VARCHAR[])))) AS groups,
        list_distinct(list_concat(targets, coalesce(t.names, CAST([] AS VARCHAR[])))) AS targets,
        list_distinct(list_concat(partners, manufacturers,
            if(holder IS NULL, CAST([] AS VARCHAR[]), [holder]))) AS companies
    FROM {now.drug} d LEFT JOIN target_names t USING (drug_id) LEFT JOIN group_names g USING (drug_id)
), touched AS (
    SELECT * FROM {now.drug_progress} WHERE drug_id IN (SELECT entity_id FROM c WHERE entity_kind = 'drug')
), decided AS (
    SELECT DISTINCT r.drug_id, r.country
    FROM (SELECT drug_id, country, unnest(deciding_records) AS record_id FROM touched) r
    JOIN by_regulator b ON b.base = split_part(r.record_id, '#', 1)
), stage AS (
    SELECT p.drug_id, p.country, p.progress, p.deciding_records, d.drug_id IS NOT NULL AS decided
    FROM touched p LEFT JOIN decided d ON d.drug_id = p.drug_id AND d.country = p.country
), drug_change AS (
    SELECT c.entity_id, c.change, c.field, c.old_value, c.new_value, c.reason, c.run_id,
        s.deciding_records, s.decided
    FROM c LEFT JOIN stage s ON s.drug_id = c.entity_id AND c.field = 'progress.' || s.country
    WHERE c.entity_kind = 'drug'
        AND (starts_with(c.field, 'progress.') OR c.reason IN ('dictionary_changed', 'rule_changed'))
    UNION ALL
    -- A drug that appears, or appears in a country, reaches its stage there.
    SELECT c.entity_id, 'changed', 'progress.' || s.country, NULL, s.progress, c.reason, c.run_id,
        s.deciding_records, s.decided
    FROM c JOIN stage s ON s.drug_id = c.entity_id
        AND (c.change = 'appeared' OR (c.field = 'country.' || s.country AND c.new_value IS NOT NULL))
    WHERE c.entity_kind = 'drug'
)
SELECT c.entity_kind, c.entity_id, c.source_id, c.change, c.field, c.old_value, c.new_value, c.reason,
    c.run_id, coalesce(l.generic, '') AS generic, coalesce(l.dosage_form, '') AS dosage_form,
    coalesce(l.brand_name, '') AS name, coalesce(l.company, '') AS company,
    if(l.corporate_group IS NULL, CAST([] AS VARCHAR[]), [l.corporate_group]) AS groups,
    CAST([] AS VARCHAR[]) AS companies, CAST([] AS VARCHAR[]) AS targets,
    CASE
        WHEN a.record_id IS NULL OR b.record_id IS NULL THEN NULL
        WHEN c.field = 'status' THEN
            a.status_raw IS DISTINCT FROM b.status_raw OR a.status_date IS DISTINCT FROM b.status_date
        WHEN c.field = 'company' THEN a.company_raw IS DISTINCT FROM b.company_raw
    END AS words_changed,
    CASE c.field WHEN 'status' THEN a.status_raw WHEN 'company' THEN a.company_raw END AS words,
    CAST([] AS VARCHAR[]) AS deciding_records, false AS decided,
    if(c.field = 'status', a.since, NULL) AS since,
    -- A group that nobody knows is not the same as another that nobody knows.
    coalesce(c.field = 'company' AND a.corporate_group = b.corporate_group, false) AS same_group,
    coalesce(c.field = 'company' AND a.corporate_group <> b.corporate_group, false) AS other_group
FROM c
LEFT JOIN named_listing l ON l.base = c.base
LEFT JOIN listing_now a ON a.record_id = c.entity_id
LEFT JOIN listing_before b ON b.record_id = c.entity_id
WHERE c.entity_kind = 'listing' AND (c.change <> 'changed' OR c.field IN ('status', 'company')
    OR c.reason IN ('dictionary_changed', 'rule_changed'))
UNION ALL
SELECT c.entity_kind, c.entity_id, c.source_id, c.change, c.field, c.old_value, c.new_value, c.reason,
    c.run_id, coalesce(u.generic, ''), '', coalesce(t.title, ''),
    coalesce(array_to_string(t.sponsors, ', '), ''),
    CAST([] AS VARCHAR[]), CAST([] AS VARCHAR[]), CAST([] AS VARCHAR[]),
    CASE WHEN c.field = 'status' AND a.trial_id IS NOT NULL AND b.trial_id IS NOT NULL
        THEN a.status_raw IS DISTINCT FROM b.status_raw END,
    if(c.field = 'status', concat_ws(', ', a.status_raw, a.status_reason), NULL),
    CAST([] AS VARCHAR[]), false, NULL, false, false
FROM c
LEFT JOIN trial_both t ON t.trial_id = c.entity_id
LEFT JOIN under_test u ON u.trial_id = c.entity_id
LEFT JOIN {now.trial} a ON a.trial_id = c.entity_id
LEFT JOIN {before.trial} b ON b.trial_id = c.entity_id
WHERE c.entity_kind = 'trial' AND (c.change <> 'changed' OR c.field = 'status'
    OR c.reason IN ('dictionary_changed', 'rule_changed'))
UNION ALL
SELECT c.entity_kind, c.entity_id, c.source_id, c.change, c.field, c.old_value, c.new_value, c.reason,
    c.run_id, coalesce(r.generic, ''), coalesce(r.dosage_form, ''), coalesce(r.product_name, ''),
    coalesce(array_to_string(r.companies, ', '), ''),
    CAST([] AS VARCHAR[]), coalesce(r.companies, CAST([] AS VARCHAR[])), CAST([] AS VARCHAR[]),
    NULL, NULL, CAST([] AS VARCHAR[]), false, NULL, false, false
FROM c LEFT JOIN registration_both r ON r.record_id = c.entity_id
WHERE c.entity_kind = 'registration'
    AND (c.change <> 'changed' OR c.reason IN ('dictionary_changed', 'rule_changed'))
UNION ALL
SELECT 'drug', c.entity_id, '', c.change, c.field, c.old_value, c.new_value, c.reason, c.run_id,
    coalesce(d.generic, ''), coalesce(d.dosage_form, ''), '', coalesce(d.holder, ''),
    coalesce(d.groups, CAST([] AS VARCHAR[])), coalesce(d.companies, CAST([] AS VARCHAR[])),
    coalesce(d.targets, CAST([] AS VARCHAR[])), NULL, NULL,
    coalesce(c.deciding_records, CAST([] AS VARCHAR[])), coalesce(c.decided, false), NULL, false, false
FROM drug_change c LEFT JOIN drug_all d ON d.drug_id = c.entity_id
ORDER BY ALL
