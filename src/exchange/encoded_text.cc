// Encoded pictures as lines of text.
#include <charconv>
#include <span>
#include <utility>

#include "base/new_file.h"
#include "base/try.h"
#include "exchange/encoded_formats.h"

namespace hashlens {
namespace {

class JsonLines : public EncodedFile {
 public:
  explicit JsonLines(NewFile file) : file_(std::move(file)) {}
  Status Add(const EncodedPicture& picture) override {
    return file_.Append(AsBytes(EncodedJson(picture) + "\n"));
  }
  Status Finish() override { return file_.Finish(); }

 private:
  NewFile file_;
};

// RFC 4180: in quotes where it needs them.
std::string Field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string field = "\"";
  for (const char letter : text) field += letter == '"' ? "\"\"" : std::string(1, letter);
  return field + "\"";
}

void AddNumbers(std::span<const float> numbers, std::string* line) {
  char text[32];
  for (const float number : numbers) {
    // As many digits as tell it from every other float32.
    const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
    *line += ',';
    line->append(text, end);
  }
}

void AddNames(std::string_view name, int count, std::string* line) {
  for (int i = 0; i < count; ++i) ((*line += ',') += name) += '_' + std::to_string(i);
}

class Csv : public EncodedFile {
 public:
  explicit Csv(NewFile file) : file_(std::move(file)) {}

  Status Begin(const EncodedForm& form) {
    std::string heading = "path,label";
    if (form.parts.code) heading += ",code";
    if (form.parts.activations) AddNames("activation", form.bits, &heading);
    if (form.parts.feature) AddNames("feature", form.dim, &heading);
    return file_.Append(AsBytes(heading + "\n"));
  }

  Status Add(const EncodedPicture& picture) override {
    if (!picture.error.empty()) return {};
    std::string labels;
    for (const std::string& label : picture.labels) labels += (labels.empty() ? "" : ";") + label;
    std::string line = Field(picture.path.native()) + "," + Field(labels);
    if (!picture.code.empty()) line += "," + ToHex(std::as_bytes(std::span(picture.code)));
    AddNumbers(picture.activations, &line);
    AddNumbers(picture.feature, &line);
    return file_.Append(AsBytes(line + "\n"));
  }

  Status Finish() override { return file_.Finish(); }

 private:
  NewFile file_;
};

}  // namespace

NewEncodedFile NewJsonLines(const Path& file) {
  HL_ASSIGN(NewFile made, NewFile::Create(file));
  return std::unique_ptr<EncodedFile>(std::make_unique<JsonLines>(std::move(made)));
}

NewEncodedFile NewCsv(const Path& file, const EncodedForm& form) {
  HL_ASSIGN(NewFile made, NewFile::Create(file));
  auto csv = std::make_unique<Csv>(std::move(made));
  HL_TRY(csv->Begin(form));
  return std::unique_ptr<EncodedFile>(std::move(csv));
}

}  // namespace hashlens
