-- ARGV lease
if take(ARGV[1]) then
  return 1
end
return 0
