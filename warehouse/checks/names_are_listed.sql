-- Every generic name and company that is used has its row in generic and company; a dosage form that
-- no dictionary knows goes on under its own name (R10), every other has its row in dosage_form.
SELECT 'generic' AS missing_in, d.generic AS name, d.drug_id AS used_by
FROM drug d ANTI JOIN generic g ON g.generic = d.generic
UNION ALL
SELECT 'company', r.company, r.record_id
FROM record_company r ANTI JOIN company c ON c.company = r.company
UNION ALL
SELECT 'company', l.company, l.record_id
FROM listing l ANTI JOIN company c ON c.company = l.company
WHERE l.company IS NOT NULL
UNION ALL
SELECT 'dosage_form', p.dosage_form, p.record_id
FROM participant p ANTI JOIN dosage_form f ON f.dosage_form = p.dosage_form
WHERE p.dosage_form_match NOT IN ('unmatched', 'unspecified', 'rejected', 'not_a_drug');
