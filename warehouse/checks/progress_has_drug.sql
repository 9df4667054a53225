-- The drug of a progress row is in the table drug.
SELECT p.drug_id, p.country
FROM drug_progress p ANTI JOIN drug d ON d.drug_id = p.drug_id;
