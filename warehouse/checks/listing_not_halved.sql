-- No source that was in the snapshot before has lost half of its listings or more. Sources have
-- their own, finer gates; this one catches what goes wrong after them.
SELECT p.source_id, p.listings AS before, coalesce(l.listings, 0) AS now
FROM (SELECT source_id, count(*) AS listings FROM previous.listing GROUP BY source_id) p
LEFT JOIN (SELECT source_id, count(*) AS listings FROM listing GROUP BY source_id) l USING (source_id)
WHERE coalesce(l.listings, 0) * 2 <= p.listings;
