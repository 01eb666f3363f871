#include "base/try.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/costs_file.h"
#include "library/housekeeping.h"
#include "library/layout.h"

namespace hashlens {

Result<CodeCosts> Calibrate(const Path& library) {
  if (library.empty()) return MeasureCosts();
  const Layout layout{LibraryPath(library)};
  HL_TRY(RequireLibrary(layout, library));
  HL_ASSIGN(const CodeCosts costs, MeasureCosts());
  HL_TRY(SaveCosts(layout.Costs(), costs));
  return costs;
}

}  // namespace hashlens
