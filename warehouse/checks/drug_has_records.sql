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
    SELECT drug_id, sum(records) AS records, sum(of_another_block) AS of_another_block
    FROM of_source GROUP BY drug_id
), says AS (
    SELECT drug_id, unnest(records_by_source) AS entry FROM drug
), has_by_source AS (
    SELECT drug_id, source_id || '=' || records AS entry FROM of_source
), wrong AS (
    SELECT drug_id FROM drug LEFT JOIN has USING (drug_id)
    WHERE drug.records <> coalesce(has.records, 0) OR has.of_another_block > 0
    -- In the order of the sources, each once.
    UNION SELECT drug_id FROM (
        SELECT drug_id, list_transform(records_by_source, lambda e: split_part(e, '=', 1)) AS sources FROM drug
    ) WHERE sources <> list_sort(list_distinct(sources))
    UNION SELECT drug_id FROM says ANTI JOIN has_by_source USING (drug_id, entry)
    UNION SELECT drug_id FROM has_by_source ANTI JOIN says USING (drug_id, entry)
)
SELECT d.drug_id, d.records AS says, coalesce(h.records, 0) AS has,
    d.records_by_source AS says_by_source,
    (SELECT list(entry ORDER BY entry) FROM has_by_source b WHERE b.drug_id = d.drug_id) AS has_by_source,
    coalesce(h.of_another_block, 0) AS of_another_block
FROM drug d SEMI JOIN wrong USING (drug_id) LEFT JOIN has h USING (drug_id);
