-- Columns that hold a code hold one of the codes of the contract.
WITH accepted(vocabulary, codes) AS (VALUES
    ('listing.status', ['active', 'discontinued', 'withdrawn', 'suspended', 'revoked', 'expired',
        'tentative', 'refused', 'application_withdrawn', 'opinion', 'unknown']),
    ('listing.generic_match', ['exact', 'salt_stripped', 'combination', 'partial', 'unmatched']),
    ('listing.dosage_form_match', ['exact', 'any_route', 'same_product', 'inferred', 'unspecified',
        'unmatched']),
    ('listing.company_match', ['exact', 'key', 'alias', 'own_name', 'none']),
    ('listing.approval_date_precision', ['day', 'month', 'year', 'before']),
    ('progress', ['not_filed', 'undetermined', 'clinical_filed', 'clinical_approved',
        'clinical_research', 'bioequivalence', 'phase_1', 'phase_1_2', 'phase_2', 'phase_2_3',
        'phase_3', 'phase_3_4', 'filed', 'marketed']),
    ('current_status', ['marketed', 'withdrawn', 'suspended', 'not_marketed', 'unknown']),
    ('drug_record.record_kind', ['listing', 'registration', 'trial']),
    ('drug_record.link_kind', ['first', 'group', 'company', 'same_product', 'decision']),
    ('drug_id_history.event', ['merged_into', 'split_from', 'vanished']),
    ('generic.match', ['matched', 'partial', 'unmatched']),
    ('change.change', ['appeared', 'vanished', 'changed']),
    ('change.reason', ['source_changed', 'dictionary_changed', 'rule_changed', 'record_appeared',
        'record_vanished', 'fetch_partial']),
    ('rejected.severity', ['note', 'warning', 'error']),
    ('review_queue.kind', ['generic', 'dosage_form', 'company'])
), used(vocabulary, "column", code) AS (
    SELECT 'listing.status', 'listing.status', status FROM listing
    UNION SELECT 'listing.status', 'market_listing.status', status FROM market_listing
    UNION SELECT 'listing.generic_match', 'listing.generic_match', generic_match FROM listing
    UNION SELECT 'listing.dosage_form_match', 'listing.dosage_form_match', dosage_form_match FROM listing
    UNION SELECT 'listing.company_match', 'listing.company_match', company_match FROM listing
    UNION SELECT 'listing.approval_date_precision', 'listing.approval_date_precision', approval_date_precision FROM listing
    UNION SELECT 'progress', 'drug_progress.progress', progress FROM drug_progress
    UNION SELECT 'progress', 'drug_progress.highest_evidence', highest_evidence FROM drug_progress
    UNION SELECT 'progress', 'progress.progress', progress FROM progress
    UNION SELECT 'progress', 'progress.highest_evidence', highest_evidence FROM progress
    UNION SELECT 'current_status', 'drug_progress.current_status', current_status FROM drug_progress
    UNION SELECT 'current_status', 'progress.current_status', current_status FROM progress
    UNION SELECT 'drug_record.record_kind', 'drug_record.record_kind', record_kind FROM drug_record
    UNION SELECT 'drug_record.link_kind', 'drug_record.link_kind', link_kind FROM drug_record
    UNION SELECT 'drug_id_history.event', 'drug_id_history.event', event FROM drug_id_history
    UNION SELECT 'generic.match', 'generic.match', match FROM generic
    UNION SELECT 'change.change', 'change.change', change FROM change
    UNION SELECT 'change.reason', 'change.reason', reason FROM change
    UNION SELECT 'rejected.severity', 'rejected.severity', severity FROM rejected
    UNION SELECT 'review_queue.kind', 'review_queue.kind', kind FROM review_queue
)
SELECT u."column", u.code
FROM used u JOIN accepted a USING (vocabulary)
WHERE u.code IS NOT NULL AND NOT list_contains(a.codes, u.code);
