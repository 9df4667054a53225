-- lineage(record_id): where a record comes from: the regulator's URL, when the bytes were transferred
-- and last confirmed, their sha256 and file in the lake, and the line in them.
-- raw_view is the view with the regulator's own columns; it reads files of the lake.
-- Example: SELECT url, fetched_at, body_sha256, row_number, raw_view FROM lineage('us_orange_book:N-020636-001');
CREATE MACRO lineage(wanted_record_id) AS TABLE
SELECT l.record_id, l.source_id, l.record_key, d.drug_id,
    f.url, f.fetched_at, f.checked_at,
    l.body_sha256,
    'bodies/' || l.body_sha256[1:2] || '/' || l.body_sha256 || '.zst' AS body_file,
    l.row_number, i.data_run_id,
    list_sort((
        SELECT coalesce(list(w.raw_view), []) FROM raw_table w
        WHERE w.source_id = l.source_id AND w.table_name NOT LIKE '\_%' ESCAPE '\'
    )) AS raw_view
FROM listing l
LEFT JOIN drug_record d USING (record_id)
LEFT JOIN snapshot_input i ON i.source_id = l.source_id
    AND i.snapshot_id = (SELECT m.value FROM meta m WHERE m.key = 'snapshot_id')
LEFT JOIN (
    SELECT source_id, body_sha256, arg_max(url, checked_at) AS url,
        min(fetched_at) AS fetched_at, max(checked_at) AS checked_at
    FROM "fetch" WHERE body_sha256 IS NOT NULL GROUP BY source_id, body_sha256
) f ON f.source_id = l.source_id AND f.body_sha256 = l.body_sha256
WHERE l.record_id = wanted_record_id;
