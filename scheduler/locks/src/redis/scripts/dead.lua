return redis.call('HGETALL', DEAD)
