// The files inside a model package: names, limits and checked reading. Internal to src/model.
#ifndef HASHLENS_MODEL_PACKAGE_FILES_H_
#define HASHLENS_MODEL_PACKAGE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"
#include "model/model_package.h"

namespace hashlens {

inline constexpr char kModelJson[] = "model.json";
inline constexpr char kNetworkXml[] = "network.xml";
inline constexpr char kNetworkBin[] = "network.bin";
inline constexpr char kTextXml[] = "text.xml";
inline constexpr char kTextBin[] = "text.bin";
inline constexpr char kTokenizerXml[] = "tokenizer.xml";
inline constexpr char kTokenizerBin[] = "tokenizer.bin";
inline constexpr char kClassifierFile[] = "classifier.hlc";
inline constexpr char kClassNamesFile[] = "classes.json";

inline constexpr uint64_t kMaxModelJsonBytes = uint64_t{1} << 20;
inline constexpr uint64_t kMaxNetworkXmlBytes = uint64_t{64} << 20;
inline constexpr uint64_t kMaxNetworkBinBytes = uint64_t{1} << 30;
inline constexpr uint64_t kMaxHeadBytes = uint64_t{256} << 20;
inline constexpr uint64_t kMaxClassifierBytes = uint64_t{1} << 30;
inline constexpr uint64_t kMaxClassNamesBytes = uint64_t{64} << 20;

struct NetworkBytes {
  std::vector<std::byte> xml;
  std::vector<std::byte> bin;
};

std::string NetworkSha256(const NetworkBytes& network);

// A network's files, not compared with anything.
Result<NetworkBytes> ReadNetworkFiles(const Path& xml, const Path& bin);
// The same with the .bin beside `xml`, or, when `xml` is a link, beside what it leads to.
Result<NetworkBytes> ReadNetworkFiles(const Path& xml);

// The package's network: exactly the bytes that the digest in model.json names, else kCorruption,
// also when a file is missing.
Result<NetworkBytes> ReadNetwork(const ModelPackage& package);

struct TextBytes {
  NetworkBytes network;
  NetworkBytes tokenizer;
};

// The same of the package's text network and tokenizer. The package must have them.
Result<TextBytes> ReadText(const ModelPackage& package);

struct ClassifierBytes {
  std::vector<std::byte> rows;
  std::vector<std::byte> names;
};

// The same of the package's classifier and class names. The package must have them.
Result<ClassifierBytes> ReadClassifier(const ModelPackage& package);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_PACKAGE_FILES_H_
