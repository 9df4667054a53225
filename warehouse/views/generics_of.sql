-- generics_of(wanted): the generic names that a text means: a name in English, Chinese or Japanese or
-- any spelling of it in a source, or the names of all ingredients of a combination, in any order and
-- joined by a mark, by a space or by 'and' (sitagliptin/metformin, levodopa-carbidopa). Where nothing is exactly that, names that begin with it,
-- Chinese and Japanese those that contain it; else what is sold under it as a brand, else under a brand
-- that does so.
-- Example: SELECT generics_of('奥希替尼') AS generics, generics_of('Tagrisso') AS of_brand;
CREATE MACRO generics_of(wanted) AS (
    WITH given AS MATERIALIZED (
        -- A hyphen, a dot or a space stands inside names, too: it parts them where no other mark does.
        SELECT whole, list_filter(list_transform(regexp_split_to_array(whole, CASE
            WHEN regexp_matches(whole, '[/;+、&]|,\s|\s(and|und|et)\s') THEN '[/;+、&]|,\s|\s(and|und|et)\s'
            WHEN regexp_matches(whole, '[-・]') THEN '[-・]' ELSE '\s' END), lambda p: trim(p)),
            lambda p: p <> '') AS parts
        FROM (SELECT fold_term(wanted) AS whole)
    ), hit AS (
        -- Through one list, so that these few are looked up, and not all.
        SELECT unnest(list({'term_no': k.term_no, 'key': k.term_key,
            'distance': CASE WHEN k.term_key = g.whole THEN 1
                WHEN len(g.parts) > 1 AND list_contains(g.parts, k.term_key) THEN 2 ELSE 3 END})) AS h
        FROM search_key k, given g
        WHERE g.whole <> '' AND (starts_with(k.term_key, g.whole)
            OR len(g.parts) > 1 AND list_contains(g.parts, k.term_key)
            OR regexp_matches(g.whole, '[^\x{0000}-\x{2E7F}]') AND contains(k.term_key, g.whole))
    ), named AS MATERIALIZED (
        SELECT h.distance, h.key, n.kind, e.entity_no
        FROM hit JOIN search_entry e ON e.term_no = h.term_no JOIN search_kind n USING (kind_no)
        WHERE n.kind IN ('generic', 'alias', 'ingredient', 'brand')
    ), of_generic AS (
        SELECT n.distance, n.key, n.kind, s.entity[9:] AS generic
        FROM named n JOIN search_entity s USING (entity_no)
        WHERE n.kind <> 'brand' AND starts_with(s.entity, 'generic:')
    ), combination AS (
        SELECT o.generic
        FROM of_generic o JOIN generic c USING (generic)
        WHERE o.distance = 2 AND o.kind = 'ingredient'
            AND len(c.ingredients) = (SELECT len(list_distinct(g.parts)) FROM given g)
        GROUP BY o.generic, c.ingredients HAVING count(DISTINCT o.key) = len(c.ingredients)
    ), found AS (
        SELECT distance AS turn, generic FROM of_generic WHERE kind <> 'ingredient' AND distance <> 2
        UNION ALL
        SELECT 2, generic FROM combination
        UNION ALL
        SELECT 3 + n.distance, d.generic
        FROM named n JOIN search_drug s ON s.drug_no = n.entity_no JOIN drug d USING (drug_id)
        WHERE n.kind = 'brand' AND n.distance <> 2
    )
    SELECT coalesce(list(DISTINCT f.generic ORDER BY f.generic), [])
    FROM found f WHERE f.turn = (SELECT min(o.turn) FROM found o)
);
