-- changes(since): what changed at or after a time (a DATE, TIMESTAMP or ISO 8601 text, UTC), newest
-- first, over all snapshots that the lake keeps, with the name of the drug or product beside it (of a
-- trial the drugs under test, of its companies the sponsors). R41.
-- Example: SELECT entity_id, change_zh, field, old_value, new_value, reason FROM changes('2026-11-22');
CREATE MACRO changes(since) AS TABLE
WITH under_test AS (
    SELECT trial_id, string_agg(DISTINCT generic, '; ' ORDER BY generic) AS generic,
        string_agg(DISTINCT dosage_form, '; ' ORDER BY dosage_form) AS dosage_form
    FROM trial_product GROUP BY trial_id
)
SELECT c.seen_at, c.entity_kind, e.label_zh AS entity_kind_zh, c.entity_id, c.source_id,
    coalesce(l.generic, r.generic, p.generic, d.generic) AS generic,
    coalesce(l.dosage_form, r.dosage_form, p.dosage_form, d.dosage_form) AS dosage_form,
    coalesce(l.company, d.holder, nullif(array_to_string(coalesce(r.companies, t.sponsors), '; '), '')) AS company,
    c.change, h.label_zh AS change_zh, c.field, c.old_value, c.new_value,
    c.reason, w.label_zh AS reason_zh, c.run_id, c.snapshot_id
FROM change_log c
LEFT JOIN listing l ON c.entity_kind = 'listing' AND l.record_id = c.entity_id
LEFT JOIN registration r ON c.entity_kind = 'registration' AND r.record_id = c.entity_id
LEFT JOIN trial t ON c.entity_kind = 'trial' AND t.trial_id = split_part(c.entity_id, '#', 1)
LEFT JOIN under_test p ON p.trial_id = t.trial_id
LEFT JOIN drug d ON c.entity_kind = 'drug' AND d.drug_id = c.entity_id
LEFT JOIN label e ON e.kind = 'entity_kind' AND e.code = c.entity_kind
LEFT JOIN label h ON h.kind = 'change' AND h.code = c.change
LEFT JOIN label w ON w.kind = 'reason' AND w.code = c.reason
WHERE c.seen_at >= CAST(since AS TIMESTAMP)
ORDER BY c.seen_at DESC, c.entity_kind, c.entity_id, c.field;
