#include "apps/cli/command.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <type_traits>
#include <utility>

namespace hashlens {
namespace {

ValueCheck FromValidator(const CLI::Validator& validator) {
  // May throw CLI::ValidationError, which reaches the option's own validation in CLI11.
  return {validator.get_description(),
          [validator](const std::string& text) { return validator(text); }};
}

// "--root" + ": " + this.
constexpr char kEmptyProblem[] = "an empty value names nothing";

template <typename Value>
constexpr bool kIsText =
    std::is_same_v<Value, std::string> || std::is_same_v<Value, std::filesystem::path> ||
    std::is_same_v<Value, std::optional<std::string>> ||
    std::is_same_v<Value, std::vector<std::string>> ||
    std::is_same_v<Value, std::vector<std::filesystem::path>>;

void RefuseEmpty(CLI::Option* option) {
  option->check([](const std::string& text) { return text.empty() ? kEmptyProblem : ""; }, "");
}

}  // namespace

ValueCheck InRange(int low, int high) { return FromValidator(CLI::Range(low, high)); }
ValueCheck InRange(uint64_t low, uint64_t high) { return FromValidator(CLI::Range(low, high)); }
ValueCheck InRange(double low, double high) { return FromValidator(CLI::Range(low, high)); }
ValueCheck OneOf(const std::vector<std::string>& words) {
  return FromValidator(CLI::IsMember(words));
}
ValueCheck OneOf(std::initializer_list<int> numbers) {
  return FromValidator(CLI::IsMember(std::vector<int>(numbers)));
}
ValueCheck ExistingFile() { return FromValidator(CLI::ExistingFile); }

// ---- Option ----

struct Option::Parser {
  CLI::Option* option;  // of CLI11's app
};

Option::Option(const Parser& parser) : parser_(new Parser(parser)) {}
Option::~Option() = default;

Option* Option::Required() {
  parser_->option->required();
  return this;
}

Option* Option::ShowDefault() {
  parser_->option->capture_default_str();
  return this;
}

Option* Option::ShowDefault(const std::string& value) {
  parser_->option->default_str(value);
  return this;
}

Option* Option::Check(const ValueCheck& check) {
  parser_->option->check(check.problem, check.name);
  return this;
}

Option* Option::ValueName(const std::string& name) {
  parser_->option->type_name(name);
  return this;
}

Option* Option::Separator(char separator) {
  parser_->option->delimiter(separator);
  return this;
}

Option* Option::OneValue() {
  parser_->option->expected(1);
  return this;
}

Option* Option::Repeatable() {
  parser_->option->expected(1)->take_all()->allow_extra_args(false);
  return this;
}

Option* Option::Environment(const std::string& variable) {
  parser_->option->envname(variable);
  return this;
}

Option* Option::Needs(Option* other) {
  parser_->option->needs(other->parser_->option);
  return this;
}

Option* Option::Excludes(Option* other) {
  parser_->option->excludes(other->parser_->option);
  return this;
}

OptionDescription Option::Describe() const {
  const CLI::Option& option = *parser_->option;
  OptionDescription description;
  description.positional = option.get_positional();
  if (description.positional) {
    description.names = {option.get_name(/*positional=*/true)};
  } else {
    for (const std::string& name : option.get_snames()) description.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) description.names.push_back("--" + name);
  }
  description.flag = option.get_items_expected_max() == 0;
  description.required = option.get_required();
  description.repeats =
      !description.flag && (option.get_items_expected_max() > 1 ||
                            option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll);
  description.type = option.get_type_name();
  description.default_value = option.get_default_str();
  description.help = option.get_description();
  description.environment = option.get_envname();
  return description;
}

bool Option::given() const { return parser_->option->count() > 0; }

Status Option::Give(const std::vector<std::string>& values) {
  try {
    for (const std::string& value : values) parser_->option->add_result(value);
    parser_->option->run_callback();
  } catch (const CLI::Error& error) {
    return InvalidArgument(error.what());
  }
  return {};
}

// ---- Command ----

struct Command::Parser {
  std::unique_ptr<CLI::App> program;  // null for verbs, which CLI11 owns
  CLI::App* app;
};

