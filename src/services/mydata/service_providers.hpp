#pragma once
// Who may ask people for their data over MyData's interface for service providers: their addresses,
// what they may ask for and why, and the secrets shared with them, sealed at rest.
//
// Thread-safe; what is read is up to ten seconds old, a suspension by this process is seen at once.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keys/keys.hpp"
#include "mydata/mydata.hpp"

namespace minben::keys {
struct Holder;
}

namespace minben::mydata {

/// The rules of before where they are unsafe. Each is off, or on up to and including a day.
struct OldForms {
  /// pid as base64 of AES-256-CBC under the client secret twice, with an IV that never changes.
  std::optional<Date> pid;
  /// secret_key in the notification likewise.
  std::optional<Date> secret_key;
  /// The ticket alone opens the data, without the client's token.
  std::optional<Date> ticket_alone;
  [[nodiscard]] bool any() const { return pid || secret_key || ticket_alone; }
};
inline bool in_force(const std::optional<Date>& until, Instant now) {
  return until && taiwan_date(now) <= *until;
}

struct ServiceProvider {
  std::string client_id;  ///< "CLI.bank": [A-Za-z0-9._-]{1,64}
  Bilingual name;
  std::vector<std::string> return_urls;  ///< exact; https, or http to localhost
  std::string notify_url;                ///< of the SP-API
  std::vector<std::string> addresses;    ///< numeric, from which it fetches
  std::vector<std::string> resources;
  AgencyCode recipient;  ///< the member of the exchange that fetches for it
  std::string recipient_subsystem;
  std::string purpose_code;
  Bilingual purpose;
  Bilingual legal_basis;
  int retention_days = 30;  ///< 1 to 36500
  bool gcm = false;         ///< A256GCMKW and A256GCM instead of A256KW and A256CBC-HS512
  OldForms old_forms;
  bool suspended = false;
};

/// JSON, at most 64 KiB. Errors: "not_json"; "bad_client" with the member as field.
Result<ServiceProvider> parse_service_provider(std::string_view text);

/// What only the two of us know. Texts are as they are told once.
struct ProviderSecrets {
  Bytes key;                  ///< 32 bytes: of JWEs, pid and secret_key
  std::string data_token;     ///< bearer token at /service/data
  std::string api_key;        ///< we show it to the SP-API
  std::string client_secret;  ///< 16 characters, for the old forms
  std::string cbc_iv;         ///< 16 characters, likewise
};

struct KnownProvider {
  ServiceProvider settings;
  ProviderSecrets secrets;
};

class ServiceProviders {
 public:
  /// All outlive it.
  ServiceProviders(store::Database& database, const Clock& clock, Random& random,
                   const keys::Keys& keys);
  ~ServiceProviders();

  /// New secrets, told this once; the settings of one that is there are replaced and its secrets
  /// stay (then nothing is told).
  Result<std::optional<ProviderSecrets>> add(const ServiceProvider& provider);
  Result<std::vector<ServiceProvider>> list();
  /// not_found "no_such_client".
  Result<void> suspend(std::string_view client_id, bool suspended);
  /// not_found "no_such_client".
  Result<std::shared_ptr<const KnownProvider>> find(std::string_view client_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The keys of their secrets, for a rotation of master keys.
keys::Holder service_provider_keys();

}  // namespace minben::mydata
