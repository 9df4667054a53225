-- country_code(wanted): the code of a market named by its code, its name in English, Chinese or Japanese, or a
-- usual synonym (USA, Europe, JPN, PRC), in any case. EU is the Union. A text that names no market is an
-- error that lists them, because no rows would look like nobody; NULL stays NULL.
-- Example: SELECT country_code('中国') AS china, country_code('eu') AS europe, country_code('USA') AS america;
CREATE MACRO country_code(wanted) AS CASE WHEN wanted IS NULL THEN NULL ELSE coalesce((
    WITH named AS (
        SELECT code, unnest([lower(code), lower(label_en), label_zh]) AS name FROM label WHERE kind = 'country'
        UNION ALL
        SELECT code, unnest(names) FROM (VALUES
            ('US', ['usa', 'u.s.', 'u.s.a.', 'united states of america', 'the united states', 'america', '美國', '米国', 'アメリカ', 'アメリカ合衆国']),
            ('EU', ['e.u.', 'europe', 'european union', '欧洲', '歐盟', '欧州', '欧州連合', 'ヨーロッパ']),
            ('JP', ['jpn', 'jap', 'nippon', '日本国']),
            ('CN', ['chn', 'prc', 'mainland china', 'people''s republic of china', '中國', '中华人民共和国', '中国大陆'])
        ) AS synonym(code, names)
    )
    SELECT min(n.code) FROM named n
    WHERE n.name = fold_term(wanted) AND n.code IN (SELECT l.code FROM label l WHERE l.kind = 'country')
), error('no market is called ''' || wanted || '''; there are ' || (
    SELECT string_agg(l.code || ' (' || l.label_en || ', ' || l.label_zh || ')', ', ' ORDER BY l.code)
    FROM label l WHERE l.kind = 'country'
))) END;
