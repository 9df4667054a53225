-- drug_overview: a drug in one row: names, form, companies, and how far it has come in the US, the EU,
-- Japan and China, with Chinese labels. An empty market column means no record of the drug there.
-- `further_evidence` has, by market, what goes beyond the stage of the ladder (R38): a phase III trial
-- behind an approved clinical application, say.
-- Example: SELECT drug_id, dosage_form_zh, holder, us, us_zh FROM drug_overview WHERE generic = 'nevirapine';
CREATE VIEW drug_overview AS
WITH reached AS (
    SELECT drug_id,
        max(progress || if(inactive, ' (inactive)', '')) FILTER (country = 'US') AS us,
        max(progress_zh || if(inactive, '（已停止）', '')) FILTER (country = 'US') AS us_zh,
        max(progress || if(inactive, ' (inactive)', '')) FILTER (country = 'EU') AS eu,
        max(progress_zh || if(inactive, '（已停止）', '')) FILTER (country = 'EU') AS eu_zh,
        max(progress || if(inactive, ' (inactive)', '')) FILTER (country = 'JP') AS jp,
        max(progress_zh || if(inactive, '（已停止）', '')) FILTER (country = 'JP') AS jp_zh,
        max(progress || if(inactive, ' (inactive)', '')) FILTER (country = 'CN') AS cn,
        max(progress_zh || if(inactive, '（已停止）', '')) FILTER (country = 'CN') AS cn_zh,
        coalesce(list(country ORDER BY country) FILTER (current_status = 'marketed'), []) AS marketed_today_in,
        coalesce(list(country || ': ' || highest_evidence || if(highest_evidence_inactive, ' (inactive)', '')
            ORDER BY country) FILTER (highest_evidence <> progress), []) AS further_evidence
    FROM drug_progress GROUP BY drug_id
)
SELECT d.drug_id, d.generic, g.names_zh AS generic_zh,
    d.dosage_form, f.label_en AS dosage_form_en, f.label_zh AS dosage_form_zh,
    d.drug_names, d.targets, d.holder, d.holder_group, d.holder_source,
    d.partners, d.manufacturers, d.historical_companies, d.groups,
    r.us, r.us_zh, r.eu, r.eu_zh, r.jp, r.jp_zh, r.cn, r.cn_zh,
    r.marketed_today_in, r.further_evidence, d.first_approval_date, d.acceptance_numbers,
    d.records, d.records_by_source, d.source_marks, d.flags,
    d.first_seen, d.last_changed
FROM drug d
LEFT JOIN reached r USING (drug_id)
LEFT JOIN generic g USING (generic)
LEFT JOIN dosage_form f USING (dosage_form)
ORDER BY d.generic, d.dosage_form, d.drug_id;