Command::Command(const std::string& name, const std::string& summary) {
  auto program = std::make_unique<CLI::App>(summary, name);
  CLI::App* const app = program.get();
  parser_ = std::make_unique<Parser>(Parser{std::move(program), app});
  Keep({app->get_help_ptr()});
}

Command::Command(Parser parser) : parser_(new Parser(std::move(parser))) {
  Keep({parser_->app->get_help_ptr()});
}

Command::~Command() = default;

Option* Command::Keep(Option::Parser parser) {
  options_.push_back(std::unique_ptr<Option>(new Option(parser)));
  return options_.back().get();
}

template <typename Value>
Option* Command::Bind(const std::string& names, Value* value, const std::string& help) {
  CLI::Option* const option = parser_->app->add_option(names, *value, help);
  if constexpr (kIsText<Value>) RefuseEmpty(option);
  return Keep({option});
}

Command* Command::AddVerb(const std::string& name, const std::string& summary) {
  CLI::App* const app = parser_->app->add_subcommand(name, summary);
  verbs_.push_back(std::unique_ptr<Command>(new Command(Parser{nullptr, app})));
  return verbs_.back().get();
}

Option* Command::AddFlag(const std::string& names, bool* value, const std::string& help) {
  return Keep({parser_->app->add_flag(names, *value, help)});
}

Option* Command::AddOption(const std::string& names, int* value, const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, uint64_t* value, const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, float* value, const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, double* value, const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, std::string* value, const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, std::optional<std::string>* value,
                           const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, std::filesystem::path* value,
                           const std::string& help) {
  return Bind(names, value, help);
}
Option* Command::AddOption(const std::string& names, std::vector<int>* values,
                           const std::string& help) {
  return Bind(names, values, help);
}
Option* Command::AddOption(const std::string& names, std::vector<uint64_t>* values,
                           const std::string& help) {
  return Bind(names, values, help);
}
Option* Command::AddOption(const std::string& names, std::vector<float>* values,
                           const std::string& help) {
  return Bind(names, values, help);
}
Option* Command::AddOption(const std::string& names, std::vector<std::string>* values,
                           const std::string& help) {
  return Bind(names, values, help);
}
Option* Command::AddOption(const std::string& names, std::vector<std::filesystem::path>* values,
                           const std::string& help) {
  return Bind(names, values, help);
}

Option* Command::AddOption(const std::string& names,
                           const std::function<void(const std::string&)>& take,
                           const std::string& help) {
  return Keep({parser_->app->add_option_function<std::string>(names, take, help)});
}

void Command::AddVersion(const std::string& names, const std::string& version) {
  Keep({parser_->app->set_version_flag(names, version)});
}

void Command::Footer(const std::string& text) { parser_->app->footer(text); }
void Command::Hide() { parser_->app->group(""); }
void Command::RequireVerb() { parser_->app->require_subcommand(1); }
void Command::AllowOptionsAfterVerb() { parser_->app->fallthrough(); }

ParseResult Command::Parse(int argc, const char* const* argv) {
  try {
    parser_->app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream shown;
    std::ostringstream complaint;  // in CLI11's words
    if (parser_->app->exit(error, shown, complaint) == 0)
      return {ParseResult::Kind::kShow, shown.str()};
    return {ParseResult::Kind::kWrong, error.what()};
  }
  return {};
}

bool Command::given() const { return parser_->app->parsed(); }

const Command* Command::given_verb() const {
  const std::vector<CLI::App*> given = parser_->app->get_subcommands();
  for (const auto& verb : verbs_) {
    if (!given.empty() && verb->parser_->app == given.front()) return verb.get();
  }
  return nullptr;
}

std::string Command::name() const { return parser_->app->get_name(); }
std::string Command::summary() const { return parser_->app->get_description(); }
std::string Command::footer() const { return parser_->app->get_footer(); }
bool Command::hidden() const { return parser_->app->get_group().empty(); }
bool Command::requires_verb() const { return parser_->app->get_require_subcommand_min() > 0; }

std::string Command::Help(const std::string& path) const {
  const CLI::App* const app = parser_->app;
  return app->get_formatter()->make_help(app, path, CLI::AppFormatMode::Normal);
}

Option* Command::FindOption(const std::string& name) const {
  for (const auto& option : options_) {
    if (option->parser_->option->check_name(name)) return option.get();
  }
  return nullptr;
}

}  // namespace hashlens
