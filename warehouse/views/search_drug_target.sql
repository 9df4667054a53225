-- search_drug_target(drug, target): drugs that are meant by a name and act on a target (R43), one row
-- per drug and market, with progress and the records there. The drug by generic name, brand or any
-- spelling of a source, in English, Chinese or Japanese, a combination in any order; the target by any name (HER2, PD-1;
-- targets_of). Either may be NULL or '': then only the other one counts.
-- Example: SELECT generic, targets, company, country_zh, progress_zh, records FROM search_drug_target('奥希替尼', 'egfr');
CREATE MACRO search_drug_target(drug_name, target_name) AS TABLE
WITH meant AS (
    SELECT DISTINCT k.entity FROM search_term k
    WHERE (starts_with(k.entity, 'generic:') OR starts_with(k.entity, 'drug:')) AND k.kind <> 'number'
        AND contains(k.term_key, fold_term(drug_name)) AND fold_term(drug_name) <> ''
), chosen AS MATERIALIZED (
    SELECT d.drug_id FROM drug d
    WHERE (coalesce(fold_term(drug_name), '') = ''
            OR 'generic:' || d.generic IN (FROM meant) OR 'drug:' || d.drug_id IN (FROM meant)
            OR d.generic IN (SELECT unnest(generics_of(drug_name))))
        AND (coalesce(fold_term(target_name), '') = '' OR list_has_any(d.targets, targets_of(target_name)))
        AND (coalesce(fold_term(drug_name), '') <> '' OR coalesce(fold_term(target_name), '') <> '')
), record_id AS (
    SELECT drug_id, country, list(r.record_id ORDER BY r.record_kind, r.record_id) AS record_ids
    FROM drug_record r WHERE r.drug_id IN (FROM chosen) GROUP BY drug_id, country
)
SELECT m.generic, m.generic_zh, m.targets, m.dosage_form, m.dosage_form_zh,
    m.company, m.corporate_group, m.corporate_group_zh, m.companies, m.holder, m.country, m.country_zh,
    m.progress, m.progress_zh, m.inactive, m.progress_date,
    m.current_status, m.current_status_zh, m.drug_names, m.records, r.record_ids, m.evidence, m.drug_id
FROM drug_market m
LEFT JOIN record_id r ON r.drug_id = m.drug_id AND r.country = m.country
WHERE m.drug_id IN (FROM chosen)
ORDER BY m.stage DESC, m.inactive, m.generic, m.dosage_form, m.company, m.drug_id, m.country;
