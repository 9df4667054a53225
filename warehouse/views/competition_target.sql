-- competition_target(target, country := NULL): who is how far with drugs against a target, best first,
-- one row per drug and market, in the order and with the columns of competition. The target by any
-- name, in English, Chinese or Japanese (HER2, PD-1; targets_of), the market by code or name. The stage comes before everything: a
-- generic against the target that is marketed by fifty companies has fifty rows.
-- Example: SELECT place, company, generic, generic_zh, progress_zh, progress_date FROM competition_target('EGFR', country := 'CN');
CREATE MACRO competition_target(wanted_target, country := NULL) AS TABLE
SELECT rank() OVER (ORDER BY m.stage DESC, m.inactive, m.progress_date NULLS LAST) AS place,
    m.* EXCLUDE (stage)
FROM drug_market m
-- By the drugs, so that only these are brought together with all that is known of them.
WHERE m.drug_id IN (SELECT d.drug_id FROM drug d WHERE list_has_any(d.targets, targets_of(wanted_target)))
    AND (country IS NULL OR m.country = country_code(country))
ORDER BY place, m.company IS NULL, m.current_status <> 'marketed', m.generic, m.dosage_form, m.company, m.drug_id, m.country;
