-- asked_phrase(phrase): what is looked for as one word beside the words of a folded query (asked_words):
-- the query itself, without a word for a class of drugs where that leaves the name of a target.
-- Example: SELECT asked_phrase('egf receptor antagonists') AS target, asked_phrase('c1 esterase inhibitor') AS name;
CREATE MACRO asked_phrase(phrase) AS (
    WITH given AS MATERIALIZED (
        SELECT whole, without_class(whole) AS name FROM (SELECT phrase AS whole)
    ), target AS (
        SELECT k.term_key AS name
        FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no)
        WHERE n.kind = 'target' AND k.term_key IN (SELECT whole FROM given UNION SELECT name FROM given)
    )
    SELECT if(g.whole NOT IN (FROM target) AND g.name IN (FROM target), g.name, g.whole) FROM given g
);
