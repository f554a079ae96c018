#pragma once
// The newest lists of revoked certificates of authorities outside, fetched and kept.
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "identity/revocation_sources.hpp"
#include "net/net.hpp"

namespace minben::app {

/// Whose list, where it comes from, and where it is kept over a restart.
struct ListedAuthority {
  std::string certificate;  ///< PEM
  std::string url;          ///< DER is fetched there; "" = only what is in the file
  std::filesystem::path file;
};

class RevocationLists {
 public:
  /// Errors: "untrusted_root", "not_a_certificate". `clock` outlives it.
  static Result<std::unique_ptr<RevocationLists>> open(std::vector<ListedAuthority> authorities,
                                                       const Clock& clock);
  ~RevocationLists();

  /// Null for an authority that is none of these, or has no list yet. Thread-safe.
  [[nodiscard]] std::shared_ptr<const trust::RevocationIndex> of(
      const trust::Certificate& issuer) const;
  /// Fetches them now and then each hour, sooner after a failure, on a thread of its own.
  void start();

 private:
  struct Kept {
    trust::Certificate issuer;
    std::string url;
    std::unique_ptr<trust::KeptList> list;
  };
  explicit RevocationLists(const Clock& clock);
  Result<void> fetch();
  void keep_fetching(const std::stop_token& stop);

  const Clock& clock_;
  net::Client client_;
  std::vector<Kept> kept_;
  std::jthread fetching_;
};

}  // namespace minben::app
