-- record: every record in one shape, one row each (R1): listings, registrations (one per acceptance
-- number) and drugs under test of trials. `status` is the code of a listing, matter and conclusion of
-- a registration, phase and status of a trial; `date` is the approval, the conclusion (or acceptance),
-- the start; `number` the application, acceptance or registry number. `companies` are those that have
-- a role now; `market_source` names the data set that overruled the record (R14). A record that was
-- decided to be no drug takes no part in drugs.
-- Example: SELECT record_id, record_kind, country, status_zh, date, number FROM record WHERE generic = 'osimertinib' ORDER BY record_id;
CREATE VIEW record AS
WITH party AS (
    SELECT record_id,
        list(DISTINCT company ORDER BY company) FILTER (role <> 'historical') AS companies,
        list(DISTINCT company_raw ORDER BY company_raw) FILTER (role <> 'historical') AS companies_raw,
        list(DISTINCT corporate_group ORDER BY corporate_group)
            FILTER (role <> 'historical' AND corporate_group IS NOT NULL) AS groups,
        list(DISTINCT company ORDER BY company) FILTER (role = 'historical') AS former_companies
    FROM record_company GROUP BY record_id
), shaped AS (
    SELECT l.record_id, l.source_id, 'listing' AS record_kind, l.country, l.brand_name AS product_name,
        l.generic, l.generic_raw, l.generic_match, l.dosage_form, l.dosage_form_raw, l.dosage_form_match,
        l.strength, l.status, s.label_zh AS status_zh,
        l.market_status, if(l.market_source = l.source_id, NULL, l.market_source) AS market_source,
        l.approval_date AS date, l.application_number AS number,
        l.raw_table, l.record_key, l.row_number, l.body_sha256
    FROM listing l
    LEFT JOIN label s ON s.kind = 'listing_status' AND s.code = l.status
    UNION ALL
    SELECT record_id, source_id, 'registration', country, product_name,
        generic, generic_raw, generic_match, dosage_form, dosage_form_raw, dosage_form_match,
        NULL, matter || ', ' || conclusion, matter_zh || '，' || conclusion_zh, NULL, NULL,
        coalesce(conclusion_date, accepted_date), acceptance_number,
        raw_table, record_key, row_number, body_sha256
    FROM registration
    UNION ALL
    SELECT p.record_id, p.source_id, 'trial', p.country, coalesce(p.product_name, p.matched_text),
        p.generic, p.generic_raw, p.generic_match, p.dosage_form, p.dosage_form_raw, p.dosage_form_match,
        NULL, t.phase || ', ' || t.status, t.phase_zh || '，' || t.status_zh, NULL, NULL,
        t.start_date, t.registry_number,
        t.raw_table, t.record_key, t.row_number, t.body_sha256
    FROM trial_product p JOIN trial t USING (trial_id)
)
SELECT r.record_id, r.source_id, r.record_kind, k.label_zh AS record_kind_zh, r.country,
    r.product_name, r.generic, r.generic_raw, r.dosage_form, r.dosage_form_raw, r.dosage_form_match,
    r.strength,
    coalesce(p.companies, []) AS companies, coalesce(p.companies_raw, []) AS companies_raw,
    coalesce(p.groups, []) AS groups, coalesce(p.former_companies, []) AS former_companies,
    r.status, r.status_zh, r.market_status, r.market_source, r.date, r.number,
    r.generic_match <> 'not_a_drug' AS takes_part,
    r.raw_table, r.record_key, r.row_number, r.body_sha256
FROM shaped r
LEFT JOIN party p USING (record_id)
LEFT JOIN label k ON k.kind = 'record_kind' AND k.code = r.record_kind;
