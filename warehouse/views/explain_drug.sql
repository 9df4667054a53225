-- explain_drug(drug_id): every record of the drug: what it says, what links it to the others (R29),
-- whether it names the holder and is one of those whose word counted for that (R30), what it decided in
-- its country (R38), and where it was read. An earlier id that was merged is resolved (drug_id_now).
-- Example: SELECT record_id, reason, reason_zh, companies, status, decides_progress FROM explain_drug('D1');
CREATE MACRO explain_drug(wanted_drug_id) AS TABLE
WITH given AS MATERIALIZED (
    SELECT drug_id_now(wanted_drug_id) AS drug_id
), mine AS (
    SELECT r.* FROM drug_record r JOIN given USING (drug_id)
), of_record AS (
    SELECT c.*, m.record_kind, m.country FROM record_company c JOIN mine m USING (record_id)
), party AS (
    SELECT * FROM of_record WHERE links
), names AS (
    -- As in record, for these records only.
    SELECT record_id,
        list(DISTINCT company ORDER BY company) FILTER (role <> 'historical') AS companies,
        list(DISTINCT company_raw ORDER BY company_raw) FILTER (role <> 'historical') AS companies_raw,
        list(DISTINCT corporate_group ORDER BY corporate_group)
            FILTER (role <> 'historical' AND corporate_group IS NOT NULL) AS groups,
        list(DISTINCT company ORDER BY company) FILTER (role = 'historical') AS former_companies
    FROM of_record GROUP BY record_id
), region AS (
    -- Of the listings outside China, those of one region name the holder: the first of these that has any.
    -- In another order of the regions than the default, one that names this holder.
    SELECT p.country FROM party p JOIN drug d ON d.drug_id = (SELECT drug_id FROM given) AND d.holder = p.company
    WHERE p.record_kind = 'listing' AND p.country <> 'CN' AND p.role = 'holder'
    ORDER BY list_position(['JP', 'EU', 'US'], p.country) LIMIT 1
), named AS (
    SELECT p.record_id,
        CASE d.holder_source
            WHEN 'china_listing' THEN p.record_kind = 'listing' AND p.country = 'CN' AND p.role = 'holder'
            WHEN 'foreign_listing' THEN p.record_kind = 'listing' AND p.role = 'holder'
                AND p.country = (SELECT country FROM region)
            WHEN 'registration' THEN p.record_kind = 'registration'
            WHEN 'trial' THEN p.record_kind = 'trial'
            ELSE false
        END AS counts
    FROM party p JOIN drug d ON d.drug_id = (SELECT drug_id FROM given) AND d.holder = p.company
    WHERE p.role IN ('holder', 'applicant', 'sponsor')
), holder AS (
    SELECT record_id, bool_or(counts) AS counts FROM named GROUP BY record_id
), seen AS (
    SELECT source_id, body_sha256, arg_max(url, checked_at) AS url, min(fetched_at) AS fetched_at
    FROM "fetch" WHERE body_sha256 IS NOT NULL GROUP BY source_id, body_sha256
)
SELECT m.record_id, m.record_kind, r.record_kind_zh, m.source_id, m.country,
    link_words(m.link_kind, m.link_name, m.linked_to) AS reason, k.label_zh AS reason_zh,
    m.link_kind, m.link_name, m.linked_to,
    r.product_name, r.generic_raw, r.dosage_form_raw, r.dosage_form_match, r.strength,
    coalesce(n.companies, []) AS companies, coalesce(n.companies_raw, []) AS companies_raw,
    coalesce(n.groups, []) AS groups, coalesce(n.former_companies, []) AS former_companies,
    r.status, r.status_zh, r.market_status, r.market_source, r.date, r.number,
    h.record_id IS NOT NULL AS names_holder, coalesce(h.counts, false) AS decides_holder,
    coalesce(list_contains(p.deciding_records, m.record_id), false) AS decides_progress,
    coalesce(list_contains(p.highest_evidence_records, m.record_id), false) AS decides_highest_evidence,
    coalesce(list_contains(p.current_status_records, m.record_id), false) AS decides_current_status,
    f.url, f.fetched_at, r.raw_table, r.row_number, r.body_sha256
FROM mine m
LEFT JOIN record r USING (record_id)
LEFT JOIN names n USING (record_id)
LEFT JOIN holder h USING (record_id)
LEFT JOIN drug_progress p ON p.drug_id = m.drug_id AND p.country = m.country
LEFT JOIN label k ON k.kind = 'link_kind' AND k.code = m.link_kind
LEFT JOIN seen f ON f.source_id = r.source_id AND f.body_sha256 = r.body_sha256
ORDER BY m.link_kind <> 'first', m.record_id;
