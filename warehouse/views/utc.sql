-- utc(moment): a DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE or ISO 8601 text as a TIMESTAMP in UTC,
-- whatever the time zone of the session. A date is its first moment, 00:00 UTC; text without an offset
-- is UTC. What is no time is an error.
-- Example: SELECT utc('2026-11-23T16:15:00+08:00') AS morning, utc(DATE '2026-11-23') AS midnight;
CREATE MACRO utc(moment) AS
CASE
    WHEN typeof(moment) = 'TIMESTAMP WITH TIME ZONE'
        OR regexp_matches(CAST(moment AS VARCHAR), ':[0-9]{2}(\.[0-9]+)?\s*[+-][0-9]{2}')
        -- epoch_us, because a cast to TIMESTAMP would use the time zone of the session or drop the offset.
        THEN make_timestamp(epoch_us(CAST(moment AS TIMESTAMPTZ)))
    ELSE CAST(moment AS TIMESTAMP)
END;
