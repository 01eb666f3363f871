// Index runs over folders of the server's machine.
#include <nlohmann/json.hpp>

#include "apps/cli/index_output.h"
#include "apps/server/parameters.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;
using std::chrono::milliseconds;

constexpr milliseconds kLook{500};
constexpr int kLooksABeat = 30;  // a sign of life when nothing happens

Result<IndexOptions> ParseIndex(const Service& service, const std::string& body) {
  const Result<nlohmann::json> json = ParseJson(body);
  if (!json.ok()) return json.status();
  if (Status status = CheckMembers(*json, {"paths", "tags", "prune", "retry", "reread"});
      !status.ok())
    return status;
  IndexOptions index;
  index.within = service.allowed.roots();
  if (!json->contains("paths")) return InvalidArgument("paths: which folders?");
  const Result<std::vector<std::string>> paths = JsonTexts((*json)["paths"], "paths");
  if (!paths.ok()) return paths.status();
  if (paths->empty()) return InvalidArgument("paths: which folders?");
  for (const std::string& path : *paths) {
    Result<std::filesystem::path> checked = service.allowed.Check(path);
    if (!checked.ok()) return checked.status();
    index.paths.push_back(std::move(*checked));
  }
  if (json->contains("tags")) {
    Result<std::vector<Tag>> tags = JsonTags((*json)["tags"]);
    if (!tags.ok()) return tags.status();
    index.tags = std::move(*tags);
  }
  for (const auto& [name, flag] :
       {std::pair{"prune", &index.prune}, std::pair{"retry", &index.retry},
        std::pair{"reread", &index.reread}}) {
    if (!json->contains(name)) continue;
    if (!(*json)[name].is_boolean())
      return InvalidArgument(std::string(name) + ": neither true nor false");
    *flag = (*json)[name].get<bool>();
  }
  return index;
}

void Follow(JobBoard* jobs, uint64_t id, IndexOptions* index, std::stop_token stop) {
  index->stop = std::move(stop);
  index->progress = [jobs, id](const Progress& progress) {
    jobs->Change(id, [&](Job* job) {
      job->stage = progress.stage;
      job->done = progress.done;
      job->total = progress.total;
      job->failed = progress.failed;
      job->skipped = progress.skipped;
      job->seconds_left = progress.seconds_left;
    });
  };
}

// As the writer's work; gives what it did.
Status RunJob(JobBoard* jobs, const Job& job, const IndexOptions& index, LibraryWriter* writer,
              IndexReport* report) {
  if (job.stop.stop_requested()) return Cancelled("cancelled before it began");
  jobs->Change(job.id, [](Job* changed) { changed->state = JobState::kRunning; });
  Result<IndexReport> done = writer->Index(index);
  if (done.ok()) *report = std::move(*done);
  return done.status();
}

void EndJob(JobBoard* jobs, uint64_t id, const IndexReport& report) {
  jobs->Change(id, [&](Job* changed) {
    changed->state = report.interrupted ? JobState::kCancelled : JobState::kDone;
    changed->seconds_left = report.interrupted ? -1 : 0;
    changed->report = ReportJson(report);
    changed->failed = report.failed;
    changed->skipped = report.skipped;
  });
}

void FailJob(JobBoard* jobs, uint64_t id, const Status& status) {
  jobs->Change(id, [&](Job* changed) {
    const bool cancelled = status.code() == StatusCode::kCancelled;
    changed->state = cancelled ? JobState::kCancelled : JobState::kFailed;
    changed->error = status.message();
  });
}

void Start(Service* service, ServedLibrary* library, const Request& request, Response& response) {
  Result<IndexOptions> index = ParseIndex(*service, request.body);
  if (!index.ok()) return SetProblem(response, index.status());
  JobBoard* const jobs = &service->jobs;
  const Job job = jobs->Add(library->name);
  Follow(jobs, job.id, &*index, job.stop.get_token());
  const auto report = std::make_shared<IndexReport>();
  const bool taken = library->writer->Add(
      [jobs, job, report, options = std::move(*index)](LibraryWriter* writer) {
        return RunJob(jobs, job, options, writer, report.get());
      },
      [jobs, id = job.id, report](const Status& status) {
        status.ok() ? EndJob(jobs, id, *report) : FailJob(jobs, id, status);
      });
  if (!taken) {
    FailJob(jobs, job.id, Busy("too many jobs wait already, or the server is ending"));
    return SetBusy(response, 503, "too many jobs wait already, or the server is ending", 10);
  }
  SetJson(response, {{"job", job.id}}, 202);
  response.set_header("Location", "/v1/jobs/" + std::to_string(job.id));
}

