// What the server counts, in the text form of Prometheus.
#ifndef HASHLENS_APPS_SERVER_METRICS_H_
#define HASHLENS_APPS_SERVER_METRICS_H_

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "hashlens/types.h"

namespace hashlens {

// Of seconds; the last bucket is all of them.
struct Histogram {
  static constexpr std::array<double, 14> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  std::array<uint64_t, kBounds.size() + 1> buckets{};  // each with those below
  double sum = 0;

  void Add(double seconds);
  // Lines of the metric `name` with `labels` ("" or "a=\"b\"").
  std::string Text(std::string_view name, const std::string& labels) const;
};

// Thread-safe.
class Metrics {
 public:
  void AddRequest(const std::string& route, const std::string& method, int status, double seconds);
  void AddSearch(const StageTimes& times);
  void AddBatch(size_t queries);
  std::string Text() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, uint64_t> requests_;
  std::map<std::string, Histogram> latencies_;  // by route
  std::map<std::string, Histogram> stages_;
  uint64_t batches_ = 0;
  uint64_t batched_queries_ = 0;
};

// A label's value with what must be escaped.
std::string LabelText(std::string_view value);
// "# HELP" and "# TYPE" of a metric.
std::string MetricHead(std::string_view name, std::string_view type, std::string_view help);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_METRICS_H_
