// The verbs of the command line; one file for each.
#ifndef HASHLENS_APPS_CLI_VERBS_H_
#define HASHLENS_APPS_CLI_VERBS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/session.h"

namespace hashlens {

// Registers a verb; `run` is called after parsing when the verb was given. The Session outlives the
// App.
using Run = std::function<ExitCode()>;
struct Verb {
  CLI::App* app;
  Run run;
};

std::vector<Verb> IndexVerb(CLI::App* parent, Session* session);
std::vector<Verb> SearchVerb(CLI::App* parent, Session* session);
std::vector<Verb> ServeVerb(CLI::App* parent, Session* session);
std::vector<Verb> RemoveVerb(CLI::App* parent, Session* session);
std::vector<Verb> TagVerb(CLI::App* parent, Session* session);
std::vector<Verb> ListVerb(CLI::App* parent, Session* session);
std::vector<Verb> InfoVerb(CLI::App* parent, Session* session);
std::vector<Verb> FailuresVerb(CLI::App* parent, Session* session);
std::vector<Verb> CompactVerb(CLI::App* parent, Session* session);
std::vector<Verb> VerifyVerb(CLI::App* parent, Session* session);
std::vector<Verb> ExportVerb(CLI::App* parent, Session* session);
// Of the whole program: `parent` is its App.
std::vector<Verb> CompletionVerb(CLI::App* parent, Session* session);
std::vector<Verb> ManualVerb(CLI::App* parent, Session* session);
std::vector<Verb> ConvertVerb(CLI::App* parent, Session* session);
std::vector<Verb> EvalVerb(CLI::App* parent, Session* session);
std::vector<Verb> ModelVerbs(CLI::App* parent, Session* session);
Verb FitVerb(CLI::App* model, Session* session);
Verb GetVerb(CLI::App* model, Session* session);
Verb ImportCaffeVerb(CLI::App* model, Session* session);
Verb ImportOnnxVerb(CLI::App* model, Session* session);
std::vector<Verb> TrainVerb(CLI::App* parent, Session* session);
std::vector<Verb> BenchVerbs(CLI::App* parent, Session* session);
Verb BenchLibraryVerb(CLI::App* bench, Session* session);
Verb BenchTrainVerb(CLI::App* bench, Session* session);
Verb MakeLibraryVerb(CLI::App* bench, Session* session);

// ---- options that several verbs share ----

// A whole number of 1 or more.
CLI::Validator AtLeastOne();
// A whole number, 0 too: CLI11 takes -1 for a large one.
CLI::Validator WholeNumber();
// Neither nan, inf nor an empty text, which CLI11 takes for 0.
CLI::Validator FiniteNumber();

// Whole numbers with commas between them; *numbers, which outlives the App, holds the usual ones.
CLI::Option* AddNumbersOption(CLI::App* verb, const std::string& name, std::vector<int>* numbers,
                              const std::string& help);

// The positional LIB.
void AddLibraryArgument(CLI::App* verb, std::string* library);
// --device, --precision, --jobs.
void AddDeviceOptions(CLI::App* verb, Session* session);
// --max-pixels, --max-bytes, --timeout.
void AddLimitOptions(CLI::App* verb, Session* session);
// --strategy.
void AddStrategyOption(CLI::App* verb, Strategy* strategy);
// --features.
void AddFeaturesOption(CLI::App* verb, std::optional<FeatureForm>* form, const std::string& help);
// "KEY=VALUE", several times; checked while parsing.
void AddTagOption(CLI::App* verb, const std::string& name, const std::string& help,
                  std::vector<std::string>* texts);
// Of texts that AddTagOption checked.
std::vector<Tag> ParseTags(const std::vector<std::string>& texts);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_VERBS_H_
