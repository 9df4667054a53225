-- new_entrants(since): companies that are new at or after a time (a DATE, TIMESTAMP or ISO 8601 text,
-- UTC): with a drug that was not there (new_drug), in a market where the drug had no record
-- (new_market), or at a higher stage (new_stage), and why (R41). Furthest first. A drug that was only
-- split from another, and one that is gone again, is nobody's entry, nor are markets and stages that a
-- drug has from one that was merged into it (R32). Over all snapshots that the lake keeps.
-- `company` is who has it in that market (drug_market), `holder` the drug's over all markets (R30).
-- `reason`: record_appeared and source_changed are the regulator's doing, dictionary_changed and
-- rule_changed ours: the company was there before, under another name or form.
-- Example: SELECT company, entry_zh, generic, dosage_form, country, progress_zh, reason FROM new_entrants('2026-11-22');
CREATE MACRO new_entrants(since) AS TABLE
WITH log AS (
    SELECT c.entity_id AS drug_id, c.change, split_part(c.field, '.', 1) AS field,
        split_part(c.field, '.', 2) AS country, c.old_value, c.new_value, c.reason,
        utc(c.seen_at) AS seen_at, c.snapshot_id
    FROM change_log c
    WHERE c.entity_kind = 'drug' AND utc(c.seen_at) >= utc(since)
), split AS (
    SELECT h.drug_id FROM drug_id_history h WHERE h.event = 'split_from' AND utc(h.seen_at) >= utc(since)
), merged AS (
    -- Where the drugs that were merged into another had come to, with the snapshot that merged them.
    SELECT h.other_id AS drug_id, v.market.country AS country, v.snapshot_id,
        max({'rank': o.rank, 'progress': o.code}) AS stage
    FROM (
        SELECT entity_id, snapshot_id, unnest(markets) AS market FROM vanished_entity WHERE entity_kind = 'drug'
    ) v
    JOIN drug_id_history h ON h.drug_id = v.entity_id AND h.event = 'merged_into'
    JOIN label o ON o.kind = 'progress' AND o.code = v.market.progress
    GROUP BY ALL
), entry AS (
    SELECT m.drug_id, m.country, 'new_drug' AS entry, NULL AS old_progress,
        arg_max(l.reason, l.seen_at) AS reason, max(l.seen_at) AS seen_at
    FROM log l JOIN drug_market m USING (drug_id)
    WHERE l.change = 'appeared' AND l.drug_id NOT IN (FROM split)
    GROUP BY m.drug_id, m.country
    UNION ALL
    SELECT drug_id, country, 'new_market', NULL, arg_max(reason, seen_at), max(seen_at)
    FROM log ANTI JOIN merged USING (drug_id, country, snapshot_id)
    WHERE field = 'country' AND new_value IS NOT NULL
    GROUP BY drug_id, country
    UNION ALL
    -- Before, it was where it or a drug that is now part of it was, whichever was further.
    SELECT l.drug_id, l.country, 'new_stage',
        greatest(
            arg_min({'rank': o.rank, 'progress': l.old_value}, l.seen_at) FILTER (o.rank IS NOT NULL), max(g.stage)
        ).progress,
        arg_max(l.reason, l.seen_at), max(l.seen_at)
    FROM log l
    LEFT JOIN merged g USING (drug_id, country, snapshot_id)
    LEFT JOIN label o ON o.kind = 'progress' AND o.code = l.old_value
    WHERE l.field = 'progress' OR l.field = 'country' AND l.new_value IS NOT NULL AND g.stage IS NOT NULL
    GROUP BY l.drug_id, l.country
), first_entry AS (
    SELECT * FROM entry
    QUALIFY row_number() OVER (
        PARTITION BY drug_id, country ORDER BY list_position(['new_drug', 'new_market', 'new_stage'], entry)
    ) = 1
)
SELECT m.company, m.corporate_group, m.corporate_group_zh, m.companies, m.holder,
    e.entry, map {'new_drug': '新药品', 'new_market': '新市场', 'new_stage': '新阶段'}[e.entry] AS entry_zh,
    m.generic, m.generic_zh, m.dosage_form, m.dosage_form_zh, m.country, m.country_zh,
    m.progress, m.progress_zh, m.inactive, e.old_progress, o.label_zh AS old_progress_zh, m.progress_date,
    e.reason, w.label_zh AS reason_zh, e.seen_at, m.evidence, m.drug_id
FROM first_entry e
JOIN drug_market m ON m.drug_id = e.drug_id AND m.country = e.country
LEFT JOIN label o ON o.kind = 'progress' AND o.code = e.old_progress
LEFT JOIN label w ON w.kind = 'reason' AND w.code = e.reason
WHERE e.entry <> 'new_stage' OR m.stage > o.rank
ORDER BY m.stage DESC, m.inactive, m.company, m.generic, m.dosage_form, m.country;
