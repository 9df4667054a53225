-- search_words(words, phrase, max_rows := 50): the search itself (R43), over folded text; `search` is
-- the one to call. A drug is found when every word matches one of its terms, or when the phrase as
-- a whole does. A word matches a term exactly (400), as its beginning (300), as the beginning of
-- a word in it (250, not single letters), inside it (200, not one or two letters, and not inside the
-- id of a drug), or, if it matches nothing at all, through the three most similar words of the index
-- (100). To this come the weight of the kind of term and, in fortieths, the share of the term that the
-- word covers (of a similar word, 40 less 10 an edit and up to 9 for the rest of the term); a drug has the
-- mean over its words. Numbers are looked for as the index holds them (number_key). Equal drugs come in
-- the order of search_drug.
-- docs/search.md has the rule in full.
-- Example: SELECT generic, holder, score FROM search_words(['lamivudine', 'zidovudine'], 'lamivudine zidovudine');
CREATE MACRO search_words(words, phrase, max_rows := 50) AS TABLE
WITH given AS MATERIALIZED (
    -- Once: a macro puts what it is given wherever the name of it stands.
    SELECT single, number_key(said) AS whole FROM (SELECT words AS single, phrase AS said)
), asked AS MATERIALIZED (
    SELECT DISTINCT attempt, word
    FROM (
        SELECT 0 AS attempt, number_key(said) AS word FROM (SELECT unnest(single) AS said FROM given)
        UNION ALL SELECT 1, whole FROM given WHERE len(single) <> 1 OR single[1] <> whole
    ) WHERE word <> ''
), word AS MATERIALIZED (
    -- The least class that its length allows; Chinese and Japanese begin at U+2E80.
    SELECT word, min(attempt) AS attempt,
        CASE WHEN length(word) > 2 OR regexp_matches(word, '[^\x{0000}-\x{2E7F}]') THEN 200
            WHEN length(word) = 2 THEN 250 ELSE 300 END AS least
    FROM asked GROUP BY word
), direct AS MATERIALIZED (
    SELECT * FROM (
        SELECT w.word, w.least, k.term_no,
            CASE WHEN k.term_key = w.word THEN 400
                WHEN starts_with(k.term_key, w.word) THEN 300
                -- The digits inside the id of a drug are nobody's number.
                WHEN regexp_full_match(k.term_key, 'd[0-9]{7,}') THEN 0
                WHEN contains(k.term_key, ' ' || w.word) THEN 250
                ELSE 200 END AS class,
            40 * strlen(w.word) // strlen(k.term_key) AS cover
        FROM word w JOIN search_key k ON contains(k.term_key, w.word)
    ) WHERE class >= least
), missing AS (
    SELECT word, strlen(word) AS bytes,
        CASE WHEN least = 200 AND regexp_matches(word, '[^\x{0000}-\x{2E7F}]') THEN 3
            WHEN length(word) < 6 THEN 1 WHEN length(word) < 10 THEN 2 ELSE 3 END AS edits
    FROM word
    WHERE attempt = 0 AND strlen(word) <= 64 AND NOT regexp_matches(word, '[0-9]')
        AND length(word) >= if(regexp_matches(word, '[^\x{0000}-\x{2E7F}]'), 3, 4)
        AND word NOT IN (SELECT word FROM direct)
), variant AS (
    SELECT m.word, w.word AS variant, damerau_levenshtein(m.word, w.word) AS away
    FROM missing m JOIN search_word w
        ON abs(m.bytes - strlen(w.word)) <= m.edits
        AND (left(m.word, 1) = left(w.word, 1) OR right(m.word, 2) = right(w.word, 2))
        AND damerau_levenshtein(m.word, w.word) <= m.edits
    QUALIFY row_number() OVER (
        PARTITION BY m.word ORDER BY away, abs(m.bytes - strlen(w.word)), w.word
    ) <= 3
), term AS (
    SELECT word, term_no, class + cover AS points, true AS numbers FROM direct
    UNION ALL
    SELECT v.word, k.term_no,
        131 - 10 * v.away + 9 * (40 * strlen(v.variant) // strlen(k.term_key)) // 40, false
    FROM variant v JOIN search_key k ON contains(k.term_key, v.variant)
), few AS (
    -- Through one list, so that DuckDB expects few terms and looks them up, not the other way round.
    SELECT t.word, t.term_no, t.points, t.numbers
    FROM (SELECT unnest(list({'word': word, 'term_no': term_no, 'points': points, 'numbers': numbers})) AS t
        FROM term)
), named AS MATERIALIZED (
    -- Points, kind and term in one number: the greatest is the best reason.
    SELECT t.word, e.entity_no,
        max(((t.points + n.weight)::BIGINT << 40) + ((255 - e.kind_no)::BIGINT << 32)
            + 4294967295 - t.term_no) AS reason
    FROM few t JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no)
    WHERE t.numbers OR n.kind <> 'number'
    GROUP BY t.word, e.entity_no
), of_drug AS (
    SELECT n.word, l.drug_no, n.reason FROM named n JOIN search_link l USING (entity_no)
    UNION ALL
    SELECT word, entity_no, reason FROM named WHERE entity_no < (SELECT count(*) FROM search_drug)
), per_word AS MATERIALIZED (
    SELECT word, drug_no, max(reason) AS reason FROM of_drug GROUP BY word, drug_no
), wanted AS (
    SELECT attempt, count(*) AS words FROM asked GROUP BY attempt
), per_attempt AS (
    SELECT a.attempt, p.drug_no, sum(p.reason >> 40) // count(*) AS score, count(*) AS words
    FROM asked a JOIN per_word p USING (word)
    GROUP BY a.attempt, p.drug_no
), chosen AS MATERIALIZED (
    -- The better attempt; among equals the phrase.
    SELECT drug_no, (best >> 1)::INTEGER AS score, best & 1 AS attempt
    FROM (
        SELECT drug_no, max((score::BIGINT << 1) + attempt) AS best
        FROM per_attempt JOIN wanted USING (attempt, words) GROUP BY drug_no
    )
    ORDER BY score DESC, drug_no LIMIT max_rows
), reason AS MATERIALIZED (
    SELECT c.drug_no, p.word, p.reason >> 40 AS points,
        255 - ((p.reason >> 32) & 255) AS kind_no, 4294967295 - (p.reason & 4294967295) AS term_no
    FROM chosen c JOIN per_word p USING (drug_no) JOIN asked a USING (attempt, word)
), shown AS (
    SELECT DISTINCT e.term_no, e.kind_no, coalesce(e.term, k.term_key) AS term
    FROM (SELECT DISTINCT term_no, kind_no FROM reason) r
    JOIN search_entry e USING (term_no, kind_no) JOIN search_key k USING (term_no)
), explained AS (
    SELECT r.drug_no, list({'word': r.word,
        'how': CASE WHEN r.points >= 400 THEN 'exact' WHEN r.points >= 300 THEN 'prefix'
            WHEN r.points >= 250 THEN 'word' WHEN r.points >= 200 THEN 'substring' ELSE 'similar' END,
        'kind': n.kind, 'term': s.term} ORDER BY r.word) AS matched
    FROM reason r JOIN search_kind n USING (kind_no) JOIN shown s USING (term_no, kind_no)
    GROUP BY r.drug_no
), found AS MATERIALIZED (
    SELECT c.drug_no, c.score, s.drug_id FROM chosen c JOIN search_drug s USING (drug_no)
), reached AS (
    SELECT f.drug_no, list({'country': p.country, 'progress': p.progress, 'progress_zh': p.progress_zh,
        'inactive': p.inactive, 'progress_date': p.progress_date,
        'current_status': p.current_status} ORDER BY p.country) AS progress
    FROM found f JOIN drug_progress p USING (drug_id) GROUP BY f.drug_no
)
SELECT d.drug_id, d.generic, coalesce(g.names_zh, []) AS generic_zh,
    d.dosage_form, coalesce(o.label_en, d.dosage_form) AS dosage_form_en, o.label_zh AS dosage_form_zh,
    d.holder, d.holder_group, d.drug_names, d.partners, coalesce(r.progress, []) AS progress,
    d.records, f.score, e.matched
FROM found f
JOIN explained e USING (drug_no)
JOIN drug d USING (drug_id)
LEFT JOIN reached r USING (drug_no)
LEFT JOIN generic g USING (generic)
LEFT JOIN dosage_form o USING (dosage_form)
ORDER BY f.score DESC, f.drug_no;
