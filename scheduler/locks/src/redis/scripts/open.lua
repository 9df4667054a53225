-- ARGV token
local newest = newer_than(ARGV[1])
if newest then
  return {'stale', newest}
end
redis.call('HSET', STATE, 'fence', ARGV[1])
return {'done', redis.call('LINDEX', COMMITS, -1) or nil}
