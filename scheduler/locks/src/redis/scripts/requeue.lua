-- ARGV lease, delay in ms, failures until dead, reason (empty: no failure)
local block, failures, requeues = take(ARGV[1])
if not block then
  return 'not ours'
end
local due = milliseconds() + ARGV[2]
if ARGV[4] == '' then
  wait(block, due, failures, requeues + 1)
  return 'waiting'
end
return fail(block, failures, requeues, due, ARGV[4], tonumber(ARGV[3]))
