-- What differs between the drugs of the snapshots `old` and `new`, one row per finding. Read by
-- diff.rs, which has set up the schemas, `label`, `log` (the change logs of the snapshots after `old`
-- up to `new`) and the variable `own_reason`: what changed in dictionaries or rules, for what no record
-- explains.
WITH RECURSIVE follow(old_id, drug_id) AS (
    SELECT drug_id, drug_id FROM old.drug
    UNION
    SELECT f.old_id, h.other_id
    FROM follow f JOIN new.drug_id_history h ON h.drug_id = f.drug_id AND h.event = 'merged_into'
    WHERE f.drug_id NOT IN (SELECT drug_id FROM new.drug)
), heir AS (
    -- Where the records of an old drug are now (R32): itself, or what it was merged into.
    SELECT * FROM follow WHERE drug_id IN (SELECT drug_id FROM new.drug)
), split AS (
    SELECT h.drug_id, list(DISTINCT h.other_id ORDER BY h.other_id) AS origins
    FROM new.drug_id_history h
    WHERE h.event = 'split_from' AND h.drug_id IN (SELECT drug_id FROM new.drug)
        AND h.drug_id NOT IN (SELECT drug_id FROM old.drug)
    GROUP BY h.drug_id
), came AS (
    SELECT n.drug_id, bool_and(o.record_id IS NULL) AS all_new, bool_or(o.record_id IS NULL) AS some_new
    FROM new.drug_record n LEFT JOIN old.drug_record o USING (record_id) GROUP BY n.drug_id
), went AS (
    SELECT o.drug_id, bool_and(n.record_id IS NULL) AS all_gone, bool_or(n.record_id IS NULL) AS some_gone
    FROM old.drug_record o LEFT JOIN new.drug_record n USING (record_id) GROUP BY o.drug_id
), linking AS (
    -- Changes of what decides which drug a record is in (R2, R27).
    SELECT entity_id, reason FROM log
    WHERE entity_kind <> 'drug' AND change = 'changed' AND field IN ('generic', 'dosage_form', 'company',
        'company_raw', 'corporate_group', 'companies', 'companies_raw', 'groups', 'sponsors', 'sponsors_raw')
), because AS (
    SELECT drug_id, arg_min(reason, list_position(['source_changed', 'dictionary_changed', 'rule_changed'], reason)) AS reason
    FROM (
        SELECT drug_id, split_part(record_id, '#', 1) AS record FROM old.drug_record
        UNION SELECT drug_id, split_part(record_id, '#', 1) FROM new.drug_record
    ) r JOIN linking l ON split_part(l.entity_id, '#', 1) = r.record
    GROUP BY drug_id
), said AS (
    SELECT entity_id AS drug_id, field, arg_max(reason, seen_at) AS reason
    FROM log WHERE entity_kind = 'drug' GROUP BY entity_id, field
), old_market AS (
    -- Of several drugs that became one, the furthest.
    SELECT h.drug_id, p.country,
        max({'rank': l.rank, 'on': NOT p.inactive, 'progress': p.progress, 'zh': p.progress_zh}) AS stage,
        arg_max(p.current_status, t.rank) AS today
    FROM old.drug_progress p
    JOIN heir h ON h.old_id = p.drug_id
    JOIN label l ON l.kind = 'progress' AND l.code = p.progress
    LEFT JOIN label t ON t.kind = 'current_status' AND t.code = p.current_status
    GROUP BY h.drug_id, p.country
), new_market AS (
    SELECT p.drug_id, p.country, p.records,
        {'rank': l.rank, 'on': NOT p.inactive, 'progress': p.progress, 'zh': p.progress_zh} AS stage,
        p.current_status AS today, p.deciding_records, p.current_status_records
    FROM new.drug_progress p
    JOIN label l ON l.kind = 'progress' AND l.code = p.progress
    WHERE p.drug_id IN (SELECT drug_id FROM heir)
), market AS (
    SELECT coalesce(o.drug_id, n.drug_id) AS drug_id, coalesce(o.country, n.country) AS country,
        o.stage AS old_stage, n.stage AS new_stage, o.today AS old_today, n.today AS new_today,
        coalesce(n.deciding_records, []) AS evidence, coalesce(n.current_status_records, []) AS status_evidence
    FROM old_market o FULL JOIN new_market n ON o.drug_id = n.drug_id AND o.country = n.country
), found(category, drug_id, country, old_value, new_value, reason, evidence) AS (
    SELECT 'appeared', n.drug_id, NULL, NULL, NULL,
        if(c.all_new, 'record_appeared', coalesce(b.reason, if(c.some_new, 'record_appeared', getvariable('own_reason')))),
        (SELECT list(r.record_id ORDER BY r.record_id) FROM new.drug_record r WHERE r.drug_id = n.drug_id)
    FROM new.drug n JOIN came c USING (drug_id) LEFT JOIN because b USING (drug_id)
    WHERE n.drug_id NOT IN (SELECT drug_id FROM old.drug) AND n.drug_id NOT IN (SELECT drug_id FROM split)
    UNION ALL
    SELECT 'vanished', o.drug_id, NULL, NULL, NULL,
        if(w.all_gone, 'record_vanished', coalesce(b.reason, if(w.some_gone, 'record_vanished', getvariable('own_reason')))),
        (SELECT list(r.record_id ORDER BY r.record_id) FROM old.drug_record r WHERE r.drug_id = o.drug_id)
    FROM old.drug o JOIN went w USING (drug_id) LEFT JOIN because b USING (drug_id)
    WHERE o.drug_id NOT IN (SELECT old_id FROM heir)
    UNION ALL
    SELECT 'merged', o.drug_id, NULL, o.drug_id, array_to_string(t.heirs, ', '),
        coalesce(b.reason, if(t.some_new, 'record_appeared', getvariable('own_reason'))),
        (SELECT list(r.record_id ORDER BY r.record_id) FROM old.drug_record r WHERE r.drug_id = o.drug_id)
    FROM old.drug o
    JOIN (
        SELECT h.old_id, list(h.drug_id ORDER BY h.drug_id) AS heirs, bool_or(c.some_new) AS some_new
        FROM heir h JOIN came c USING (drug_id)
        WHERE h.old_id NOT IN (SELECT drug_id FROM new.drug) GROUP BY h.old_id
    ) t ON t.old_id = o.drug_id
    LEFT JOIN because b USING (drug_id)
    UNION ALL
    SELECT 'split', s.drug_id, NULL, array_to_string(s.origins, ', '), s.drug_id,
        coalesce(b.reason, if(c.some_new, 'record_appeared',
            if((SELECT bool_or(w.some_gone) FROM went w WHERE list_contains(s.origins, w.drug_id)),
                'record_vanished', getvariable('own_reason')))),
        (SELECT list(r.record_id ORDER BY r.record_id) FROM new.drug_record r WHERE r.drug_id = s.drug_id)
    FROM split s JOIN came c USING (drug_id) LEFT JOIN because b USING (drug_id)
    UNION ALL
    SELECT if(coalesce(m.new_stage.rank, 0) > coalesce(m.old_stage.rank, 0)
            OR m.new_stage.rank = m.old_stage.rank AND m.new_stage."on", 'stage_up', 'stage_down'),
        m.drug_id, m.country,
        coalesce(m.old_stage.progress || if(m.old_stage."on", '', ' (inactive)'), 'not_filed'),
        coalesce(m.new_stage.progress || if(m.new_stage."on", '', ' (inactive)'), 'not_filed'),
        coalesce(
            (SELECT s.reason FROM said s WHERE s.drug_id = m.drug_id AND s.field IN ('progress.' || m.country, 'country.' || m.country)
                ORDER BY s.field DESC LIMIT 1),
            (SELECT s.reason FROM said s WHERE s.drug_id = m.drug_id AND s.field = 'inactive.' || m.country),
            (SELECT b.reason FROM because b WHERE b.drug_id = m.drug_id), getvariable('own_reason')),
        m.evidence
    FROM market m WHERE m.old_stage IS DISTINCT FROM m.new_stage
    UNION ALL
    SELECT 'status', m.drug_id, m.country, m.old_today, m.new_today,
        coalesce((SELECT s.reason FROM said s WHERE s.drug_id = m.drug_id AND s.field = 'current_status.' || m.country),
            (SELECT b.reason FROM because b WHERE b.drug_id = m.drug_id), getvariable('own_reason')),
        m.status_evidence
    FROM market m
    WHERE m.old_stage.progress IS NOT DISTINCT FROM m.new_stage.progress AND m.old_today <> m.new_today
    UNION ALL
    SELECT 'holder', n.drug_id, NULL, o.holder, n.holder,
        coalesce((SELECT s.reason FROM said s WHERE s.drug_id = n.drug_id AND s.field = 'holder'),
            (SELECT b.reason FROM because b WHERE b.drug_id = n.drug_id), getvariable('own_reason')),
        []
    FROM new.drug n JOIN old.drug o USING (drug_id) WHERE o.holder IS DISTINCT FROM n.holder
)
SELECT f.category, f.drug_id, d.generic, d.dosage_form, form.label_zh AS dosage_form_zh,
    nullif(array_to_string(list_filter(names.names_zh, lambda n: len(list_filter(names.names_zh,
        lambda o: o <> n AND contains(n, o))) = 0), ' / '), '') AS generic_zh, d.holder AS company,
    f.country, f.old_value, f.new_value,
    coalesce(po.label_zh || if(ends_with(f.old_value, '(inactive)'), '（已停止）', ''), so.label_zh) AS old_value_zh,
    coalesce(pn.label_zh || if(ends_with(f.new_value, '(inactive)'), '（已停止）', ''), sn.label_zh) AS new_value_zh,
    f.reason, w.label_zh AS reason_zh, coalesce(f.evidence, []) AS records
