// What every verb gets: where to say things, how to be stopped, and how the program ends.
// Data goes to stdout; everything else - progress, notes, errors - to stderr.
#ifndef HASHLENS_APPS_CLI_SESSION_H_
#define HASHLENS_APPS_CLI_SESSION_H_

#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include "apps/cli/exit_code.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

class Session {
 public:
  Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Of every verb that works on a library: --device, --precision, --jobs, --max-pixels, ... fill
  // this.
  OpenOptions open;
  char** arguments = nullptr;  // of main, for a program that takes over
  bool quiet = false;
  bool lenient = false;  // --lenient was given, which says what holds without it

  // Triggered by Ctrl-C, SIGTERM and SIGHUP, but for those that were ignored when the program was
  // started; a second Ctrl-C ends the program at once.
  std::stop_token stop() const { return stop_.get_token(); }
  // Draws a line on a terminal, no longer than the terminal is wide at that moment, or prints one
  // every few seconds elsewhere; nothing when quiet.
  ProgressFunction progress();
  // Ends the progress line, if there is one.
  void EndProgress();

  // One line to stderr, for people. Nothing when quiet.
  void Note(const std::string& line);
  // One line to stderr, also when quiet: something is wrong, but the work goes on.
  void Warn(const std::string& line);
  // One line to stderr: "hashlens: message". Returns the exit code that belongs to it.
  ExitCode Fail(const Status& status);
  // One line of JSON on stdout.
  void PrintJson(const nlohmann::json& json);
  // Text on stdout. The program fails at its end when stdout could not be written.
  void Print(const std::string& text);

 private:
  void DrawProgress(const Progress& progress);

  std::stop_source stop_;
  bool terminal_;
  bool line_open_ = false;
  std::string stage_;
  double stage_start_ = 0;
  double last_drawn_ = 0;
  uint64_t stage_first_done_ = 0;
};

// "1 segment", "2 segments".
std::string Counted(uint64_t count, std::string_view noun);

// "812 bytes", "64.0 kB", "1.3 GB".
std::string Size(uint64_t bytes);

// "path", and where it is not valid UTF-8 also "path_hex" with the true bytes.
void AddPathField(nlohmann::json* object, const std::filesystem::path& path);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_SESSION_H_
