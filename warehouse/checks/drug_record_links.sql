-- What links a record to another is true (R29): both are in the drug, and both have the company, group
-- or product number that links. One record of a drug is linked to none: the others hang on it.
WITH bound AS (
    SELECT DISTINCT record_id, coalesce('group ' || corporate_group, 'company ' || company) AS name
    FROM record_company WHERE links
    UNION ALL SELECT record_id, 'same_product ' || product_number FROM listing WHERE product_number IS NOT NULL
), stated AS (
    SELECT r.record_id, r.linked_to, r.drug_id, r.link_kind || ' ' || r.link_name AS name, o.drug_id AS its_drug
    FROM drug_record r LEFT JOIN drug_record o ON o.record_id = r.linked_to
    WHERE r.link_kind <> 'first'
)
SELECT 'linked to a record of another drug' AS problem, drug_id, record_id, linked_to
FROM stated WHERE its_drug IS DISTINCT FROM drug_id
UNION ALL
SELECT 'the record does not have ' || coalesce(name, 'it'), drug_id, record_id, linked_to
FROM stated s ANTI JOIN bound b ON b.record_id = s.record_id AND b.name = s.name
WHERE NOT starts_with(name, 'decision ')
UNION ALL
SELECT 'the other record does not have ' || coalesce(name, 'it'), drug_id, record_id, linked_to
FROM stated s ANTI JOIN bound b ON b.record_id = s.linked_to AND b.name = s.name
WHERE NOT starts_with(name, 'decision ')
UNION ALL
SELECT count(*) FILTER (link_kind = 'first') || ' first records', drug_id, min(record_id), NULL
FROM drug_record GROUP BY drug_id HAVING count(*) FILTER (link_kind = 'first') <> 1;
