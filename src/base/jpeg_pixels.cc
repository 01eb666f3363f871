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
#include <string_view>

#include "base/decoder_words.h"

namespace hashlens {
namespace {

constexpr uint8_t kMissing = 128;  // the grey of rows that the file does not have

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
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(file.data()),
                 static_cast<unsigned long>(file.size()));
    ready_ = true;
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() { jpeg_destroy_decompress(&info_); }

  bool ReadHeader(int denominator) {
    if (!ready_ || setjmp(back_) != 0) return false;
    jpeg_read_header(&info_, TRUE);
    info_.scale_num = 1;
    info_.scale_denom = static_cast<unsigned>(denominator);
    info_.out_color_space = JCS_EXT_RGB;
    info_.dct_method = JDCT_ISLOW;
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  void GiveSizes(JpegPixels* sizes) const {
    sizes->original_width = static_cast<int>(info_.image_width);
    sizes->original_height = static_cast<int>(info_.image_height);
    sizes->width = static_cast<int>(info_.output_width);
    sizes->height = static_cast<int>(info_.output_height);
  }

  // False after an error; rows() then tells how far it went.
  bool ReadRows(uint8_t* pixels) {
    if (setjmp(back_) != 0) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = pixels + size_t{3} * info_.output_width * info_.output_scanline;
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

}  // namespace

std::optional<Result<JpegPixels>> ReadJpegPixels(ByteSpan file, int denominator,
                                                 const JpegRoom& room) {
  Decompressor decompressor(file);
  if (!decompressor.ReadHeader(denominator)) {
    if (decompressor.error() == JERR_OUT_OF_MEMORY) return Failure("", JERR_OUT_OF_MEMORY);
    return std::nullopt;
  }
  JpegPixels read;
  decompressor.GiveSizes(&read);
  uint8_t* const pixels = room(read);
  if (pixels == nullptr) return std::nullopt;
  const bool done = decompressor.ReadRows(pixels);
  if (!done) {
    const Status failure = Failure(decompressor.words(), decompressor.error());
    if (failure.code() != StatusCode::kCorruption || decompressor.rows() == 0) return failure;
    const size_t row_bytes = size_t{3} * static_cast<size_t>(read.width);
    std::fill(pixels + static_cast<size_t>(decompressor.rows()) * row_bytes,
              pixels + static_cast<size_t>(read.height) * row_bytes, kMissing);
  }
  if (!done || decompressor.damaged()) {
    read.damage = "jpeg: " + std::string(decompressor.words());
    read.whole_rows = decompressor.damaged() ? decompressor.whole_rows() : decompressor.rows();
  }
  return read;
}

}  // namespace hashlens
