// What the texts of decoding libraries mean.
#ifndef HASHLENS_BASE_DECODER_WORDS_H_
#define HASHLENS_BASE_DECODER_WORDS_H_

#include <string_view>

namespace hashlens {

// Whether a decoder says that memory ran out, and not that the file is broken.
inline bool SaysNoMemory(std::string_view text) {
  for (const std::string_view words :
       {"ut of memory", "nsufficient memory", "emory allocation fail", "annot allocate"}) {
    if (text.find(words) != text.npos) return true;
  }
  return false;
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_DECODER_WORDS_H_
