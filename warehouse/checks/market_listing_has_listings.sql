-- A listing is in one merged row (R14) only.
SELECT m.record_id, count(*) AS merged_rows, list(m.market_listing_id ORDER BY m.market_listing_id) AS market_listing_ids
FROM (SELECT market_listing_id, unnest(record_ids) AS record_id FROM market_listing) m
GROUP BY m.record_id
HAVING count(*) > 1;
