-- number_key(word): a folded number as the index holds it: an acceptance number without its unit
-- character (R21), a EudraCT number without the member state and a CTIS number without the
-- resubmission; any other word as it is.
-- Example: SELECT number_key('cyhs1900511国') AS acceptance, number_key('2023-505613-24-00') AS ctis, number_key('2013-004615-45/nl') AS eudract;
CREATE MACRO number_key(word) AS
CASE
    WHEN regexp_full_match(word, '[cj][a-z]{1,3}[0-9]{7}\p{L}') THEN word[:-2]
    WHEN regexp_full_match(word, '(20[0-9]{2}-[0-9]{6}-[0-9]{2})[-/][0-9a-z]{2,3}') THEN word[:14]
    ELSE word
END;
