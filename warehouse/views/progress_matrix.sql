-- progress_matrix: how far each generic and dosage form has come in the US, the EU, Japan and China
-- (R33-R38), one row per generic and form, one column per market, the Chinese label beside it.
-- 'not_filed' means that regatta reads sources of that market and none has a record (R36); an empty
-- cell means that it reads no source of that market. '(inactive)': only stopped work (R35).
-- `form_unknown_in` has the markets that say 'not_filed' and may be wrong: they have the generic in records
-- of an unspecified form that R6a could join to none; in a row that is itself `unspecified`, in records of
-- any form. Who looks for a gap leaves these out: cn = 'not_filed' AND NOT list_contains(form_unknown_in, 'CN').
-- `marketed_today_in` has the markets where a product is sold now, `further_evidence`, by market, what
-- goes beyond the stage of the ladder (R38).
-- Example: SELECT generic, dosage_form, us, us_zh, cn FROM progress_matrix WHERE generic = 'nevirapine';
CREATE VIEW progress_matrix AS
WITH cell AS (
    SELECT generic, dosage_form, country,
        progress || if(inactive, ' (inactive)', '') AS stage,
        progress_zh || if(inactive, '（已停止）', '') AS stage_zh,
        current_status,
        if(highest_evidence <> progress, country || ': ' || highest_evidence
            || if(highest_evidence_inactive, ' (inactive)', ''), NULL) AS further
    FROM progress
), covered AS (
    SELECT list(DISTINCT country) AS countries FROM progress WHERE progress <> 'not_filed'
), unsaid AS (
    -- By generic: the markets with records of an unspecified form, and those with any.
    SELECT generic,
        coalesce(list(DISTINCT country ORDER BY country) FILTER (dosage_form = 'unspecified'), []) AS unknown_in,
        list(DISTINCT country ORDER BY country) AS recorded_in
    FROM progress WHERE progress <> 'not_filed' GROUP BY generic
), matrix AS (
    SELECT generic, dosage_form,
        max(stage) FILTER (country = 'US') AS us, max(stage_zh) FILTER (country = 'US') AS us_zh,
        max(stage) FILTER (country = 'EU') AS eu, max(stage_zh) FILTER (country = 'EU') AS eu_zh,
        max(stage) FILTER (country = 'JP') AS jp, max(stage_zh) FILTER (country = 'JP') AS jp_zh,
        max(stage) FILTER (country = 'CN') AS cn, max(stage_zh) FILTER (country = 'CN') AS cn_zh,
        coalesce(list(country ORDER BY country) FILTER (current_status = 'marketed'), []) AS marketed_today_in,
        coalesce(list(further ORDER BY country) FILTER (further IS NOT NULL), []) AS further_evidence,
        coalesce(list(country) FILTER (NOT starts_with(stage, 'not_filed')), []) AS filed_in
    FROM cell GROUP BY ALL
), block AS (
    SELECT generic, dosage_form, count(*) AS drugs, sum(records)::BIGINT AS records
    FROM drug GROUP BY ALL
)
SELECT m.generic, g.names_zh AS generic_zh,
    m.dosage_form, f.label_en AS dosage_form_en, f.label_zh AS dosage_form_zh,
    coalesce(m.us, if(list_contains(c.countries, 'US'), 'not_filed', NULL)) AS us,
    coalesce(m.us_zh, if(list_contains(c.countries, 'US'), '无申报', NULL)) AS us_zh,
    coalesce(m.eu, if(list_contains(c.countries, 'EU'), 'not_filed', NULL)) AS eu,
    coalesce(m.eu_zh, if(list_contains(c.countries, 'EU'), '无申报', NULL)) AS eu_zh,
    coalesce(m.jp, if(list_contains(c.countries, 'JP'), 'not_filed', NULL)) AS jp,
    coalesce(m.jp_zh, if(list_contains(c.countries, 'JP'), '无申报', NULL)) AS jp_zh,
    coalesce(m.cn, if(list_contains(c.countries, 'CN'), 'not_filed', NULL)) AS cn,
    coalesce(m.cn_zh, if(list_contains(c.countries, 'CN'), '无申报', NULL)) AS cn_zh,
    m.marketed_today_in,
    list_filter(coalesce(if(m.dosage_form = 'unspecified', u.recorded_in, u.unknown_in), []),
        lambda country: NOT list_contains(m.filed_in, country)) AS form_unknown_in,
    m.further_evidence, b.drugs, b.records
FROM matrix m
CROSS JOIN covered c
LEFT JOIN unsaid u USING (generic)
LEFT JOIN block b USING (generic, dosage_form)
LEFT JOIN generic g USING (generic)
LEFT JOIN dosage_form f USING (dosage_form)
ORDER BY m.generic, m.dosage_form;
