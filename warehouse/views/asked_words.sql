-- asked_words(phrase): the words of a folded query that have to match. A number in another notation is one
-- word (number_key), and so is the name of a target that is written with a slash (CDK4/6); a word for a
-- class of drugs is left out behind the name of a target (EGFR inhibitor), where it says nothing else.
-- Example: SELECT asked_words('egfr inhibitors astrazeneca') AS words, asked_words('c1 esterase inhibitor') AS name;
CREATE MACRO asked_words(phrase) AS (
    -- What is given is read once: a macro puts it wherever its name stands.
    WITH given AS MATERIALIZED (
        SELECT whole, number_key(whole) AS number FROM (SELECT phrase AS whole)
    ), target AS MATERIALIZED (
        SELECT DISTINCT k.term_key AS name
        FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no)
        WHERE n.kind = 'target'
    ), chunk AS MATERIALIZED (
        SELECT said, is_number, row_number() OVER () AS place
        FROM (SELECT number <> whole AS is_number,
            unnest(if(number <> whole, [number], string_split(whole, ' '))) AS said FROM given)
    ), part AS (
        SELECT place, if(is_number OR said IN (FROM target) OR without_class(said) IN (FROM target), [said],
            list_filter(regexp_split_to_array(said, '[\s/,;+、&]+'), lambda w: w <> '')) AS words
        FROM chunk
    ), token AS MATERIALIZED (
        SELECT said, without_class(said) AS name, row_number() OVER () AS place
        FROM (SELECT unnest(flatten(list(words ORDER BY place))) AS said FROM part)
    ), before_class AS (
        -- What stands before a word for a class, and may be of several words.
        SELECT c.place, string_agg(w.name, ' ' ORDER BY w.place) AS name
        FROM token c JOIN token s ON s.place < c.place JOIN token w ON w.place BETWEEN s.place AND c.place - 1
        WHERE c.name = '' GROUP BY c.place, s.place
    )
    SELECT coalesce(list(
        if(t.said NOT IN (FROM target) AND t.name IN (FROM target), t.name, t.said) ORDER BY t.place
    ), [])
    FROM token t
    WHERE t.name <> '' OR t.place NOT IN (SELECT b.place FROM before_class b JOIN target USING (name))
);
