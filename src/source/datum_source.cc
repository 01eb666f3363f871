#include "source/datum_source.h"

#include "base/try.h"
#include "source/datum_record.h"

namespace hashlens {
namespace {

constexpr size_t kMaxKeyBytes = 2048;
constexpr size_t kShownKeyBytes = 64;

class DatumSource : public RecordSource {
 public:
  DatumSource(std::unique_ptr<KeyValueStore> store, DataOptions options)
      : store_(std::move(store)), options_(std::move(options)) {}

  uint64_t size() const override { return store_->size(); }

  Result<std::optional<Record>> Next() override {
    HL_ASSIGN(std::optional<KeyValue> record, store_->Next());
    if (!record) return std::optional<Record>();
    return std::optional(RecordOf(std::move(*record)));
  }

  Result<Record> Read(std::string_view key) const override {
    HL_ASSIGN(std::optional<KeyValue> record, store_->Get(key));
    if (!record) return NotFound("no such record any more");
    return RecordOf(std::move(*record));
  }

 private:
  Record RecordOf(KeyValue found) const {
    Record record;
    if (found.key.size() > kMaxKeyBytes) {
      record.problem = InvalidArgument("a key of " + std::to_string(found.key.size()) +
                                       " bytes, over the limit of " + std::to_string(kMaxKeyBytes));
      record.key = found.key.substr(0, kShownKeyBytes);
    } else if (!found.problem.ok()) {
      record.problem = std::move(found.problem);
      record.key = std::move(found.key);
    } else {
      record = RecordOfDatum(std::move(found.key), found.value, options_);
    }
    return record;
  }

  std::unique_ptr<KeyValueStore> store_;
  DataOptions options_;
};

}  // namespace

std::unique_ptr<RecordSource> MakeDatumSource(std::unique_ptr<KeyValueStore> store,
                                              const DataOptions& options) {
  return std::make_unique<DatumSource>(std::move(store), options);
}

}  // namespace hashlens
