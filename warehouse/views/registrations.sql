-- registrations(term): registrations in China whose acceptance number (with or without its unit
-- character), approval number, product name, generic name or company contains the term, with matter,
-- conclusion and the rule that decided it (R18-R21), newest first.
-- Example: SELECT acceptance_number, product_name, matter_zh, conclusion_zh, conclusion_rule, drug_id FROM registrations('JXHS1600003国');
CREATE MACRO registrations(term) AS TABLE
WITH given AS MATERIALIZED (
    -- Once: a macro puts what it is given wherever the name of it stands.
    SELECT said, number_key(said) AS number FROM (SELECT fold_term(term) AS said)
)
SELECT r.acceptance_number, r.product_name, r.generic, r.dosage_form, f.label_zh AS dosage_form_zh,
    r.companies, r.groups, r.matter, r.matter_zh, r.conclusion, r.conclusion_zh, r.conclusion_date,
    r.conclusion_rule, u.label_zh AS conclusion_rule_zh, r.accepted_date, r.listed_date,
    r.approval_numbers, r.application_type, r.one_off_import, r.lists, r.sources,
    d.drug_id, r.record_id
FROM registration r
CROSS JOIN given g
LEFT JOIN drug_record d USING (record_id)
LEFT JOIN dosage_form f ON f.dosage_form = r.dosage_form
LEFT JOIN label u ON u.kind = 'conclusion_rule' AND u.code = r.conclusion_rule
WHERE g.said <> '' AND (
    contains(fold_term(r.acceptance_number), g.number)
    OR contains(fold_term(concat_ws(' ', r.product_name, r.generic, array_to_string(r.approval_numbers, ' '))),
        g.number)
    OR contains(fold_term(concat_ws(' ', array_to_string(r.companies, ' '), array_to_string(r.companies_raw, ' '),
        array_to_string(r.groups, ' '))), g.said)
)
ORDER BY coalesce(r.conclusion_date, r.accepted_date) DESC NULLS LAST, r.acceptance_number;
