#include "base/jpeg_pixels.h"

#include <csetjmp>
// jpeglib.h needs size_t and FILE before it.
#include <cstddef>
#include <cstdio>
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "base/damage.h"
#include "base/decoder_words.h"

namespace hashlens {
namespace {

// Warnings after which pixels are as they were encoded: odd fields, bytes that mean nothing.
bool IsHarmless(int message) {
  constexpr std::array kHarmless = {JWRN_ADOBE_XFORM, JWRN_BOGUS_PROGRESSION, JWRN_EXTRANEOUS_DATA,
                                    JWRN_JFIF_MAJOR,  JWRN_NOT_SEQUENTIAL,    JWRN_TOO_MUCH_DATA};
  return std::ranges::find(kHarmless, message) != kHarmless.end();
}

// One decompression. Errors of libjpeg leave it by longjmp, so that nothing in Run may need a
// destructor.
class Decompressor {
 public:
  explicit Decompressor(ByteSpan file) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) { Of(info)->Leave(); };
    errors_.emit_message = [](j_common_ptr info, int level) { Of(info)->Note(level); };
    errors_.output_message = [](j_common_ptr) {};
    info_.client_data = this;
    if (setjmp(back_) != 0) return;
    jpeg_create_decompress(&info_);
    info_.client_data = this;
    jpeg_save_markers(&info_, JPEG_APP0 + 2, 0xffff);  // parts of the profile
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(file.data()),
                 static_cast<unsigned long>(file.size()));
    ready_ = true;
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() { jpeg_destroy_decompress(&info_); }

  bool ReadHeader(const JpegRequest& request) {
    if (!ready_ || setjmp(back_) != 0) return false;
    jpeg_read_header(&info_, TRUE);
    info_.scale_num = 1;
    info_.scale_denom = static_cast<unsigned>(request.denominator);
    info_.out_color_space = JCS_EXT_RGB;
    if (request.any_colours) {
      const unsigned short_side = std::min(info_.image_width, info_.image_height);
      info_.scale_denom = static_cast<unsigned>(
          JpegDenominatorFor(static_cast<int>(short_side), request.min_short_side));
      if (info_.num_components == 1) info_.out_color_space = JCS_GRAYSCALE;
      if (info_.num_components == 4) info_.out_color_space = JCS_CMYK;
    }
    info_.dct_method = JDCT_ISLOW;
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  void GiveSizes(JpegPixels* sizes) const {
    sizes->original_width = static_cast<int>(info_.image_width);
    sizes->original_height = static_cast<int>(info_.image_height);
    sizes->width = static_cast<int>(info_.output_width);
    sizes->height = static_cast<int>(info_.output_height);
    sizes->bands = info_.out_color_components;
  }

  // The embedded profile, or null if the file has none. The caller frees it with free().
  JOCTET* ReadProfile(unsigned* bytes) {
    JOCTET* profile = nullptr;
    if (setjmp(back_) != 0) return nullptr;
    return jpeg_read_icc_profile(&info_, &profile, bytes) ? profile : nullptr;
  }

  // Adobe's programs store CMYK with 0 for full ink.
  bool inverted() const { return info_.out_color_space == JCS_CMYK && info_.saw_Adobe_marker; }

  // False after an error; rows() then tells how far it went.
  bool ReadRows(uint8_t* pixels) {
    if (setjmp(back_) != 0) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = pixels + static_cast<size_t>(info_.output_components) * info_.output_width *
                                  info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  int rows() const { return static_cast<int>(info_.output_scanline); }
  int error() const { return errors_.msg_code; }
  bool damaged() const { return damaged_; }
  int whole_rows() const { return whole_rows_; }
  std::string_view words() const { return words_.data(); }

 private:
  static Decompressor* Of(j_common_ptr info) {
    return static_cast<Decompressor*>(info->client_data);
  }

  [[noreturn]] void Leave() {
    Say();
    std::longjmp(back_, 1);
  }

  // Keeps the words of the first damage.
  void Say() {
    if (damaged_) return;
    std::array<char, JMSG_LENGTH_MAX> text;
    errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), text.data());
    words_ = text;
  }

