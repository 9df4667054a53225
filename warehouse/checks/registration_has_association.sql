-- Every registration that takes part in drugs is in exactly one association, of its generic name and
-- form, and its drug is that of the association (R25, R26). An association names registrations only.
WITH member AS (
    SELECT association_id, drug_id, generic, dosage_form, unnest(record_ids) AS record_id
    FROM registration_association
)
SELECT 'in ' || count(m.association_id) || ' associations' AS problem, p.record_id,
    min(m.association_id) AS association_id
FROM participant p LEFT JOIN member m USING (record_id)
WHERE p.record_kind = 'registration'
GROUP BY p.record_id, p.takes_part
HAVING count(m.association_id) <> if(p.takes_part, 1, 0)
UNION ALL
SELECT 'of another drug than its association', m.record_id, m.association_id
FROM member m JOIN drug_record r USING (record_id)
WHERE r.drug_id <> m.drug_id
UNION ALL
SELECT 'of another generic name or form than its association', m.record_id, m.association_id
FROM member m JOIN participant p USING (record_id)
WHERE (p.generic, p.dosage_form) <> (m.generic, m.dosage_form)
UNION ALL
SELECT 'not a registration', m.record_id, m.association_id
FROM member m ANTI JOIN registration r USING (record_id);
