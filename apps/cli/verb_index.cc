#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/cli/data_arguments.h"
#include "apps/cli/index_output.h"
#include "apps/cli/name_list.h"
#include "apps/cli/reduction_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/database.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct IndexArguments {
  std::string library;
  std::vector<std::string> paths;
  std::vector<std::string> tags;
  std::string model;
  int bits = 0;
  std::optional<FeatureForm> features;
  bool stdin_zero = false;
  bool json = false;
  bool categories = false;
  IndexPathsOptions index;
};

// discarded: the run has made a library in which nothing is, and has deleted it again.
void NoteIndexReport(const IndexReport& report, const IndexArguments& arguments, bool discarded,
                     Session* session) {
  for (const std::string& warning : report.warnings) session->Warn("warning: " + warning);
  for (const std::string& failure : report.failures) session->Warn("failed: " + failure);
  for (const std::string& damage : report.damages) session->Warn("damaged: " + damage);
  for (const auto& path : report.vanished_paths) session->Note("gone: " + PrintablePath(path));
  if (report.vanished > report.vanished_paths.size()) {
    session->Note(fmt::format("gone: and {} more", report.vanished - report.vanished_paths.size()));
  }
  if (report.vanished > report.pruned) {
    session->Note(
        fmt::format("{} files of the library are gone from disk; --prune removes them from it",
                    report.vanished));
  }
  if (report.kept_codes) {
    session->Note(PrintablePath(arguments.model) + " has the same network and other codes; " +
                  PrintablePath(arguments.library) +
                  " keeps its own, which `hashlens model fit` changes");
  }
  if (report.fitted) session->Note("codes were fitted to this library's own pictures");
  if (report.reduction) session->Note(ToText(*report.reduction));
  std::string line = fmt::format("{} added", report.added);
  if (report.replaced > 0) line += fmt::format(" ({} of them changed files)", report.replaced);
  if (report.damaged > 0) line += fmt::format(" ({} of them damaged)", report.damaged);
  line += fmt::format(", {} unchanged", report.unchanged);
  if (report.tagged > 0) line += fmt::format(" ({} of them tagged)", report.tagged);
  if (report.pruned > 0) line += fmt::format(", {} removed", report.pruned);
  if (report.failed > 0) line += fmt::format(", {} failed", report.failed);
  if (report.skipped > 0) line += fmt::format(", {} other files passed over", report.skipped);
  if (report.added > 0) {
    line += fmt::format(" in {:.1f} s, {:.0f} images/s", report.seconds,
                        static_cast<double>(report.added) / report.seconds);
  }
  session->Note(line);
  if (discarded) {
    if (report.interrupted) session->Note("interrupted; nothing was indexed, no library was made");
    return;
  }
  if (report.added + report.unchanged + report.failed + report.vanished == 0 && !report.interrupted)
    session->Note("there are no pictures in what was named");
  if (report.damaged > 0)
    session->Note(
        "`hashlens list " + ShellWordOf(arguments.library) +
        " --filter hashlens:damaged=yes` lists what is damaged; with --strict it would fail");
  if (report.failed > report.missing)
    session->Note("`hashlens failures " + ShellWordOf(arguments.library) +
                  "` lists what failed and why");
  if (report.interrupted)
    session->Note("interrupted; what was done is kept, the same command goes on from there");
}

// A mistyped folder must not leave an empty library behind.
Status RequireSomething(const IndexArguments& arguments) {
  const auto is_there = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) || error == std::errc::permission_denied;
  };
  const auto& paths = arguments.index.files.paths;
  if (is_there(LibraryPath(arguments.library)) || std::any_of(paths.begin(), paths.end(), is_there))
    return {};
  if (paths.empty()) return InvalidArgument("no names on standard input; nothing was indexed");
  return NotFound(PrintablePath(paths.front()) + ": no such file or folder; no library was made");
}

// Why there is no library after a run that should have made one.
Status NothingIndexed(const IndexReport& report, const IndexArguments& arguments) {
  if (report.failed > 0) {
    return NotFound(
        report.failed == 1
            ? "the only file could not be read; no library was made"
            : fmt::format("none of {} files could be read; no library was made", report.failed));
  }
  const auto& paths = arguments.index.files.paths;
  const std::string where =
      paths.size() == 1 ? PrintablePath(paths.front()) : fmt::format("the {} paths", paths.size());
  return NotFound("no pictures in " + where + "; no library was made");
}

Status RequireClasses(const IndexArguments& arguments) {
  const auto model = DescribeModel(LibraryPath(arguments.library));
  if (!model.ok()) return model.status();
  if (model->classes > 0) return {};
  return InvalidArgument("--categories: model " + model->name +
                         " has no classifier; a library of another model tells categories, see "
                         "`hashlens model list`");
}

std::string CategoriesText(const CategoryTagReport& report) {
  std::string text = Counted(report.judged, "image") + " got categories";
  if (report.unsure > 0) text += fmt::format(" ({} of them unsure)", report.unsure);
  return text;
}

