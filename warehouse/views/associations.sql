-- associations(generic): the registrations of a generic in China, by association (R25): which companies
-- filed what, what came of it and when, and the drug that it became part of. The generic in English,
-- Chinese or Japanese, or a brand of it (generics_of).
-- Example: SELECT dosage_form, companies, acceptance_numbers, conclusions_zh, drug_id FROM associations('osimertinib');
CREATE MACRO associations(wanted_generic) AS TABLE
WITH named AS (
    SELECT code, label_zh, kind FROM label WHERE kind IN ('matter', 'conclusion')
)
SELECT a.association_id, a.generic, a.dosage_form, f.label_zh AS dosage_form_zh, a.companies, a.groups,
    a.acceptance_numbers, a.matters,
    (SELECT list(n.label_zh ORDER BY n.code) FROM named n
        WHERE n.kind = 'matter' AND list_contains(a.matters, n.code)) AS matters_zh,
    a.conclusions,
    (SELECT list(n.label_zh ORDER BY n.code) FROM named n
        WHERE n.kind = 'conclusion' AND list_contains(a.conclusions, n.code)) AS conclusions_zh,
    a.one_off_import, a.first_accepted_date, a.clinical_filed_date, a.clinical_approved_date,
    a.marketing_filed_date, a.marketing_approved_date, a.last_conclusion_date, a.approval_numbers,
    d.holder, a.drug_id, a.record_ids
FROM registration_association a
LEFT JOIN drug d USING (drug_id)
LEFT JOIN dosage_form f ON f.dosage_form = a.dosage_form
WHERE a.generic IN (SELECT unnest(generics_of(wanted_generic)))
ORDER BY a.dosage_form, a.first_accepted_date NULLS LAST, a.association_id;
