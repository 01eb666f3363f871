// The command line as verbs declare it: options, positional arguments, and verbs within verbs.
//
// A thin adapter of CLI11, which does the parsing. Its templates cost every file that includes them
// seconds of compile time, so command.cc alone does.
#ifndef HASHLENS_APPS_CLI_COMMAND_H_
#define HASHLENS_APPS_CLI_COMMAND_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// A condition for the text of a value.
struct ValueCheck {
  std::string name;  // stands in the help: "NUMBER"; may be empty
  // Says what is wrong; empty when nothing is.
  std::function<std::string(const std::string& text)> problem;
};

// Both bounds included.
ValueCheck InRange(int low, int high);
ValueCheck InRange(uint64_t low, uint64_t high);
ValueCheck InRange(double low, double high);
ValueCheck OneOf(const std::vector<std::string>& words);
ValueCheck OneOf(std::initializer_list<int> numbers);
ValueCheck ExistingFile();

// An option, a flag or a positional argument, as plain values.
struct OptionDescription {
  std::vector<std::string> names;  // with their dashes, short ones first; of a positional one: LIB
  bool positional = false;
  bool flag = false;  // takes no value
  bool required = false;
  bool repeats = false;
  std::string type;           // of the value, with its checks: "INT:INT in [8 - 512]"
  std::string default_value;  // as the help shows it
  std::string help;
  std::string environment;  // a variable of it; empty: none
};

// Belongs to its Command. What changes an option returns the same option.
class Option {
 public:
  ~Option();
  Option(const Option&) = delete;
  Option& operator=(const Option&) = delete;

  Option* Required();
  // The help shows what the bound variable holds now, or `value`, as the default.
  Option* ShowDefault();
  Option* ShowDefault(const std::string& value);
  // Several checks are made in order.
  Option* Check(const ValueCheck& check);
  // Names the value in the help. For some names, such as FILE and FOLDER, shells complete files
  // (verb_tree.cc).
  Option* ValueName(const std::string& name);
  // One word of the command line may hold several values with this character between them.
  Option* Separator(char separator);
  // Lists take every word that follows. These take one value, once or each time they are given.
  Option* OneValue();
  Option* Repeatable();
  // The variable of the environment that holds the value when the option is not given.
  Option* Environment(const std::string& variable);
  Option* Needs(Option* other);     // wrong without the other
  Option* Excludes(Option* other);  // wrong together with the other, in both directions

  OptionDescription Describe() const;
  // Whether the command line, the environment or Give() has set it.
  bool given() const;
  // Sets it after Command::Parse as the command line would have. kInvalidArgument.
  Status Give(const std::vector<std::string>& values);

 private:
  friend class Command;
  struct Parser;  // the option of CLI11
  explicit Option(const Parser& parser);

  std::unique_ptr<Parser> parser_;
};

// What became of a command line.
struct ParseResult {
  enum class Kind {
    kRun,    // a verb was given; `text` is empty
    kShow,   // help or the version was asked for: `text` is for stdout
    kWrong,  // it makes no sense: `text` says why
  };
  Kind kind = Kind::kRun;
  std::string text;
};

// The whole program, or a verb or group of verbs in it, which belongs to its parent.
//
// An empty text is refused as the value of a text or a path: it names nothing.
// Variables that options are bound to outlive the Command. `names` are "--limit" or "-j,--jobs"; a
// name without dashes makes a positional argument.
class Command {
 public:
  Command(const std::string& name, const std::string& summary);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // The verb starts with the footer that this command has now.
  Command* AddVerb(const std::string& name, const std::string& summary);
  Option* AddFlag(const std::string& names, bool* value, const std::string& help);
  Option* AddOption(const std::string& names, int* value, const std::string& help);
  Option* AddOption(const std::string& names, uint64_t* value, const std::string& help);
  Option* AddOption(const std::string& names, float* value, const std::string& help);
  Option* AddOption(const std::string& names, double* value, const std::string& help);
  Option* AddOption(const std::string& names, std::string* value, const std::string& help);
  Option* AddOption(const std::string& names, std::optional<std::string>* value,
                    const std::string& help);
  Option* AddOption(const std::string& names, std::filesystem::path* value,
                    const std::string& help);
  Option* AddOption(const std::string& names, std::vector<int>* values, const std::string& help);
  Option* AddOption(const std::string& names, std::vector<uint64_t>* values,
                    const std::string& help);
  Option* AddOption(const std::string& names, std::vector<float>* values, const std::string& help);
  Option* AddOption(const std::string& names, std::vector<std::string>* values,
                    const std::string& help);
  Option* AddOption(const std::string& names, std::vector<std::filesystem::path>* values,
                    const std::string& help);
  // `take` gets the text once it has passed the checks.
  Option* AddOption(const std::string& names, const std::function<void(const std::string&)>& take,
                    const std::string& help);
  void AddVersion(const std::string& names, const std::string& version);

  // Stands below the help.
  void Footer(const std::string& text);
  // Neither in the help nor in the manual.
  void Hide();
  // One of its verbs has to be given.
  void RequireVerb();
  // Its options may also stand after a verb. For verbs that are added later.
  void AllowOptionsAfterVerb();

  // For the whole program. Sets the bound variables.
  ParseResult Parse(int argc, const char* const* argv);
  // Whether the parsed command line has this verb; which of its verbs it has, null for none.
  bool given() const;
  const Command* given_verb() const;

  std::string name() const;
  std::string summary() const;
  std::string footer() const;
  bool hidden() const;
  bool requires_verb() const;
  // What --help shows; `path` is the command as it is typed: "hashlens model fit".
  std::string Help(const std::string& path) const;
  const std::vector<std::unique_ptr<Command>>& verbs() const { return verbs_; }
  // In order; --help comes first.
  const std::vector<std::unique_ptr<Option>>& options() const { return options_; }
  // By one name, such as "--limit" or "LIB"; null when there is none.
  Option* FindOption(const std::string& name) const;

 private:
  struct Parser;  // the app of CLI11
  explicit Command(Parser parser);
  Option* Keep(Option::Parser parser);
  template <typename Value>
  Option* Bind(const std::string& names, Value* value, const std::string& help);

  std::unique_ptr<Parser> parser_;
  std::vector<std::unique_ptr<Option>> options_;
  std::vector<std::unique_ptr<Command>> verbs_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_COMMAND_H_
