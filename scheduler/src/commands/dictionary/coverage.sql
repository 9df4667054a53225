-- How much of the published records the dictionaries know, by kind of record
-- and source; source 'all' is the total of a kind. A trial is one row: that of
-- its drugs about which most is known. Records that were decided to be no drug
-- ask no dictionary anything and are left out.
WITH trial_row AS (
    SELECT t.trial_id, t.source_id,
        CASE WHEN t.drug_named THEN coalesce(p.generic_match, 'unmatched') ELSE 'unmatched' END
            AS generic_match,
        coalesce(p.dosage_form_match, 'unspecified') AS dosage_form_match, p.dosage_form_raw
    FROM trial t LEFT JOIN trial_product p USING (trial_id)
    QUALIFY row_number() OVER (
        PARTITION BY t.trial_id
        ORDER BY p.generic_match IN ('exact', 'salt_stripped', 'combination', 'development_code', 'decision') DESC,
            p.dosage_form_match NOT IN ('unmatched', 'unspecified', 'rejected', 'not_a_drug') DESC,
            p.record_id) = 1
), record AS (
    SELECT 'listing' AS kind, source_id, generic_match, dosage_form_match, dosage_form_raw FROM listing
    UNION ALL
    SELECT 'registration', source_id, generic_match, dosage_form_match, dosage_form_raw FROM registration
    UNION ALL
    SELECT 'trial', source_id, generic_match, dosage_form_match, dosage_form_raw FROM trial_row
), judged AS (
    SELECT kind, source_id, generic_match,
        generic_match IN ('exact', 'salt_stripped', 'combination', 'development_code', 'decision')
            AS standard,
        dosage_form_match NOT IN ('unmatched', 'unspecified', 'rejected', 'not_a_drug') AS form,
        -- A word such as UNKNOWN gives no form, nor does one that was inferred (R6a).
        coalesce(dosage_form_raw, '') <> ''
            AND dosage_form_match NOT IN ('unspecified', 'inferred') AS form_given
    FROM record WHERE generic_match <> 'not_a_drug'
), by_source AS (
    SELECT kind, coalesce(source_id, 'all') AS source_id, count(*) AS records,
        round(100 * avg(standard::INT), 2) AS standard_generic,
        round(100 * avg((generic_match = 'exact')::INT), 2) AS exact,
        round(100 * avg((generic_match = 'salt_stripped')::INT), 2) AS salt_stripped,
        round(100 * avg((generic_match = 'combination')::INT), 2) AS combination,
        round(100 * avg((generic_match = 'development_code')::INT), 2) AS development_code,
        round(100 * avg((generic_match = 'decision')::INT), 2) AS decision,
        round(100 * avg(form::INT), 2) AS form,
        round(100 * avg(form::INT) FILTER (form_given), 2) AS form_where_given
    FROM judged GROUP BY GROUPING SETS ((kind, source_id), (kind))
), named AS (
    SELECT DISTINCT k.kind, c.source_id, c.company_raw, c.company_match <> 'own_name' AS known,
        coalesce(company.group_decided, false) AS group_decided
    FROM record_company c
    JOIN (SELECT record_id, 'listing' AS kind FROM listing
          UNION ALL SELECT record_id, 'registration' FROM registration
          UNION ALL SELECT record_id, 'trial' FROM trial_product) k USING (record_id)
    LEFT JOIN company ON company.company = c.company
), by_name AS (
    SELECT kind, coalesce(source_id, 'all') AS source_id,
        count(DISTINCT company_raw) AS company_names,
        round(100.0 * count(DISTINCT company_raw) FILTER (known)
            / count(DISTINCT company_raw), 2) AS company_known,
        round(100.0 * count(DISTINCT company_raw) FILTER (known AND group_decided)
            / count(DISTINCT company_raw), 2) AS group_decided
    FROM named GROUP BY GROUPING SETS ((kind, source_id), (kind))
)
SELECT * FROM by_source LEFT JOIN by_name USING (kind, source_id)
ORDER BY kind, source_id = 'all', source_id
