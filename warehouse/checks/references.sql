-- What no foreign key of the contract can say: companies belong to records of any kind, products to a
-- trial of the same source and country, former ids to drugs or to later ids; and no registration or
-- trial is without what it is made of.
SELECT 'record_company' AS "table", r.record_id AS id, 'no such record of ' || r.source_id AS problem
FROM record_company r ANTI JOIN participant p USING (record_id, source_id)
UNION ALL
SELECT 'registration', r.record_id, 'no evidence'
FROM registration r ANTI JOIN registration_evidence e USING (record_id, source_id)
UNION ALL
SELECT 'trial_product', p.record_id, 'no such trial of ' || p.source_id
FROM trial_product p ANTI JOIN trial t USING (trial_id, source_id, country)
UNION ALL
SELECT 'trial', t.trial_id, 'products: says ' || t.products || ', has ' || count(p.record_id)
FROM trial t LEFT JOIN trial_product p USING (trial_id)
GROUP BY t.trial_id, t.products
HAVING t.products <> count(p.record_id)
UNION ALL
SELECT 'drug_id_history', h.drug_id, 'no such drug as ' || h.other_id
FROM drug_id_history h
ANTI JOIN drug d ON d.drug_id = h.other_id
ANTI JOIN drug_id_history later ON later.drug_id = h.other_id
WHERE h.other_id IS NOT NULL;
