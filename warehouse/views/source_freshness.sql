-- source_freshness: for each source, how old its last good data is now, and whether that is older than
-- its freshness objective. A source that never succeeded is overdue.
-- Example: SELECT source_id, age_hours, max_age_hours, overdue, last_run_status_zh FROM source_freshness;
CREATE VIEW source_freshness AS
SELECT s.source_id, s.title, s.publisher, s.country, c.label_zh AS country_zh,
    s.last_success_at,
    -- epoch_us, because a cast to TIMESTAMP would use the client's time zone.
    round((epoch_us(now()) - epoch_us(s.last_success_at)) / 3.6e9, 1) AS age_hours,
    s.max_age_hours,
    s.last_success_at IS NULL
        OR epoch_us(now()) - epoch_us(s.last_success_at) > s.max_age_hours * 3600000000 AS overdue,
    s.last_run_status, r.label_zh AS last_run_status_zh, s.problem,
    s.rows, s.last_run_id, s.data_run_id
FROM source s
LEFT JOIN label c ON c.kind = 'country' AND c.code = s.country
LEFT JOIN label r ON r.kind = 'run_status' AND r.code = s.last_run_status
ORDER BY s.source_id;
