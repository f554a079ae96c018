#pragma once
// Proofs of who somebody is that others made (a certificate, an approval on a phone, another
// OpenID provider), and how they are bound to accounts. See Identity for what is done with them.
#include <optional>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "identity/levels.hpp"

namespace minben::identity {

/// Names of methods, as sessions and bindings carry them.
namespace method {
inline constexpr std::string_view email_code = "email_code";
inline constexpr std::string_view passkey = "passkey";
inline constexpr std::string_view citizen_certificate = "citizen_certificate";  ///< 自然人憑證
inline constexpr std::string_view mobile_approval = "mobile_approval";          ///< 行動身分識別
inline constexpr std::string_view health_card = "health_card";                  ///< 健保卡與戶號
inline constexpr std::string_view openid = "openid";
}  // namespace method

/// What was proven just now, and verified by whoever calls. It is kept only as a keyed hash.
struct Proof {
  std::string method;   ///< one of method::, not email_code or passkey
  std::string issuer;   ///< who stands for it: a certificate's issuer, a provider
  std::string subject;  ///< its stable name there; 1 to 512 bytes
  Levels levels;
  std::vector<std::string> amr;  ///< RFC 8176
  /// Which device made it, where the subject outlives devices: of a phone the digest of its key, of
  /// a card its number. "" for what is on no device. Once it is reported as lost it proves nothing.
  std::string device{};
};

/// What the household register says of the person whom the proof names.
struct RegisterEntry {
  std::string national_id;  ///< 國民身分證統一編號 or 統一證號
  std::string name;
  std::string name_latin;
  Language language = Language::zh_hant;  ///< of an account that is made now
};

using BindingId = Id<struct BindingTag>;

/// One more way to sign in, besides mail and passkeys.
struct Binding {
  BindingId id;
  std::string method;
  Instant created_at{};
  std::optional<Instant> last_used_at;
};

/// That the account's person is one of the register's, since when and by which method.
struct Proven {
  int identity_level = 0;  ///< IAL
  Instant at{};
  std::string method;
};

}  // namespace minben::identity
