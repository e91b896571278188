// The whole of what LoadConfig does, with the origin of each value kept.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "conf/load/load.h"
#include "conf/load/message_reader.h"
#include "ff/v1/config.pb.h"

namespace ff::conf {

struct Layers {
  v1::FlopsFitConfig config;
  Origins origins;  // one for every value: embedded defaults set them all
};

// Errors as LoadConfig.
absl::StatusOr<Layers> ReadLayers(const LoadOptions& options);

}  // namespace ff::conf
