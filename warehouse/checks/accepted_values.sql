-- Columns that hold a code hold one of the codes that the view label knows.
WITH used(kind, "column", code) AS (
    SELECT 'listing_status', 'listing.status', status FROM listing
    UNION SELECT 'listing_status', 'listing.market_status', market_status FROM listing
    UNION SELECT 'listing_status', 'market_listing.status', status FROM market_listing
    UNION SELECT 'generic_match', 'listing.generic_match', generic_match FROM listing
    UNION SELECT 'generic_match', 'registration.generic_match', generic_match FROM registration
    UNION SELECT 'generic_match', 'trial_product.generic_match', generic_match FROM trial_product
    UNION SELECT 'dosage_form_match', 'listing.dosage_form_match', dosage_form_match FROM listing
    UNION SELECT 'dosage_form_match', 'registration.dosage_form_match', dosage_form_match FROM registration
    UNION SELECT 'dosage_form_match', 'trial_product.dosage_form_match', dosage_form_match FROM trial_product
    UNION SELECT 'company_match', 'listing.company_match', company_match FROM listing
    UNION SELECT 'company_match', 'record_company.company_match', company_match FROM record_company
    UNION SELECT 'date_precision', 'listing.approval_date_precision', approval_date_precision FROM listing
    UNION SELECT 'date_precision', 'trial.start_date_precision', start_date_precision FROM trial
    UNION SELECT 'matter', 'registration.matter', matter FROM registration
    UNION SELECT 'conclusion', 'registration.conclusion', conclusion FROM registration
    UNION SELECT 'conclusion_rule', 'registration.conclusion_rule', conclusion_rule FROM registration
    UNION SELECT 'registration_origin', 'registration.origin', origin FROM registration
    UNION SELECT 'product_kind', 'registration.product_kind', product_kind FROM registration
    UNION SELECT 'evidence', 'registration.lists', unnest(lists) FROM registration
    UNION SELECT 'evidence', 'registration_evidence.evidence', evidence FROM registration_evidence
    UNION SELECT 'matter', 'registration_association.matters', unnest(matters) FROM registration_association
    UNION SELECT 'conclusion', 'registration_association.conclusions', unnest(conclusions) FROM registration_association
    UNION SELECT 'phase', 'trial.phase', phase FROM trial
    UNION SELECT 'phase_source', 'trial.phase_source', phase_source FROM trial
    UNION SELECT 'trial_status', 'trial.status', status FROM trial
    UNION SELECT 'trial_status', 'trial_country.status', status FROM trial_country
    UNION SELECT 'found_in', 'trial_product.found_in', found_in FROM trial_product
    UNION SELECT 'role', 'record_company.role', role FROM record_company
    UNION SELECT 'party_origin', 'record_company.origin', origin FROM record_company
    UNION SELECT 'holder_source', 'drug.holder_source', holder_source FROM drug
    UNION SELECT 'record_kind', 'drug_record.record_kind', record_kind FROM drug_record
    UNION SELECT 'link_kind', 'drug_record.link_kind', link_kind FROM drug_record
    UNION SELECT 'country', 'drug_record.country', country FROM drug_record
    UNION SELECT 'country', 'listing.country', country FROM listing
    UNION SELECT 'country', 'registration.country', country FROM registration
    UNION SELECT 'country', 'trial.country', country FROM trial
    UNION SELECT 'country', 'trial_product.country', country FROM trial_product
    UNION SELECT 'progress', 'drug_progress.progress', progress FROM drug_progress
    UNION SELECT 'progress', 'drug_progress.highest_evidence', highest_evidence FROM drug_progress
    UNION SELECT 'progress', 'progress.progress', progress FROM progress
    UNION SELECT 'progress', 'progress.highest_evidence', highest_evidence FROM progress
    UNION SELECT 'current_status', 'drug_progress.current_status', current_status FROM drug_progress
    UNION SELECT 'current_status', 'progress.current_status', current_status FROM progress
    UNION SELECT 'drug_id_event', 'drug_id_history.event', event FROM drug_id_history
    UNION SELECT 'generic_status', 'generic.match', match FROM generic
    UNION SELECT 'entity_kind', 'change.entity_kind', entity_kind FROM change
    UNION SELECT 'change', 'change.change', change FROM change
    UNION SELECT 'reason', 'change.reason', reason FROM change
    UNION SELECT 'severity', 'rejected.severity', severity FROM rejected
    UNION SELECT 'review_kind', 'review_queue.kind', kind FROM review_queue
)
SELECT u."column", u.code
FROM used u ANTI JOIN label l ON l.kind = u.kind AND l.code = u.code
WHERE u.code IS NOT NULL;
