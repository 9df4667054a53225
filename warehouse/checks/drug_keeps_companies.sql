-- The companies of a drug are those of its records, whatever their roles: none is lost, none invented
-- (R30); and so are its acceptance numbers.
WITH of_drug AS (
    SELECT drug_id, unnest(list_concat([holder], list_concat(partners, list_concat(manufacturers, historical_companies)))) AS company
    FROM drug
), of_records AS (
    SELECT DISTINCT r.drug_id, c.company FROM drug_record r JOIN record_company c USING (record_id)
), number_of_drug AS (
    SELECT drug_id, unnest(acceptance_numbers) AS number FROM drug
), number_of_records AS (
    SELECT r.drug_id, g.acceptance_number AS number FROM drug_record r JOIN registration g USING (record_id)
)
SELECT 'company lost' AS problem, drug_id, company AS name
FROM of_records ANTI JOIN of_drug USING (drug_id, company)
UNION ALL
SELECT 'company of no record', drug_id, company
FROM of_drug ANTI JOIN of_records USING (drug_id, company) WHERE company IS NOT NULL
UNION ALL
SELECT 'acceptance number lost', drug_id, number
FROM number_of_records ANTI JOIN number_of_drug USING (drug_id, number)
UNION ALL
SELECT 'acceptance number of no record', drug_id, number
FROM number_of_drug ANTI JOIN number_of_records USING (drug_id, number);
