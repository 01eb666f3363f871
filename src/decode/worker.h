// The life of a decoding process: start, give up rights, answer one request after the other.
#ifndef HASHLENS_DECODE_WORKER_H_
#define HASHLENS_DECODE_WORKER_H_

#include <functional>

#include "decode/picture_reader.h"

namespace hashlens {

struct WorkerParts {
  // Loads what readers need; nothing can be loaded afterwards.
  std::function<Status(bool pdf)> start;
  // A bit for each ImageFormat that `read` knows.
  std::function<uint64_t()> formats;
  PictureReader read;
};

// What main returns. Not for people: without the arguments of the protocol it says so. Ends when
// the client closes the socket or dies, and ignores the terminal's signals, which mean the client.
int RunWorker(int argc, char** argv, const WorkerParts& parts);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_WORKER_H_
