// Times as people write them, in filters of the command line and of requests.
#ifndef HASHLENS_APPS_SERVER_TIME_TEXT_H_
#define HASHLENS_APPS_SERVER_TIME_TEXT_H_

#include <cstdint>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// "2026-11-01", "2026-11-01T12:30" or "2026-11-01T12:30:59", in local time, or an age "7d", "36h",
// "2w" before now_ms: in milliseconds since 1970.
Result<int64_t> ParseTime(const std::string& text, int64_t now_ms);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_TIME_TEXT_H_
