-- wrk's requests to `hashlens serve`, and its figures as JSON; compare_serve.py starts it.
--   wrk ... -s serve_load.lua ADDRESS -- id LIB LAST_ID | upload LIB PICTURE...
local requests = {}
local at = 0

local function upload(library, file)
  local boundary = "hashlens-load"
  local picture = assert(io.open(file, "rb"))
  local body = "--" .. boundary .. "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"load\"\r\n\r\n" .. picture:read("a") .. "\r\n--" .. boundary .. "--\r\n"
  picture:close()
  return wrk.format("POST", "/v1/search?k=10&library=" .. library, {["Content-Type"] = "multipart/form-data; boundary=" .. boundary}, body)
end

function init(arguments)
  local kind, library = arguments[1], arguments[2]
  if kind == "id" then
    -- Spread over the library, the same ones each time.
    local last = tonumber(arguments[3])
    for i = 0, 4095 do
      requests[#requests + 1] = wrk.format("GET", "/v1/search?k=10&library=" .. library .. "&id=" .. (1 + math.floor(i * last / 4096)))
    end
  else
    for i = 3, #arguments do requests[#requests + 1] = upload(library, arguments[i]) end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "requests_per_s": %.1f, "p50_ms": %.2f, "p99_ms": %.2f, "max_ms": %.2f, "not_2xx": %d, "socket_errors": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
