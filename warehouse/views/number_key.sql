-- number_key(word): a folded number as the index holds it. Without what is put before it (NDA 20-636,
-- EUCTR2010-020841-29, 受理号…, 国药准字…) and what lists append: an acceptance number without its unit character
-- (R21), a EudraCT number without the member state and a CTIS number without the resubmission; with the
-- zeros of the regulator (EMEA/H/C/4124, DE/H/300/1/DC). Any other word as it is.
-- Example: SELECT number_key('cyhs1900511国') AS acceptance, number_key('2023-505613-24-00') AS ctis, number_key('euctr2013-004615-45-nl') AS eudract, number_key('nda 20-636') AS fda;
CREATE MACRO number_key(word) AS list_transform([
    CASE
        WHEN regexp_full_match(word, 'emea/h/c/0{0,2}[1-9][0-9]{2,4}') AND length(word) < 15 THEN 'emea/h/c/' || lpad(word[10:], 6, '0')
        WHEN regexp_full_match(word, '[a-z]{2}/h/[0-9]{1,4}/[0-9]{1,3}(/(dc|mr))?')
            THEN word[:5] || lpad(split_part(word, '/', 3), 4, '0') || '/' || lpad(split_part(word, '/', 4), 3, '0')
        WHEN regexp_full_match(word, '[na][0-2][0-9]{5}') THEN word[2:]
        WHEN regexp_full_match(word, '(anda|nda|bla)[ :#-]*([0-9]{5,6}|[0-9]{2,3}-[0-9]{3})')
            THEN lpad(regexp_replace(word, '[^0-9]', '', 'g'), 6, '0')
        WHEN regexp_full_match(word, '(anda|nda|bla)[ :#-]*[0-9]{6}[-/][0-9]{3}')
            THEN replace(regexp_extract(word, '[0-9]{6}[-/][0-9]{3}$'), '/', '-')
        WHEN regexp_full_match(word, '(eudract|euctr|eu-ct|eu ct|euct|ctis|ct)[ :-]*(number|no\.?|nr\.?)?[ :#-]*20[0-9]{2}-[0-9]{6}-[0-9]{2}([-/][0-9a-z]{2,3})?')
            THEN regexp_extract(word, '20[0-9]{2}-[0-9]{6}-[0-9]{2}([-/][0-9a-z]{2,3})?$')
        WHEN regexp_full_match(word, '((受理号|(药品)?批准文号|(进口药品)?注册证号|登记号|注册号|承認番号)[ :]*)?国药准字 *[^ 0-9]*([0-9][^ 0-9]*){4,}')
            OR regexp_full_match(word, '(受理号|(药品)?批准文号|(进口药品)?注册证号|登记号|注册号|承認番号)[ :]*[^ 0-9]*([0-9][^ 0-9]*){4,}')
            THEN regexp_replace(word, '^((受理号|(药品)?批准文号|(进口药品)?注册证号|登记号|注册号|承認番号)[ :]*)?(国药准字 *)?', '')
        ELSE word
    END
], lambda n: CASE
    WHEN regexp_full_match(n, '[cj][a-z]{1,3}[0-9]{7}\p{L}') THEN n[:-2]
    WHEN regexp_full_match(n, '20[0-9]{2}-[0-9]{6}-[0-9]{2}[-/][0-9a-z]{2,3}') THEN n[:14]
    ELSE n
END)[1];
