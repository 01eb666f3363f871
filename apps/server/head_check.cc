#include "apps/server/head_check.h"

#include <algorithm>

namespace hashlens {

bool HeadCheck::Take(std::string_view bytes) {
  return std::ranges::all_of(bytes, [this](char c) { return over_ || Take(c); });
}

bool HeadCheck::Take(char c) {
  if (c == '\0' || (before_ == '\r') != (c == '\n')) return false;
  before_ = c;
  if (c == '\n') {
    over_ = at_start_ && !first_line_;
    first_line_ = false;
    at_start_ = true;
    in_name_ = true;
    return true;
  }
  if (!first_line_ && in_name_ && !TakeInName(c)) return false;
  // The end of a line is no part of it, so that an empty one stays empty.
  if (c != '\r') at_start_ = false;
  return true;
}

bool HeadCheck::TakeInName(char c) {
  if (c == '\r') return at_start_;
  if (c == ' ' || c == '\t' || (c == ':' && at_start_)) return false;
  in_name_ = c != ':';
  return true;
}

}  // namespace hashlens
