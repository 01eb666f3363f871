// HDF5 files of any datasets (source/hdf5_source.h): libhdf5 writes them as the input says. Bytes
// of its own format are libhdf5's to check, which is not ours to fuzz.
#include <hdf5.h>

#include <algorithm>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/scratch_file.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

constexpr double kMostValues = 1 << 16;
constexpr double kOverAnyLimit = 1e10;

hid_t TypeOf(uint8_t choice) {
  const hid_t types[] = {H5T_NATIVE_UCHAR,  H5T_NATIVE_FLOAT,  H5T_NATIVE_INT64,
                         H5T_NATIVE_UINT64, H5T_NATIVE_DOUBLE, H5T_NATIVE_SCHAR,
                         H5T_IEEE_F32BE,    H5T_STD_U16BE,     H5T_C_S1};
  return types[choice % std::size(types)];
}

// Values of which none are written read as 0: a dataset may be larger than the file.
void WriteDataset(hid_t file, const char* name, InputTaker* taker) {
  const hid_t type = TypeOf(taker->Byte());
  const int rank = taker->Byte() % 6;
  const uint8_t form = taker->Byte();  // 1: in chunks, 2: and compressed, 4: sides may be large
  std::vector<hsize_t> sides, chunk;
  double values = 1, of_row = 1;
  for (int i = 0; i < rank; ++i) {
    sides.push_back((form & 4) != 0 ? taker->Number<uint32_t>() : taker->Byte());
    chunk.push_back(std::clamp<hsize_t>(taker->Byte(), 1, std::max<hsize_t>(sides.back(), 1)));
    values *= static_cast<double>(sides.back());
    if (i > 0) of_row *= static_cast<double>(sides.back());
  }
  // Rows that are over no limit, but take seconds to read.
  if (of_row > kMostValues && of_row < kOverAnyLimit) return;
  const hid_t space =
      rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, sides.data(), nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if ((form & 1) != 0 && rank > 0) {
    H5Pset_chunk(creation, rank, chunk.data());
    if ((form & 2) != 0) H5Pset_deflate(creation, 1);
  }
  const hid_t data = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (data >= 0) {
    if (values <= kMostValues) {
      std::vector<std::byte> bytes(static_cast<size_t>(values) * H5Tget_size(type));
      const ByteSpan given = taker->Bytes(bytes.size());
      std::ranges::copy(given, bytes.begin());
      H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    }
    H5Dclose(data);
  }
  H5Pclose(creation);
  if (space >= 0) H5Sclose(space);
}

void WriteLink(hid_t file, const char* name, uint8_t kind) {
  if (kind == 1) H5Lcreate_soft("/other", file, name, H5P_DEFAULT, H5P_DEFAULT);
  if (kind == 2) H5Lcreate_soft("/nowhere", file, name, H5P_DEFAULT, H5P_DEFAULT);
  if (kind == 3) H5Lcreate_external("other.h5", "/data", file, name, H5P_DEFAULT, H5P_DEFAULT);
  if (kind == 4) {
    const hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group >= 0) H5Gclose(group);
  }
}

void FuzzHdf5(ByteSpan input) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Path path = ScratchFolder() / "records.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  Require(file >= 0, "the scratch folder can be written to");
  InputTaker taker(input);
  const uint8_t options_bits = taker.Byte();
  for (const char* name : {"data", "label", "other"}) {
    const uint8_t what = taker.Byte() % 6;
    if (what == 0) WriteDataset(file, name, &taker);
    WriteLink(file, name, what);
  }
  H5Fclose(file);

  DataOptions options;
  options.rgb = (options_bits & 1) != 0;
  if ((options_bits & 2) != 0) options.dataset = "other";
  if ((options_bits & 4) != 0) options.labels = "other";
  if ((options_bits & 8) != 0) options.dataset = taker.ShortText();
  H5garbage_collect();  // what libhdf5 keeps of earlier inputs
  auto source = OpenSource(path, options);
  if (!source.ok()) return;
  constexpr int kRows = 20;
  for (int row = 0; row < kRows; ++row) {
    const auto record = (*source)->Next();
    if (!record.ok() || !*record) break;
    Require((*record)->problem.ok() != ((*record)->picture.empty() && (*record)->feature.empty()),
            "a record is a picture, a feature or a problem");
    const auto again = (*source)->Read((*record)->key);
    Require(again.ok() && again->picture == (*record)->picture, "a row reads the same twice");
  }
  Require(!(*source)->Read(taker.ShortText()).ok() || (*source)->size() > 0, "no row, no record");
}

const FuzzTarget kHdf5("hdf5", FuzzHdf5);

}  // namespace
}  // namespace hashlens
