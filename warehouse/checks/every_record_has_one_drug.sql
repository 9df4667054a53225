-- Every record of the three kinds is in exactly one drug: none is dropped (R10), none counted twice.
-- One that was decided to be no drug is in none.
SELECT r.record_id, count(d.drug_id) AS drugs, r.takes_part
FROM participant r LEFT JOIN drug_record d USING (record_id)
GROUP BY r.record_id, r.takes_part
HAVING drugs <> if(r.takes_part, 1, 0);
