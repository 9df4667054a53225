-- changes(since): what changed at or after a time (a DATE, TIMESTAMP or ISO 8601 text, UTC), newest
-- first, over all snapshots that the lake keeps, with the name of the drug or product beside it. R41.
-- Example: SELECT entity_id, change_zh, field, old_value, new_value, reason FROM changes('2026-11-22');
CREATE MACRO changes(since) AS TABLE
SELECT c.seen_at, c.entity_kind, c.entity_id, c.source_id,
    coalesce(l.generic, d.generic) AS generic,
    coalesce(l.dosage_form, d.dosage_form) AS dosage_form,
    coalesce(l.company, d.holder) AS company,
    c.change, h.label_zh AS change_zh, c.field, c.old_value, c.new_value,
    c.reason, w.label_zh AS reason_zh, c.run_id, c.snapshot_id
FROM change_log c
LEFT JOIN listing l ON c.entity_kind = 'listing' AND l.record_id = c.entity_id
LEFT JOIN drug d ON c.entity_kind = 'drug' AND d.drug_id = c.entity_id
LEFT JOIN label h ON h.kind = 'change' AND h.code = c.change
LEFT JOIN label w ON w.kind = 'reason' AND w.code = c.reason
WHERE c.seen_at >= replace(CAST(since AS VARCHAR), ' ', 'T')
ORDER BY c.seen_at DESC, c.entity_kind, c.entity_id, c.field;
