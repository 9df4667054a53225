-- competition(generic): who is how far with a generic, best first, one row per drug and market: stage,
-- since when, and the records that say so. The generic in English, Chinese or Japanese.
-- Among equals the earlier date is ahead; a stage that rests on stopped work is behind. All kinds of
-- record count: where only trials or registrations name the company, holder_source says so (R30).
-- Example: SELECT place, company, dosage_form, country, progress, progress_zh, progress_date FROM competition('nevirapine');
CREATE MACRO competition(wanted_generic) AS TABLE
SELECT rank() OVER (ORDER BY s.rank DESC, p.inactive, p.progress_date NULLS LAST) AS place,
    d.holder AS company, d.holder_group AS corporate_group,
    d.generic, d.dosage_form, f.label_zh AS dosage_form_zh,
    p.country, p.progress, p.progress_zh, p.inactive, p.progress_date,
    p.highest_evidence, h.label_zh AS highest_evidence_zh, p.highest_evidence_inactive,
    p.highest_evidence_date,
    p.current_status, t.label_zh AS current_status_zh, p.current_status_date,
    d.drug_names, d.holder_source, d.partners, d.source_marks, p.records,
    p.deciding_records AS evidence, d.drug_id
FROM drug d
JOIN drug_progress p USING (drug_id)
LEFT JOIN label s ON s.kind = 'progress' AND s.code = p.progress
LEFT JOIN label h ON h.kind = 'progress' AND h.code = p.highest_evidence
LEFT JOIN label t ON t.kind = 'current_status' AND t.code = p.current_status
LEFT JOIN dosage_form f USING (dosage_form)
WHERE 'generic:' || d.generic IN (
    SELECT k.entity FROM search_term k
    WHERE k.kind = 'generic' AND k.term_key = fold_term(wanted_generic)
)
ORDER BY place, d.dosage_form, d.drug_id, p.country;
