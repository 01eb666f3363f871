// Heads of requests that others could read as another request than the HTTP library does.
#ifndef HASHLENS_APPS_SERVER_HEAD_CHECK_H_
#define HASHLENS_APPS_SERVER_HEAD_CHECK_H_

#include <string_view>

namespace hashlens {

// Lines end with CRLF; names of fields have no blanks and a colon behind them; no line goes on in
// the next one; no NUL (RFC 9112, 2.2, 5.1, 5.2). The HTTP library passes over such lines, and a
// proxy that does not would see another body.
class HeadCheck {
 public:
  // The next bytes of a head; what follows its empty line is not looked at. False: refuse it.
  bool Take(std::string_view bytes);

 private:
  bool Take(char c);
  bool TakeInName(char c);

  char before_ = '\0';
  bool first_line_ = true;
  bool at_start_ = true;
  bool in_name_ = false;
  bool over_ = false;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_HEAD_CHECK_H_
