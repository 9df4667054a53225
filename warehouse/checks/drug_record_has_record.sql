-- A listing that a drug names is in the table listing, from the source that it names.
SELECT r.record_id, r.source_id, r.drug_id
FROM drug_record r ANTI JOIN listing l ON l.record_id = r.record_id AND l.source_id = r.source_id
WHERE r.record_kind = 'listing';
