#include "eval/sides.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/same_place.h"
#include "base/shuffle.h"

namespace hashlens {
namespace {

// Names of files, with the key of a record: pictures that share one are the same.
class PictureNames {
 public:
  std::vector<std::string> Of(const LabelledPicture& picture) {
    const Path home = HomeOf(picture);
    if (home != home_ || names_.empty()) {
      home_ = home;
      names_ = NamesOfFile(home, mounts_);
    }
    std::vector<std::string> names = names_;
    for (std::string& name : names) (name += '\0') += picture.key;
    return names;
  }

 private:
  const Mounts mounts_ = Mounts::Load();
  Path home_;  // of the last picture: many records are in one database
  std::vector<std::string> names_;
};

std::vector<LabelledPicture> Renumbered(LabelledSet set, const std::vector<std::string>& classes) {
  std::vector<int> number;  // old label -> new one; both lists are sorted, so order is kept
  for (const std::string& name : set.classes) {
    number.push_back(
        static_cast<int>(std::lower_bound(classes.begin(), classes.end(), name) - classes.begin()));
  }
  for (LabelledPicture& picture : set.pictures) {
    for (int& label : picture.labels) label = number[static_cast<size_t>(label)];
  }
  return std::move(set.pictures);
}

}  // namespace

Sides JoinSides(LabelledSet database, LabelledSet queries) {
  Sides sides;
  sides.unreadable_database = std::move(database.unreadable);
  sides.unreadable_queries = std::move(queries.unreadable);
  std::set_union(database.classes.begin(), database.classes.end(), queries.classes.begin(),
                 queries.classes.end(), std::back_inserter(sides.classes));
  sides.database = Renumbered(std::move(database), sides.classes);
  sides.queries = Renumbered(std::move(queries), sides.classes);
  return sides;
}

void ShufflePictures(std::vector<LabelledPicture>* pictures, uint64_t seed) {
  std::mt19937_64 random(seed);
  Shuffle(std::span(*pictures), &random);
}

std::vector<std::optional<uint32_t>> OwnRows(const std::vector<LabelledPicture>& database,
                                             const std::vector<LabelledPicture>& queries) {
  PictureNames names;
  std::unordered_map<std::string, uint32_t> rows;
  for (size_t row = 0; row < database.size(); ++row) {
    for (std::string& name : names.Of(database[row]))
      rows.emplace(std::move(name), static_cast<uint32_t>(row));
  }
  std::vector<std::optional<uint32_t>> own;
  for (const LabelledPicture& query : queries) {
    own.emplace_back();
    for (const std::string& name : names.Of(query)) {
      const auto at = rows.find(name);
      if (at != rows.end() && (!own.back() || at->second < *own.back())) own.back() = at->second;
    }
  }
  return own;
}

size_t CountClasses(const std::vector<LabelledPicture>& pictures, size_t classes) {
  std::vector<bool> seen(classes);
  for (const LabelledPicture& picture : pictures) {
    for (const int label : picture.labels) seen[static_cast<size_t>(label)] = true;
  }
  return static_cast<size_t>(std::count(seen.begin(), seen.end(), true));
}

std::vector<std::vector<int>> LabelsOf(const std::vector<LabelledPicture>& pictures) {
  std::vector<std::vector<int>> labels;
  labels.reserve(pictures.size());
  for (const LabelledPicture& picture : pictures) labels.push_back(picture.labels);
  return labels;
}

}  // namespace hashlens
