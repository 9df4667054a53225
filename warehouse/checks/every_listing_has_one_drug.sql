-- Every listing is in exactly one drug: no record is dropped (R10), none counted twice.
SELECT l.record_id, count(r.drug_id) AS drugs
FROM listing l LEFT JOIN drug_record r USING (record_id)
GROUP BY l.record_id
HAVING drugs <> 1;
