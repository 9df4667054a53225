-- why(record_a, record_b): whether two records are of one drug, and why, in one row (R2, R25-R29). Of
-- one drug: `path` leads from the first to the second, a link a step. Of two: the first thing that
-- parts them: an unknown record, one that takes no part in drugs, generic name, dosage form, one-off
-- import, a decision, no company in common. A trial with several drugs has a record for each.
-- Example: SELECT same_drug, reason, path FROM why('jp_pmda:22800AMX00385', 'us_orange_book:N-208065-001');
CREATE MACRO why(record_a, record_b) AS TABLE
WITH RECURSIVE asked(side, record_id) AS (
    VALUES ('a', record_a), ('b', record_b)
), climb AS (
    SELECT s.side, d.record_id, 0 AS step, d.link_kind, d.link_name, d.linked_to
    FROM asked s JOIN drug_record d USING (record_id)
    UNION ALL
    SELECT c.side, d.record_id, c.step + 1, d.link_kind, d.link_name, d.linked_to
    FROM climb c JOIN drug_record d ON d.record_id = c.linked_to
), meeting AS (
    SELECT a.step AS steps_a, b.step AS steps_b
    FROM climb a JOIN climb b USING (record_id)
    WHERE a.side = 'a' AND b.side = 'b'
    ORDER BY a.step + b.step, a.step LIMIT 1
), way AS (
    SELECT
        coalesce(list({'record_id': c.record_id, 'link_kind': c.link_kind, 'link_name': c.link_name,
            'linked_to': c.linked_to} ORDER BY c.step) FILTER (c.side = 'a' AND c.step < m.steps_a), []) AS up,
        coalesce(list({'record_id': c.linked_to, 'link_kind': c.link_kind, 'link_name': c.link_name,
            'linked_to': c.record_id} ORDER BY c.step DESC) FILTER (c.side = 'b' AND c.step < m.steps_b), []) AS down
    FROM meeting m LEFT JOIN climb c ON true
), joined AS (
    -- Two records that hang on a third by one company are linked by it directly.
    SELECT CASE
        WHEN len(up) > 0 AND len(down) > 0 AND up[-1].link_kind = down[1].link_kind
            AND up[-1].link_name = down[1].link_name AND up[-1].link_kind <> 'decision'
        THEN up[:-2] || [{'record_id': up[-1].record_id, 'link_kind': up[-1].link_kind,
            'link_name': up[-1].link_name, 'linked_to': down[1].linked_to}] || down[2:]
        ELSE up || down
    END AS path FROM way
), near AS (
    -- The two records, and the parts of a listing or a trial that was asked for as a whole.
    SELECT record_id, generic, generic_raw, dosage_form, generic_match, false AS one_off_import FROM listing
    WHERE record_id IN (record_a, record_b)
        OR starts_with(record_id, record_a || '#') OR starts_with(record_id, record_b || '#')
    UNION ALL
    SELECT record_id, generic, generic_raw, dosage_form, generic_match, one_off_import FROM registration
    WHERE record_id IN (record_a, record_b)
    UNION ALL
    SELECT record_id, generic, generic_raw, dosage_form, generic_match, false FROM trial_product
    WHERE record_id IN (record_a, record_b) OR trial_id IN (record_a, record_b)
), side AS (
    SELECT s.side, s.record_id, r.record_id IS NOT NULL AS known, coalesce(r.generic_match <> 'not_a_drug', false) AS takes_part,
        r.generic, r.generic_raw,
        r.dosage_form, r.one_off_import, d.drug_id,
        coalesce((
            SELECT list(DISTINCT coalesce(c.corporate_group, c.company) ORDER BY coalesce(c.corporate_group, c.company))
            FROM record_company c WHERE c.record_id = s.record_id AND c.links
        ), []) AS companies,
        coalesce((
            SELECT list(DISTINCT coalesce(c.corporate_group, c.company))
            FROM drug_record o JOIN record_company c USING (record_id)
            WHERE o.drug_id = d.drug_id AND c.links
        ), []) AS drug_companies,
        coalesce((
            SELECT list(t.record_id ORDER BY t.record_id) FROM near t
            WHERE starts_with(t.record_id, s.record_id || '#')
        ), []) AS parts
    FROM asked s
    LEFT JOIN near r USING (record_id)
    LEFT JOIN drug_record d USING (record_id)
), pair AS (
    SELECT a, b, coalesce(a.drug_id = b.drug_id, false) AS same_drug,
        if(a.known, b, a) AS unknown, if(a.takes_part, b, a) AS aside,
        if(a.one_off_import, a, b) AS apart, if(a.one_off_import, b, a) AS other,
        list_sort(list_intersect(a.drug_companies, b.drug_companies)) AS common
    FROM side a JOIN side b ON a.side = 'a' AND b.side = 'b'
)
SELECT record_a AS record_a, record_b AS record_b, p.same_drug,
    CASE
        WHEN record_a = record_b AND p.a.known THEN 'they are one record'
        WHEN NOT p.a.known OR NOT p.b.known THEN 'there is no record ' || p.unknown.record_id
            || if(len(p.unknown.parts) > 0, '; there are ' || array_to_string(p.unknown.parts, ', '), '')
        WHEN NOT p.a.takes_part OR NOT p.b.takes_part THEN p.aside.record_id
            || ' takes no part in drugs: ' || p.aside.generic_raw || ' was decided to be no drug'
        WHEN p.same_drug THEN array_to_string(list_transform(j.path,
            lambda s: s.record_id || ': ' || link_words(s.link_kind, s.link_name, s.linked_to)), '; ')
        WHEN p.a.generic <> p.b.generic THEN 'different generic names: ' || p.a.generic || ' and ' || p.b.generic
        WHEN p.a.dosage_form <> p.b.dosage_form
            THEN 'different dosage forms: ' || p.a.dosage_form || ' and ' || p.b.dosage_form
        WHEN p.a.one_off_import <> p.b.one_off_import
            THEN 'one-off imports are kept apart: ' || p.apart.record_id || ' is one, ' || p.other.record_id || ' is not'
        WHEN len(p.common) > 0 THEN 'a decision keeps their drugs apart, although both have '
            || array_to_string(p.common, ', ')
        ELSE 'no company in common: '
            || coalesce(nullif(array_to_string(p.a.companies, ', '), ''), 'none') || ' on one side, '
            || coalesce(nullif(array_to_string(p.b.companies, ', '), ''), 'none') || ' on the other'
    END AS reason,
    if(p.same_drug, j.path, []) AS path,
    p.a.drug_id AS drug_a, p.b.drug_id AS drug_b
FROM pair p LEFT JOIN joined j ON true;
