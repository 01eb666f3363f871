#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/data_arguments.h"
#include "apps/cli/verbs.h"
#include "hashlens/database.h"

namespace hashlens {
namespace {

struct ConvertArguments {
  bool json = false;
  ConvertOptions convert;
};

ExitCode RunConvert(ConvertArguments* arguments, Session* session) {
  ConvertOptions& options = arguments->convert;
  options.max_bytes = session->open.limits.max_bytes;
  options.progress = session->progress();
  options.stop = session->stop();
  const auto report = ConvertToLmdb(options);
  if (!report.ok()) return session->Fail(report.status());
  for (const std::string& failure : report->failures) session->Warn("left out: " + failure);
  for (size_t i = 0; i < report->classes.size(); ++i)
    session->Note(fmt::format("label {}: {}", i, PrintablePath(report->classes[i])));
  session->Note(fmt::format("wrote {} to {}{}", Counted(report->written, "record"),
                            PrintablePath(options.output),
                            report->failed > 0 ? fmt::format(", {} failed", report->failed) : ""));
  if (arguments->json) {
    nlohmann::json classes = nlohmann::json::array();
    for (const std::string& name : report->classes) classes.push_back(PrintablePath(name));
    session->PrintJson({{"version", 1},
                        {"written", report->written},
                        {"failed", report->failed},
                        {"failures", report->failures},
                        {"classes", classes}});
  }
  return report->failed > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> ConvertVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("convert", "Write labelled pictures as an LMDB that Caffe reads");
  auto arguments = std::make_shared<ConvertArguments>();
  ConvertOptions& convert = arguments->convert;
  verb->AddOption("DATA", &convert.data,
                  "Labelled pictures: a folder of class folders, a .csv, .jsonl or .txt file, or "
                  "an LMDB, LevelDB or HDF5 database")
      ->Required();
  verb->AddOption("-o,--output", &convert.output, "The LMDB's folder, which is made new")
      ->ValueName("FOLDER")
      ->Required();
  AddDataOptions(verb, &convert.data_options);
  verb->AddOption("--max-bytes", &session->open.limits.max_bytes,
                  "A picture file with more bytes fails")
      ->ShowDefault()
      ->Check(WholeNumber());
  verb->AddFlag("--json", &arguments->json, "The report as one JSON object on stdout");
  verb->Footer(
      "Records are Datums with the bytes of the picture files as they are (encoded), in the order "
      "of DATA. Labels are\nwhole numbers: those that DATA has, or 0, 1, ... for classes in the "
      "order of their names, which are told.\n"
      "Examples:\n"
      "  hashlens convert photos/train -o train_lmdb\n"
      "  hashlens convert train.txt --root photos -o train_lmdb");
  return {{verb, [arguments, session] { return RunConvert(arguments.get(), session); }}};
}

}  // namespace hashlens
