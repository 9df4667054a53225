-- drug_timeline(drug_id): what happened to a drug and when, oldest first: applications accepted and
-- concluded, products approved, tentatively approved (which is no approval, R17), withdrawn or under
-- another holder, trials begun, when regatta first saw it, what moved since, and what became of its ids.
-- Records of one day, kind, market and company are one row with all their ids. An earlier id that was
-- merged is resolved (R32). `precision`: how much of the date is known. Events without a date are left
-- out; explain_drug has every record.
-- Example: SELECT date, event, event_zh, country, detail, company, record_ids FROM drug_timeline('D7');
CREATE MACRO drug_timeline(wanted_drug_id) AS TABLE
WITH RECURSIVE heir(drug_id) AS (
    SELECT upper(trim(wanted_drug_id))
    UNION
    SELECT h.other_id FROM heir i JOIN drug_id_history h ON h.drug_id = i.drug_id AND h.event = 'merged_into'
    WHERE i.drug_id NOT IN (SELECT drug_id FROM drug)
), mine AS (
    SELECT drug_id FROM heir WHERE drug_id IN (SELECT drug_id FROM drug)
), member AS (
    SELECT r.record_id, r.country FROM drug_record r JOIN mine USING (drug_id)
), said(date, precision, event, country, detail, detail_zh, company, record_id) AS (
    SELECT g.accepted_date, g.accepted_date_precision, 'accepted', g.country, g.matter, g.matter_zh,
        array_to_string(g.companies, '; '), g.record_id
    FROM registration g JOIN member USING (record_id)
    UNION ALL
    SELECT g.conclusion_date, g.conclusion_date_precision, 'concluded', g.country, g.conclusion, g.conclusion_zh,
        array_to_string(g.companies, '; '), g.record_id
    FROM registration g JOIN member USING (record_id) WHERE g.conclusion <> 'none'
    UNION ALL
    SELECT g.listed_date, g.listed_date_precision, 'listed', g.country, 'list of marketed drugs', '上市药品信息',
        array_to_string(g.companies, '; '), g.record_id
    FROM registration g JOIN member USING (record_id)
    UNION ALL
    SELECT l.approval_date, l.approval_date_precision,
        CASE WHEN l.status IN ('refused', 'application_withdrawn', 'opinion') THEN 'dated' ELSE 'approved' END,
        l.country, coalesce(l.brand_name, l.generic_raw), NULL, coalesce(l.market_company, l.company), l.record_id
    FROM listing l JOIN member USING (record_id) WHERE l.status <> 'tentative'
    UNION ALL
    -- Once, whichever of its dates the source fills: that of the status is the surer one.
    SELECT coalesce(l.status_date, l.approval_date),
        if(l.status_date IS NULL, l.approval_date_precision, l.status_date_precision), 'tentatively_approved',
        l.country, coalesce(l.brand_name, l.generic_raw), NULL, coalesce(l.market_company, l.company), l.record_id
    FROM listing l JOIN member USING (record_id) WHERE l.status = 'tentative'
    UNION ALL
    SELECT l.status_date, l.status_date_precision, 'status', l.country, l.status, s.label_zh,
        coalesce(l.market_company, l.company), l.record_id
    FROM listing l JOIN member USING (record_id)
    LEFT JOIN label s ON s.kind = 'listing_status' AND s.code = l.status
    WHERE l.status <> 'tentative'
    UNION ALL
    SELECT t.start_date, t.start_date_precision, 'trial', t.country, t.phase || ', ' || t.status,
        t.phase_zh || '，' || t.status_zh, array_to_string(t.sponsors, '; '), m.record_id
    FROM trial_product p JOIN member m USING (record_id) JOIN trial t USING (trial_id)
    UNION ALL
    SELECT c.since, c.since_precision,
        'holder_changed', m.country, 'no longer ' || c.company, '不再是' || c.company, c.company, c.record_id
    FROM record_company c JOIN member m USING (record_id) WHERE c.role = 'historical'
    UNION ALL
    SELECT CAST(utc(d.first_seen) AS DATE), 'day', 'first_seen', NULL, d.drug_id, NULL, d.holder, NULL
    FROM drug d JOIN mine USING (drug_id)
    UNION ALL
    -- What moved while we watched: the change log of the kept snapshots.
    SELECT CAST(utc(c.seen_at) AS DATE), 'day',
        if(c.field = 'holder', 'holder_seen_changed', 'stage_seen_changed'),
        if(contains(c.field, '.'), split_part(c.field, '.', 2), NULL),
        split_part(c.field, '.', 1) || ': ' || coalesce(c.old_value, 'none') || ' -> '
            || coalesce(c.new_value, 'none') || ' (' || c.reason || ')',
        w.label_zh, d.holder, NULL
    FROM change_log c JOIN mine ON mine.drug_id = c.entity_id JOIN drug d ON d.drug_id = mine.drug_id
    LEFT JOIN label w ON w.kind = 'reason' AND w.code = c.reason
    WHERE c.entity_kind = 'drug' AND (c.field = 'holder' OR split_part(c.field, '.', 1) IN ('progress', 'current_status'))
    UNION ALL
    SELECT CAST(utc(h.seen_at) AS DATE), 'day', h.event, NULL,
        CASE h.event
            WHEN 'merged_into' THEN h.drug_id || ' became part of ' || h.other_id
            WHEN 'split_from' THEN h.drug_id || ' was split from ' || h.other_id
            ELSE h.drug_id || ' ' || h.event
        END || ', ' || h.records || if(h.records = 1, ' record', ' records'),
        e.label_zh, NULL, NULL
    FROM drug_id_history h
    LEFT JOIN label e ON e.kind = 'drug_id_event' AND e.code = h.event
    WHERE h.drug_id IN (FROM heir) OR h.other_id IN (FROM mine)
), word(event, event_zh, turn) AS (
    VALUES ('accepted', '受理', 1), ('trial', '临床试验开始', 2), ('concluded', '审评结论', 3),
        ('tentatively_approved', '暂定批准', 4), ('approved', '批准', 5), ('listed', '列入上市药品', 6),
        ('status', '状态变更', 7), ('dated', '结论', 8), ('holder_changed', '持有人变更', 9),
        ('first_seen', '首次收录', 10), ('stage_seen_changed', '进度变更', 11),
        ('holder_seen_changed', '持有人变更（收录）', 12), ('merged_into', '并入', 13),
        ('split_from', '拆分', 14), ('vanished', '消失', 15)
)
SELECT s.date, s.event, w.event_zh, s.country, s.detail, s.detail_zh, s.company, s.precision,
    coalesce(list(DISTINCT s.record_id ORDER BY s.record_id) FILTER (s.record_id IS NOT NULL), []) AS record_ids
FROM said s LEFT JOIN word w ON w.event = s.event
WHERE s.date IS NOT NULL
GROUP BY s.date, s.event, w.event_zh, w.turn, s.country, s.detail, s.detail_zh, s.company, s.precision
ORDER BY s.date, w.turn, s.country, s.company, s.detail;
