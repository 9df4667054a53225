-- drug_market: each drug in each market where it has records, in words: who, what, how far (R33-R38),
-- since when, and the records that say so. `company` is the holder by R30; where only trials or
-- registrations name one, holder_source says so. `stage` orders the progress; a stage that rests on
-- stopped work is `inactive`. competition, competition_target and pipeline read it.
-- Example: SELECT company, dosage_form_zh, country_zh, progress_zh, progress_date FROM drug_market WHERE generic = 'osimertinib' ORDER BY country;
CREATE VIEW drug_market AS
WITH group_name AS (
    SELECT corporate_group, min(label_zh) AS label_zh FROM corporate_group GROUP BY corporate_group
)
SELECT d.holder AS company, d.holder_group AS corporate_group, n.label_zh AS corporate_group_zh,
    d.generic, join_names(g.names_zh) AS generic_zh,
    d.dosage_form, f.label_zh AS dosage_form_zh,
    p.country, c.label_zh AS country_zh, p.progress, p.progress_zh, p.inactive, p.progress_date,
    p.current_status, t.label_zh AS current_status_zh, p.current_status_date,
    p.highest_evidence, h.label_zh AS highest_evidence_zh, p.highest_evidence_inactive,
    p.highest_evidence_date, d.targets, d.drug_names, d.holder_source, d.partners, d.source_marks,
    p.records, p.deciding_records AS evidence, d.drug_id, s.rank AS stage
FROM drug d
JOIN drug_progress p USING (drug_id)
LEFT JOIN label s ON s.kind = 'progress' AND s.code = p.progress
LEFT JOIN label h ON h.kind = 'progress' AND h.code = p.highest_evidence
LEFT JOIN label t ON t.kind = 'current_status' AND t.code = p.current_status
LEFT JOIN label c ON c.kind = 'country' AND c.code = p.country
LEFT JOIN dosage_form f ON f.dosage_form = d.dosage_form
LEFT JOIN generic g ON g.generic = d.generic
LEFT JOIN group_name n ON n.corporate_group = d.holder_group;
