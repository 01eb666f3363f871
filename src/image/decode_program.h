// Where the program hashlens-decode lies.
#ifndef HASHLENS_IMAGE_DECODE_PROGRAM_H_
#define HASHLENS_IMAGE_DECODE_PROGRAM_H_

#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

// What to do when it is missing or does not start; for the end of a message.
inline constexpr char kMendDecodeProgram[] =
    "install hashlens again, or build the target hashlens-decode, or set HASHLENS_DECODE to its "
    "path";

// Around the code that asks, then around the running program: in the same folder, in ../bin, and in
// libexec/hashlens one or two folders up. In order, each once.
std::vector<Path> DecodeProgramPlaces();

// The value of HASHLENS_DECODE, else the first of these places that has an executable file.
// kNotFound with all places and what to do.
Result<Path> FindDecodeProgram();

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_PROGRAM_H_
