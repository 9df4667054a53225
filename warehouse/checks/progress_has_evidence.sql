-- A stage other than not_filed names the records that decided it (R38), and they are records of that
-- drug; the matrix over all drugs names records that exist.
SELECT 'drug_progress' AS "table", p.drug_id AS id, p.country, NULL AS record_id
FROM drug_progress p
WHERE p.progress <> 'not_filed' AND len(p.deciding_records) = 0
UNION ALL
SELECT 'drug_progress', e.drug_id, e.country, e.record_id
FROM (SELECT drug_id, country, unnest(deciding_records) AS record_id FROM drug_progress) e
ANTI JOIN drug_record r ON r.record_id = e.record_id AND r.drug_id = e.drug_id
UNION ALL
SELECT 'progress', e.generic || ' ' || e.dosage_form, e.country, e.record_id
FROM (SELECT generic, dosage_form, country, unnest(deciding_records) AS record_id FROM progress) e
ANTI JOIN drug_record r ON r.record_id = e.record_id;
