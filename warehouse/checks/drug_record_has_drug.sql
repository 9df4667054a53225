-- The drug of a record is in the table drug.
SELECT r.record_id, r.drug_id
FROM drug_record r ANTI JOIN drug d ON d.drug_id = r.drug_id;
