-- competition(generic, country := NULL): who is how far with a generic, best first, one row per drug
-- and market: stage, since when, and the records that say so. The generic in English, Chinese or
-- Japanese, or a brand of it (generics_of); the market by code or name, all of them without one. Among equals the earlier date is ahead;
-- a stage that rests on stopped work is behind. `company` is who has it in that market,
-- `companies` all that have, `holder` the holder of the drug over all markets (R30). All kinds of record
-- count: where only trials or registrations name the company, company_source says so (drug_market).
-- Example: SELECT place, company, dosage_form, country, progress, progress_zh, progress_date FROM competition('nevirapine');
CREATE MACRO competition(wanted_generic, country := NULL) AS TABLE
SELECT rank() OVER (ORDER BY m.stage DESC, m.inactive, m.progress_date NULLS LAST) AS place,
    m.* EXCLUDE (stage)
FROM drug_market m
WHERE m.generic IN (SELECT unnest(generics_of(wanted_generic)))
    AND (country IS NULL OR m.country = country_code(country))
ORDER BY place, m.company IS NULL, m.current_status <> 'marketed', m.dosage_form, m.company, m.drug_id, m.country;
