#pragma once
// The clients in the database. An administrator puts them there; nodes notice within ten seconds.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "openid/client.hpp"
#include "openid/fetch.hpp"
#include "store/store.hpp"

namespace minben::openid {

/// Thread-safe.
class Clients {
 public:
  /// `fetch` reads jwks_uri; without one such clients are not proven.
  Clients(store::Database& database, const Clock& clock, Fetch fetch = {});
  ~Clients();

  /// Also in place of one that is there, or was ended.
  Result<void> put(const Client& client);
  Result<std::vector<Client>> list();
  /// Its tokens are worth nothing from then on. not_found "no_such_client".
  Result<void> end(std::string_view client_id);
  /// unauthorised "invalid_client".
  Result<std::shared_ptr<const Client>> find(std::string_view client_id) const;
  /// Of jwks, or of jwks_uri as it was at most five minutes ago; `anew`: because a key was not
  /// among them, looks again, at most once in 30 seconds. unavailable "temporarily_unavailable".
  Result<trust::JwkSet> keys_of(const Client& client, bool anew = false);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::openid
