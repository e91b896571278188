#include "worker/trainer/rank_group.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/rank_end.h"

#ifdef FF_HAVE_C10D
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef FF_HAVE_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

namespace ff::trainer {

#ifdef FF_HAVE_C10D

namespace {

constexpr absl::Duration kPatience = absl::Minutes(5);
// The death of a rank is noticed by its connections; this is for what nobody thought of. A rank
// may wait as long as another writes a checkpoint.
constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(30);
// For the one who watches the ranks to say which of them it was.
constexpr absl::Duration kForOthers = absl::Seconds(3);

std::string FirstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

// What c10d throws has no meaning but one: a peer is not there, or does something else.
template <class Body>
void OrEnd(const Body& body) {
  try {
    body();
  } catch (const std::exception& error) {
    EndProcess("the ranks of this experiment cannot go on together: " + FirstLine(error),
               kForOthers);
  }
}

std::shared_ptr<::gloo::transport::Device> GlooDevice(bool local) {
  using Gloo = c10d::ProcessGroupGloo;
  if (local) return Gloo::createDeviceForHostname("127.0.0.1");
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  return interface != nullptr && *interface != '\0' ? Gloo::createDeviceForInterface(interface)
                                                    : Gloo::createDefaultDevice();
}

absl::Status AwaitAll(Rendezvous& rendezvous, const RankGroup::Place& place) {
  const std::string key = place.name + "/here";
  absl::StatusOr<int64_t> here = rendezvous.Add(key, 1);
  const absl::Time deadline = absl::Now() + kPatience;
  while (here.ok() && *here < place.ranks) {
    if (absl::Now() > deadline) {
      return absl::UnavailableError(absl::StrCat("only ", *here, " of ", place.ranks,
                                                 " ranks came together within ",
                                                 absl::FormatDuration(kPatience)));
    }
    absl::SleepFor(absl::Milliseconds(20));
    here = rendezvous.Add(key, 0);
  }
  return here.status();
}

at::Tensor OnHost(double* values, int64_t count) {
  return at::from_blob(values, {count}, at::kDouble);
}

}  // namespace

struct RankGroup::Parts {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> host;
  c10::intrusive_ptr<c10d::Backend> device;  // NCCL's, or Gloo's again
  std::vector<c10::intrusive_ptr<c10d::Work>> sums;

  void Reduce(const at::Tensor& tensor, c10d::ReduceOp::RedOpType how) {
    OrEnd([&] {
      std::vector<at::Tensor> tensors = {tensor};
      c10d::AllreduceOptions options;
      options.reduceOp = how;
      host->allreduce(tensors, options)->wait();
    });
  }
};

absl::StatusOr<std::unique_ptr<RankGroup>> RankGroup::Join(Rendezvous& rendezvous,
                                                           const Place& place) {
  const absl::Status here = AwaitAll(rendezvous, place);
  if (!here.ok()) return here;
  auto parts = std::make_unique<Parts>();
  try {
    const auto store =
        c10::make_intrusive<c10d::PrefixStore>(place.name + "/host/", rendezvous.store());
    auto options = c10d::ProcessGroupGloo::Options::create(kLongest);
    options->devices.push_back(GlooDevice(rendezvous.on_loopback()));
    parts->host =
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.ranks, options);
    parts->device = parts->host;
    const at::Device device(place.device);
    if (device.is_cuda()) {
#ifdef FF_HAVE_NCCL
      const c10::DeviceGuard guard(device);
      if (rendezvous.on_loopback()) setenv("NCCL_SOCKET_IFNAME", "lo", /*overwrite=*/0);
      setenv("TORCH_NCCL_ENABLE_MONITORING", "0", /*overwrite=*/0);  // RankTeam watches
      const auto device_store =
          c10::make_intrusive<c10d::PrefixStore>(place.name + "/device/", rendezvous.store());
      auto nccl = c10d::ProcessGroupNCCL::Options::create();
      nccl->timeout = kLongest;
      parts->device =
          c10::make_intrusive<c10d::ProcessGroupNCCL>(device_store, place.rank, place.ranks, nccl);
      // The communicator is made by the first sum, and must be there before anything is captured.
      std::vector<at::Tensor> one = {at::ones({1}, at::TensorOptions(device).dtype(at::kFloat))};
      parts->device->allreduce(one)->wait();
      TORCH_CHECK(one[0].item<float>() == static_cast<float>(place.ranks), "NCCL adds up ",
                  place.ranks, " ones to ", one[0].item<float>());
#else
      return absl::UnimplementedError(
          "this ff-trainer was built without NCCL (nccl.h), so one GPU trains an experiment: set "
          "devices.per_experiment to 1, or build it with NCCL's header beside LibTorch");
#endif
    }
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("rank ", place.rank, " cannot join the others: ", FirstLine(error)));
  }
  return std::unique_ptr<RankGroup>(new RankGroup(place, std::move(parts)));
}

