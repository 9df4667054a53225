-- changes(since): what changed at or after a time (a DATE, TIMESTAMP or ISO 8601 text, UTC), newest
-- first and drugs before records, over all snapshots that the lake keeps, with the name of the drug or
-- product beside it (of a trial the drugs under test, of its companies the sponsors; of what vanished
-- as it was last). One row per field: `raw.…` are the regulator's own columns. R41.
-- Example: SELECT generic, company, change_zh, field, old_value, new_value, reason FROM changes('2026-11-22');
CREATE MACRO changes(since) AS TABLE
WITH under_test AS (
    SELECT trial_id, string_agg(DISTINCT generic, '; ' ORDER BY generic) AS generic,
        string_agg(DISTINCT dosage_form, '; ' ORDER BY dosage_form) AS dosage_form
    FROM trial_product GROUP BY trial_id
), name AS (
    SELECT 'drug' AS entity_kind, drug_id AS entity_id, generic, dosage_form, holder AS company FROM drug
    UNION ALL
    SELECT 'listing', record_id, generic, dosage_form, coalesce(market_company, company) FROM listing
    UNION ALL
    -- The log names a record as the source does; it may be several listings (R16).
    SELECT 'listing', split_part(record_id, '#', 1), string_agg(DISTINCT generic, '; ' ORDER BY generic),
        string_agg(DISTINCT dosage_form, '; ' ORDER BY dosage_form),
        string_agg(DISTINCT company, '; ' ORDER BY company)
    FROM listing WHERE contains(record_id, '#') GROUP BY ALL
    UNION ALL
    SELECT 'registration', record_id, generic, dosage_form, array_to_string(companies, '; ') FROM registration
    UNION ALL
    SELECT 'trial', t.trial_id, p.generic, p.dosage_form, array_to_string(t.sponsors, '; ')
    FROM trial t LEFT JOIN under_test p USING (trial_id)
    UNION ALL
    -- A drug under test of a trial has an id of its own where the trial tests several.
    SELECT 'trial', p.record_id, p.generic, p.dosage_form, array_to_string(t.sponsors, '; ')
    FROM trial_product p JOIN trial t USING (trial_id) WHERE p.record_id <> p.trial_id
), last_name AS (
    SELECT entity_kind, entity_id, generic, dosage_form, company FROM name
    UNION ALL
    SELECT v.entity_kind, v.entity_id, v.generic, v.dosage_form, v.company
    FROM vanished_entity v ANTI JOIN name USING (entity_kind, entity_id)
)
SELECT utc(c.seen_at) AS seen_at, n.generic, join_names(g.names_zh) AS generic_zh,
    n.dosage_form, f.label_zh AS dosage_form_zh, nullif(n.company, '') AS company,
    c.entity_kind, e.label_zh AS entity_kind_zh, c.change, h.label_zh AS change_zh,
    c.field, c.old_value, c.new_value,
    po.label_zh AS old_value_zh, pn.label_zh AS new_value_zh,
    c.reason, w.label_zh AS reason_zh, c.entity_id, c.source_id, c.run_id, c.snapshot_id
FROM change_log c
LEFT JOIN last_name n ON n.entity_kind = c.entity_kind AND n.entity_id = c.entity_id
LEFT JOIN generic g ON g.generic = n.generic
LEFT JOIN dosage_form f ON f.dosage_form = n.dosage_form
LEFT JOIN label e ON e.kind = 'entity_kind' AND e.code = c.entity_kind
LEFT JOIN label h ON h.kind = 'change' AND h.code = c.change
LEFT JOIN label w ON w.kind = 'reason' AND w.code = c.reason
LEFT JOIN label po ON po.code = c.old_value AND po.kind = CASE
    WHEN split_part(c.field, '.', 1) IN ('progress', 'highest_evidence') THEN 'progress'
    WHEN split_part(c.field, '.', 1) = 'current_status' THEN 'current_status'
    WHEN c.field IN ('matter', 'conclusion', 'conclusion_rule', 'phase') THEN c.field
    WHEN c.field = 'status' THEN if(c.entity_kind = 'trial', 'trial_status', 'listing_status') END
LEFT JOIN label pn ON pn.code = c.new_value AND pn.kind = CASE
    WHEN split_part(c.field, '.', 1) IN ('progress', 'highest_evidence') THEN 'progress'
    WHEN split_part(c.field, '.', 1) = 'current_status' THEN 'current_status'
    WHEN c.field IN ('matter', 'conclusion', 'conclusion_rule', 'phase') THEN c.field
    WHEN c.field = 'status' THEN if(c.entity_kind = 'trial', 'trial_status', 'listing_status') END
WHERE utc(c.seen_at) >= utc(since)
ORDER BY seen_at DESC, list_position(['drug', 'registration', 'listing', 'trial'], c.entity_kind),
    n.generic, c.entity_id, c.field;
