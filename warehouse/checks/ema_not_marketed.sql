-- What EMA refused or gave an opinion on, what was withdrawn before a decision, and what FDA approved
-- tentatively was not marketed (R17): neither the listing says so nor, where a drug has nothing else in
-- a country, its progress there.
WITH never(status) AS (
    VALUES ('refused'), ('application_withdrawn'), ('opinion'), ('tentative')
)
SELECT 'listing' AS "table", l.record_id AS id, l.country, l.market_status AS status
FROM listing l WHERE l.was_marketed AND l.market_status IN (SELECT status FROM never)
UNION ALL
SELECT 'drug_progress', p.drug_id, p.country, any_value(l.market_status)
FROM drug_progress p
JOIN drug_record r USING (drug_id, country)
LEFT JOIN listing l USING (record_id)
WHERE p.progress = 'marketed' OR p.highest_evidence = 'marketed' OR p.current_status = 'marketed'
GROUP BY p.drug_id, p.country
HAVING bool_and(coalesce(l.market_status IN (SELECT status FROM never), false));
