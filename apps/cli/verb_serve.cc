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
  Command* verb = nullptr;
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
    Option* const option = arguments.verb->FindOption(name);
    if (option == nullptr || key == "config" || key == "help") {
      return InvalidArgument(PrintablePath(arguments.config) + ": " + PrintablePath(key) +
                             ": no such setting; they are named as the options of "
                             "`hashlens serve --help`, and `libraries`");
    }
    if (option->given()) continue;
    const bool flag = option->Describe().flag;
    if (flag && values == std::vector<std::string>{"false"}) continue;
    if (const Status status = option->Give(values); !status.ok()) {
      return InvalidArgument(PrintablePath(arguments.config) + ": " +
                             PrintablePath(status.message()));
    }
  }
  return {};
}

// A variable that is misspelt would leave a limit unset, and nobody would know.
Status CheckEnvironment(const Command& verb) {
  const std::string_view prefix = "HASHLENS_SERVE_";
  std::set<std::string, std::less<>> known{"HASHLENS_SERVE_READ_TOKEN",
                                           "HASHLENS_SERVE_WRITE_TOKEN"};
  for (const auto& option : verb.options()) known.insert(option->Describe().environment);
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
  if (const Status status = CheckEnvironment(*arguments->verb); !status.ok())
    return session->Fail(status);
  if (const Status status = ApplyConfig(*arguments); !status.ok()) return session->Fail(status);
  arguments->serve.access_log = arguments->access_log == "on";
  const Status status = Serve(arguments->serve, session->open, session->stop(),
                              [session](const std::string& line) { session->Note(line); });
  if (!status.ok()) return session->Fail(status);
  session->Note("ended");
  return kExitDone;
}

void AddLimits(Command* verb, ServeOptions* serve) {
  const auto number = [verb](const char* name, auto* value, const char* variable,
                             const char* help) {
    return verb->AddOption(name, value, help)->ShowDefault()->Environment(variable);
  };
  number("--threads", &serve->threads, "HASHLENS_SERVE_THREADS",
         "Connections that are served at once; others wait")
      ->Check(InRange(4, 900));
  number("--max-requests", &serve->max_requests, "HASHLENS_SERVE_MAX_REQUESTS",
         "Searches, thumbnails and changes at once; more are told to try again")
      ->Check(InRange(1, 800));
  number("--max-jobs", &serve->max_jobs, "HASHLENS_SERVE_MAX_JOBS",
         "Changes that may wait, of each library")
      ->Check(InRange(1, 10'000));
  number("--max-body", &serve->max_body, "HASHLENS_SERVE_MAX_BODY", "Bytes of a request")
      ->Check(InRange(uint64_t{1024}, uint64_t{4} << 30));
  number("--max-k", &serve->max_k, "HASHLENS_SERVE_MAX_K", "Hits of a search")
      ->Check(InRange(1, 1'000'000));
  number("--max-candidates", &serve->max_candidates, "HASHLENS_SERVE_MAX_CANDIDATES",
         "Codes of a search that are re-ranked")
      ->Check(InRange(1, 1'000'000));
  number("--max-page", &serve->max_page, "HASHLENS_SERVE_MAX_PAGE", "Images or tags of a page")
      ->Check(InRange(1, 100'000));
  number("--max-examples", &serve->max_examples, "HASHLENS_SERVE_MAX_EXAMPLES",
         "Images that a search may be like, and unlike")
      ->Check(InRange(1, 10'000));
  number("--timeout", &serve->timeout_seconds, "HASHLENS_SERVE_TIMEOUT",
         "Seconds for a request to come in, and for it to wait for its turn")
      ->Check(InRange(1, 3600));
  number("--keep-alive", &serve->keep_alive_seconds, "HASHLENS_SERVE_KEEP_ALIVE",
         "Seconds that a connection without a request stays open")
      ->Check(InRange(1, 600));
  number("--thumbnail-cache", &serve->thumbnail_cache, "HASHLENS_SERVE_THUMBNAIL_CACHE",
         "Bytes of memory for thumbnails")
      ->Check(WholeNumber());
}

}  // namespace

std::vector<Verb> ServeVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("serve", "Serve libraries over HTTP: a page for people, JSON for programs");
  auto arguments = std::make_shared<ServeArguments>();
  arguments->verb = verb;
  ServeOptions* const serve = &arguments->serve;
  verb->AddOption("LIB", &serve->libraries,
                  "Libraries: folders NAME.hashlens (the ending may be left out)");
  verb->AddOption("--config", &arguments->config,
                  "Settings in TOML, named as these options are: max-k = 50")
      ->ValueName("FILE")
      ->Environment("HASHLENS_SERVE_CONFIG");
  verb->AddOption("--listen", &serve->listen, "Where to listen; port 0: any that is free")
      ->ValueName("HOST:PORT")
      ->ShowDefault()
      ->Environment("HASHLENS_SERVE_LISTEN");
  verb->AddOption("--root", &serve->roots,
                  "A folder below which jobs may index; may be repeated; without one, none may")
      ->ValueName("FOLDER")
      ->Repeatable()
      ->Environment("HASHLENS_SERVE_ROOT");
  verb->AddOption("--uploads", &serve->uploads,
                  "Folder where pictures that are sent are kept; without it, none are taken")
      ->ValueName("FOLDER")
      ->Environment("HASHLENS_SERVE_UPLOADS");
  verb->AddFlag("--read-only", &serve->read_only, "Nothing can be changed")
      ->Environment("HASHLENS_SERVE_READ_ONLY");
  // A variable of a shell that is not set must not open the server to everybody.
  const auto not_empty = [](const std::string& name) {
    return name.empty() ? "the name of the file is empty" : std::string();
  };
  verb->AddOption("--read-token-file", &serve->read_token_file,
                  "File with the token that reading needs")
      ->ValueName("FILE")
      ->Check({"", not_empty})
      ->Environment("HASHLENS_SERVE_READ_TOKEN_FILE");
  verb->AddOption("--write-token-file", &serve->write_token_file,
                  "File with the token that changes need; it may read, too")
      ->ValueName("FILE")
      ->Check({"", not_empty})
      ->Environment("HASHLENS_SERVE_WRITE_TOKEN_FILE");
  verb->AddOption("--host", &serve->hosts,
                  "A name under which the server may be asked, beside localhost; may be repeated")
      ->ValueName("NAME")
      ->Repeatable()
      ->Environment("HASHLENS_SERVE_HOST");
  verb->AddFlag("--force-open", &serve->force_open,
                "Listen where others can reach it although reading needs no token")
      ->Environment("HASHLENS_SERVE_FORCE_OPEN");
  verb->AddOption("--access-log", &arguments->access_log,
                  "A line of JSON on stderr for every request")
      ->ShowDefault()
      ->Check(OneOf({"on", "off"}))
      ->Environment("HASHLENS_SERVE_ACCESS_LOG");
  AddLimits(verb, serve);
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
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
