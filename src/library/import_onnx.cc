// The public function that makes a model package of an ONNX network.
#include <cmath>
#include <set>

#include "base/code.h"
#include "base/guard.h"
#include "base/try.h"
#include "hashlens/onnx.h"
#include "library/models.h"
#include "library/network_package.h"
#include "model/model_package.h"
#include "model/onnx_network.h"
#include "model/onnx_text.h"

namespace hashlens {
namespace {

constexpr int kMaxSide = 4096;

Status CheckOptions(const OnnxImportOptions& options) {
  if (options.input_size < 0 || options.input_size > kMaxSide)
    return InvalidArgument("the input size must be 1 to " + std::to_string(kMaxSide) + " pixels");
  if (!(options.crop > 0) || options.crop > 1)
    return InvalidArgument("the part that is seen must be above 0 and at most 1");
  if (options.pixel_range != 1 && options.pixel_range != 255)
    return InvalidArgument("pixels are from 0 to 1, or from 0 to 255");
  for (size_t c = 0; c < options.mean.size(); ++c) {
    const float deviation = options.deviation[c];
    if (!std::isfinite(options.mean[c]) || !std::isfinite(deviation) || deviation <= 0)
      return InvalidArgument(
          "means must be finite, and what is divided by must be finite and above 0");
  }
  if (options.text_onnx.empty() != options.tokenizer.empty())
    return InvalidArgument("texts need a network and its tokenizer: both, or neither");
  if (options.text_onnx.empty() && !options.text_output.empty())
    return InvalidArgument("the output of a text network is named, but no text network");
  if (options.bits.empty()) return InvalidArgument("a package needs at least one length of code");
  const std::set<int> lengths(options.bits.begin(), options.bits.end());
  if (lengths.size() != options.bits.size() || *lengths.begin() < kMinBits ||
      *lengths.rbegin() > kMaxBits) {
    return InvalidArgument("lengths of codes must be " + std::to_string(kMinBits) + " to " +
                           std::to_string(kMaxBits) + " bits, each once");
  }
  return {};
}

}  // namespace

Result<OnnxImport> ImportOnnxModel(const OnnxImportOptions& options, const Path& folder) try {
  const Path target = PackageTarget(folder);
  const std::string name = options.name.empty() ? target.filename().native() : options.name;
  HL_TRY(CheckNewPackage(target, name));
  HL_TRY(CheckOptions(options));
  HL_ASSIGN(const WorkFolder work, WorkFolder::Make(target));
  const Path xml = work.path() / "network.xml";
  HL_ASSIGN(const OnnxNetwork network, ImportOnnx(options, xml));
  std::optional<TextFiles> text;
  std::string text_output;
  if (!options.text_onnx.empty()) {
    text = TextFiles{work.path() / "text.xml", options.tokenizer};
    HL_ASSIGN(text_output, ImportOnnxText(options, network.dim, text->network_xml));
  }
  std::vector<HeadBytes> heads;
  for (const int bits : options.bits) {
    const HashHead head = RandomHead(bits, network.dim);
    heads.push_back({bits, head.method, SerializeHead(head)});
  }
  HL_ASSIGN(const ModelPackage package,
            WriteModelPackage(target, name, network.dim, network.input, xml, heads, text));
  return OnnxImport{InfoOf(package), network.output, text_output};
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
