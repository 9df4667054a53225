-- drug_market: each drug in each market where it has records, in words: who, what, how far (R33-R38),
-- since when, and the records that say so. `company` is who has it in that market: the holder of its
-- listings there (after R14), without a listing the applicant of its registrations, else the sponsor of its
-- trials (`company_source`: listing, registration, trial). Of several, which are all in `companies`, the one
-- with most records, those of products on sale first. Where no record there names one, it is `holder`, the
-- holder of the drug over all markets (R30), and `company_source` is holder. `stage` orders the progress;
-- a stage that rests on stopped work is `inactive`. A date of precision `before` is a bound: it was earlier
-- (FDA: before 1982). competition, competition_target and pipeline read it.
-- Example: SELECT company, holder, dosage_form_zh, country_zh, progress_zh, progress_date FROM drug_market WHERE generic = 'osimertinib' ORDER BY country;
CREATE VIEW drug_market AS
WITH group_name AS (
    SELECT corporate_group, min(label_zh) AS label_zh FROM corporate_group GROUP BY corporate_group
), named AS (
    SELECT p.drug_id, p.country, p.progress, p.progress_zh, p.inactive, p.progress_date,
        p.progress_date_precision, p.current_status,
        p.current_status_date, p.highest_evidence, p.highest_evidence_inactive, p.highest_evidence_date,
        p.deciding_records, p.records, d.generic, d.dosage_form, d.targets, d.drug_names, d.holder,
        d.holder_source, d.partners, d.source_marks, coalesce(h.company, d.holder) AS company,
        if(h.company IS NULL, d.holder_group, h.corporate_group) AS corporate_group,
        coalesce(h.companies, []) AS companies,
        coalesce(h.company_source, if(d.holder IS NULL, NULL, 'holder')) AS company_source
    FROM drug d
    JOIN drug_progress p USING (drug_id)
    LEFT JOIN market_company h ON h.drug_id = p.drug_id AND h.country = p.country
)
SELECT m.company, m.corporate_group, n.label_zh AS corporate_group_zh, m.companies, m.company_source,
    m.generic, join_names(g.names_zh) AS generic_zh,
    m.dosage_form, f.label_zh AS dosage_form_zh,
    m.country, c.label_zh AS country_zh, m.progress, m.progress_zh, m.inactive, m.progress_date,
    m.progress_date_precision, m.current_status, t.label_zh AS current_status_zh, m.current_status_date,
    m.highest_evidence, h.label_zh AS highest_evidence_zh, m.highest_evidence_inactive,
    m.highest_evidence_date, m.targets, m.drug_names, m.holder, m.holder_source, m.partners, m.source_marks,
    m.records, m.deciding_records AS evidence, m.drug_id, s.rank AS stage
FROM named m
LEFT JOIN label s ON s.kind = 'progress' AND s.code = m.progress
LEFT JOIN label h ON h.kind = 'progress' AND h.code = m.highest_evidence
LEFT JOIN label t ON t.kind = 'current_status' AND t.code = m.current_status
LEFT JOIN label c ON c.kind = 'country' AND c.code = m.country
LEFT JOIN dosage_form f ON f.dosage_form = m.dosage_form
LEFT JOIN generic g ON g.generic = m.generic
LEFT JOIN group_name n ON n.corporate_group = m.corporate_group;
