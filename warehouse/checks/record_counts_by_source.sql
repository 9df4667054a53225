-- Each source has as many records that take part in drugs as drugs have records of it.
SELECT source_id, record_kind, records, linked
FROM (
    SELECT source_id, record_kind, count(*) AS records FROM participant WHERE takes_part GROUP BY ALL
) FULL JOIN (
    SELECT source_id, record_kind, count(*) AS linked FROM drug_record GROUP BY ALL
) USING (source_id, record_kind)
WHERE records IS DISTINCT FROM linked;
