// Leaves a function that returns a Status or StatusOr on the first error.
#pragma once

#include <utility>

#include "absl/status/status.h"

#define FF_TRY(expression)                                                                    \
  do {                                                                                        \
    if (absl::Status ff_try_status = (expression); !ff_try_status.ok()) return ff_try_status; \
  } while (false)

#define FF_TRY_NAME2(a, b) a##b
#define FF_TRY_NAME(a, b) FF_TRY_NAME2(a, b)

// FF_TRY_ASSIGN(const Sweep sweep, view.GetSweep(id));
#define FF_TRY_ASSIGN(left, expression)                                                     \
  auto FF_TRY_NAME(ff_try_, __LINE__) = (expression);                                       \
  if (!FF_TRY_NAME(ff_try_, __LINE__).ok()) return FF_TRY_NAME(ff_try_, __LINE__).status(); \
  left = *std::move(FF_TRY_NAME(ff_try_, __LINE__))
