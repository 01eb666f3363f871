#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "apps/cli/data_arguments.h"
#include "apps/cli/name_list.h"
#include "apps/cli/verbs.h"
#include "hashlens/encode.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr int kUsualTop = 5;

struct ClassifyArguments {
  std::vector<std::string> paths;
  bool stdin_zero = false;
  bool json = false;
  int top = kUsualTop;
  EncodeOptions encode;
  EncodePathsOptions pictures;
};

// How often the labels of labelled pictures were among their categories.
struct LabelTally {
  uint64_t labelled = 0;
  uint64_t first = 0;  // by the likeliest
  uint64_t any = 0;    // by any that is told

  void Add(const EncodedPicture& picture) {
    if (picture.labels.empty() || !picture.error.empty()) return;
    const auto is_label = [&](const Category& category) {
      return std::ranges::any_of(picture.labels, [&](const std::string& label) {
        return label == category.name || (!category.id.empty() && label == category.id);
      });
    };
    ++labelled;
    if (is_label(picture.categories.front())) ++first;
    if (std::ranges::any_of(picture.categories, is_label)) ++any;
  }

  std::string Text(int top) const {
    const auto share = [&](uint64_t hits) {
      return 100 * static_cast<double>(hits) / static_cast<double>(labelled);
    };
    return fmt::format(
        "of {} the first category is the label for {:.1f} %, one of the first {} for "
        "{:.1f} %",
        Counted(labelled, "labelled picture"), share(first), top, share(any));
  }
};

// The path, and below it a line a category.
std::string CategoryText(const EncodedPicture& picture) {
  std::string text = PrintablePath(picture.path) + "\n";
  for (const Category& category : picture.categories)
    text += fmt::format("  {:5.1f} %  {}\n", 100 * category.probability, category.name);
  return text;
}

Status PrintCategories(const EncodedPicture& picture, bool json, Session* session) {
  const std::string path = PrintablePath(picture.path) + ": ";
  if (!picture.error.empty()) session->Warn("failed: " + path + picture.error);
  if (!picture.damage.empty()) session->Warn("damaged: " + path + picture.damage);
  if (json) {
    session->Print(EncodedJson(picture) + "\n");
  } else if (picture.error.empty()) {
    session->Print(CategoryText(picture));
  }
  return std::ferror(stdout) == 0
             ? Status()
             : Status(StatusCode::kIoError, "standard output could not be written");
}

void NoteClassified(const EncodeReport& report, const LabelTally& tally, int top,
                    Session* session) {
  for (const std::string& warning : report.warnings) session->Warn("warning: " + warning);
  std::string line = fmt::format("{} classified", report.encoded);
  if (report.damaged > 0) line += fmt::format(" ({} of them damaged)", report.damaged);
  if (report.failed > 0) line += fmt::format(", {} failed", report.failed);
  if (report.skipped > 0) line += fmt::format(", {} other files passed over", report.skipped);
  if (report.encoded > 0) {
    line += fmt::format(" in {:.1f} s, {:.0f} images/s", report.seconds,
                        static_cast<double>(report.encoded) / report.seconds);
  }
  session->Note(line);
  if (tally.labelled > 0) session->Note(tally.Text(top));
  if (report.interrupted) session->Note("interrupted");
}

Status NothingClassified(const EncodeReport& report, const ClassifyArguments& arguments) {
  if (report.failed == 1)
    return {StatusCode::kNotFound, "the only picture could not be classified"};
  if (report.failed > 0) {
    return {StatusCode::kNotFound,
            fmt::format("none of {} pictures could be classified", report.failed)};
  }
  const auto& paths = arguments.pictures.paths;
  return {StatusCode::kNotFound,
          "no pictures in " + (paths.size() == 1 ? PrintablePath(paths.front())
                                                 : fmt::format("the {} paths", paths.size()))};
}

ExitCode RunClassify(ClassifyArguments* arguments, Session* session) {
  auto paths = ReadNameList(arguments->paths, arguments->stdin_zero, std::cin);
  if (!paths.ok()) return session->Fail(paths.status());
  arguments->pictures.paths = std::move(*paths);
  if (arguments->pictures.paths.empty()) {
    return session->Fail(
        {StatusCode::kInvalidArgument, "no names on standard input; nothing was classified"});
  }
  EncodeOptions& options = arguments->encode;
  options.parts = {};
  options.categories = arguments->top;
  options.open = session->open;
  const auto encoder = PictureEncoder::Open(options);
  if (!encoder.ok()) return session->Fail(encoder.status());
  arguments->pictures.progress = session->progress();
  arguments->pictures.stop = session->stop();
  LabelTally tally;
  const auto report =
      EncodePaths(*encoder, arguments->pictures, [&](const EncodedPicture& picture) {
        tally.Add(picture);
        return PrintCategories(picture, arguments->json, session);
      });
  if (!report.ok()) return session->Fail(report.status());
  NoteClassified(*report, tally, arguments->top, session);
  if (report->interrupted) return kExitInterrupted;
  if (report->encoded == 0) return session->Fail(NothingClassified(*report, *arguments));
  return report->failed > 0 || !report->warnings.empty() ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> ClassifyVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("classify", "Tell what pictures show, by the model's classifier");
  auto arguments = std::make_shared<ClassifyArguments>();
  EncodePathsOptions& pictures = arguments->pictures;
  verb->AddOption("PATH", &arguments->paths,
                  "Picture files, folders (with all below them), databases (LMDB, LevelDB, HDF5), "
                  "lists (NAME.txt: path label) and labels (.csv, .jsonl); - reads names from "
                  "stdin")
      ->Required();
  verb->AddFlag("-0,--null", &arguments->stdin_zero,
                "Names on stdin end with a NUL byte, as find -print0 writes them");
  verb->AddOption("--model", &arguments->encode.model,
                  "A model package, or a name that `hashlens model list` gives; default: the usual "
                  "one")
      ->ValueName("MODEL");
  verb->AddOption("--top", &arguments->top, "How many categories of each picture are shown")
      ->ShowDefault()
      ->Check(InRange(1, 65536));
  verb->AddFlag("--json", &arguments->json, "One JSON object a picture on stdout");
  verb->AddOption("--exclude", &pictures.exclude,
                  "Leave out names or paths in folders that match this shell pattern; may be "
                  "repeated")
      ->ValueName("PATTERN")
      ->Repeatable();
  verb->AddFlag("--hidden", &pictures.hidden, "Also look at names that start with a dot");
  AddDataOptions(verb, &pictures.data);
  verb->AddOption("--label-names", &pictures.label_names,
                  "Names of a database's or list's labels, one a line from label 0 on; default: "
                  "their digits")
      ->ValueName("FILE");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "Per cents are the classifier's own probabilities. It knows no categories but those that it "
      "was trained on: of the\n"
      "default model the 1000 of ImageNet, named as in WordNet. Where the pictures have labels, "
      "the last line tells how\n"
      "often the label, a category's name or id, was among the categories.\n"
      "Examples:\n"
      "  hashlens classify beach.jpg\n"
      "  hashlens classify ~/Pictures --top 1\n"
      "  hashlens classify ~/Pictures --model cifar10-48 --json | jq -r '[.path, "
      ".categories[0].name] | @tsv'\n"
      "  hashlens classify labels.csv --top 5 > /dev/null");
  return {{verb, [arguments, session] { return RunClassify(arguments.get(), session); }}};
}

}  // namespace hashlens
