// Passing a failure on to the caller, in one line.
#ifndef HASHLENS_BASE_TRY_H_
#define HASHLENS_BASE_TRY_H_

#include "hashlens/status.h"

// HL_TRY(DoIt());                     returns the Status from this function unless it is ok.
#define HL_TRY(expression)                                                              \
  do {                                                                                  \
    if (::hashlens::Status hl_status = (expression); !hl_status.ok()) return hl_status; \
  } while (false)

#define HL_CONCAT_INNER(a, b) a##b
#define HL_CONCAT(a, b) HL_CONCAT_INNER(a, b)

// HL_ASSIGN(auto file, OpenFile(p));  declares (or assigns) from a Result, or returns its Status.
#define HL_ASSIGN(target, expression) \
  HL_ASSIGN_INNER(HL_CONCAT(hl_result_, __LINE__), target, expression)
#define HL_ASSIGN_INNER(temporary, target, expression) \
  auto temporary = (expression);                       \
  if (!temporary.ok()) return temporary.status();      \
  target = std::move(temporary).value()

#endif  // HASHLENS_BASE_TRY_H_
