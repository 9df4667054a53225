-- pipeline(company_or_group): every drug that a company, or a company of a corporate group, takes part
-- in, one row each, furthest first: as what, and how far it has come in each market and since when. The
-- name in any spelling of a source and in English, Chinese or Japanese; a part of a name finds all that
-- contain it. `role`: holder, partner, manufacturer or historical (it was the holder before, R13); the
-- first of these that fits. An empty market has no record. `evidence`: the records that decided.
-- Example: SELECT generic, generic_zh, dosage_form_zh, role_zh, us, cn, cn_date FROM pipeline('阿斯利康');
CREATE MACRO pipeline(company_or_group) AS TABLE
WITH mine AS (
    SELECT unnest(companies_of(company_or_group)) AS company
), part(drug_id, company, turn) AS (
    SELECT drug_id, holder, 1 FROM drug WHERE holder IN (FROM mine)
    UNION ALL
    SELECT * FROM (SELECT drug_id, unnest(partners) AS name, 2 FROM drug) WHERE name IN (FROM mine)
    UNION ALL
    SELECT * FROM (SELECT drug_id, unnest(manufacturers) AS name, 3 FROM drug) WHERE name IN (FROM mine)
    UNION ALL
    SELECT * FROM (SELECT drug_id, unnest(historical_companies) AS name, 4 FROM drug) WHERE name IN (FROM mine)
), role AS (
    SELECT drug_id, min(turn) AS turn, list(DISTINCT company ORDER BY company) AS companies
    FROM part GROUP BY drug_id
), reached AS (
    SELECT m.drug_id, max(m.stage) AS stage, bool_and(m.inactive) AS inactive,
        arg_max(m.progress, (m.stage, NOT m.inactive)) AS furthest,
        arg_max(m.progress_zh, (m.stage, NOT m.inactive)) AS furthest_zh,
        max(m.progress || if(m.inactive, ' (inactive)', '')) FILTER (m.country = 'US') AS us,
        max(m.progress_zh || if(m.inactive, '（已停止）', '')) FILTER (m.country = 'US') AS us_zh,
        max(m.progress_date) FILTER (m.country = 'US') AS us_date,
        max(m.progress || if(m.inactive, ' (inactive)', '')) FILTER (m.country = 'EU') AS eu,
        max(m.progress_zh || if(m.inactive, '（已停止）', '')) FILTER (m.country = 'EU') AS eu_zh,
        max(m.progress_date) FILTER (m.country = 'EU') AS eu_date,
        max(m.progress || if(m.inactive, ' (inactive)', '')) FILTER (m.country = 'JP') AS jp,
        max(m.progress_zh || if(m.inactive, '（已停止）', '')) FILTER (m.country = 'JP') AS jp_zh,
        max(m.progress_date) FILTER (m.country = 'JP') AS jp_date,
        max(m.progress || if(m.inactive, ' (inactive)', '')) FILTER (m.country = 'CN') AS cn,
        max(m.progress_zh || if(m.inactive, '（已停止）', '')) FILTER (m.country = 'CN') AS cn_zh,
        max(m.progress_date) FILTER (m.country = 'CN') AS cn_date,
        list(m.country ORDER BY m.country) FILTER (m.current_status = 'marketed') AS marketed_today_in,
        list_sort(list_distinct(flatten(list(m.evidence)))) AS evidence
    FROM drug_market m WHERE m.drug_id IN (SELECT drug_id FROM role) GROUP BY m.drug_id
)
SELECT d.generic, join_names(g.names_zh) AS generic_zh,
    d.dosage_form, f.label_zh AS dosage_form_zh,
    ['holder', 'partner', 'manufacturer', 'historical'][r.turn] AS role,
    ['上市许可持有人', '合作企业', '生产单位', '历史企业'][r.turn] AS role_zh,
    s.furthest, s.furthest_zh, s.us, s.us_zh, s.us_date, s.eu, s.eu_zh, s.eu_date,
    s.jp, s.jp_zh, s.jp_date, s.cn, s.cn_zh, s.cn_date,
    coalesce(s.marketed_today_in, []) AS marketed_today_in,
    d.targets, d.drug_names, r.companies, d.holder, d.holder_source, d.records, s.evidence, d.drug_id
FROM role r
JOIN drug d USING (drug_id)
LEFT JOIN reached s USING (drug_id)
LEFT JOIN generic g ON g.generic = d.generic
LEFT JOIN dosage_form f ON f.dosage_form = d.dosage_form
ORDER BY r.turn = 4, s.stage DESC, s.inactive, d.generic, d.dosage_form, d.drug_id;