RankGroup::RankGroup(const Place& place, std::unique_ptr<Parts> parts)
    : place_(place), parts_(std::move(parts)) {}

RankGroup::~RankGroup() = default;

void RankGroup::SumOnHost(double* values, int64_t count) {
  parts_->Reduce(OnHost(values, count), c10d::ReduceOp::SUM);
}

void RankGroup::MaxOnHost(double* values, int64_t count) {
  parts_->Reduce(OnHost(values, count), c10d::ReduceOp::MAX);
}

void RankGroup::BroadcastOnHost(double* values, int64_t count) { Broadcast(OnHost(values, count)); }

void RankGroup::Broadcast(const at::Tensor& tensor) {
  OrEnd([&] {
    const c10::DeviceGuard guard(tensor.device());
    std::vector<at::Tensor> tensors = {tensor};
    c10d::BroadcastOptions options;
    options.rootRank = 0;
    (tensor.is_cuda() ? parts_->device->broadcast(tensors, options)
                      : parts_->host->broadcast(tensors, options))
        ->wait();
  });
}

void RankGroup::BeginSum(const at::Tensor& tensor) {
  OrEnd([&] {
    std::vector<at::Tensor> tensors = {tensor};
    parts_->sums.push_back(parts_->device->allreduce(tensors));
  });
}

void RankGroup::FinishSums() {
  OrEnd([&] {
    for (const auto& sum : parts_->sums) sum->wait();
    parts_->sums.clear();
  });
}

// Length and bytes of an error, from the rank that has it to the others.
absl::Status RankGroup::ErrorOf(int rank, const absl::Status& mine) {
  std::string kind = FailureKind(mine), text(mine.message());
  const bool speaks = rank == place_.rank;
  double sizes[3] = {double(kind.size()), double(text.size()), double(int(mine.code()))};
  if (!speaks) std::fill(std::begin(sizes), std::end(sizes), 0);
  SumOnHost(sizes, 3);
  kind.resize(size_t(sizes[0])), text.resize(size_t(sizes[1]));
  std::vector<double> letters;
  for (const char letter : kind + text) {
    letters.push_back(speaks ? double(static_cast<unsigned char>(letter)) : 0);
  }
  SumOnHost(letters.data(), int64_t(letters.size()));
  std::string all;
  for (const double letter : letters) all.push_back(static_cast<char>(int(letter)));
  const absl::Status error(
      static_cast<absl::StatusCode>(int(sizes[2])),
      absl::StrCat(rank == 0 ? "" : absl::StrCat("rank ", rank, ": "), all.substr(kind.size())));
  return WithKind(error, all.substr(0, kind.size()));
}

#else

struct RankGroup::Parts {};

// Without c10d nobody meets (rendezvous.cc), so there is no group.
absl::StatusOr<std::unique_ptr<RankGroup>> RankGroup::Join(Rendezvous&, const Place&) {
  return absl::UnimplementedError("this LibTorch has no c10d");
}
RankGroup::~RankGroup() = default;
void RankGroup::SumOnHost(double*, int64_t) {}
void RankGroup::MaxOnHost(double*, int64_t) {}
void RankGroup::BroadcastOnHost(double*, int64_t) {}
void RankGroup::Broadcast(const at::Tensor&) {}
void RankGroup::BeginSum(const at::Tensor&) {}
void RankGroup::FinishSums() {}
absl::Status RankGroup::ErrorOf(int, const absl::Status& mine) { return mine; }

#endif

absl::Status RankGroup::Agree(const absl::Status& mine, uint32_t* flags) {
  constexpr int kFlags = 32;
  const bool sound = mine.ok() || FailureKind(mine) == kOtherRank;
  // The lowest rank with an error has the largest number.
  double all[1 + kFlags] = {sound ? 0.0 : double(place_.ranks - place_.rank)};
  for (int i = 0; i < kFlags; ++i) all[1 + i] = flags != nullptr && (*flags >> i & 1) != 0;
  MaxOnHost(all, 1 + kFlags);  // also without flags: a rank may be a call ahead of another
  for (int i = 0; i < kFlags && flags != nullptr; ++i) *flags |= uint32_t(all[1 + i] > 0) << i;
  if (all[0] == 0) return mine;
  return ErrorOf(place_.ranks - int(all[0]), mine);
}

// The largest and the smallest are equal; halves of 32 bits are exact in a double.
bool RankGroup::AllHave(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  const auto high = double(bits >> 32), low = double(bits & 0xffffffff);
  double all[4] = {high, -high, low, -low};
  MaxOnHost(all, 4);
  return all[0] == -all[1] && all[2] == -all[3];
}

}  // namespace ff::trainer
