#include "worker/trainer/rendezvous.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"

#ifdef FF_HAVE_C10D
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#else
namespace c10d {
class Store : public c10::intrusive_ptr_target {};
class TCPStore : public Store {};
}  // namespace c10d
#endif

namespace ff::trainer {
namespace {

// A store answers at once; what waits for other ranks asks again and again.
constexpr absl::Duration kAnswer = absl::Minutes(5);

std::string FirstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

#ifdef FF_HAVE_C10D
c10d::TCPStoreOptions OptionsFor(int port, bool keeps, absl::Duration patience) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(port);
  options.isServer = keeps;
  options.waitWorkers = false;
  options.timeout = std::chrono::milliseconds(absl::ToInt64Milliseconds(patience));
  return options;
}

// Listens on a free port of 127.0.0.1, since the store by itself would on all addresses.
absl::StatusOr<std::pair<int, int>> ListenOnLoopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (listener >= 0 && bind(listener, raw, size) == 0 && listen(listener, SOMAXCONN) == 0 &&
      getsockname(listener, raw, &size) == 0) {
    return std::pair(listener, int{ntohs(address.sin_port)});
  }
  const std::string why = strerror(errno);
  if (listener >= 0) close(listener);
  return absl::UnavailableError("cannot listen on 127.0.0.1: " + why);
}
#endif

}  // namespace

Rendezvous::Rendezvous(std::string host, int port, c10::intrusive_ptr<c10d::TCPStore> store)
    : host_(std::move(host)), port_(port), store_(std::move(store)) {}

Rendezvous::~Rendezvous() = default;

#ifdef FF_HAVE_C10D

absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::HostOnLoopback() {
  const auto listening = ListenOnLoopback();
  if (!listening.ok()) return listening.status();
  const auto [listener, port] = *listening;
  try {
    c10d::TCPStoreOptions options = OptionsFor(port, true, kAnswer);
    options.masterListenFd = listener;  // the store's from here on
    return std::unique_ptr<Rendezvous>(new Rendezvous(
        "127.0.0.1", port, c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options)));
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("no place for ranks to meet on this host: ", FirstLine(error)));
  }
}

absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::Host(const std::string& host, int port) {
  try {
    return std::unique_ptr<Rendezvous>(new Rendezvous(
        host, port, c10::make_intrusive<c10d::TCPStore>(host, OptionsFor(port, true, kAnswer))));
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat(
        "cannot keep the meeting place of the ranks on port ", port, " (", FirstLine(error),
        "); if the launcher uses MASTER_PORT itself, set FF_RANK_PORT to another on every rank"));
  }
}

absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::Join(const std::string& host, int port,
                                                             absl::Duration patience) {
  try {
    return std::unique_ptr<Rendezvous>(new Rendezvous(
        host, port, c10::make_intrusive<c10d::TCPStore>(host, OptionsFor(port, false, patience))));
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("rank 0 is not to be reached at ", host, ":", port, ": ", FirstLine(error)));
  }
}

absl::Status Rendezvous::Set(const std::string& key, const std::string& text) {
  try {
    store_->set(key, std::vector<uint8_t>(text.begin(), text.end()));
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::UnavailableError(FirstLine(error));
  }
}

absl::StatusOr<std::string> Rendezvous::Get(const std::string& key) {
  try {
    if (!store_->check({key})) return absl::NotFoundError(key);
    const std::vector<uint8_t> text = store_->get(key);
    return std::string(text.begin(), text.end());
  } catch (const std::exception& error) {
    return absl::UnavailableError(FirstLine(error));
  }
}

absl::StatusOr<int64_t> Rendezvous::Add(const std::string& key, int64_t amount) {
  try {
    return store_->add(key, amount);
  } catch (const std::exception& error) {
    return absl::UnavailableError(FirstLine(error));
  }
}

#else

namespace {

absl::Status NoC10d() {
  return absl::UnimplementedError(
      "this LibTorch was built without c10d and Gloo, so one device trains an experiment: set "
      "devices.per_experiment to 1, or use PyTorch's wheel");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::HostOnLoopback() { return NoC10d(); }
absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::Host(const std::string&, int) {
  return NoC10d();
}
absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::Join(const std::string&, int,
                                                             absl::Duration) {
  return NoC10d();
}
absl::Status Rendezvous::Set(const std::string&, const std::string&) { return NoC10d(); }
absl::StatusOr<std::string> Rendezvous::Get(const std::string&) { return NoC10d(); }
absl::StatusOr<int64_t> Rendezvous::Add(const std::string&, int64_t) { return NoC10d(); }

#endif

c10::intrusive_ptr<c10d::Store> Rendezvous::store() const { return store_; }

}  // namespace ff::trainer
