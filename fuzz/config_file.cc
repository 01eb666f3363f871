// The server's configuration file (apps/server/config_file.h).
#include "apps/server/config_file.h"

#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzConfigFile(ByteSpan text) {
  const auto settings = ParseSettings(TextOfInput(text), "serve.toml");
  Require(settings.ok() || !settings.status().message().empty(), "a failure has a message");
}

const FuzzTarget kConfigFile("config_file", FuzzConfigFile);

}  // namespace
}  // namespace hashlens
