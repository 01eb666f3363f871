#include <unistd.h>

#include <set>
#include <string_view>

#include "apps/cli/verbs.h"
#include "apps/server/config_file.h"
#include "apps/server/serve.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct ServeArguments {
  CLI::App* verb = nullptr;
  std::string config;
  std::string access_log = "on";
  ServeOptions serve;
};

// What neither the command line nor the environment says.
Status ApplyConfig(const ServeArguments& arguments) {
  if (arguments.config.empty()) return {};
  const Result<Settings> settings = ReadSettings(arguments.config);
  if (!settings.ok()) return settings.status();
  for (const auto& [key, values] : *settings) {
    const std::string name = key == "libraries" ? "LIB" : "--" + key;
    CLI::Option* const option = arguments.verb->get_option_no_throw(name);
    if (option == nullptr || key == "config" || key == "help") {
      return InvalidArgument(PrintablePath(arguments.config) + ": " + PrintablePath(key) +
                             ": no such setting; they are named as the options of "
                             "`hashlens serve --help`, and `libraries`");
    }
    if (option->count() > 0) continue;
    const bool flag = option->get_items_expected_max() == 0;
    if (flag && values == std::vector<std::string>{"false"}) continue;
    try {
      for (const std::string& value : values) option->add_result(value);
      option->run_callback();
    } catch (const CLI::Error& error) {
      return InvalidArgument(PrintablePath(arguments.config) + ": " + PrintablePath(error.what()));
    }
  }
  return {};
}

// A variable that is misspelt would leave a limit unset, and nobody would know.
Status CheckEnvironment(CLI::App* verb) {
  const std::string_view prefix = "HASHLENS_SERVE_";
  std::set<std::string, std::less<>> known{"HASHLENS_SERVE_READ_TOKEN",
                                           "HASHLENS_SERVE_WRITE_TOKEN"};
  for (const CLI::Option* option : verb->get_options()) known.insert(option->get_envname());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (name.starts_with(prefix) && !known.contains(name)) {
      return InvalidArgument(PrintablePath(name) +
                             ": the environment has a setting of no option; they are named as the "
                             "options of `hashlens serve --help`");
    }
  }
  return {};
}

ExitCode RunServe(ServeArguments* arguments, Session* session) {
  if (const Status status = CheckEnvironment(arguments->verb); !status.ok())
    return session->Fail(status);
  if (const Status status = ApplyConfig(*arguments); !status.ok()) return session->Fail(status);
  arguments->serve.access_log = arguments->access_log == "on";
  const Status status = Serve(arguments->serve, session->open, session->stop(),
                              [session](const std::string& line) { session->Note(line); });
  if (!status.ok()) return session->Fail(status);
  session->Note("ended");
  return kExitDone;
}