ExitCode RunIndex(IndexArguments* arguments, Session* session) {
  auto paths = ReadNameList(arguments->paths, arguments->stdin_zero, std::cin);
  if (!paths.ok()) return session->Fail(paths.status());
  arguments->index.files.paths = std::move(*paths);
  arguments->index.files.tags = ParseTags(arguments->tags);
  arguments->index.files.progress = session->progress();
  arguments->index.files.stop = session->stop();
  for (const auto& path : arguments->index.files.paths) {
    std::error_code error;
    if (std::filesystem::exists(path / "catalog.db", error)) {
      return session->Fail(InvalidArgument(PrintablePath(path) +
                                           ": is a library, not a folder of pictures; the "
                                           "library comes first: hashlens index LIB PATH..."));
    }
  }
  if (const Status status = RequireSomething(*arguments); !status.ok())
    return session->Fail(status);
  if (const Status status = CheckPaths(arguments->index); !status.ok())
    return session->Fail(status);
  auto writer = LibraryWriter::OpenOrCreate(
      arguments->library, {arguments->model, arguments->bits, arguments->features}, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  if (arguments->categories) {
    if (const Status status = RequireClasses(*arguments); !status.ok()) {
      if (const auto gone = writer->DiscardIfEmpty(); !gone.ok())
        return session->Fail(gone.status());
      return session->Fail(status);
    }
  }
  auto report = IndexPaths(&*writer, arguments->index);
  const auto discarded = writer->DiscardIfEmpty();
  if (!report.ok()) return session->Fail(report.status());
  std::optional<CategoryTagReport> categories;
  Status tagging;
  if (arguments->categories && !report->interrupted && discarded.ok() && !*discarded) {
    const auto tagged =
        writer->TagCategories({.progress = session->progress(), .stop = session->stop()});
    tagging = tagged.status();
    if (tagged.ok()) {
      report->interrupted = tagged->interrupted;
      categories = *tagged;
    }
  }
  NoteIndexReport(*report, *arguments, discarded.ok() && *discarded, session);
  if (categories) session->Note(CategoriesText(*categories));
  if (arguments->json) {
    nlohmann::json json = ReportJson(*report);
    if (categories)
      json["categories"] = {{"judged", categories->judged}, {"unsure", categories->unsure}};
    session->PrintJson(json);
  }
  if (!tagging.ok()) return session->Fail(tagging);
  if (report->interrupted) return kExitInterrupted;
  if (!discarded.ok()) return session->Fail(discarded.status());
  if (*discarded) return session->Fail(NothingIndexed(*report, *arguments));
  return report->failed > 0 || !report->warnings.empty() ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> IndexVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("index", "Make or update a library from folders and files of pictures");
  auto arguments = std::make_shared<IndexArguments>();
  IndexOptions& index = arguments->index.files;
  AddLibraryArgument(verb, &arguments->library);
  verb->AddOption("PATH", &arguments->paths,
                  "Folders (with all below them), files, databases (LMDB, LevelDB, HDF5) and lists "
                  "(NAME.txt: path label); - reads names from stdin")
      ->Required();
  verb->AddFlag("-0,--null", &arguments->stdin_zero,
                "Names on stdin end with a NUL byte, as find -print0 writes them");
  verb->AddOption(
          "--exclude", &index.exclude,
          "Leave out names or paths that match this shell pattern, in this run; may be repeated")
      ->ValueName("PATTERN")
      ->Repeatable();
  AddTagOption(verb, "--tag",
               "Give every image of this run a tag, beside those it has; a key may have several "
               "values; may be repeated",
               &arguments->tags);
  verb->AddFlag("--categories", &arguments->categories,
                "Tag every image that has no category yet with the classes that the model's "
                "classifier is sure of: hashlens:category=NAME");
  verb->AddFlag("--prune", &index.prune,
                "Remove images whose files are gone (never when a whole root is missing)");
  verb->AddFlag("--retry-failed", &index.retry,
                "Read files again that failed before and have not changed, as with other limits");
  verb->AddFlag("--reread", &index.reread,
                "Read every file again, also those whose size and time have not changed");
  verb->AddFlag("--hidden", &index.hidden, "Also look at names that start with a dot");
  verb->AddOption("--model", &arguments->model,
                  "Model of a new library: a package, or a name that `hashlens model list` gives")
      ->ValueName("MODEL");
  verb->AddOption("--bits", &arguments->bits,
                  "Code length of a new library, one that the model ships (the default one: 20, "
                  "32, 48, 64, 128, 256); default 128; `model fit` makes others later")
      ->Check(InRange(8, 512));
  AddDataOptions(verb, &arguments->index.data);
  verb->AddOption("--label-names", &arguments->index.label_names,
                  "Names of a database's or list's labels, one a line from label 0 on, for the "
                  "tag label=NAME; default: label=N");
  AddFeaturesOption(verb, &arguments->features,
                    "Store features reduced, from the end of this run on and for good: pca:N keeps "
                    "the first N principal components (1000 images or more), int8 a byte a number; "
                    "see `compact --help`");
  verb->AddOption("--batch", &index.batch, "Images a commit; a kill -9 loses no more than these")
      ->ShowDefault()
      ->Check(InRange(1, 1'000'000));
  verb->AddFlag("--json", &arguments->json, "The report as one JSON object on stdout");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "Examples:\n"
      "  hashlens index photos ~/Pictures\n"
      "  hashlens index photos ~/Pictures --exclude '*.png' --exclude screenshots --tag owner=me\n"
      "  hashlens index photos ~/Pictures --prune          also forget files that are gone\n"
      "  hashlens index photos ~/Pictures --categories     then: list photos --filter "
      "hashlens:category=dog\n"
      "  find . -name '*.jpg' -print0 | hashlens index photos -0 -\n"
      "  hashlens index photos train_lmdb --label-names synsets.txt\n"
      "A changed file gets a new id and keeps its tags; one that cannot be read any more keeps its "
      "place in the\n"
      "library, is listed by `failures`, and goes with --prune when the file is gone.\n"
      "HASHLENS_MODEL is the default model's folder; HASHLENS_MODELS a folder where models are "
      "looked for by name.");
  return {{verb, [arguments, session] { return RunIndex(arguments.get(), session); }}};
}

}  // namespace hashlens
