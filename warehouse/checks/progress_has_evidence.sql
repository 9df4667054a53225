-- A stage other than not_filed names the records that decided it (R38); the records that decided
-- progress, highest evidence and current status are records of that drug in that country; the matrix
-- over all drugs names records of its generic and form.
WITH named AS (
    SELECT drug_id, country, unnest(deciding_records) AS record_id FROM drug_progress
    UNION SELECT drug_id, country, unnest(highest_evidence_records) FROM drug_progress
    UNION SELECT drug_id, country, unnest(current_status_records) FROM drug_progress
), named_of_block AS (
    SELECT generic, dosage_form, country, unnest(deciding_records) AS record_id FROM progress
    UNION SELECT generic, dosage_form, country, unnest(highest_evidence_records) FROM progress
    UNION SELECT generic, dosage_form, country, unnest(current_status_records) FROM progress
)
SELECT 'drug_progress' AS "table", drug_id AS id, country, NULL AS record_id
FROM drug_progress
WHERE (progress <> 'not_filed' AND len(deciding_records) = 0)
    OR (highest_evidence <> 'not_filed' AND len(highest_evidence_records) = 0)
UNION ALL
SELECT 'drug_progress', drug_id, country, record_id
FROM named ANTI JOIN drug_record USING (drug_id, country, record_id)
UNION ALL
SELECT 'progress', generic || ' ' || dosage_form, country, record_id
FROM named_of_block ANTI JOIN participant USING (generic, dosage_form, country, record_id);
