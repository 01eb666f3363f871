#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "apps/cli/picture_paths.h"
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
  WarnOfPicture(picture, session);
  if (json) {
    session->Print(EncodedJson(picture) + "\n");
  } else if (picture.error.empty()) {
    session->Print(CategoryText(picture));
  }
  return CheckStdout();
}

void NoteClassified(const EncodeReport& report, const LabelTally& tally, int top,
                    Session* session) {
  NoteCounts(report, "classified", session);
  if (tally.labelled > 0) session->Note(tally.Text(top));
  if (report.interrupted) session->Note("interrupted");
}

ExitCode RunClassify(ClassifyArguments* arguments, Session* session) {
  if (const Status status = ReadPicturePaths(arguments->paths, arguments->stdin_zero, "classified",
                                             &arguments->pictures);
      !status.ok())
    return session->Fail(status);
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
  if (report->encoded == 0)
    return session->Fail(NothingDone(*report, arguments->pictures, "classified"));
  return CodeOfRun(*report);
}

}  // namespace

std::vector<Verb> ClassifyVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("classify", "Tell what pictures show, by the model's classifier");
  auto arguments = std::make_shared<ClassifyArguments>();
  EncodePathsOptions& pictures = arguments->pictures;
  AddPathsOrStdin(verb, &arguments->paths, &arguments->stdin_zero);
  AddModelOption(verb, &arguments->encode.model);
  verb->AddOption("--top", &arguments->top, "How many categories of each picture are shown")
      ->ShowDefault()
      ->Check(InRange(1, 65536));
  verb->AddFlag("--json", &arguments->json, "One JSON object a picture on stdout");
  AddPictureOptions(verb, &pictures);
  AddLabelNamesOption(verb, &pictures);
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
