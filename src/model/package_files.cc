#include "model/package_files.h"

#include <utility>

#include "base/sha256.h"
#include "base/try.h"

namespace hashlens {
namespace {

// What model.json promised is not there or has an impossible size: the package is broken.
// A device or permission error stays what it is.
Status AsPackageError(const Status& status) {
  if (status.code() == StatusCode::kNotFound || status.code() == StatusCode::kInvalidArgument) {
    return Corruption("model package is incomplete: " + status.message());
  }
  return status;
}

Status Differs(const Path& path) {
  return Corruption(Printable(path) + ": SHA-256 differs from the one in model.json");
}

// One file of the package, with the digest that model.json has.
Result<std::vector<std::byte>> ReadNamed(const ModelPackage& package, const std::string& name,
                                         uint64_t limit, const std::string& sha256) {
  const Path path = package.folder / name;
  auto bytes = ReadFile(path, limit);
  if (!bytes.ok()) return AsPackageError(bytes.status());
  if (Sha256Hex(*bytes) != sha256) return Differs(path);
  return bytes;
}

// Two files of the package that have one digest together.
Result<NetworkBytes> ReadPair(const ModelPackage& package, const char* xml_name,
                              const char* bin_name, const std::string& sha256) {
  const Path xml = package.folder / xml_name;
  auto network = ReadNetworkFiles(xml, package.folder / bin_name);
  if (!network.ok()) return AsPackageError(network.status());
  if (NetworkSha256(*network) != sha256) {
    return Corruption(Printable(xml) + " or " + bin_name +
                      ": SHA-256 differs from the one in model.json");
  }
  return network;
}

}  // namespace

std::string NetworkSha256(const NetworkBytes& network) {
  Sha256 hash;
  hash.Update(network.xml);
  hash.Update(network.bin);
  return hash.Hex();
}

Result<NetworkBytes> ReadNetworkFiles(const Path& xml, const Path& bin) {
  NetworkBytes network;
  HL_ASSIGN(network.xml, ReadFile(xml, kMaxNetworkXmlBytes));
  HL_ASSIGN(network.bin, ReadFile(bin, kMaxNetworkBinBytes));
  return network;
}

Result<NetworkBytes> ReadNetworkFiles(const Path& xml) {
  std::error_code error;  // as if it were not there, which reading tells
  Path bin = Path(xml).replace_extension(".bin");
  if (!std::filesystem::exists(bin, error)) {
    const Path real = std::filesystem::canonical(xml, error).replace_extension(".bin");
    if (!error && std::filesystem::exists(real, error)) bin = real;
  }
  return ReadNetworkFiles(xml, bin);
}

Result<NetworkBytes> ReadNetwork(const ModelPackage& package) {
  return ReadPair(package, kNetworkXml, kNetworkBin, package.network_sha256);
}

Result<TextBytes> ReadText(const ModelPackage& package) {
  TextBytes text;
  HL_ASSIGN(text.network, ReadPair(package, kTextXml, kTextBin, package.text->network_sha256));
  HL_ASSIGN(text.tokenizer,
            ReadPair(package, kTokenizerXml, kTokenizerBin, package.text->tokenizer_sha256));
  return text;
}

Result<std::vector<std::byte>> ReadHeadFile(const ModelPackage& package, const PackagedHead& head) {
  return ReadNamed(package, head.file, kMaxHeadBytes, head.sha256);
}

Result<ClassifierBytes> ReadClassifier(const ModelPackage& package) {
  ClassifierBytes read;
  HL_ASSIGN(read.rows,
            ReadNamed(package, kClassifierFile, kMaxClassifierBytes, package.classifier->sha256));
  HL_ASSIGN(read.names, ReadNamed(package, kClassNamesFile, kMaxClassNamesBytes,
                                  package.classifier->names_sha256));
  return read;
}

Result<std::vector<std::byte>> ReadClassifierFile(const ModelPackage& package) {
  return ReadNamed(package, kClassifierFile, kMaxClassifierBytes, package.classifier->sha256);
}

Result<ClassNames> ReadClassNames(const ModelPackage& package) {
  HL_ASSIGN(
      const std::vector<std::byte> bytes,
      ReadNamed(package, kClassNamesFile, kMaxClassNamesBytes, package.classifier->names_sha256));
  const std::string path = Printable(package.folder / kClassNamesFile);
  auto names = ParseClassNames({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!names.ok()) return Status(names.status().code(), path + ": " + names.status().message());
  if (names->classes != package.classifier->classes) {
    return Corruption(path + ": names " + std::to_string(names->classes) +
                      " classes, but model.json says " +
                      std::to_string(package.classifier->classes));
  }
  return names;
}

}  // namespace hashlens
