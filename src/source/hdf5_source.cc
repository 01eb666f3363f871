#include "source/hdf5_source.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/try.h"
#include "source/hdf5_file.h"
#include "source/raw_picture.h"

namespace hashlens {
namespace {

constexpr char kUsualData[] = "data";
constexpr char kUsualFeatures[] = "features";
constexpr char kUsualLabels[] = "label";
constexpr uint64_t kMaxDim = 1'000'000;

// What a row is.
struct RowForm {
  bool picture = false;
  PixelLayout layout;  // of a picture
  uint64_t values = 0;
};

Result<RowForm> FormOf(const Hdf5Dataset& data, const std::string& title,
                       const DataOptions& options) {
  const std::vector<uint64_t>& shape = data.shape();
  const auto side = [&](size_t i) { return static_cast<int64_t>(shape[i]); };
  const bool floats = data.kind() == Hdf5Dataset::Kind::kFloats;
  RowForm form;
  const bool flat = shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1);
  if (flat && floats) {
    form.values = shape[1];
    if (form.values > kMaxDim)
      return InvalidArgument(title + ": features of " + std::to_string(shape[1]) + " numbers");
    return form;
  }
  form.picture = true;
  if (data.kind() == Hdf5Dataset::Kind::kIntegers || shape.size() < 3)
    return InvalidArgument(title +
                           ": holds neither pictures (rows x channels x height x width of "
                           "bytes or floats) nor features (rows x dim of floats)");
  if (shape.size() == 3) {
    form.layout = {1, side(1), side(2), true, options.rgb};
  } else if (shape[1] == 1 || shape[1] == 3) {
    form.layout = {side(1), side(2), side(3), true, options.rgb};
  } else {
    form.layout = {side(3), side(1), side(2), false, true};
  }
  auto values = PixelValues(form.layout, kMaxRecordBytes / sizeof(float));
  if (!values.ok()) return InvalidArgument(title + ": " + values.status().message());
  form.values = *values;
  return form;
}

class Hdf5Source : public RecordSource {
 public:
  Hdf5Source(std::unique_ptr<Hdf5File> file, std::unique_ptr<Hdf5Dataset> data,
             std::unique_ptr<Hdf5Dataset> labels, const RowForm& form)
      : file_(std::move(file)), data_(std::move(data)), labels_(std::move(labels)), form_(form) {}

  uint64_t size() const override { return data_->shape()[0]; }

  Result<std::optional<Record>> Next() override {
    if (next_ == size()) return std::optional<Record>();
    HL_ASSIGN(Record record, Row(next_));
    ++next_;
    return std::optional(std::move(record));
  }

  Result<Record> Read(std::string_view key) const override {
    uint64_t row = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), row);
    if (error != std::errc() || end != key.data() + key.size() || row >= size())
      return NotFound("no such row");
    return Row(row);
  }

 private:
  Result<Record> Row(uint64_t row) const {
    Record record;
    record.key = std::to_string(row);
    if (labels_ != nullptr) HL_TRY(ReadLabel(row, &record));
    if (!record.problem.ok()) return record;
    if (!form_.picture) {
      HL_TRY(data_->ReadFloats(row, &record.feature));
      const auto finite = [](float number) { return std::isfinite(number); };
      if (!std::all_of(record.feature.begin(), record.feature.end(), finite)) {
        record.problem = Corruption("the feature is not finite");
        record.feature.clear();
      }
      return record;
    }
    std::string pixels;
    if (data_->kind() == Hdf5Dataset::Kind::kBytes) {
      HL_TRY(data_->ReadBytes(row, &pixels));
    } else {
      std::vector<float> numbers;
      HL_TRY(data_->ReadFloats(row, &numbers));
      auto rounded = PixelsOf(numbers);
      record.problem = rounded.status();
      if (rounded.ok()) pixels = *std::move(rounded);
    }
    if (record.problem.ok()) record.picture = PnmOf(form_.layout, pixels);
    return record;
  }

  Status ReadLabel(uint64_t row, Record* record) const {
    if (labels_->kind() != Hdf5Dataset::Kind::kFloats) {
      std::vector<int64_t> label;
      HL_TRY(labels_->ReadIntegers(row, &label));
      record->label = label[0];
      return {};
    }
    std::vector<float> label;
    HL_TRY(labels_->ReadFloats(row, &label));
    constexpr float kMost = 16'777'216;  // beyond it, not every whole number is a float
    if (label[0] == std::floor(label[0]) && std::abs(label[0]) <= kMost) {
      record->label = static_cast<int64_t>(label[0]);
    } else {
      record->problem = Corruption("its label is no whole number");
    }
    return {};
  }

  // In this order, so that the file goes last.
  std::unique_ptr<Hdf5File> file_;
  std::unique_ptr<Hdf5Dataset> data_;
  std::unique_ptr<Hdf5Dataset> labels_;  // none: rows have no labels
  RowForm form_;
  uint64_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordSource>> OpenHdf5(const Path& path, const DataOptions& options) {
  HL_ASSIGN(std::unique_ptr<Hdf5File> file, OpenHdf5File(path));
  std::string name = options.dataset;
  if (name.empty())
    name = !file->Has(kUsualData) && file->Has(kUsualFeatures) ? kUsualFeatures : kUsualData;
  HL_ASSIGN(std::unique_ptr<Hdf5Dataset> data, file->Open(name));
  HL_ASSIGN(
      const RowForm form,
      FormOf(*data, Printable(path) + ": dataset " + Printable(std::string_view(name)), options));
  std::unique_ptr<Hdf5Dataset> labels;
  if (!options.labels.empty() || file->Has(kUsualLabels)) {
    name = options.labels.empty() ? kUsualLabels : options.labels;
    HL_ASSIGN(labels, file->Open(name));
    const std::vector<uint64_t>& shape = labels->shape();
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == (i == 0 ? data->shape()[0] : 1)) continue;
      return InvalidArgument(Printable(path) + ": dataset " + Printable(std::string_view(name)) +
                             ": has not one label for each of the " +
                             std::to_string(data->shape()[0]) + " rows");
    }
  }
  return std::unique_ptr<RecordSource>(
      std::make_unique<Hdf5Source>(std::move(file), std::move(data), std::move(labels), form));
}

}  // namespace hashlens
