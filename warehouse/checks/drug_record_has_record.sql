-- A record that a drug names is in the table of its kind, from the source and country that it names.
SELECT d.record_id, d.record_kind, d.source_id, d.country, d.drug_id
FROM drug_record d ANTI JOIN participant p USING (record_id, record_kind, source_id, country);
