// What a decoding process may say (image/decode_process.h). The input is a list of messages, each
// with a byte before it: 1: of another magic number or version as they come; 2: of another sequence
// number; 4: cut short.
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include "fuzz/input.h"
#include "fuzz/target.h"
#include "image/decode_process.h"

namespace hashlens {
namespace {

constexpr size_t kMostMessages = 8;

void Say(int socket, const DecodeMessage& message, size_t size) {
  Require(::send(socket, &message, size, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(size),
          "a socket pair takes a few messages");
}

// What the next bytes say, in the frame that the client expects of its first picture.
void SayNext(int socket, InputTaker* taker) {
  const uint8_t form = taker->Byte();
  const ByteSpan bytes = taker->Bytes(sizeof(DecodeMessage));
  DecodeMessage message;
  std::memcpy(static_cast<void*>(&message), bytes.data(), bytes.size());
  if ((form & 1) == 0) {
    message.magic = kDecodeMagic;
    message.version = kDecodeVersion;
  }
  if ((form & 2) == 0) message.sequence = 1;
  Say(socket, message, (form & 4) == 0 ? sizeof(message) : 1 + form % sizeof(message));
}

void CheckPicture(const ApartPicture& picture, const ApartRequest& request) {
  const Image& image = picture.image;
  Require(image.width > 0 && image.height > 0 &&
              image.rgb.size() ==
                  3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height),
          "a picture has its pixels");
  Require(static_cast<uint64_t>(picture.original_width) <=
              request.max_pixels / static_cast<uint64_t>(picture.original_height),
          "a picture is within the limit");
}

void FuzzDecodeAnswer(ByteSpan input) {
  int sockets[2];
  Require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0, "a socket pair");
  const FileHandle worker(sockets[1]);
  SpawnedProgram spawned;
  spawned.pid = INT_MAX;  // no process has it, so that none is asked about or ended
  spawned.socket = FileHandle(sockets[0]);
  Say(sockets[1], DecodeMessage(), sizeof(DecodeMessage));  // kHello
  DecodeProcess process("hashlens-decode", std::move(spawned), false);
  Require(process.Greet().ok(), "a process that says hello is taken");

  InputTaker taker(input);
  ApartRequest request;
  const std::string_view file = taker.ShortText();
  request.file = AsBytes(file);
  request.max_pixels = taker.Number<uint16_t>();
  request.timeout_ms = request.stall_ms = 1000;
  for (size_t i = 0; i < kMostMessages && !taker.empty(); ++i) SayNext(sockets[1], &taker);
  ::shutdown(sockets[1], SHUT_WR);
  const auto picture = process.Decode(request);
  if (picture.ok()) CheckPicture(*picture, request);
  Require(picture.ok() || !picture.status().message().empty(), "a failure has a message");
}

const FuzzTarget kDecodeAnswer("decode_answer", FuzzDecodeAnswer);

}  // namespace
}  // namespace hashlens
