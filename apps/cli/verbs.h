// The verbs of the command line; one file for each.
#ifndef HASHLENS_APPS_CLI_VERBS_H_
#define HASHLENS_APPS_CLI_VERBS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/session.h"

namespace hashlens {

// Registers a verb; `run` is called after parsing when the verb was given. The Session outlives the
// Command.
using Run = std::function<ExitCode()>;
struct Verb {
  Command* command;
  Run run;
};

std::vector<Verb> IndexVerb(Command* parent, Session* session);
std::vector<Verb> SearchVerb(Command* parent, Session* session);
std::vector<Verb> ServeVerb(Command* parent, Session* session);
std::vector<Verb> RemoveVerb(Command* parent, Session* session);
std::vector<Verb> TagVerb(Command* parent, Session* session);
std::vector<Verb> ListVerb(Command* parent, Session* session);
std::vector<Verb> InfoVerb(Command* parent, Session* session);
std::vector<Verb> FailuresVerb(Command* parent, Session* session);
std::vector<Verb> CompactVerb(Command* parent, Session* session);
std::vector<Verb> VerifyVerb(Command* parent, Session* session);
std::vector<Verb> ExportVerb(Command* parent, Session* session);
// Of the whole program: `parent` is its Command, which has all other verbs already.
std::vector<Verb> HelpVerbs(Command* parent, Session* session);
std::vector<Verb> CompletionVerb(Command* parent, Session* session);
std::vector<Verb> ManualVerb(Command* parent, Session* session);
std::vector<Verb> ConvertVerb(Command* parent, Session* session);
std::vector<Verb> ClassifyVerb(Command* parent, Session* session);
std::vector<Verb> MeanVerb(Command* parent, Session* session);
std::vector<Verb> EncodeVerb(Command* parent, Session* session);
std::vector<Verb> EvalVerb(Command* parent, Session* session);
std::vector<Verb> ModelVerbs(Command* parent, Session* session);
Verb FitVerb(Command* model, Session* session);
Verb GetVerb(Command* model, Session* session);
Verb ImportCaffeVerb(Command* model, Session* session);
Verb ImportOnnxVerb(Command* model, Session* session);
std::vector<Verb> TrainVerb(Command* parent, Session* session);
std::vector<Verb> BenchVerbs(Command* parent, Session* session);
Verb BenchLibraryVerb(Command* bench, Session* session);
Verb BenchTrainVerb(Command* bench, Session* session);
Verb MakeLibraryVerb(Command* bench, Session* session);

// ---- options that several verbs share ----

// A whole number of 1 or more.
ValueCheck AtLeastOne();
// A whole number, 0 too: the parser takes -1 for a large one.
ValueCheck WholeNumber();
// Neither nan, inf nor an empty text, which the parser takes for 0.
ValueCheck FiniteNumber();

// Whole numbers with commas between them; *numbers, which outlives the Command, holds the usual
// ones.
Option* AddNumbersOption(Command* verb, const std::string& name, std::vector<int>* numbers,
                         const std::string& help);

// The positional LIB.
void AddLibraryArgument(Command* verb, std::string* library);
// --device, --precision, --jobs.
void AddDeviceOptions(Command* verb, Session* session);
// --max-pixels, --max-bytes, --timeout.
void AddLimitOptions(Command* verb, Session* session);
// --strategy.
Option* AddStrategyOption(Command* verb, Strategy* strategy);
// --features.
void AddFeaturesOption(Command* verb, std::optional<FeatureForm>* form, const std::string& help);
// "KEY=VALUE", several times; checked while parsing.
void AddTagOption(Command* verb, const std::string& name, const std::string& help,
                  std::vector<std::string>* texts);
// Of texts that AddTagOption checked.
std::vector<Tag> ParseTags(const std::vector<std::string>& texts);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_VERBS_H_
