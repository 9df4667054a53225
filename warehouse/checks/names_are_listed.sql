-- A dosage form that no dictionary knows goes on under its own name (R10), every other has its row in
-- dosage_form.
SELECT p.record_id, p.dosage_form
FROM participant p ANTI JOIN dosage_form f ON f.dosage_form = p.dosage_form
WHERE p.dosage_form_match NOT IN ('unmatched', 'unspecified', 'rejected', 'not_a_drug');
