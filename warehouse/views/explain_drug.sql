-- explain_drug(drug_id): why each record is in the drug (R29), what the record says, and whether it
-- decided the progress of its market (R38).
-- Example: SELECT record_id, reason, reason_zh, company, status, decides_progress FROM explain_drug('D1');
CREATE MACRO explain_drug(wanted_drug_id) AS TABLE
SELECT r.record_id, r.source_id, r.record_kind, l.country,
    CASE r.link_kind
        WHEN 'first' THEN 'first record of the drug'
        WHEN 'group' THEN 'same corporate group ' || coalesce(r.link_name, '?') || ' as ' || coalesce(r.linked_to, '?')
        WHEN 'company' THEN 'same company ' || coalesce(r.link_name, '?') || ' as ' || coalesce(r.linked_to, '?')
        WHEN 'same_product' THEN 'same product number ' || coalesce(r.link_name, '?') || ' as ' || coalesce(r.linked_to, '?')
        WHEN 'decision' THEN 'curated decision ' || coalesce(r.link_name, '?')
        ELSE r.link_kind
    END AS reason,
    k.label_zh AS reason_zh, r.link_kind, r.link_name, r.linked_to,
    l.brand_name, l.generic_raw, l.dosage_form_raw, l.strength,
    l.company, l.corporate_group, l.company_raw,
    l.status, s.label_zh AS status_zh, l.approval_date, l.application_number,
    coalesce(list_contains(p.deciding_records, r.record_id), false) AS decides_progress
FROM drug_record r
LEFT JOIN listing l USING (record_id)
LEFT JOIN drug_progress p ON p.drug_id = r.drug_id AND p.country = l.country
LEFT JOIN label k ON k.kind = 'link_kind' AND k.code = r.link_kind
LEFT JOIN label s ON s.kind = 'listing_status' AND s.code = l.status
WHERE r.drug_id = wanted_drug_id
ORDER BY r.link_kind <> 'first', r.record_id;
