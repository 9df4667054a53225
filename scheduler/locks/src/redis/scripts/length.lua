local waiting = redis.call('ZCOUNT', DUE, '-inf', milliseconds())
return {
  waiting,
  redis.call('ZCARD', DUE) - waiting,
  redis.call('HLEN', LEASED),
  redis.call('HLEN', DEAD),
}
