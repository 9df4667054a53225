-- search(term, max_rows := 50): drugs by brand, generic, company, group, target, dosage form or any
-- number in any notation, in English, Chinese or Japanese, best first (R43). Several words combine: all
-- must match. Behind a target, a word for a class of drugs (EGFR inhibitor, EGFR抑制剂) need not.
-- `matched` says which word matched which term and how; 'similar' is a suggestion for a misspelling.
-- Example: SELECT generic, dosage_form_en, holder, progress, matched FROM search('nevirapine');
CREATE MACRO search(wanted, max_rows := 50) AS TABLE
FROM search_words(asked_words(fold_term(wanted)), asked_phrase(fold_term(wanted)), max_rows := max_rows);
