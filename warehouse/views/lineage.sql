-- lineage(record_id): where a record comes from: the regulator's URL, when the bytes were transferred
-- and last confirmed, their sha256 and file in the lake, and the row in them. One row for a listing (a
-- part of a divided one leads to the row that was divided) and for a trial or one of its drugs, one per
-- row of a list for a registration. raw_view has the regulator's own columns; it reads files of the lake.
-- Example: SELECT url, fetched_at, body_sha256, row_number, raw_view FROM lineage('us_orange_book:N-020636-001');
CREATE MACRO lineage(wanted_record_id) AS TABLE
WITH origin AS (
    SELECT record_id, 'listing' AS record_kind, NULL AS evidence, source_id, raw_table, record_key,
        row_number, body_sha256
    FROM listing WHERE record_id = wanted_record_id
    UNION ALL
    SELECT record_id, 'registration', evidence, source_id, raw_table, record_key, row_number, body_sha256
    FROM registration_evidence WHERE record_id = wanted_record_id
    UNION ALL
    SELECT wanted_record_id, 'trial', NULL, source_id, raw_table, record_key, row_number, body_sha256
    FROM trial WHERE trial_id = wanted_record_id
        OR trial_id IN (SELECT trial_id FROM trial_product WHERE record_id = wanted_record_id)
), seen AS (
    SELECT source_id, body_sha256, arg_max(url, checked_at) AS url,
        min(fetched_at) AS fetched_at, max(checked_at) AS checked_at
    FROM "fetch" WHERE body_sha256 IN (SELECT body_sha256 FROM origin)
    GROUP BY source_id, body_sha256
)
SELECT o.record_id, o.record_kind, o.evidence, e.label_zh AS evidence_zh,
    o.source_id, o.record_key, d.drug_id,
    f.url, f.fetched_at, f.checked_at,
    o.body_sha256,
    'bodies/' || o.body_sha256[1:2] || '/' || o.body_sha256 || '.zst' AS body_file,
    o.row_number, i.data_run_id, o.raw_table, w.raw_view
FROM origin o
LEFT JOIN drug_record d USING (record_id)
LEFT JOIN snapshot_input i ON i.source_id = o.source_id
    AND i.snapshot_id = (SELECT m.value FROM meta m WHERE m.key = 'snapshot_id')
LEFT JOIN raw_table w ON w.source_id = o.source_id AND w.table_name = o.raw_table
LEFT JOIN seen f ON f.source_id = o.source_id AND f.body_sha256 = o.body_sha256
LEFT JOIN label e ON e.kind = 'evidence' AND e.code = o.evidence
ORDER BY o.source_id, o.raw_table, o.record_key;
