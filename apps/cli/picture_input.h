// A picture on standard input.
#ifndef HASHLENS_APPS_CLI_PICTURE_INPUT_H_
#define HASHLENS_APPS_CLI_PICTURE_INPUT_H_

#include <cstdint>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// All that the stream has, or the first bytes beyond max_bytes, which whoever makes a feature of
// them then refuses. kInvalidArgument when it is a terminal, kIoError.
Result<std::string> ReadPicture(int fd, uint64_t max_bytes);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_PICTURE_INPUT_H_
