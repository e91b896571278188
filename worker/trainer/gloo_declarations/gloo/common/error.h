// For torch/csrc/distributed/c10d/ProcessGroupGloo.hpp, which includes it and uses nothing of it.
#pragma once