  void Note(int level) {
    if (level >= 0 || damaged_ || IsHarmless(errors_.msg_code)) return;
    Say();
    damaged_ = true;
    whole_rows_ = RowsBefore();
  }

  // Rows of pixels that do not depend on what is read now.
  int RowsBefore() const {
    if (!jpeg_has_multiple_scans(const_cast<j_decompress_ptr>(&info_)))
      return static_cast<int>(info_.output_scanline);
    if (!info_.progressive_mode || info_.coef_bits == nullptr) return 0;
    bool coarse = true;  // every block's average is there
    for (int i = 0; i < info_.num_components; ++i) coarse = coarse && info_.coef_bits[i][0] >= 0;
    const bool first_scan = info_.input_scan_number <= 1;
    if (coarse && !first_scan) return static_cast<int>(info_.output_height);
    const auto rows = static_cast<uint64_t>(info_.input_iMCU_row) *
                      static_cast<uint64_t>(info_.max_v_samp_factor) * DCTSIZE;
    const uint64_t scaled = rows * info_.output_height / std::max(info_.image_height, 1U);
    return first_scan ? static_cast<int>(std::min<uint64_t>(scaled, info_.output_height)) : 0;
  }

  jpeg_decompress_struct info_ = {};
  jpeg_error_mgr errors_ = {};
  std::jmp_buf back_ = {};
  bool ready_ = false;
  bool damaged_ = false;
  int whole_rows_ = 0;
  std::array<char, JMSG_LENGTH_MAX> words_ = {};
};

Status Failure(std::string_view words, int error) {
  if (error == JERR_OUT_OF_MEMORY || SaysNoMemory(words))
    return IoError("not enough memory for the picture");
  if (words.find("nsupported") != words.npos) return Unsupported("jpeg: " + std::string(words));
  return Corruption("jpeg: " + std::string(words));
}

std::vector<std::byte> ProfileOf(Decompressor* decompressor) {
  unsigned bytes = 0;
  const std::unique_ptr<JOCTET, decltype(&std::free)> profile(decompressor->ReadProfile(&bytes),
                                                              std::free);
  const auto* start = reinterpret_cast<const std::byte*>(profile.get());
  return profile ? std::vector<std::byte>(start, start + bytes) : std::vector<std::byte>();
}

}  // namespace

std::optional<Result<JpegPixels>> ReadJpegPixels(ByteSpan file, const JpegRequest& request,
                                                 const JpegRoom& room) {
  Decompressor decompressor(file);
  if (!decompressor.ReadHeader(request)) {
    if (decompressor.error() == JERR_OUT_OF_MEMORY) return Failure("", JERR_OUT_OF_MEMORY);
    return std::nullopt;
  }
  JpegPixels read;
  decompressor.GiveSizes(&read);
  uint8_t* const pixels = room(read);
  if (pixels == nullptr) return std::nullopt;
  if (request.any_colours) read.icc = ProfileOf(&decompressor);
  const bool done = decompressor.ReadRows(pixels);
  const size_t row_bytes = static_cast<size_t>(read.bands) * static_cast<size_t>(read.width);
  uint8_t* const end = pixels + static_cast<size_t>(read.height) * row_bytes;
  if (!done) {
    const Status failure = Failure(decompressor.words(), decompressor.error());
    if (failure.code() != StatusCode::kCorruption || decompressor.rows() == 0) return failure;
    std::fill(pixels + static_cast<size_t>(decompressor.rows()) * row_bytes, end, kMissingSample);
  }
  if (decompressor.inverted()) std::transform(pixels, end, pixels, std::bit_not());
  if (!done || decompressor.damaged()) {
    read.damage = "jpeg: " + std::string(decompressor.words());
    read.whole_rows = decompressor.damaged() ? decompressor.whole_rows() : decompressor.rows();
  }
  return read;
}

int JpegDenominatorFor(int short_side, int min_short_side) {
  if (min_short_side <= 0) return 1;
  for (const int denominator : {8, 4, 2}) {
    if ((short_side + denominator - 1) / denominator >= min_short_side) return denominator;
  }
  return 1;
}

}  // namespace hashlens
