-- No source that was in the snapshot before has lost half of its listings, registrations or trials, or
-- more. Sources have their own, finer gates; this one catches what goes wrong after them. A loss that is
-- one of the source's own raw tables (its gates or the operator accepted that) has a reason. A
-- registration is counted under the source it stands under now: another list may have come to name it.
WITH before AS (
    SELECT source_id, 'listing' AS record_kind, count(*) AS records FROM previous.listing GROUP BY ALL
    UNION ALL
    SELECT coalesce(n.source_id, b.source_id) AS source_id, 'registration', count(*)
    FROM previous.registration b LEFT JOIN registration n USING (record_id) GROUP BY 1
    UNION ALL SELECT source_id, 'trial', count(*) FROM previous.trial GROUP BY ALL
), now AS (
    SELECT source_id, 'listing' AS record_kind, count(*) AS records FROM listing GROUP BY ALL
    UNION ALL SELECT source_id, 'registration', count(*) FROM registration GROUP BY ALL
    UNION ALL SELECT source_id, 'trial', count(*) FROM trial GROUP BY ALL
)
SELECT b.source_id, b.record_kind, b.records AS before, coalesce(n.records, 0) AS now,
    if(c.name IS NULL, NULL, 'the new run of ' || b.source_id || ' has half of the rows or less') AS reason
FROM before b
LEFT JOIN now n USING (source_id, record_kind)
LEFT JOIN circumstance c ON c.kind = 'halved' AND c.name = b.source_id
WHERE coalesce(n.records, 0) * 2 <= b.records;
