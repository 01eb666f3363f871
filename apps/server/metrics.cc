#include "apps/server/metrics.h"

#include <fmt/core.h>

namespace hashlens {

void Histogram::Add(double seconds) {
  for (size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) ++buckets[i];
  }
  ++buckets.back();
  sum += seconds;
}

std::string Histogram::Text(std::string_view name, const std::string& labels) const {
  std::string text;
  const std::string more = labels.empty() ? "" : labels + ",";
  for (size_t i = 0; i < kBounds.size(); ++i)
    text += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, more, kBounds[i], buckets[i]);
  text += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, more, buckets.back());
  const std::string braces = labels.empty() ? "" : "{" + labels + "}";
  text += fmt::format("{}_sum{} {}\n", name, braces, sum);
  text += fmt::format("{}_count{} {}\n", name, braces, buckets.back());
  return text;
}

std::string LabelText(std::string_view value) {
  std::string text;
  for (const char letter : value) {
    if (letter == '\\' || letter == '"') text += '\\';
    text += letter == '\n' ? ' ' : letter;
  }
  return text;
}

std::string MetricHead(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void Metrics::AddRequest(const std::string& route, const std::string& method, int status,
                         double seconds) {
  std::lock_guard lock(mutex_);
  ++requests_[{route, method, status}];
  latencies_[route].Add(seconds);
}

void Metrics::AddSearch(const StageTimes& times) {
  std::lock_guard lock(mutex_);
  stages_["decode"].Add(times.decode / 1e3);
  stages_["network"].Add(times.network / 1e3);
  stages_["codes"].Add(times.codes / 1e3);
  stages_["rerank"].Add(times.rerank / 1e3);
}

void Metrics::AddBatch(size_t queries) {
  std::lock_guard lock(mutex_);
  ++batches_;
  batched_queries_ += queries;
}

std::string Metrics::Text() const {
  std::lock_guard lock(mutex_);
  std::string text =
      MetricHead("hashlens_http_requests_total", "counter", "Requests answered, by route and code");
  for (const auto& [key, count] : requests_) {
    const auto& [route, method, status] = key;
    text +=
        fmt::format("hashlens_http_requests_total{{route=\"{}\",method=\"{}\",code=\"{}\"}} {}\n",
                    LabelText(route), LabelText(method), status, count);
  }
  text += MetricHead("hashlens_http_request_seconds", "histogram",
                     "From the first byte of a request to the last of its answer");
  for (const auto& [route, times] : latencies_)
    text +=
        times.Text("hashlens_http_request_seconds", fmt::format("route=\"{}\"", LabelText(route)));
  text += MetricHead("hashlens_search_stage_seconds", "histogram", "Stages of searches");
  for (const auto& [stage, times] : stages_)
    text += times.Text("hashlens_search_stage_seconds", fmt::format("stage=\"{}\"", stage));
  text +=
      MetricHead("hashlens_search_batches_total", "counter", "Searches run, of one query or more");
  text += fmt::format("hashlens_search_batches_total {}\n", batches_);
  text += MetricHead("hashlens_search_queries_total", "counter", "Queries in them");
  text += fmt::format("hashlens_search_queries_total {}\n", batched_queries_);
  return text;
}

}  // namespace hashlens
