-- Each source has as many listings as records of drugs.
SELECT source_id, listings, linked
FROM (SELECT source_id, count(*) AS listings FROM listing GROUP BY source_id)
FULL JOIN (
    SELECT source_id, count(*) AS linked FROM drug_record WHERE record_kind = 'listing' GROUP BY source_id
) USING (source_id)
WHERE listings IS DISTINCT FROM linked;
