-- No source that was in the snapshot before has lost half of its listings, registrations or trials, or
-- more. Sources have their own, finer gates; this one catches what goes wrong after them. So where a raw
-- table lost rows (its gates, or the operator, accepted that), as many fewer of its records are expected.
-- A registration is counted under the source it stands under now: another list may have come to name it.
WITH share AS (
    SELECT source_id, raw_table, least(1, now / before) AS share
    FROM raw_rows WHERE before > 0 AND now > 0
), record AS (
    SELECT source_id, source_id AS was_of, 'listing' AS record_kind, raw_table FROM previous.listing
    UNION ALL
    SELECT coalesce(n.source_id, b.source_id), b.source_id, 'registration', b.raw_table
    FROM previous.registration b LEFT JOIN registration n USING (record_id)
    UNION ALL SELECT source_id, source_id, 'trial', raw_table FROM previous.trial
), before AS (
    SELECT r.source_id, r.record_kind, count(*) AS records, sum(coalesce(s.share, 1)) AS expected
    FROM record r LEFT JOIN share s ON s.source_id = r.was_of AND s.raw_table = r.raw_table
    GROUP BY ALL
), now AS (
    SELECT source_id, 'listing' AS record_kind, count(*) AS records FROM listing GROUP BY ALL
    UNION ALL SELECT source_id, 'registration', count(*) FROM registration GROUP BY ALL
    UNION ALL SELECT source_id, 'trial', count(*) FROM trial GROUP BY ALL
)
SELECT b.source_id, b.record_kind, b.records AS before, coalesce(n.records, 0) AS now
FROM before b LEFT JOIN now n USING (source_id, record_kind)
WHERE coalesce(n.records, 0) * 2 <= b.expected;
