#include "data/database_set.h"

#include <map>

#include "base/try.h"
#include "source/key_name.h"

namespace hashlens {
namespace {

Status TooManyUnreadable(const LabelledSet& set) {
  return Corruption(std::to_string(set.unreadable.size()) + " of " +
                    std::to_string(set.unreadable.size() + set.pictures.size()) +
                    " records cannot be read, more than one in " + std::to_string(kMostUnreadable) +
                    "; the first is " + set.unreadable.front());
}

// Sets classes, and labels from digits to indices.
Status NameClasses(const Path& data, const std::vector<int64_t>& labels, LabelledSet* set) {
  std::map<std::string, int> classes;
  for (const int64_t label : labels) classes.emplace(std::to_string(label), 0);
  if (classes.size() < 2)
    return InvalidArgument(Printable(data) + ": only one label, " + classes.begin()->first +
                           "; two are needed");
  for (auto& [name, index] : classes) {
    index = static_cast<int>(set->classes.size());
    set->classes.push_back(name);
  }
  for (size_t i = 0; i < labels.size(); ++i)
    set->pictures[i].labels = {classes.at(std::to_string(labels[i]))};
  return {};
}

}  // namespace

Result<LabelledSet> ReadDatabase(const Path& data, const LabelReadOptions& options) {
  HL_ASSIGN(std::unique_ptr<RecordSource> opened, OpenSource(data, options.data));
  const std::shared_ptr<RecordSource> source = std::move(opened);
  const Path folder = data.has_filename() ? data : data.parent_path();
  LabelledSet set;
  std::vector<int64_t> labels;
  for (;;) {
    if (options.stop.stop_requested()) return Cancelled("stopped while reading labels");
    HL_ASSIGN(std::optional<Record> record, source->Next());
    if (!record) break;
    Path path = folder / NameOfKey(record->key);
    if (!record->problem.ok()) {
      set.unreadable.push_back(Printable(path) + ": " + record->problem.message());
      continue;
    }
    if (!record->feature.empty())
      return InvalidArgument(Printable(data) + ": holds features, not pictures");
    set.pictures.push_back({std::move(path), {}, source, std::move(record->key)});
    labels.push_back(record->label.value_or(0));
  }
  if (set.pictures.empty() && set.unreadable.empty())
    return InvalidArgument(Printable(data) + ": holds no pictures");
  if (set.unreadable.size() * kMostUnreadable > set.unreadable.size() + set.pictures.size())
    return TooManyUnreadable(set);
  HL_TRY(NameClasses(data, labels, &set));
  return set;
}

}  // namespace hashlens
