#include "apps/cli/picture_paths.h"

#include <fmt/core.h>

#include <cstdio>
#include <iostream>

#include "apps/cli/data_arguments.h"
#include "apps/cli/name_list.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {

const char kPicturePathsHelp[] =
    "Picture files, folders (with all below them), databases (LMDB, LevelDB, HDF5), lists "
    "(NAME.txt: path label) and labels (.csv, .jsonl)";

void AddPathsOrStdin(Command* verb, std::vector<std::string>* words, bool* stdin_zero) {
  verb->AddOption("PATH", words, kPicturePathsHelp + std::string("; - reads names from stdin"))
      ->Required();
  verb->AddFlag("-0,--null", stdin_zero,
                "Names on stdin end with a NUL byte, as find -print0 writes them");
}

void AddPictureOptions(Command* verb, EncodePathsOptions* pictures) {
  verb->AddOption("--exclude", &pictures->exclude,
                  "Leave out names or paths in folders that match this shell pattern; may be "
                  "repeated")
      ->ValueName("PATTERN")
      ->Repeatable();
  verb->AddFlag("--hidden", &pictures->hidden, "Also look at names that start with a dot");
  AddDataOptions(verb, &pictures->data);
}

void AddLabelNamesOption(Command* verb, EncodePathsOptions* pictures) {
  verb->AddOption("--label-names", &pictures->label_names,
                  "Names of a database's or list's labels, one a line from label 0 on; default: "
                  "their digits")
      ->ValueName("FILE");
}

void AddModelOption(Command* verb, std::filesystem::path* model) {
  verb->AddOption("--model", model,
                  "A model package, or a name that `hashlens model list` gives; default: the usual "
                  "one")
      ->ValueName("MODEL");
}

Status ReadPicturePaths(const std::vector<std::string>& words, bool stdin_zero, const char* done,
                        EncodePathsOptions* pictures) {
  auto paths = ReadNameList(words, stdin_zero, std::cin);
  if (!paths.ok()) return paths.status();
  pictures->paths = std::move(*paths);
  if (!pictures->paths.empty()) return {};
  return InvalidArgument(fmt::format("no names on standard input; nothing was {}", done));
}

void WarnOfPicture(const EncodedPicture& picture, Session* session) {
  const std::string path = PrintablePath(picture.path) + ": ";
  if (!picture.error.empty()) session->Warn("failed: " + path + picture.error);
  if (!picture.damage.empty()) session->Warn("damaged: " + path + picture.damage);
}

Status CheckStdout() {
  return std::ferror(stdout) == 0 ? Status() : IoError("standard output could not be written");
}

void NoteCounts(const EncodeReport& report, const char* done, Session* session) {
  for (const std::string& warning : report.warnings) session->Warn("warning: " + warning);
  std::string line = fmt::format("{} {}", report.encoded, done);
  if (report.damaged > 0) line += fmt::format(" ({} of them damaged)", report.damaged);
  if (report.failed > 0) line += fmt::format(", {} failed", report.failed);
  if (report.skipped > 0) line += fmt::format(", {} other files passed over", report.skipped);
  if (report.encoded > 0) {
    line += fmt::format(" in {:.1f} s, {:.0f} images/s", report.seconds,
                        static_cast<double>(report.encoded) / report.seconds);
  }
  session->Note(line);
}

Status NothingDone(const EncodeReport& report, const EncodePathsOptions& pictures,
                   const char* done) {
  if (report.failed == 1) return NotFound(fmt::format("the only picture could not be {}", done));
  if (report.failed > 0)
    return NotFound(fmt::format("none of {} pictures could be {}", report.failed, done));
  const auto& paths = pictures.paths;
  return NotFound("no pictures in " + (paths.size() == 1
                                           ? PrintablePath(paths.front())
                                           : fmt::format("the {} paths", paths.size())));
}

ExitCode CodeOfRun(const EncodeReport& report) {
  return report.failed > 0 || !report.warnings.empty() ? kExitSomeFailed : kExitDone;
}

}  // namespace hashlens
