-- generics_of(wanted): the generic names that a text means: a name in English, Chinese or Japanese or
-- any spelling of it in a source; where nothing is exactly that, names that begin with it.
-- Example: SELECT generics_of('奥希替尼') AS generics;
CREATE MACRO generics_of(wanted) AS (
    WITH named AS (
        SELECT k.entity[9:] AS generic, k.term_key = fold_term(wanted) AS exact
        FROM search_term k
        WHERE starts_with(k.entity, 'generic:') AND k.kind <> 'ingredient' AND fold_term(wanted) <> ''
            AND starts_with(k.term_key, fold_term(wanted))
    )
    SELECT coalesce(list(DISTINCT n.generic ORDER BY n.generic), [])
    FROM named n WHERE n.exact = (SELECT bool_or(o.exact) FROM named o)
);
