-- search_words(words, phrase, max_rows := 50): the search itself (R43), over folded text; `search` is
-- the one to call. A drug is found when every word matches one of its terms, or when the phrase as
-- a whole does. A word matches a term exactly (400), as its beginning (300), as the beginning of
-- a word in it (250), inside it (200; Latin words of one or two letters not), or, if it matches
-- nothing at all, through the most similar words of the index (100). To this come the weight of the
-- kind of term and up to 40 for the share of the term that the word covers; a drug has the mean
-- over its words. Numbers are looked for without what lists and registries append (number_key). Among equals the first drug of every dosage form is taken before the second of any.
-- Example: SELECT generic, holder, score FROM search_words(['lamivudine', 'zidovudine'], 'lamivudine zidovudine');
CREATE MACRO search_words(words, phrase, max_rows := 50) AS TABLE
WITH said AS (
    SELECT 0 AS attempt, unnest(list_distinct(words)) AS word
    UNION
    SELECT 1, phrase WHERE len(words) <> 1 OR words[1] <> phrase
), asked AS (
    SELECT DISTINCT attempt, number_key(word) AS word FROM said
), direct AS (
    SELECT a.attempt, a.word, t.entity, t.kind, t.term, t.weight,
        CASE
            WHEN t.term_key = a.word THEN 'exact'
            WHEN starts_with(t.term_key, a.word) THEN 'prefix'
            WHEN contains(t.term_key, ' ' || a.word) THEN 'word'
            ELSE 'substring'
        END AS how,
        length(a.word) / length(t.term_key) AS covered
    FROM asked a JOIN search_term t ON contains(t.term_key, a.word)
    WHERE a.word <> ''
        AND (length(a.word) > 2 OR unicode(a.word) >= 11904 OR starts_with(t.term_key, a.word))
), missing AS (
    SELECT DISTINCT word FROM asked
    WHERE attempt = 0 AND length(word) >= if(unicode(word) >= 11904, 3, 4)
        AND NOT regexp_matches(word, '[0-9]')
        AND word NOT IN (SELECT word FROM direct)
), suggestion AS (
    SELECT m.word, w.word AS variant,
        jaro_winkler_similarity(m.word, w.word) AS similarity
    FROM missing m JOIN search_word w
        ON abs(length(m.word) - length(w.word)) <= 2
        AND damerau_levenshtein(m.word, w.word)
            <= CASE WHEN length(m.word) < 6 THEN 1 WHEN length(m.word) < 10 THEN 2 ELSE 3 END
    QUALIFY row_number() OVER (
        PARTITION BY m.word
        ORDER BY damerau_levenshtein(m.word, w.word), similarity DESC, w.word
    ) <= 3
), matched AS (
    SELECT attempt, word, entity, kind, term, how,
        (CASE how WHEN 'exact' THEN 400 WHEN 'prefix' THEN 300 WHEN 'word' THEN 250 ELSE 200 END
            + weight + floor(40 * covered))::INTEGER AS points
    FROM direct
    UNION ALL
    SELECT 0, s.word, t.entity, t.kind, t.term, 'similar',
        (100 + t.weight + floor(40 * s.similarity))::INTEGER
    FROM suggestion s JOIN search_term t ON contains(t.term_key, s.variant)
    WHERE t.kind <> 'number'
), per_word AS (
    SELECT m.attempt, e.drug_id, m.word, max(m.points) AS points,
        arg_max({'word': m.word, 'how': m.how, 'kind': m.kind, 'term': m.term},
            (m.points, m.kind, m.term)) AS how
    FROM matched m JOIN search_entity e USING (entity)
    GROUP BY m.attempt, e.drug_id, m.word
), per_attempt AS (
    SELECT attempt, drug_id, floor(avg(points))::INTEGER AS score, list(how ORDER BY word) AS matched
    FROM per_word GROUP BY attempt, drug_id
    HAVING count(*) = (SELECT count(*) FROM asked a WHERE a.attempt = per_word.attempt)
), best AS (
    SELECT drug_id, max(score) AS score, arg_max(matched, (score, attempt)) AS matched
    FROM per_attempt GROUP BY drug_id
), chosen AS (
    SELECT b.score, b.matched, d.*,
        row_number() OVER (
            PARTITION BY b.score, d.generic, d.dosage_form ORDER BY d.records DESC, d.drug_id
        ) AS turn,
        sum(d.records) OVER (PARTITION BY b.score, d.generic, d.dosage_form) AS form_records
    FROM best b JOIN drug d USING (drug_id)
    ORDER BY b.score DESC, length(d.generic), turn, d.records DESC, d.drug_id
    LIMIT max_rows
)
SELECT c.drug_id, c.generic, coalesce(g.names_zh, []) AS generic_zh,
    c.dosage_form, coalesce(f.label_en, c.dosage_form) AS dosage_form_en, f.label_zh AS dosage_form_zh,
    c.holder, c.holder_group, c.drug_names, c.partners,
    coalesce((
        SELECT list({'country': p.country, 'progress': p.progress, 'progress_zh': p.progress_zh,
            'inactive': p.inactive, 'progress_date': p.progress_date,
            'current_status': p.current_status} ORDER BY p.country)
        FROM drug_progress p WHERE p.drug_id = c.drug_id
    ), []) AS progress,
    c.records, c.score, c.matched
FROM chosen c
LEFT JOIN generic g USING (generic)
LEFT JOIN dosage_form f USING (dosage_form)
ORDER BY c.score DESC, length(c.generic), c.generic, c.form_records DESC, c.dosage_form,
    c.records DESC, c.drug_id;
