-- One-off imports (JT) are aggregated apart from the rest (R25): no association and no drug holds one
-- together with any other record.
WITH apart AS (
    SELECT record_id FROM registration WHERE one_off_import
), association AS (
    SELECT association_id AS id, one_off_import AS says, unnest(record_ids) AS record_id
    FROM registration_association
)
SELECT 'association' AS of, a.id, count(o.record_id) AS one_off_imports, count(*) AS records
FROM association a LEFT JOIN apart o USING (record_id)
GROUP BY a.id, a.says
HAVING one_off_imports <> if(a.says, records, 0)
UNION ALL
SELECT 'drug', r.drug_id, count(o.record_id), count(*)
FROM drug_record r LEFT JOIN apart o USING (record_id)
WHERE r.drug_id IN (SELECT drug_id FROM drug_record JOIN apart USING (record_id))
GROUP BY r.drug_id
HAVING count(o.record_id) <> count(*);
