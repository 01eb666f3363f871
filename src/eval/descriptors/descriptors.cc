#include "eval/descriptors.h"

#include <cmath>

#include "base/guard.h"
#include "base/try.h"
#include "eval/descriptors/descriptor_pass.h"

namespace hashlens {
namespace {

Status Add(const BaselineInput& input, const Vectors& database, const Vectors& queries,
           const std::string& name, const std::string& about, double milliseconds,
           EvalReport* report) {
  HL_ASSIGN(EvalMethod method, JudgeVectors(input.relevance, database, queries, input.core));
  method.name = name;
  method.baseline = true;
  const double tenths = std::round(milliseconds * 10);
  const std::string rounded = std::to_string(static_cast<int>(tenths) / 10) + "." +
                              std::to_string(static_cast<int>(tenths) % 10);
  method.about =
      about + "; linear scan in float32; making one takes " + rounded + " ms beside decoding";
  method.bytes_per_image = static_cast<double>(sizeof(float) * database.dim);
  report->methods.push_back(std::move(method));
  return {};
}

Status AddAll(const BaselineInput& input, const PictureInput& pictures, EvalReport* report) {
  HL_ASSIGN(const Vectors vocabulary, MakeVocabulary(pictures, input.seed));
  HL_ASSIGN(const Descriptors database, Describe(pictures, pictures.database, vocabulary,
                                                 "classical descriptors of the database"));
  HL_ASSIGN(const Descriptors queries, Describe(pictures, pictures.queries, vocabulary,
                                                "classical descriptors of the queries"));
  const auto& time = database.milliseconds;
  HL_TRY(Add(input, database.colours, queries.colours, "HSV histogram",
             "18 hues x 3 saturations x 3 values and 4 greys (Smith and Chang 1996), by Hellinger "
             "distance",
             time[0], report));
  HL_TRY(Add(input, database.gist, queries.gist, "GIST",
             "Gabor filters of 4 scales and 8 directions over a 4 x 4 grid (Oliva and Torralba "
             "2001)",
             time[1], report));
  return Add(input, database.words, queries.words, "SIFT words",
             "bag of " + std::to_string(vocabulary.rows()) +
                 " visual words, SIFT on a grid, vocabulary from the database (Sivic and Zisserman "
                 "2003), by Hellinger distance",
             time[2], report);
}

}  // namespace

Status AddDescriptors(const BaselineInput& input, const PictureInput& pictures,
                      EvalReport* report) {
  return GuardExceptions([&] { return AddAll(input, pictures, report); });
}

}  // namespace hashlens
