-- ARGV token, base (empty: nothing was committed), commits to keep (0: all), value
local newest = newer_than(ARGV[1])
if newest then
  return {'stale', newest}
end
local last = redis.call('HGET', STATE, 'last') or ''
if last == ARGV[1] then
  return {'done'}
end
if last ~= ARGV[2] then
  return {'conflict'}
end
redis.call('HSET', STATE, 'fence', ARGV[1], 'last', ARGV[1])
redis.call('RPUSH', COMMITS, ARGV[1] .. ' ' .. ARGV[4])
if ARGV[3] ~= '0' then
  redis.call('LTRIM', COMMITS, -ARGV[3], -1)
end
return {'done'}
