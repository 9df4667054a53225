-- No source that was in the snapshot before has lost half of its listings, registrations or trials, or
-- more. Sources have their own, finer gates; this one catches what goes wrong after them.
WITH before AS (
    SELECT source_id, 'listing' AS record_kind, count(*) AS records FROM previous.listing GROUP BY ALL
    UNION ALL SELECT source_id, 'registration', count(*) FROM previous.registration GROUP BY ALL
    UNION ALL SELECT source_id, 'trial', count(*) FROM previous.trial GROUP BY ALL
), now AS (
    SELECT source_id, 'listing' AS record_kind, count(*) AS records FROM listing GROUP BY ALL
    UNION ALL SELECT source_id, 'registration', count(*) FROM registration GROUP BY ALL
    UNION ALL SELECT source_id, 'trial', count(*) FROM trial GROUP BY ALL
)
SELECT b.source_id, b.record_kind, b.records AS before, coalesce(n.records, 0) AS now
FROM before b LEFT JOIN now n USING (source_id, record_kind)
WHERE coalesce(n.records, 0) * 2 <= b.records;
