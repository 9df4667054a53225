-- asked_words(phrase): the words of a folded query that have to match. The name of a target of several
-- words or with a slash (CDK 4/6, CDK4/6, GLP-1 receptor) is one word, and so is a number in another notation
-- (number_key) or with slashes; a word for a class of drugs is left out behind the name of a target
-- (EGFR inhibitor), where it says nothing else. A hyphen or a middle dot between names of ingredients parts
-- them (levodopa-carbidopa); `and` between words is left out.
-- Example: SELECT asked_words('egfr inhibitors astrazeneca') AS words, asked_words('c1 esterase inhibitor') AS name;
CREATE MACRO asked_words(phrase) AS (
    -- What is given is read once: a macro puts it wherever its name stands.
    WITH given AS MATERIALIZED (
        SELECT whole, number_key(whole) AS number FROM (SELECT phrase AS whole)
    ), target AS MATERIALIZED (
        SELECT DISTINCT k.term_key AS name
        FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no)
        WHERE n.kind = 'target'
    ), word AS MATERIALIZED (
        SELECT said, is_number, row_number() OVER () AS place
        FROM (SELECT number <> whole AS is_number,
            unnest(if(number <> whole, [number], string_split(whole, ' '))) AS said FROM given)
    ), run AS MATERIALIZED (
        -- Neighbours that may be one name or number.
        SELECT a.place, b.place AS last, string_agg(w.said, ' ' ORDER BY w.place) AS said
        FROM word a JOIN word b ON b.place BETWEEN a.place + 1 AND a.place + 7
        JOIN word w ON w.place BETWEEN a.place AND b.place
        GROUP BY a.place, b.place
    ), longest AS MATERIALIZED (
        SELECT place, max(last) AS last FROM run
        WHERE said IN (FROM target) OR without_class(said) IN (FROM target) OR number_key(said) <> said
        GROUP BY place
    ), kept AS MATERIALIZED (
        -- Of those that overlap the first.
        SELECT o.place, o.last FROM longest o
        ANTI JOIN longest e ON e.place < o.place AND e.last >= o.place
    ), chunk AS MATERIALIZED (
        SELECT r.place, r.said, true AS is_one FROM run r JOIN kept USING (place, last)
        UNION ALL
        SELECT w.place, w.said, w.is_number
            OR regexp_full_match(w.said, '(emea/h/c|[a-z]{2}/h)/[0-9]+(/[0-9]+)?|[0-9]{6}/[0-9]{3}')
        FROM word w ANTI JOIN kept k ON w.place BETWEEN k.place AND k.last
    ), part AS (
        SELECT place, if(is_one OR said IN (FROM target) OR without_class(said) IN (FROM target), [said],
            list_filter(regexp_split_to_array(said, '[\s/,;+、&"]+'), lambda w: w <> '')) AS words
        FROM chunk
    ), token AS MATERIALIZED (
        SELECT said, without_class(said) AS name, row_number() OVER () AS place
        FROM (SELECT unnest(flatten(list(words ORDER BY place))) AS said FROM part)
    ), before_class AS (
        -- What stands before a word for a class, and may be of several words.
        SELECT c.place, string_agg(w.name, ' ' ORDER BY w.place) AS name
        FROM token c JOIN token s ON s.place < c.place JOIN token w ON w.place BETWEEN s.place AND c.place - 1
        WHERE c.name = '' GROUP BY c.place, s.place
    ), meant AS MATERIALIZED (
        SELECT t.place, if(t.said NOT IN (FROM target) AND t.name IN (FROM target), t.name, t.said) AS word
        FROM token t
        WHERE t.name <> '' OR t.place NOT IN (SELECT b.place FROM before_class b JOIN target USING (name))
    ), piece AS MATERIALIZED (
        SELECT place, unnest(string_split(replace(word, '・', '-'), '-')) AS name
        FROM meant WHERE regexp_matches(word, '[-・]')
    ), ingredient AS (
        SELECT DISTINCT k.term_key AS name
        FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no)
        WHERE n.kind = 'ingredient' AND k.term_key IN (SELECT name FROM piece)
    ), joined AS MATERIALIZED (
        SELECT p.place FROM piece p LEFT JOIN ingredient i USING (name)
        GROUP BY p.place HAVING count(i.name) = count(*)
    ), found AS (
        SELECT coalesce(flatten(list(
            if(place IN (FROM joined), string_split(replace(word, '・', '-'), '-'), [word]) ORDER BY place
        )), []) AS words FROM meant
    )
    SELECT if(len(names) > 0, names, words)
    FROM (SELECT words, list_filter(words, lambda w: w NOT IN ('and', 'und', 'et')) AS names FROM found)
);
