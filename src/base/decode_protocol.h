// What the library and the program hashlens-decode say to each other: messages of one fixed size
// over a SOCK_SEQPACKET socket pair, bytes and pixels in shared memory beside it. Both sides are
// of one machine and one build, so that fields have the machine's own byte order.
//
//   worker   kHello                         once, when it has given up its rights
//   client   kMemory                        once: memory for all requests
//   client   kPicture                       a file's bytes lie in the input memory
//   worker   kNeedRoom, client kRoom        when the pixels do not fit into the output memory
//   worker   kPixels or kFailed             the one answer to kPicture
//
// Other kinds (metadata, archive members, frames of films) take numbers of their own.
#ifndef HASHLENS_BASE_DECODE_PROTOCOL_H_
#define HASHLENS_BASE_DECODE_PROTOCOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hashlens {

inline constexpr uint32_t kDecodeMagic = 0x43444c48;  // "HLDC"
inline constexpr uint16_t kDecodeVersion = 2;
inline constexpr int kDecodeSocket = 3;  // the worker's end of the socket pair

enum class DecodeKind : uint16_t {
  kHello = 1,
  kMemory = 2,   // with two descriptors: input and output
  kPicture = 3,  // with one descriptor when this file needs an input memory of its own
  kNeedRoom = 4,
  kRoom = 5,  // with a descriptor of output memory for this picture; without: refused
  kPixels = 6,
  kFailed = 7,
};

// Facts of kHello.
inline constexpr uint32_t kNoNewPrivileges = 1;
inline constexpr uint32_t kSystemCallFilter = 2;

// How a picture failed; the client makes a Status of it.
enum class DecodeFailure : uint32_t {
  kBroken = 1,       // kCorruption
  kUnsupported = 2,  // kUnsupported
  kOverLimit = 3,    // kInvalidArgument
  kNoMemory = 4,     // an allocation was refused
};

struct DecodeMessage {
  uint32_t magic = kDecodeMagic;
  uint16_t version = kDecodeVersion;
  DecodeKind kind = DecodeKind::kHello;
  uint64_t sequence = 0;  // counts kPicture; an answer has the number of its question

  uint32_t format = 0;  // an ImageFormat
  uint32_t flag = 0;  // kPicture: keep damaged pictures; kPixels: it is damaged, and text says how
  uint64_t file_bytes = 0;    // kPicture: at the start of the input memory
  uint64_t input_bytes = 0;   // size of the input memory
  uint64_t output_bytes = 0;  // size of the output memory; of kNeedRoom: wanted
  uint64_t max_pixels = 0;
  int32_t min_short_side = 0;
  int32_t jpeg_denominator = 0;  // kPicture: 0, or plain JPEG to be read by libjpeg-turbo at 1/n

  int32_t width = 0;  // of the pixels, as the file stores them (not upright)
  int32_t height = 0;
  int32_t original_width = 0;  // as stored, before shrinking
  int32_t original_height = 0;
  int32_t orientation = 1;  // how to turn the pixels upright

  DecodeFailure failure = DecodeFailure::kBroken;
  uint32_t facts = 0;    // kHello
  int32_t landlock = 0;  // kHello: version of the kernel's Landlock that is in force; 0: none
  uint64_t formats = 0;  // kHello: a bit for each ImageFormat that can be read
  char text[256] = {};   // the decoder's words, at most 255 bytes, zero at the end
};
static_assert(std::is_trivially_copyable_v<DecodeMessage> && sizeof(DecodeMessage) == 360);

// The start of the first output memory; pixels come behind it, in every output memory at the same
// place. What it says outlives the worker, so that a crash can be explained.
struct DecodeBoard {
  std::atomic<uint64_t> refused_bytes;  // the last allocation that was refused; 0: none
};
inline constexpr size_t kPixelsAt = 4096;
static_assert(std::atomic<uint64_t>::is_always_lock_free && sizeof(DecodeBoard) <= kPixelsAt);

// Arguments of the program: hashlens-decode --worker PARENT [--pdf], PARENT a process id.
inline constexpr char kWorkerArgument[] = "--worker";
// Also load what reads PDF, which costs more than all others to start.
inline constexpr char kPdfArgument[] = "--pdf";

}  // namespace hashlens

#endif  // HASHLENS_BASE_DECODE_PROTOCOL_H_
