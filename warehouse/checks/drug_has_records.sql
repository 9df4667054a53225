-- A drug has as many records as it says, and they are of its generic name and dosage form (R2).
SELECT d.drug_id, d.records AS says, count(r.record_id) AS has,
    count(*) FILTER (l.generic <> d.generic OR l.dosage_form <> d.dosage_form) AS of_another_block
FROM drug d
LEFT JOIN drug_record r USING (drug_id)
LEFT JOIN listing l USING (record_id)
GROUP BY d.drug_id, d.records
HAVING says <> has OR of_another_block > 0;
