-- company_key(name): a folded name of a company as it is compared where no name is exactly the same: without
-- its legal form (R7), without marks and spaces, and without the and between two names.
-- Example: SELECT company_key('boehringer-ingelheim gmbh') AS one, company_key('江苏恒瑞医药股份有限公司') AS another;
CREATE MACRO company_key(name) AS regexp_replace(regexp_replace(name,
    '\b(incorporated|inc|limited|ltd|pty|company|co|corporation|corp|gmbh|kg|ag|s\.?a\.?s|s\.?a|a/s|ab|oy|plc|llc|lp|n\.?v|b\.?v|s\.?p\.?a|s\.?r\.?l|k\.?k|and|und)\b|(股份|责任)?有限公司|株式会社|\((株|有)\)', '', 'g'),
    '[^\p{L}\p{N}]', '', 'g');
