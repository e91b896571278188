// FF_VECTORIZED before a function: one copy of it for each vector width, chosen when the
// program starts. For files built with -ffast-math (CMakeLists.txt), so that sums vectorize
// and expf has a vector form. A macro; nothing else.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(FF_NO_CLONES)
#define FF_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FF_VECTORIZED
#endif
