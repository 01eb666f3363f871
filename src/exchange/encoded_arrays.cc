// Encoded pictures as rows of arrays.
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "base/new_file.h"
#include "base/try.h"
#include "exchange/encoded_formats.h"
#include "library/npy.h"
#include "source/datum.h"
#include "source/hdf5_writer.h"
#include "source/lmdb_writer.h"

namespace hashlens {
namespace {

constexpr size_t kKeyDigits = 10;
constexpr size_t kMaxKeyPathBytes = 400;  // of a key; LMDB takes 511 with what is before it
constexpr int64_t kNotLabelled = -1;

// The one part of a picture of which all the parts but one are empty.
ByteSpan OnlyPart(const EncodedPicture& picture) {
  if (!picture.code.empty()) return std::as_bytes(std::span(picture.code));
  return std::as_bytes(std::span(picture.feature.empty() ? picture.activations : picture.feature));
}

// A whole number, when that is the picture's one label.
template <typename Number>
std::optional<Number> NumberLabel(const EncodedPicture& picture) {
  if (picture.labels.size() != 1) return std::nullopt;
  const std::string& text = picture.labels.front();
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

// The array, and beside it a line of JSON for each row. The array gets its name last: where it is,
// its rows are whole and its own.
class Npy : public EncodedFile {
 public:
  Npy(NewFile array, NewFile rows, Path rows_path, const EncodedForm& form)
      : array_(std::move(array)),
        rows_(std::move(rows)),
        rows_path_(std::move(rows_path)),
        type_(form.parts.code ? "|u1" : "<f4"),
        columns_(form.parts.code      ? form.code_bytes
                 : form.parts.feature ? static_cast<uint64_t>(form.dim)
                                      : static_cast<uint64_t>(form.bits)) {}

  Status Begin() { return array_.Append(AsBytes(NpyRowsHeader(type_, 0, columns_))); }

  Status Add(const EncodedPicture& picture) override {
    if (!picture.error.empty()) return {};
    HL_TRY(array_.Append(OnlyPart(picture)));
    EncodedPicture about;
    about.path = picture.path;
    about.labels = picture.labels;
    about.damage = picture.damage;
    HL_TRY(rows_.Append(AsBytes(EncodedJson(about) + "\n")));
    ++count_;
    return {};
  }

  Status Finish() override {
    HL_TRY(array_.WriteAt(0, AsBytes(NpyRowsHeader(type_, count_, columns_))));
    HL_TRY(rows_.Finish());
    const Status status = array_.Finish();
    std::error_code ignored;  // the first error is the one to report
    if (!status.ok()) std::filesystem::remove(rows_path_, ignored);
    return status;
  }

 private:
  NewFile array_;
  NewFile rows_;
  Path rows_path_;
  std::string_view type_;
  uint64_t columns_;
  uint64_t count_ = 0;
};

class Hdf5 : public EncodedFile {
 public:
  Hdf5(NameBeside name, std::unique_ptr<Hdf5Writer> writer)
      : name_(std::move(name)), writer_(std::move(writer)) {}

  Status Begin(const EncodedForm& form) {
    HL_ASSIGN(path_, writer_->AddTexts("path"));
    if (form.parts.feature) {
      HL_ASSIGN(feature_, writer_->AddFloats("feature", form.shape));
    }
    if (form.parts.activations) {
      HL_ASSIGN(activations_,
                writer_->AddFloats("activations", {static_cast<uint64_t>(form.bits)}));
    }
    if (form.parts.code) {
      HL_ASSIGN(code_, writer_->AddBytes("code", {form.code_bytes}));
    }
    return {};
  }

  Status Add(const EncodedPicture& picture) override {
    if (!picture.error.empty()) return {};
    HL_TRY(writer_->AppendText(*path_, picture.path.native()));
    if (feature_) HL_TRY(writer_->AppendFloats(*feature_, picture.feature));
    if (activations_) HL_TRY(writer_->AppendFloats(*activations_, picture.activations));
    if (code_) HL_TRY(writer_->AppendBytes(*code_, picture.code));
    const auto label = NumberLabel<int64_t>(picture);
    if (label && !label_) {
      HL_ASSIGN(label_, writer_->AddIntegers("label", count_, kNotLabelled));
    }
    if (label_) HL_TRY(writer_->AppendInteger(*label_, label.value_or(kNotLabelled)));
    ++count_;
    return {};
  }

  Status Finish() override {
    HL_TRY(writer_->Finish());
    return name_.Keep();
  }

 private:
  NameBeside name_;
  std::unique_ptr<Hdf5Writer> writer_;  // closed before the name goes
  std::optional<size_t> path_, feature_, activations_, code_;
  std::optional<size_t> label_;  // from the first picture with a label on
  uint64_t count_ = 0;
};

// Caffe's records of features: float_data, or data with the bytes of a code.
class Lmdb : public EncodedFile {
 public:
  Lmdb(std::unique_ptr<LmdbWriter> writer, const EncodedForm& form)
      : writer_(std::move(writer)), form_(form) {}

  Status Add(const EncodedPicture& picture) override {
    if (!picture.error.empty()) return {};
    Datum datum;
    datum.height = 1;
    datum.width = 1;
    if (form_.parts.code) {
      datum.data = {reinterpret_cast<const char*>(picture.code.data()), picture.code.size()};
      datum.channels = static_cast<int32_t>(picture.code.size());
    } else {
      datum.float_data = form_.parts.feature ? picture.feature : picture.activations;
      datum.channels = static_cast<int32_t>(datum.float_data.size());
    }
    if (form_.parts.feature && form_.shape.size() == 3) {
      datum.channels = static_cast<int32_t>(form_.shape[0]);
      datum.height = static_cast<int32_t>(form_.shape[1]);
      datum.width = static_cast<int32_t>(form_.shape[2]);
    }
    datum.label = NumberLabel<int32_t>(picture);
    return writer_->Put(NextKey(picture.path.native()), EncodeDatum(datum));
  }
  Status Finish() override { return writer_->Finish(); }

 private:
  // In the order of their bytes, keys are in the order of rows.
  std::string NextKey(const std::string& path) {
    std::string number = std::to_string(count_++);
    if (number.size() < kKeyDigits) number.insert(0, kKeyDigits - number.size(), '0');
    return number + "_" + path.substr(path.size() - std::min(path.size(), kMaxKeyPathBytes));
  }

  std::unique_ptr<LmdbWriter> writer_;
  const EncodedForm form_;
  uint64_t count_ = 0;
};

}  // namespace

Path RowsFileOf(const Path& npy) { return npy.native() + ".rows.jsonl"; }

NewEncodedFile NewNpy(const Path& file, const EncodedForm& form) {
  HL_ASSIGN(NewFile array, NewFile::Create(file));
  HL_ASSIGN(NewFile rows, NewFile::Create(RowsFileOf(file)));
  auto npy = std::make_unique<Npy>(std::move(array), std::move(rows), RowsFileOf(file), form);
  HL_TRY(npy->Begin());
  return std::unique_ptr<EncodedFile>(std::move(npy));
}

NewEncodedFile NewHdf5(const Path& file, const EncodedForm& form) {
  HL_TRY(RequireNothingAt(file));
  NameBeside name(file);
  HL_ASSIGN(std::unique_ptr<Hdf5Writer> writer, Hdf5Writer::Create(name.path(), file));
  name.Hold();
  auto made = std::make_unique<Hdf5>(std::move(name), std::move(writer));
  HL_TRY(made->Begin(form));
  return std::unique_ptr<EncodedFile>(std::move(made));
}

NewEncodedFile NewLmdb(const Path& folder, const EncodedForm& form) {
  HL_ASSIGN(std::unique_ptr<LmdbWriter> writer, LmdbWriter::Create(folder));
  return std::unique_ptr<EncodedFile>(std::make_unique<Lmdb>(std::move(writer), form));
}

}  // namespace hashlens
