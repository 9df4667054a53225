-- DUE     sorted set: waiting block -> time when it is due, ms
-- COUNTS  hash: waiting block -> 'failures requeues', where one is not 0
-- ENDS    sorted set: lease -> time when it ends, ms
-- LEASED  hash: lease -> 'failures requeues due block'; due: when it was
-- DEAD    hash: block -> 'failures reason'
local DUE, COUNTS, ENDS, LEASED, DEAD = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function wait(block, due, failures, requeues)
  local old = redis.call('ZSCORE', DUE, block)
  if not old or tonumber(old) > due then
    redis.call('ZADD', DUE, digits(due), block)
  end
  local counts = redis.call('HGET', COUNTS, block)
  if counts then
    local f, r = string.match(counts, '^(%d+) (%d+)$')
    failures = math.max(failures, tonumber(f))
    requeues = math.max(requeues, tonumber(r))
  end
  if failures > 0 or requeues > 0 then
    redis.call('HSET', COUNTS, block, failures .. ' ' .. requeues)
  end
  return not old
end

-- The block of a lease and its counts; the lease is gone.
local function take(lease)
  local text = redis.call('HGET', LEASED, lease)
  redis.call('HDEL', LEASED, lease)
  redis.call('ZREM', ENDS, lease)
  if not text then
    return nil
  end
  local failures, requeues, due, block = string.match(text, '^(%d+) (%d+) (%d+) (.*)$')
  return block, tonumber(failures), tonumber(requeues), tonumber(due)
end

-- A block that waits already was pushed since: that is a new change, and a new
-- chance, so it is not set aside.
local function fail(block, failures, requeues, due, reason, dead_after)
  failures = failures + 1
  if failures >= dead_after then
    if redis.call('ZSCORE', DUE, block) then
      return 'waiting'
    end
    redis.call('HSET', DEAD, block, failures .. ' ' .. reason)
    return 'dead'
  end
  wait(block, due, failures, requeues + 1)
  return 'waiting'
end

