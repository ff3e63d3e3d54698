-- What every script ends with: one line of JSON. wrk runs a script twice, once for itself (`setup`, `done`) and once for
-- its only thread (`init`, `request`, `response`).

local thread_of_run

function setup(thread)
  thread_of_run = thread
end

-- Count every answer with another status. Pages go without: their answers are checked by their size, because wrk copies
-- the whole body for `response`.
function expect(status_of_success)
  unexpected, first_unexpected = 0, 0
  function response(status)
    if status ~= status_of_success then
      unexpected = unexpected + 1
      if first_unexpected == 0 then first_unexpected = status end
    end
  end
end

function done(summary, latency)
  local function of_thread(name) return thread_of_run:get(name) or 0 end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"answers": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d, '
    .. '"unexpected": %d, "first_unexpected": %d, "ran_out": %d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    of_thread("unexpected"), of_thread("first_unexpected"), of_thread("ran_out")))
end
