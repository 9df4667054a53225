-- ARGV number of commits, 0 for all
return redis.call('LRANGE', COMMITS, 0 - ARGV[1], -1)
