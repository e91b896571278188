#include "server/access/sessions.h"

#include <algorithm>

#include "server/access/token.h"

namespace ff::access {
namespace {

// Who logs in again and again without logging out ends his oldest sessions.
constexpr size_t kMostSessions = 10000;

}  // namespace

std::string Sessions::Begin(const std::string& credential_id, absl::Time credential_ends,
                            absl::Time now) {
  const std::string cookie = NewToken();
  absl::MutexLock lock(&mutex_);
  if (sessions_.size() >= kMostSessions) {
    absl::erase_if(sessions_, [&](const auto& one) { return one.second.expires_at <= now; });
    if (sessions_.size() >= kMostSessions) {
      sessions_.erase(std::min_element(
          sessions_.begin(), sessions_.end(),
          [](const auto& a, const auto& b) { return a.second.expires_at < b.second.expires_at; }));
    }
  }
  sessions_[HashToken(cookie)] = {credential_id, NewToken(),
                                  std::min(now + length_, credential_ends)};
  return cookie;
}

std::optional<Session> Sessions::Find(const std::string& cookie, absl::Time now) {
  if (!LooksLikeToken(cookie)) return std::nullopt;
  const std::string hash = HashToken(cookie);
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end()) return std::nullopt;
  if (now < found->second.expires_at) return found->second;
  sessions_.erase(found);
  return std::nullopt;
}

void Sessions::End(const std::string& cookie) {
  const std::string hash = HashToken(cookie);
  absl::MutexLock lock(&mutex_);
  sessions_.erase(hash);
}

}  // namespace ff::access
