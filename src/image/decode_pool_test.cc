// Each way in which a decoding process can fail is a failure of that file, with its reason.
#include "image/decode_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/temp_folder.h"
#include "image/decode_program.h"
#include "image/test_pictures.h"

namespace hashlens {
namespace {

Path Beside(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

ApartRequest Small(std::string_view file) {
  ApartRequest request;
  request.file = AsBytes(file);
  request.format = ImageFormat::kGif;
  request.max_pixels = 1'000'000;
  request.max_memory = uint64_t{1} << 28;
  request.timeout_ms = 20'000;
  request.stall_ms = 20'000;
  return request;
}

class FakeDecoder : public testing::Test {
 protected:
  // The failure of a file that asks the fake for this.
  Status Ask(const std::string& what) {
    return Ask(what, [](ApartRequest*) {});
  }
  Status Ask(const std::string& what, auto change) {
    const std::string file = "GIF89a!" + what;
    ApartRequest request = Small(file);
    change(&request);
    return pool_.Decode(request).status();
  }
  // After each failure the next file is read as ever.
  void ExpectRecovered() {
    const auto picture = pool_.Decode(Small("GIF89a!picture"));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    EXPECT_EQ(picture->image.rgb, (std::vector<uint8_t>{0, 10, 20, 30, 40, 50}));
  }
  void ExpectFailure(const std::string& what, StatusCode code, const std::string& reason) {
    const Status status = Ask(what);
    EXPECT_EQ(status.code(), code) << what << ": " << status.message();
    EXPECT_EQ(status.message(), reason) << what;
    ExpectRecovered();
  }
  DecodePool pool_{Beside("hashlens-decode-fake"), 2};
};

// The sanitizers end a process after SIGSEGV by themselves, and set no memory limit. What the
// thread sanitizer does then is refused by the sandbox.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
constexpr char kSegmentationFault[] = "decoder crashed (exit code 1)";
#elif defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
constexpr char kSegmentationFault[] = "decoder crashed (signal 4)";
#else
constexpr bool kSanitized = false;
constexpr char kSegmentationFault[] = "decoder crashed (signal 11)";
#endif

TEST_F(FakeDecoder, ACrashIsAFailureOfTheFile) {
  ExpectFailure("crash", StatusCode::kCorruption, kSegmentationFault);
  ExpectFailure("abort", StatusCode::kCorruption, "decoder crashed (signal 6)");
}

TEST_F(FakeDecoder, AnEndWithoutAnAnswerIsAFailureOfTheFile) {
  ExpectFailure("exit", StatusCode::kCorruption, "decoder crashed (exit code 7)");
  ExpectFailure("close", StatusCode::kCorruption,
                "decoder closed its connection without an answer");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(FakeDecoder, WithoutMemoryTheLimitIsTheReason) {
  for (const char* what : {"allocate", "allocate and crash"})
    ExpectFailure(what, StatusCode::kInvalidArgument, "needs more than 256 MB of memory");
}
#endif

TEST_F(FakeDecoder, ProcessorTimeIsLimitedAndWaitingIsNot) {
  const auto soon = [](ApartRequest* request) { request->timeout_ms = 200; };
  const Status spun = Ask("spin", soon);
  EXPECT_EQ(spun.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(spun.message(), "took more than 200 ms of processor time");
  ExpectRecovered();
  // One that waits uses none; it is stuck after a time of its own.
  const Status hung = Ask("hang", [](ApartRequest* request) {
    request->timeout_ms = 200;
    request->stall_ms = 400;
  });
  EXPECT_EQ(hung.message(), "decoder was stuck: it used no processor time for 400 ms");
  ExpectRecovered();
}

TEST_F(FakeDecoder, WhatALyingProcessSaysHarmsNobody) {
  for (const char* what : {"short", "long", "late", "hello again", "huge", "negative", "empty",
                           "overflow", "grown", "turned"})
    ExpectFailure(what, StatusCode::kCorruption, "decoder gave an answer that makes no sense");
  ExpectFailure("room", StatusCode::kInvalidArgument,
                "more pixels than the limit of 1000000 pixels");
}

TEST_F(FakeDecoder, ItsWordsAreMadePrintable) {
  EXPECT_EQ(Ask("words").message(), "two\\x0alines \\x1b[31m and \\xff");
}

TEST_F(FakeDecoder, TheSandboxIsInForce) {
  const auto hello = pool_.Hello();
  ASSERT_TRUE(hello.ok()) << hello.status().message();
  ASSERT_NE(hello->facts & kSystemCallFilter, 0u) << "no seccomp in this kernel";
  EXPECT_EQ(Ask("syscalls").message(), "allowed: nothing");
  EXPECT_FALSE(std::filesystem::exists("/tmp/hashlens-decode-test"));
}

TEST_F(FakeDecoder, HasNoDescriptorsOfThisProcess) {
  const int inherited = ::open("/dev/null", O_RDONLY);  // without close-on-exec, as others open it
  EXPECT_EQ(Ask("descriptors").message(), "open: 0 1 2 3");
  ::close(inherited);
}

TEST_F(FakeDecoder, OneThatWasKilledWhileIdleIsReplacedUnseen) {
  const int pid = std::stoi(Ask("pid").message());
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  // Until its end of the socket is closed.
  siginfo_t info = {};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  ExpectRecovered();
}

TEST_F(FakeDecoder, OneThatIsKilledAtWorkIsAFailureThatMayPass) {
  const int pid = std::stoi(Ask("pid").message());
  std::jthread killer([pid] { ::kill(pid, SIGKILL); });
  const Status status = Ask("hang");
  killer.join();
  // Or it was killed before, and the next one hangs.
  EXPECT_TRUE(status.code() == StatusCode::kIoError ||
              status.message().starts_with("decoder was stuck"))
      << status.message();
  ExpectRecovered();
}

TEST_F(FakeDecoder, IgnoresTheTerminalsSignals) {
  const int pid = std::stoi(Ask("pid").message());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ASSERT_EQ(::kill(pid, signal), 0);
  EXPECT_EQ(std::stoi(Ask("pid").message()), pid);
}

TEST_F(FakeDecoder, ThreadsShareFewProcessesAndMayEnd) {
  std::atomic<int> right = 0;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 5; ++k) right += pool_.Decode(Small("GIF89a!picture")).ok() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(right, 60);
  ExpectRecovered();  // the threads are gone, the processes are not
}

bool HasEnded(int pid, int patience_ms) {
  const FileHandle handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd event = {handle.fd(), POLLIN, 0};
  return !handle.open() || ::poll(&event, 1, patience_ms) == 1;
}

TEST_F(FakeDecoder, LeavesNoProcessBehind) {
  int pid = 0;
  {
    DecodePool pool(Beside("hashlens-decode-fake"), 1);
    pid = std::stoi(pool.Decode(Small("GIF89a!pid")).status().message());
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);  // not even as a zombie
}

// Again and again: the thread that ends processes goes on.
TEST(DecodePool, OneWithoutWorkIsEndedAndReplacedWhenThereIsSome) {
  DecodePool pool(Beside("hashlens-decode-fake"), 2, std::chrono::milliseconds(1));
  for (int round = 0; round < 3; ++round) {
    const Status asked = pool.Decode(Small("GIF89a!pid")).status();
    EXPECT_TRUE(HasEnded(std::stoi(asked.message()), 20'000));
    EXPECT_TRUE(pool.Decode(Small("GIF89a!picture")).ok());
  }
}

TEST(DecodePool, AProcessEndsWithTheOneThatStartedIt) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    DecodePool pool(Beside("hashlens-decode-fake"), 1);
    const std::string text = pool.Decode(Small("GIF89a!pid")).status().message();
    if (::write(pipe[1], text.c_str(), text.size() + 1) < 0) ::_exit(1);
    ::_exit(pool.Decode(Small("GIF89a!hang")).ok() ? 0 : 1);
  }
  char text[64] = {};
  ASSERT_GT(::read(pipe[0], text, sizeof(text) - 1), 0);
  const int worker = std::stoi(text);
  EXPECT_EQ(::kill(worker, 0), 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(HasEnded(worker, 20'000));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(DecodePool, AForkedChildHasProcessesOfItsOwn) {
  const std::string png = VipsFile(TestPicture(30, 20), ".png");
  ApartRequest request = Small(png);
  request.format = ImageFormat::kPng;
  ASSERT_TRUE(DecodePool::Shared().Decode(request).ok());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(DecodePool::Shared().Decode(request).ok() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(DecodePool::Shared().Decode(request).ok());
}

TEST(DecodePool, AProgramThatIsMissingOrBrokenIsToldWithItsRemedy) {
  const TempFolder folder;
  const auto message = [&](const Path& program) {
    const auto picture = DecodePool(program, 1).Decode(Small("GIF89a!picture"));
    EXPECT_EQ(picture.status().code(), StatusCode::kNotFound);
    EXPECT_NE(picture.status().message().find(kMendDecodeProgram), std::string::npos);
    return picture.status().message();
  };
  EXPECT_NE(message(folder.path() / "none").find("No such file"), std::string::npos);
  const auto script = [&](const std::string& text) {
    const Path path = folder.path() / "script";
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  };
  EXPECT_NE(message(script("#!/bin/sh\nexit 1\n")).find("it ends at once"), std::string::npos);
  EXPECT_NE(
      message(script("#!/bin/sh\necho no libvips here >&2; exit 127\n")).find("no libvips here"),
      std::string::npos);
  EXPECT_NE(message(script("no program at all")).find("cannot be run"), std::string::npos);
}

TEST(DecodePool, OneThatIsKilledAsItBeginsIsStartedOnceMore) {
  const TempFolder folder;
  const Path script = folder.path() / "script", mark = folder.path() / "mark";
  std::ofstream(script) << "#!/bin/sh\nif [ ! -e '" << mark.string() << "' ]; then : >'"
                        << mark.string() << "'; kill -9 $$; fi\nexec '"
                        << Beside("hashlens-decode-fake").string() << "' \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto picture = DecodePool(script, 1).Decode(Small("GIF89a!picture"));
  EXPECT_TRUE(picture.ok()) << picture.status().message();
  EXPECT_TRUE(std::filesystem::exists(mark));
}

TEST(DecodePool, TheRealProgramUnderATinyLimit) {
  DecodePool pool(Beside("hashlens-decode"), 1);
  const std::string png = VipsFile(NoisePicture(1500, 1500, 3), ".png[interlace]");
  ApartRequest request = Small(png);
  request.format = ImageFormat::kPng;
  request.max_pixels = 10'000'000;
  const auto picture = pool.Decode(request);
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  EXPECT_EQ(picture->image.rgb, NoisePicture(1500, 1500, 3).rgb);
  request.max_pixels = 1'000'000;
  EXPECT_EQ(pool.Decode(request).status().message(),
            "picture of 1500 x 1500 pixels is over the limit of 1000000 pixels");
  if (kSanitized) return;
  request.max_pixels = 10'000'000;
  request.max_memory = uint64_t{2} << 20;
  const Status status = pool.Decode(request).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "needs more than 2 MB of memory");
}

TEST(SharedMemory, CannotBeChangedInSize) {
  const auto memory = SharedMemory::Make(8192, true);
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(::ftruncate(memory->fd(), 0), -1);
  EXPECT_EQ(::ftruncate(memory->fd(), 1 << 20), -1);
  memory->start()[8191] = std::byte{7};
  // Others may only read it.
  EXPECT_EQ(::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd(), 0), MAP_FAILED);
  void* seen = ::mmap(nullptr, 8192, PROT_READ, MAP_SHARED, memory->fd(), 0);
  ASSERT_NE(seen, MAP_FAILED);
  EXPECT_EQ(static_cast<std::byte*>(seen)[8191], std::byte{7});
  ::munmap(seen, 8192);
}

}  // namespace
}  // namespace hashlens
