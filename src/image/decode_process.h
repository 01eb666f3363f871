// The client of one decoding process (base/decode_protocol.h). Nothing that the process says or
// does can harm the client: sizes are checked against what was given, and pixels are copied.
#ifndef HASHLENS_IMAGE_DECODE_PROCESS_H_
#define HASHLENS_IMAGE_DECODE_PROCESS_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "base/decode_protocol.h"
#include "base/file.h"
#include "base/image_format.h"
#include "hashlens/status.h"
#include "image/decode_spawn.h"
#include "image/image.h"
#include "image/shared_memory.h"

namespace hashlens {

struct ApartRequest {
  ByteSpan file;
  ImageFormat format = ImageFormat::kPng;
  int jpeg_denominator = 0;  // as of DecodeMessage
  int min_short_side = 0;
  uint64_t max_pixels = 0;
  uint64_t max_memory = 0;  // bytes, beside what the process has when it starts and the file
  int timeout_ms = 0;       // of processor time
  bool lenient = false;     // as of DecodeOptions
  int stall_ms = 60'000;    // without any processor time; then the process is stuck
};

// As stored in the file, not yet upright.
struct ApartPicture {
  Image image;
  int original_width = 0;
  int original_height = 0;
  int orientation = 1;  // 0: only the client knows
  std::string damage;   // as of DecodedImage
};

// One thread at a time.
class DecodeProcess {
 public:
  DecodeProcess(const Path& program, SpawnedProgram spawned, bool pdf);
  // Waits until the process is ready. kNotFound when it is not what it should be, kIoError when
  // somebody killed it.
  Status Greet();
  // Kills the process when it is still there.
  ~DecodeProcess();
  DecodeProcess(const DecodeProcess&) = delete;
  DecodeProcess& operator=(const DecodeProcess&) = delete;

  // The errors of DecodeImage. Afterwards usable() tells whether there can be a next picture.
  Result<ApartPicture> Decode(const ApartRequest& request);
  bool usable() const { return usable_; }
  // Whether Decode failed because the process had ended before: no fault of the file.
  bool was_gone() const { return was_gone_; }
  bool pdf() const { return pdf_; }
  const DecodeMessage& hello() const { return hello_; }
  int pid() const { return spawned_.pid; }

 private:
  enum class Ended { kAnswer, kClosed, kNonsense, kOutOfTime, kStuck };
  Status GiveMemory();
  Status SendRequest(const ApartRequest& request);
  Ended Await(const ApartRequest& request, DecodeMessage* answer);
  Result<ApartPicture> TakePixels(const ApartRequest& request, const DecodeMessage& answer);
  Status TakeFailure(const ApartRequest& request, const DecodeMessage& answer) const;
  bool AnswerRoom(const ApartRequest& request, const DecodeMessage& wanted);
  Status WhyItEnded(const ApartRequest& request, Ended how);
  bool Send(const DecodeMessage& message, std::initializer_list<int> descriptors) const;
  bool Receive(DecodeMessage* message, bool* closed) const;
  void SetLimit(int resource, uint64_t value) const;
  void SetMemoryLimit(const ApartRequest& request, uint64_t shared_bytes);
  int64_t CpuMs() const;
  // Waits for the process' end, which comes by itself within `patience_ms` or is brought about.
  // Its wait status; none when somebody else has waited for it.
  std::optional<int> End(int patience_ms);

  const Path program_;
  const SpawnedProgram spawned_;
  const bool pdf_;
  bool ended_ = false;   // and was waited for
  bool killed_ = false;  // by this side
  bool usable_ = true;
  bool was_gone_ = false;
  DecodeMessage hello_;
  uint64_t start_bytes_ = 0;  // of address space, when it was ready
  uint64_t memory_limit_ = 0;
  uint64_t sequence_ = 0;
  // For small files and pictures, one after the other.
  std::optional<SharedMemory> input_, output_;
  // For this picture alone.
  std::optional<SharedMemory> large_input_, large_output_;
  Status no_room_;  // why there was no room for the pixels
};

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_PROCESS_H_
