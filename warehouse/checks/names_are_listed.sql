-- Every generic name and company that is used has its row in generic and company.
SELECT 'generic' AS missing_in, d.generic AS name, d.drug_id AS used_by
FROM drug d ANTI JOIN generic g ON g.generic = d.generic
UNION ALL
SELECT 'company', l.company, l.record_id
FROM listing l ANTI JOIN company c ON c.company = l.company
WHERE l.company IS NOT NULL;
