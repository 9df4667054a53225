-- Every generic and dosage form with a record in a country has its progress there, and so has every
-- drug (R33-R36); progress is not given for a generic and form that no drug has.
WITH present AS (
    SELECT DISTINCT d.drug_id, d.generic, d.dosage_form, l.country
    FROM drug d JOIN drug_record r USING (drug_id) JOIN listing l USING (record_id)
)
SELECT 'progress is missing' AS problem, generic, dosage_form, country, min(drug_id) AS drug_id
FROM present ANTI JOIN progress USING (generic, dosage_form, country)
GROUP BY ALL
UNION ALL
SELECT 'drug_progress is missing', generic, dosage_form, country, drug_id
FROM present ANTI JOIN drug_progress USING (drug_id, country)
UNION ALL
SELECT 'no drug has this progress', generic, dosage_form, country, NULL
FROM progress ANTI JOIN drug USING (generic, dosage_form);
