// Small files in a library that are read before anything else is known of it: what searches cost
// (library/costs_file.h), and which files were being read when a run ended
// (library/reading_notes.h).
#include "fuzz/scratch_file.h"
#include "library/costs_file.h"
#include "library/reading_notes.h"

namespace hashlens {
namespace {

void FuzzLibraryNotes(ByteSpan file) {
  const CodeCosts costs = LoadCosts(ScratchFile("costs.json", file));
  Require(costs.scan_word > 0 && costs.scan_word < 1e6,
          "a cost is more than nothing, and sensible");
  constexpr size_t kPlaces = 2;
  ReadingNotes notes(ScratchFile("reading", file), kPlaces);
  notes.Begin(0, "a.jpg", notes.WasBeingRead("a.jpg"));
  notes.End(0);
  notes.Remove();
}

const FuzzTarget kLibraryNotes("library_notes", FuzzLibraryNotes);

}  // namespace
}  // namespace hashlens
