#pragma once
// Who is signed in at the pages of a gateway.
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/core.hpp"

namespace minben::gateways {

/// In memory: a restart signs everybody out. Thread-safe.
class Sessions {
 public:
  static constexpr minutes idle{30};
  static constexpr hours longest{8};
  static constexpr std::size_t most = 32;  ///< at once; the oldest ends for another

  Sessions(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  /// The token that the browser keeps.
  std::string begin();
  /// The token of its forms; nothing when there is no such session any more. It is in use then.
  std::optional<std::string> form_token(std::string_view token);
  void end(std::string_view token);

 private:
  struct Session {
    std::string form;
    Instant began, used;
  };
  void forget(Instant now);

  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;  ///< by digest of the token
};

}  // namespace minben::gateways
