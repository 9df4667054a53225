-- companies_of(wanted): the standard companies that a text means: a company in any spelling of a source,
-- or all companies of a corporate group, in English, Chinese or Japanese. With a company come those of
-- its group that are called after it (Janssen Biotech and Janssen-Cilag with Janssen), or, where it has
-- no group, those without one. Where nothing is exactly that, those with a name that begins with it, else
-- those with a name that contains it.
-- Example: SELECT companies_of('阿斯利康') AS companies;
CREATE MACRO companies_of(wanted) AS (
    WITH named AS (
        SELECT k.entity,
            CASE
                WHEN k.term_key = fold_term(wanted) THEN 1
                WHEN starts_with(k.term_key, fold_term(wanted)) THEN 2
                ELSE 3
            END AS distance
        FROM search_term k
        WHERE (starts_with(k.entity, 'company:') OR starts_with(k.entity, 'group:'))
            AND fold_term(wanted) <> '' AND contains(k.term_key, fold_term(wanted))
    ), nearest AS (
        SELECT DISTINCT n.entity, n.distance FROM named n WHERE n.distance = (SELECT min(o.distance) FROM named o)
    ), meant AS (
        SELECT n.entity[9:] AS company FROM nearest n WHERE starts_with(n.entity, 'company:')
        UNION
        SELECT c.company FROM company c JOIN nearest n ON n.entity = 'group:' || c.corporate_group
        UNION
        -- One exact name would hide the others.
        SELECT c.company
        FROM nearest n
        JOIN company m ON n.entity = 'company:' || m.company
        JOIN company c ON c.corporate_group IS NOT DISTINCT FROM m.corporate_group
            AND (starts_with(lower(c.company), lower(m.company) || ' ')
                OR starts_with(lower(c.company), lower(m.company) || '-'))
        WHERE n.distance = 1
    )
    SELECT coalesce(list(m.company ORDER BY m.company), []) FROM meant m
);
