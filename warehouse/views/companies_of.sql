-- companies_of(wanted): the standard companies that a text means: a company in any spelling of a source,
-- or all companies of a corporate group, in English, Chinese or Japanese. With a company come those of
-- its group that are called after it (Janssen Biotech and Janssen-Cilag with Janssen), or, where it has
-- no group, those without one. Where nothing is exactly that, those whose name is the same but for the legal
-- form and marks (company_key), else those with a name that begins with it, else those that contain it.
-- Example: SELECT companies_of('阿斯利康') AS companies, companies_of('Boehringer-Ingelheim') AS others;
CREATE MACRO companies_of(wanted) AS (
    WITH given AS MATERIALIZED (
        SELECT whole, company_key(whole) AS key FROM (SELECT fold_term(wanted) AS whole)
    ), name AS (
        -- Through one list, so that only names of companies and groups are compared, and not all terms.
        SELECT unnest(list({'entity': s.entity, 'term_no': e.term_no})) AS n
        FROM search_entry e JOIN search_kind k USING (kind_no) JOIN search_entity s USING (entity_no)
        WHERE k.kind IN ('company', 'group')
    ), named AS MATERIALIZED (
        SELECT n.entity,
            CASE
                WHEN k.term_key = g.whole THEN 1
                WHEN contains(k.term_key, left(g.key, 2)) AND company_key(k.term_key) = g.key THEN 2
                WHEN starts_with(k.term_key, g.whole) THEN 3
                WHEN contains(k.term_key, g.whole) THEN 4
            END AS distance
        FROM name JOIN search_key k ON k.term_no = n.term_no CROSS JOIN given g
        WHERE g.whole <> '' AND (contains(k.term_key, g.whole)
            OR g.key <> '' AND contains(k.term_key, left(g.key, 2)))
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
        WHERE n.distance < 3
    )
    SELECT coalesce(list(m.company ORDER BY m.company), []) FROM meant m
);
