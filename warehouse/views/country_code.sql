-- country_code(wanted): the code of a market named by its code or its name in English or Chinese, in any
-- case; any other text as it is, in capitals. EU is the Union.
-- Example: SELECT country_code('中国') AS china, country_code('eu') AS europe;
CREATE MACRO country_code(wanted) AS coalesce((
    SELECT min(l.code) FROM label l
    WHERE l.kind = 'country'
        AND fold_term(wanted) IN (lower(l.code), lower(l.label_en), l.label_zh)
), upper(wanted));
