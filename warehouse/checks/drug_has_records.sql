-- A drug has as many records as it says, of each source as many as it says, and all are of its
-- generic name and dosage form (R2).
WITH of_source AS (
    SELECT drug_id, d.source_id, count(*) AS records,
        count(*) FILTER (p.generic <> g.generic OR p.dosage_form <> g.dosage_form) AS of_another_block
    FROM drug_record d
    JOIN drug g USING (drug_id)
    LEFT JOIN participant p ON p.record_id = d.record_id
    GROUP BY drug_id, d.source_id
), has AS (
    SELECT drug_id, sum(records) AS records, sum(of_another_block) AS of_another_block,
        list(source_id || '=' || records ORDER BY source_id) AS records_by_source
    FROM of_source GROUP BY drug_id
)
SELECT d.drug_id, d.records AS says, coalesce(h.records, 0) AS has,
    d.records_by_source AS says_by_source, h.records_by_source AS has_by_source,
    coalesce(h.of_another_block, 0) AS of_another_block
FROM drug d LEFT JOIN has h USING (drug_id)
WHERE says <> has OR says_by_source IS DISTINCT FROM has_by_source OR h.of_another_block > 0;
