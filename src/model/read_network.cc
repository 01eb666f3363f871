#include "model/read_network.h"

#include <cstring>
#include <string>

namespace hashlens {

std::shared_ptr<ov::Model> ReadNetworkModel(ov::Core* core, const NetworkBytes& bytes) {
  // The tensor owns its copy: constants of the network go on pointing into it.
  ov::Tensor weights(ov::element::u8, {bytes.bin.size()});
  if (!bytes.bin.empty()) std::memcpy(weights.data(), bytes.bin.data(), bytes.bin.size());
  const std::string xml(reinterpret_cast<const char*>(bytes.xml.data()), bytes.xml.size());
  return core->read_model(xml, weights);
}

}  // namespace hashlens
