-- KEYS lock, last token   ARGV owner, expiry in ms
local held = redis.call('GET', KEYS[1])
if held then
  local token, owner = string.match(held, '^(%d+) (.*)$')
  if owner == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {'granted', token}
  end
  return {'held', digits(math.max(redis.call('PTTL', KEYS[1]), 0))}
end
-- Larger than the last, and than any that was granted and then lost with the
-- end of the append-only file: that was before now.
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local token = digits(math.max(last + 1, microseconds()))
redis.call('SET', KEYS[2], token)
redis.call('SET', KEYS[1], token .. ' ' .. ARGV[1], 'NX', 'PX', ARGV[2])
return {'granted', token}
