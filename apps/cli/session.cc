#include "apps/cli/session.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr double kTerminalSeconds = 0.1;
constexpr double kLogSeconds = 5;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int g_signal_pipe[2];

// Runs on whatever thread the signal meets, some of which libraries start before main: only what is
// safe in a signal handler.
void OnSignal(int) {
  static std::atomic<bool> asked = false;  // lock-free
  if (asked.exchange(true)) _exit(kExitInterrupted);
  const char byte = 0;
  (void)!::write(g_signal_pipe[1], &byte, 1);
}

// The first signal asks for a stop, from a thread where everything may be called. Signals that are
// ignored, as by nohup and for background jobs of scripts, stay ignored.
void WatchSignals(std::stop_source stop) {
  if (::pipe2(g_signal_pipe, O_CLOEXEC) != 0) return;  // then a signal ends the program as usual
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
  ::signal(SIGXFSZ, SIG_IGN);  // a file over the limit is then an error like a full disk
  std::thread([stop]() mutable {
    char byte = 0;
    while (::read(g_signal_pipe[0], &byte, 1) != 1) {
    }
    stop.request_stop();
  }).detach();
}

// Where nobody can be told, the work goes on and the exit code tells.
void WriteError(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string TimeLeft(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

// Whether standard error takes escape sequences.
bool IsTerminal() {
  const char* const kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

// Of the terminal as it is now; none when it does not tell.
size_t TerminalColumns() {
  struct winsize size {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : std::string::npos;
}

// At least as many as the text takes: letters that are not ASCII may be wide.
size_t ColumnsOf(std::string_view text) {
  size_t columns = 0;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x80) ++columns;
    if (byte >= 0xc0) columns += 2;
  }
  return columns;
}

// The parts with commas between them, as many from the first on as fit; of the first what fits.
std::string Joined(const std::vector<std::string>& parts, size_t columns) {
  std::string line = parts.front();
  while (ColumnsOf(line) > columns) line.pop_back();
  for (size_t i = 1; i < parts.size(); ++i) {
    if (ColumnsOf(line) + ColumnsOf(parts[i]) + 2 > columns) break;
    line += ", " + parts[i];
  }
  return line;
}

}  // namespace

Session::Session() : terminal_(IsTerminal()) { WatchSignals(stop_); }

ProgressFunction Session::progress() {
  if (quiet) return {};
  return [this](const Progress& progress) { DrawProgress(progress); };
}

void Session::DrawProgress(const Progress& progress) {
  const double now = Now();
  if (progress.stage != stage_) {
    EndProgress();
    stage_ = progress.stage;
    stage_start_ = now;
    stage_first_done_ = progress.done;
    last_drawn_ = terminal_ ? 0 : now;
  }
  const bool last = progress.total > 0 && progress.done >= progress.total;
  if (now - last_drawn_ < (terminal_ ? kTerminalSeconds : kLogSeconds) && !(terminal_ && last))
    return;
  last_drawn_ = now;
  std::vector<std::string> parts{fmt::format("{}: {}", progress.stage, progress.done)};
  if (progress.total > 0) parts.front() += fmt::format("/{}", progress.total);
  const double seconds = now - stage_start_;
  const uint64_t done = progress.done - std::min(progress.done, stage_first_done_);
  if (seconds > 0.5 && done > 0) {
    const double rate = static_cast<double>(done) / seconds;
    parts.push_back(fmt::format("{:.{}f}/s", rate, rate < 10 ? 1 : 0));
    const double left = static_cast<double>(progress.total - progress.done) / rate;
    if (progress.total > progress.done) {
      const double seconds_left = progress.seconds_left < 0 ? left : progress.seconds_left;
      parts.push_back(TimeLeft(seconds_left) + " left");
    }
  }
  if (!progress.detail.empty()) parts.emplace_back(progress.detail);
  if (progress.failed > 0) parts.push_back(fmt::format("{} failed", progress.failed));
  if (progress.skipped > 0) parts.push_back(fmt::format("{} skipped", progress.skipped));
  // A line that fills the last column would make some terminals go on to the next.
  const size_t columns = terminal_ ? TerminalColumns() : std::string::npos;
  const std::string line = Joined(parts, columns == std::string::npos ? columns : columns - 1);
  WriteError(terminal_ ? "\r\x1b[K" + line : line + "\n");
  std::fflush(stderr);
  line_open_ = terminal_;
}

void Session::EndProgress() {
  if (line_open_) WriteError("\n");
  line_open_ = false;
  stage_.clear();
}

void Session::Note(const std::string& line) {
  EndProgress();
  if (!quiet) WriteError(line + "\n");
}

void Session::Warn(const std::string& line) {
  EndProgress();
  WriteError(line + "\n");
}

ExitCode Session::Fail(const Status& status) {
  EndProgress();
  WriteError("hashlens: " + status.message() + "\n");
  return ExitCodeOf(status);
}

void Session::PrintJson(const nlohmann::json& json) {
  Print(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Session::Print(const std::string& text) {
  EndProgress();
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string Counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string Size(uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 10'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

void AddPathField(nlohmann::json* object, const std::filesystem::path& path) {
  (*object)["path"] = path.native();
  if (const std::string hex = HexIfNotUtf8(path); !hex.empty()) (*object)["path_hex"] = hex;
}

}  // namespace hashlens
