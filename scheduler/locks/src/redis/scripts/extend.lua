-- ARGV lease, visibility in ms
if redis.call('HEXISTS', LEASED, ARGV[1]) == 0 then
  return 0
end
redis.call('ZADD', ENDS, digits(milliseconds() + ARGV[2]), ARGV[1])
return 1
