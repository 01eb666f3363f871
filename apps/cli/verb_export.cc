#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

ExitCode RunExport(const std::string& path, const std::string& folder, Session* session) {
  const auto library = Library::Open(path, session->open);
  if (!library.ok()) return session->Fail(library.status());
  if (const Status status = library->Export(folder, session->progress(), session->stop());
      !status.ok())
    return session->Fail(status);
  session->Note("wrote ids.npy, codes.npy, features.npy and images.jsonl to " +
                PrintablePath(folder));
  return kExitDone;
}

}  // namespace

std::vector<Verb> ExportVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("export", "Write ids, paths, codes and features for other tools");
  auto library = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  AddLibraryArgument(verb, library.get());
  verb->AddOption("FOLDER", folder.get(), "A new or empty folder")->Required();
  verb->Footer(
      "ids.npy (uint64), codes.npy (uint8, bit i is bit i%8 of byte i/8), features.npy (float16, "
      "unit length),\n"
      "images.jsonl (id, path, size, tags); row i of each is the same image.\n"
      "Example:\n  hashlens export photos out && python3 -c \"import numpy; "
      "print(numpy.load('out/features.npy').shape)\"");
  return {{verb, [library, folder, session] { return RunExport(*library, *folder, session); }}};
}

}  // namespace hashlens
