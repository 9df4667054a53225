-- targets_of(wanted): the targets that a text means, in any spelling that the index knows: case, spaces
-- and hyphens do not matter (HER-2, her2), nor does a word for inhibitors (EGFR抑制剂, EGFR inhibitors).
-- Example: SELECT targets_of('egfr inhibitors') AS targets;
CREATE MACRO targets_of(wanted) AS (
    SELECT coalesce(list(DISTINCT k.entity[8:] ORDER BY k.entity[8:]), [])
    FROM search_term k
    WHERE starts_with(k.entity, 'target:')
        AND regexp_replace(k.term_key, '[^\p{L}\p{N}]', '', 'g') IN (
            regexp_replace(fold_term(wanted), '[^\p{L}\p{N}]', '', 'g'),
            regexp_replace(regexp_replace(fold_term(wanted),
                '\s*-?\s*(inhibitors?|antagonists?|agonists?|blockers?|antibod(y|ies)|抑制剂|拮抗剂|激动剂|阻滞剂|单抗|抗体|阻害薬|阻害剤)$', ''),
                '[^\p{L}\p{N}]', '', 'g')
        )
);
