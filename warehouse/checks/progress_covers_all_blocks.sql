-- Every generic and dosage form with a record of any kind in a country has its progress there, and so
-- has every drug (R33-R36); progress is not given for a generic and form that no drug has. Both count
-- the records behind them.
WITH present AS (
    SELECT d.drug_id, d.generic, d.dosage_form, r.country, count(*) AS records
    FROM drug d JOIN drug_record r USING (drug_id) GROUP BY ALL
), block AS (
    SELECT generic, dosage_form, country, min(drug_id) AS drug_id, count(*) AS drugs, sum(records) AS records
    FROM present GROUP BY ALL
)
SELECT 'progress is missing' AS problem, generic, dosage_form, country, drug_id
FROM block ANTI JOIN progress USING (generic, dosage_form, country)
UNION ALL
SELECT 'progress counts other records', generic, dosage_form, country, b.drug_id
FROM block b JOIN progress p USING (generic, dosage_form, country)
WHERE b.records <> p.records OR b.drugs <> p.drugs
UNION ALL
SELECT 'drug_progress is missing', generic, dosage_form, country, drug_id
FROM present ANTI JOIN drug_progress USING (drug_id, country)
UNION ALL
SELECT 'drug_progress counts other records', generic, dosage_form, country, drug_id
FROM present b JOIN drug_progress p USING (drug_id, country)
WHERE b.records <> p.records
UNION ALL
SELECT 'no drug has this progress', generic, dosage_form, country, NULL
FROM progress ANTI JOIN drug USING (generic, dosage_form);
