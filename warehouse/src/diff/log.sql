-- The change logs between the snapshots, counted by reason (R41): entities, not fields.
SELECT l.entity_kind, l.change, l.reason, any_value(w.label_zh) AS reason_zh, count(DISTINCT l.entity_id) AS entities
FROM log l LEFT JOIN label w ON w.kind = 'reason' AND w.code = l.reason
GROUP BY l.entity_kind, l.change, l.reason
ORDER BY list_position(['drug', 'listing', 'registration', 'trial'], l.entity_kind),
    list_position(['appeared', 'vanished', 'changed'], l.change), l.reason