FROM found f
JOIN (
    SELECT drug_id, generic, dosage_form, holder FROM new.drug
    UNION ALL
    SELECT drug_id, generic, dosage_form, holder FROM old.drug WHERE drug_id NOT IN (SELECT drug_id FROM new.drug)
) d USING (drug_id)
LEFT JOIN new.dosage_form form ON form.dosage_form = d.dosage_form
LEFT JOIN (
    SELECT generic, names_zh FROM new.generic
    UNION ALL
    SELECT generic, names_zh FROM old.generic WHERE generic NOT IN (SELECT generic FROM new.generic)
) names ON names.generic = d.generic
LEFT JOIN label po ON po.kind = 'progress' AND po.code = replace(f.old_value, ' (inactive)', '') AND f.category LIKE 'stage%'
LEFT JOIN label pn ON pn.kind = 'progress' AND pn.code = replace(f.new_value, ' (inactive)', '') AND f.category LIKE 'stage%'
LEFT JOIN label so ON so.kind = 'current_status' AND so.code = f.old_value AND f.category = 'status'
LEFT JOIN label sn ON sn.kind = 'current_status' AND sn.code = f.new_value AND f.category = 'status'
LEFT JOIN label w ON w.kind = 'reason' AND w.code = f.reason
ORDER BY list_position(['appeared', 'vanished', 'merged', 'split', 'stage_up', 'stage_down', 'status', 'holder'], f.category),
    -- Another company of the same group is no news to most.
    f.category = 'holder' AND coalesce((
        SELECT o.holder_group = n.holder_group FROM old.drug o JOIN new.drug n USING (drug_id) WHERE o.drug_id = f.drug_id
    ), false),
    coalesce(pn.rank, 0) DESC, d.generic, d.dosage_form, f.drug_id, f.country
