-- Records by source and kind in `old` and `new`, and how many appeared, vanished, changed (in any field
-- that the change log follows) or are now in another drug.
WITH RECURSIVE follow(old_id, drug_id) AS (
    SELECT drug_id, drug_id FROM old.drug
    UNION
    SELECT f.old_id, h.other_id
    FROM follow f JOIN new.drug_id_history h ON h.drug_id = f.drug_id AND h.event = 'merged_into'
    WHERE f.drug_id NOT IN (SELECT drug_id FROM new.drug)
), before AS (
    SELECT source_id, 'listing' AS kind, record_id FROM old.listing
    UNION ALL SELECT source_id, 'registration', record_id FROM old.registration
    UNION ALL SELECT source_id, 'trial', trial_id FROM old.trial
), after AS (
    SELECT source_id, 'listing' AS kind, record_id FROM new.listing
    UNION ALL SELECT source_id, 'registration', record_id FROM new.registration
    UNION ALL SELECT source_id, 'trial', trial_id FROM new.trial
), counted AS (
    SELECT coalesce(a.source_id, b.source_id) AS source_id, coalesce(a.kind, b.kind) AS kind,
        count(b.record_id) AS before, count(a.record_id) AS after,
        count(*) FILTER (b.record_id IS NULL) AS appeared, count(*) FILTER (a.record_id IS NULL) AS vanished
    FROM before b FULL JOIN after a ON a.kind = b.kind AND a.record_id = b.record_id
    GROUP BY 1, 2
), changed AS (
    -- The log names the source that changed a registration, which may be made of several.
    SELECT coalesce(a.source_id, l.source_id) AS source_id, l.entity_kind AS kind,
        count(DISTINCT l.entity_id) AS changed
    FROM log l
    LEFT JOIN after a ON a.kind = 'registration' AND l.entity_kind = a.kind AND a.record_id = l.entity_id
    WHERE l.entity_kind <> 'drug' AND l.change = 'changed' GROUP BY ALL
), moved AS (
    SELECT n.source_id, n.record_kind AS kind, count(*) AS moved
    FROM new.drug_record n JOIN old.drug_record o USING (record_id)
    WHERE NOT EXISTS (FROM follow f WHERE f.old_id = o.drug_id AND f.drug_id = n.drug_id)
    GROUP BY ALL
)
SELECT c.source_id, c.kind, c.before, c.after, c.appeared, c.vanished,
    coalesce(h.changed, 0) AS changed, coalesce(m.moved, 0) AS moved
FROM counted c
LEFT JOIN changed h ON h.source_id = c.source_id AND h.kind = c.kind
LEFT JOIN moved m ON m.source_id = c.source_id AND m.kind = c.kind
ORDER BY c.source_id, c.kind
