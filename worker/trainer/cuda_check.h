// Return codes of CUDA calls as LibTorch's exceptions, which TrainingSession turns into
// statuses. Thread-safe.
#pragma once

#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>

namespace ff::trainer {

inline void CheckCuda(int code, const char* what) {
  TORCH_CHECK(code == cudaSuccess, "CUDA: ", what, ": ",
              cudaGetErrorString(static_cast<cudaError_t>(code)));
}

}  // namespace ff::trainer
