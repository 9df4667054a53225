-- ARGV lease, visibility in ms, failures until dead, reason for expired ones
local now = milliseconds()
local dead_after = tonumber(ARGV[3])
local expired, dead = 0, 0
-- A bounded number at a time, so that no call is slow; the next takes more.
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, 100)) do
  local block, failures, requeues, due = take(lease)
  if block then
    expired = expired + 1
    if fail(block, failures, requeues, due, ARGV[4], dead_after) == 'dead' then
      dead = dead + 1
    end
  end
end
local text = redis.call('HGET', LEASED, ARGV[1])
if not text then
  local first = redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
  local block, due = first[1], first[2]
  if not block then
    return {digits(expired), digits(dead)}
  end
  local counts = redis.call('HGET', COUNTS, block) or '0 0'
  -- It keeps its place in the queue if the lease ends.
  text = counts .. ' ' .. digits(due) .. ' ' .. block
  redis.call('ZREM', DUE, block)
  redis.call('HDEL', COUNTS, block)
  redis.call('HSET', LEASED, ARGV[1], text)
  redis.call('ZADD', ENDS, digits(now + ARGV[2]), ARGV[1])
end
local failures, requeues, block = string.match(text, '^(%d+) (%d+) %d+ (.*)$')
return {digits(expired), digits(dead), failures, requeues, block}
