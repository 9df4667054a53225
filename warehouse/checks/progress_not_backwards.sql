-- Progress does not go back without a cause (R33-R38). A drug, or a generic and form, that was further
-- in a country in the snapshot before needs one: the change log says that one of its records changed or
-- vanished; drugs were merged or divided, or records moved to another drug; a dictionary or a rule is
-- another one. And the step itself stands in the change log (R41). A row whose cause is known has a
-- reason.
WITH stage AS (
    SELECT code, rank FROM label WHERE kind = 'progress'
), drug_step AS (
    SELECT p.drug_id, p.country, p.progress AS before, coalesce(n.progress, 'not_filed') AS now
    FROM previous.drug_progress p
    -- What became of an id that is no more stands in drug_id_history.
    SEMI JOIN drug d ON d.drug_id = p.drug_id
    LEFT JOIN drug_progress n ON n.drug_id = p.drug_id AND n.country = p.country
    JOIN stage b ON b.code = p.progress
    LEFT JOIN stage a ON a.code = n.progress
    WHERE coalesce(a.rank, 0) < b.rank
), block_step AS (
    SELECT p.generic, p.dosage_form, p.country, p.progress AS before, coalesce(n.progress, 'not_filed') AS now
    FROM previous.progress p
    LEFT JOIN progress n
        ON n.generic = p.generic AND n.dosage_form = p.dosage_form AND n.country = p.country
    JOIN stage b ON b.code = p.progress
    LEFT JOIN stage a ON a.code = n.progress
    WHERE coalesce(a.rank, 0) < b.rank
), touched AS (
    SELECT DISTINCT entity_id FROM change WHERE entity_kind <> 'drug'
), stepped AS (
    SELECT generic, dosage_form FROM block_step
    UNION SELECT generic, dosage_form FROM drug SEMI JOIN drug_step USING (drug_id)
    UNION SELECT generic, dosage_form FROM previous.drug SEMI JOIN drug_step USING (drug_id)
), member AS (
    SELECT r.record_id, r.drug_id, d.generic, d.dosage_form, r.country, true AS was
    FROM previous.drug_record r JOIN (FROM previous.drug SEMI JOIN stepped USING (generic, dosage_form)) d
        ON d.drug_id = r.drug_id
    UNION ALL
    SELECT r.record_id, r.drug_id, d.generic, d.dosage_form, r.country, false
    FROM drug_record r JOIN (FROM drug SEMI JOIN stepped USING (generic, dosage_form)) d
        ON d.drug_id = r.drug_id
), history AS (
    SELECT drug_id, event, other_id, seen_at FROM drug_id_history
    EXCEPT SELECT drug_id, event, other_id, seen_at FROM previous.drug_id_history
), other AS (
    SELECT coalesce(bool_or(kind = 'dictionaries'), false) AS dictionaries,
        coalesce(bool_or(kind = 'rules'), false) AS rules
    FROM circumstance
), drug_cause AS (
    SELECT s.drug_id, s.country, s.before, s.now,
        (SELECT count(*) FROM change c
            WHERE c.entity_kind = 'drug' AND c.entity_id = s.drug_id
                AND c.field IN ('progress.' || s.country, 'country.' || s.country)) AS logged,
        (SELECT count(DISTINCT m.record_id) FROM member m
            WHERE m.drug_id = s.drug_id AND m.country = s.country
                AND (m.record_id IN (FROM touched) OR split_part(m.record_id, '#', 1) IN (FROM touched))) AS records,
        (SELECT count(*) FROM history h WHERE h.drug_id = s.drug_id OR h.other_id = s.drug_id) AS divided,
        (SELECT count(*) FROM member m
            WHERE m.was AND m.drug_id = s.drug_id AND m.country = s.country
                AND m.record_id NOT IN (SELECT record_id FROM drug_record WHERE drug_id = s.drug_id)) AS moved
    FROM drug_step s
), block_cause AS (
    SELECT s.generic, s.dosage_form, s.country, s.before, s.now,
        (SELECT count(DISTINCT m.record_id) FROM member m
            WHERE m.generic = s.generic AND m.dosage_form = s.dosage_form AND m.country = s.country
                AND (m.record_id IN (FROM touched) OR split_part(m.record_id, '#', 1) IN (FROM touched))) AS records,
        (SELECT count(*) FROM member m
            WHERE m.was AND m.generic = s.generic AND m.dosage_form = s.dosage_form AND m.country = s.country
                AND m.record_id NOT IN (
                    SELECT r.record_id FROM drug_record r JOIN drug d ON d.drug_id = r.drug_id
                    WHERE d.generic = s.generic AND d.dosage_form = s.dosage_form)) AS moved
    FROM block_step s
)
SELECT 'drug_progress' AS "table", drug_id AS id, country, before, now,
    CASE
        WHEN logged = 0 THEN NULL
        WHEN records > 0 THEN records || ' of its records changed'
        WHEN divided > 0 THEN 'merged or divided'
        WHEN moved > 0 THEN moved || ' of its records are in other drugs now'
        WHEN dictionaries THEN 'other dictionaries'
        WHEN rules THEN 'other rules'
    END AS reason
FROM drug_cause CROSS JOIN other
UNION ALL
SELECT 'progress', generic || ', ' || dosage_form, country, before, now,
    CASE
        WHEN records > 0 THEN records || ' of its records changed'
        WHEN moved > 0 THEN moved || ' of its records have another generic name or form now'
        WHEN dictionaries THEN 'other dictionaries'
        WHEN rules THEN 'other rules'
    END
FROM block_cause CROSS JOIN other;