void AddLimits(CLI::App* verb, ServeOptions* serve) {
  const auto number = [verb](const char* name, auto* value, const char* variable,
                             const char* help) {
    return verb->add_option(name, *value, help)->capture_default_str()->envname(variable);
  };
  number("--threads", &serve->threads, "HASHLENS_SERVE_THREADS",
         "Connections that are served at once; others wait")
      ->check(CLI::Range(4, 900));
  number("--max-requests", &serve->max_requests, "HASHLENS_SERVE_MAX_REQUESTS",
         "Searches, thumbnails and changes at once; more are told to try again")
      ->check(CLI::Range(1, 800));
  number("--max-jobs", &serve->max_jobs, "HASHLENS_SERVE_MAX_JOBS",
         "Changes that may wait, of each library")
      ->check(CLI::Range(1, 10'000));
  number("--max-body", &serve->max_body, "HASHLENS_SERVE_MAX_BODY", "Bytes of a request")
      ->check(CLI::Range(uint64_t{1024}, uint64_t{4} << 30));
  number("--max-k", &serve->max_k, "HASHLENS_SERVE_MAX_K", "Hits of a search")
      ->check(CLI::Range(1, 1'000'000));
  number("--max-candidates", &serve->max_candidates, "HASHLENS_SERVE_MAX_CANDIDATES",
         "Codes of a search that are re-ranked")
      ->check(CLI::Range(1, 1'000'000));
  number("--max-page", &serve->max_page, "HASHLENS_SERVE_MAX_PAGE", "Images or tags of a page")
      ->check(CLI::Range(1, 100'000));
  number("--max-examples", &serve->max_examples, "HASHLENS_SERVE_MAX_EXAMPLES",
         "Images that a search may be like, and unlike")
      ->check(CLI::Range(1, 10'000));
  number("--timeout", &serve->timeout_seconds, "HASHLENS_SERVE_TIMEOUT",
         "Seconds for a request to come in, and for it to wait for its turn")
      ->check(CLI::Range(1, 3600));
  number("--keep-alive", &serve->keep_alive_seconds, "HASHLENS_SERVE_KEEP_ALIVE",
         "Seconds that a connection without a request stays open")
      ->check(CLI::Range(1, 600));
  number("--thumbnail-cache", &serve->thumbnail_cache, "HASHLENS_SERVE_THUMBNAIL_CACHE",
         "Bytes of memory for thumbnails")
      ->check(WholeNumber());
}

}  // namespace

std::vector<Verb> ServeVerb(CLI::App* parent, Session* session) {
  CLI::App* verb = parent->add_subcommand(
      "serve", "Serve libraries over HTTP: a page for people, JSON for programs");
  auto arguments = std::make_shared<ServeArguments>();
  arguments->verb = verb;
  ServeOptions* const serve = &arguments->serve;
  verb->add_option("LIB", serve->libraries,
                   "Libraries: folders NAME.hashlens (the ending may be left out)");
  verb->add_option("--config", arguments->config,
                   "Settings in TOML, named as these options are: max-k = 50")
      ->type_name("FILE")
      ->envname("HASHLENS_SERVE_CONFIG");
  verb->add_option("--listen", serve->listen, "Where to listen; port 0: any that is free")
      ->type_name("HOST:PORT")
      ->capture_default_str()
      ->envname("HASHLENS_SERVE_LISTEN");
  verb->add_option("--root", serve->roots,
                   "A folder below which jobs may index; may be repeated; without one, none may")
      ->type_name("FOLDER")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->envname("HASHLENS_SERVE_ROOT");
  verb->add_option("--uploads", serve->uploads,
                   "Folder where pictures that are sent are kept; without it, none are taken")
      ->type_name("FOLDER")
      ->envname("HASHLENS_SERVE_UPLOADS");
  verb->add_flag("--read-only", serve->read_only, "Nothing can be changed")
      ->envname("HASHLENS_SERVE_READ_ONLY");
  // A variable of a shell that is not set must not open the server to everybody.
  const auto not_empty = [](const std::string& name) {
    return name.empty() ? "the name of the file is empty" : std::string();
  };
  verb->add_option("--read-token-file", serve->read_token_file,
                   "File with the token that reading needs")
      ->type_name("FILE")
      ->check(not_empty)
      ->envname("HASHLENS_SERVE_READ_TOKEN_FILE");
  verb->add_option("--write-token-file", serve->write_token_file,
                   "File with the token that changes need; it may read, too")
      ->type_name("FILE")
      ->check(not_empty)
      ->envname("HASHLENS_SERVE_WRITE_TOKEN_FILE");
  verb->add_option("--host", serve->hosts,
                   "A name under which the server may be asked, beside localhost; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->envname("HASHLENS_SERVE_HOST");
  verb->add_flag("--force-open", serve->force_open,
                 "Listen where others can reach it although reading needs no token")
      ->envname("HASHLENS_SERVE_FORCE_OPEN");
  verb->add_option("--access-log", arguments->access_log,
                   "A line of JSON on stderr for every request")
      ->capture_default_str()
      ->check(CLI::IsMember({"on", "off"}))
      ->envname("HASHLENS_SERVE_ACCESS_LOG");
  AddLimits(verb, serve);
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->footer(
      "Examples:\n"
      "  hashlens serve photos                              http://127.0.0.1:8080\n"
      "  hashlens serve photos --uploads ~/uploads --root ~/Pictures\n"
      "  hashlens serve --config /etc/hashlens/serve.toml\n"
      "  curl -s 'http://127.0.0.1:8080/v1/libraries/photos/search?id=7&k=5'\n"
      "  curl -s -F image=@beach.jpg 'http://127.0.0.1:8080/v1/search?k=5'\n"
      "Options go before the environment, which goes before the file. HASHLENS_SERVE_READ_TOKEN "
      "and "
      "HASHLENS_SERVE_WRITE_TOKEN are the tokens themselves, where no file is named.\n"
      "Options with a variable of their own show it: HASHLENS_SERVE_MAX_K for --max-k.\n"
      "The server speaks plain HTTP: what others can reach belongs behind a proxy with TLS.\n"
      "docs/http_api.md describes the API, /openapi.json for machines.\n"
      "SIGTERM and Ctrl-C end it once what has begun is answered; jobs are cancelled, and what "
      "they "
      "did is kept.");
  return {{verb, [arguments, session] { return RunServe(arguments.get(), session); }}};
}

}  // namespace hashlens
