-- Who has each drug in each market: for the view drug_market, which would otherwise join all records for a
-- question about one drug.
CREATE TABLE market_company AS
WITH party AS (
    SELECT r.drug_id, r.country, c.company, any_value(c.corporate_group) AS corporate_group,
        min(list_position(['holder', 'applicant', 'sponsor'], c.role)) AS role,
        count(*) AS records,
        count(*) FILTER (l.market_status = 'active') AS active
    FROM drug_record r
    JOIN record_company c USING (record_id)
    LEFT JOIN listing l USING (record_id)
    WHERE c.role IN ('holder', 'applicant', 'sponsor') AND c.origin <> 'overruled'
    GROUP BY r.drug_id, r.country, c.company
), best_role AS (
    SELECT p.* FROM party p QUALIFY p.role = min(p.role) OVER (PARTITION BY p.drug_id, p.country)
), here AS (
    SELECT p.drug_id, p.country, any_value(p.role) AS role, list(p.company ORDER BY p.company) AS companies,
        first({'company': p.company, 'corporate_group': p.corporate_group}
            ORDER BY p.active DESC, p.records DESC, p.company = d.holder DESC NULLS LAST, p.company) AS most
    FROM best_role p JOIN drug d USING (drug_id)
    GROUP BY p.drug_id, p.country
)
SELECT drug_id, country, most.company AS company, most.corporate_group AS corporate_group, companies,
    ['listing', 'registration', 'trial'][role] AS company_source
FROM here ORDER BY drug_id, country;
COMMENT ON TABLE market_company IS '[out] Who has each drug in each market where a record names a company: what drug_market shows. Key: drug_id, country.';
COMMENT ON COLUMN market_company.drug_id IS 'The drug.';
COMMENT ON COLUMN market_company.country IS 'The market.';
COMMENT ON COLUMN market_company.company IS 'Of the companies the one with most records there, those of products on sale first.';
COMMENT ON COLUMN market_company.corporate_group IS 'Its corporate group; null where none is known.';
COMMENT ON COLUMN market_company.companies IS 'Holders of its listings there; without a listing the applicants of its registrations, else the sponsors of its trials. Sorted.';
COMMENT ON COLUMN market_company.company_source IS 'Which of them they are: listing, registration, trial.';
