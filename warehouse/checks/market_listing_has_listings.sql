-- The listings that a merged row (R14) names are in the table listing, each in one merged row only.
SELECT m.record_id, count(*) AS merged_rows, any_value(m.market_listing_id) AS market_listing_id
FROM (SELECT market_listing_id, unnest(record_ids) AS record_id FROM market_listing) m
LEFT JOIN listing l USING (record_id)
GROUP BY m.record_id
HAVING count(*) > 1 OR count(l.record_id) = 0;