std::optional<Job> FindJob(const Service& service, const RequestContext& context,
                           Response& response) {
  const Result<uint64_t> id = IdParameter(context, 0);
  std::optional<Job> job = id.ok() ? service.jobs.Find(*id) : std::nullopt;
  if (!job) SetProblem(response, 404, "no such job, or it ended long ago");
  return job;
}

std::string Event(const char* name, const Job& job) {
  return std::string("event: ") + name +
         "\ndata: " + ToJson(job).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n\n";
}

// Sends what changes until the job has ended, the client goes or the server ends.
bool Stream(const Service& service, uint64_t id, httplib::DataSink& sink) {
  std::optional<Job> job = service.jobs.Find(id);
  uint64_t seen = 0;
  const auto send = [&](const std::string& text) {
    return sink.is_writable() && sink.write(text.data(), text.size());
  };
  bool going = job && send(Event("progress", *job));
  for (int quiet = 0; going && !job->ended() && !service.http.stopping();) {
    seen = job->version;
    job = service.jobs.WaitFor(id, seen, kLook);
    if (!job) break;
    const bool changed = job->version != seen;
    quiet = changed ? 0 : quiet + 1;
    if (changed)
      going = send(Event("progress", *job));
    else if (quiet % kLooksABeat == 0)
      going = send(": waiting\n\n");
    else
      going = sink.is_writable();
  }
  if (!going) return false;
  if (job && job->ended()) send(Event("end", *job));
  sink.done();
  return true;
}

void SendEvents(Service* service, const RequestContext& context, Response& response) {
  const std::optional<Job> job = FindJob(*service, context, response);
  if (!job) return;
  const auto pass = std::make_shared<Gate::Pass>(service->streams.Enter());
  if (!*pass) return SetBusy(response, 429, "too many event streams at once", 5);
  response.status = 200;
  response.set_header("Cache-Control", "no-store");
  response.set_chunked_content_provider(
      "text/event-stream", [service, id = job->id, pass](size_t, httplib::DataSink& sink) {
        return Stream(*service, id, sink);
      });
}

}  // namespace

void AddJobRoutes(Service* service) {
  service->router.Add({"POST", "/v1/libraries/{library}/jobs", Guard::kWrite, false, true,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         Start(service, library, request, response);
                       })});
  service->router.Add({"GET", "/v1/jobs", Guard::kRead, false, false,
                       [service](const RequestContext&, const Request&, Response& response) {
                         nlohmann::json jobs = nlohmann::json::array();
                         for (const Job& job : service->jobs.All()) jobs.push_back(ToJson(job));
                         SetJson(response, {{"jobs", std::move(jobs)}});
                       }});
  service->router.Add(
      {"GET", "/v1/jobs/{id}", Guard::kRead, false, false,
       [service](const RequestContext& context, const Request&, Response& response) {
         if (const auto job = FindJob(*service, context, response)) SetJson(response, ToJson(*job));
       }});
  service->router.Add({"GET", "/v1/jobs/{id}/events", Guard::kRead, false, false,
                       [service](const RequestContext& context, const Request&,
                                 Response& response) { SendEvents(service, context, response); }});
  service->router.Add(
      {"DELETE", "/v1/jobs/{id}", Guard::kWrite, false, false,
       [service](const RequestContext& context, const Request&, Response& response) {
         const std::optional<Job> job = FindJob(*service, context, response);
         if (!job) return;
         service->jobs.Cancel(job->id);
         SetJson(response, ToJson(*job));
       }});
}

}  // namespace hashlens
