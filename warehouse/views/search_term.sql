-- search_term: the texts by which drugs can be found (R43), one row per text, kind and entity: term_key is the
-- text folded (fold_term), term as it is shown, entity what it names: kind:name, or drug:id. Fast for one
-- term_key; to find drugs, use the macro search.
-- Example: SELECT kind, term, entity FROM search_term WHERE term_key = fold_term('Nevirapine');
CREATE VIEW search_term AS
SELECT k.term_key, coalesce(e.term, k.term_key) AS term, n.kind, n.weight,
    coalesce(s.entity, 'drug:' || d.drug_id) AS entity
FROM search_key k
JOIN search_entry e USING (term_no)
JOIN search_kind n USING (kind_no)
LEFT JOIN search_entity s USING (entity_no)
LEFT JOIN search_drug d ON d.drug_no = e.entity_no;
