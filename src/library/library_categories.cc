// What the images of a library show, by the library's own model.
#include <utility>

#include "base/guard.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "library/categories.h"
#include "library/library_model.h"
#include "library/library_state.h"

namespace hashlens {

Result<std::shared_ptr<const CategoryMaker>> Library::State::Categories(
    const LibraryMeta& meta) const {
  std::lock_guard lock(categories_mutex);
  if (categories && categories_digest == meta.feature_digest) return categories;
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, meta));
  HL_ASSIGN(CategoryMaker maker, CategoryMaker::Load(model.package, model.reduction));
  categories = std::make_shared<const CategoryMaker>(std::move(maker));
  categories_digest = meta.feature_digest;
  return categories;
}

Result<std::vector<Category>> Library::Categories(uint64_t id, size_t top) const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  const std::optional<uint64_t> row = snapshot.RowOf(id);
  if (!row) return NotFound("id:" + std::to_string(id) + ": no such image in the library");
  HL_ASSIGN(const std::shared_ptr<const CategoryMaker> maker, state_->Categories(snapshot.meta()));
  HL_ASSIGN(const std::vector<float> feature, StoredFeature(snapshot, *row));
  return maker->Top(feature, /*length=*/0, top);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
