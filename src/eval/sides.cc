#include "eval/sides.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/shuffle.h"

namespace hashlens {
namespace {

using Identity = std::tuple<uint64_t, uint64_t, std::string>;  // device, inode, key of a record

std::optional<Identity> IdentityOf(const LabelledPicture& picture) {
  struct stat info {};
  if (::stat(HomeOf(picture).c_str(), &info) != 0) return std::nullopt;
  return Identity{info.st_dev, info.st_ino, picture.key};
}

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
  std::map<Identity, uint32_t> rows;
  for (size_t row = 0; row < database.size(); ++row) {
    if (const auto identity = IdentityOf(database[row]))
      rows.emplace(*identity, static_cast<uint32_t>(row));
  }
  std::vector<std::optional<uint32_t>> own;
  for (const LabelledPicture& query : queries) {
    const auto identity = IdentityOf(query);
    const auto at = identity ? rows.find(*identity) : rows.end();
    own.push_back(at == rows.end() ? std::nullopt : std::optional(at->second));
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
