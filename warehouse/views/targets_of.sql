-- targets_of(wanted): the targets that a text means, by any name in English, Chinese or Japanese (HER2,
-- PD-1, 表皮生长因子受体): case, width, spaces and hyphens do not matter (HER-2, her2), nor, where no
-- target is called that, a word for a class of drugs (EGFR抑制剂, EGFR inhibitors, anti-PD-1).
-- Example: SELECT targets_of('egfr inhibitors') AS targets;
CREATE MACRO targets_of(wanted) AS (
    WITH name AS (
        -- Through one list, so that only the names of targets are compared, and not all terms.
        SELECT k.term_key, k.entity[8:] AS target
        FROM (SELECT unnest(list({'term_key': t.term_key, 'entity': t.entity})) AS k
            FROM search_term t WHERE t.kind = 'target')
    ), named AS (
        SELECT DISTINCT k.target,
            regexp_replace(k.term_key, '[^\p{L}\p{N}]', '', 'g')
                = regexp_replace(fold_term(wanted), '[^\p{L}\p{N}]', '', 'g') AS as_it_is
        FROM name k
        WHERE regexp_replace(k.term_key, '[^\p{L}\p{N}]', '', 'g') IN (
            regexp_replace(fold_term(wanted), '[^\p{L}\p{N}]', '', 'g'),
            regexp_replace(without_class(fold_term(wanted)), '[^\p{L}\p{N}]', '', 'g')
        )
    )
    SELECT coalesce(list(DISTINCT n.target ORDER BY n.target), [])
    FROM named n WHERE n.as_it_is = (SELECT bool_or(o.as_it_is) FROM named o)
);
