#pragma once
// A P-256 key in a PKCS #11 token, found by its URI (RFC 7512). Private to trust.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include <p11-kit/uri.h>

#include "evp.hpp"
#include "pkcs11_module.hpp"

namespace minben::trust::pkcs11 {

/// A URI that was checked, in parts.
struct Address {
  std::string text;
  std::string module;                  ///< path of the driver
  std::filesystem::path pin;           ///< file with the PIN
  std::shared_ptr<P11KitUri> pattern;  ///< which slot, token and object
};
Result<Address> parse_address(std::string_view uri);  ///< "bad_key_uri"

/// The handle of a session in which the key was found.
struct Session {
  CK_SESSION_HANDLE handle = 0;
  CK_OBJECT_HANDLE key = 0;
  std::uint64_t epoch = 0;  ///< of the driver's initialisation
};

/// Thread-safe.
class TokenKey {
 public:
  static Result<std::shared_ptr<TokenKey>> open(const Address& address);
  /// With a new pair under the URI's object name and id, when there is none.
  static Result<std::shared_ptr<TokenKey>> open_or_create(const Address& address);

  ~TokenKey();
  [[nodiscard]] const VerifyKey& verify_key() const { return *public_; }
  /// ECDSA of a digest: r ‖ s. Error unavailable "token_failed" and those of KeyPlace::open.
  Result<Bytes> sign_digest(Octets digest);
  /// That the key can be found in the token; makes no signature, and asks it at most five times a
  /// second while all is well.
  Result<void> check();

 private:
  using Use = Module::Use;
  TokenKey(Address address, std::shared_ptr<Module> module)
      : address_(std::move(address)), module_(std::move(module)) {}
  Result<void> begin(bool may_create);
  Result<Session> take(const Use& use);
  void give_back(const Session& session);
  void discard(const Use& use, const Session& session);
  void drop_idle(const Use& use);
  Result<Session> new_session(const Use& use);
  Result<CK_SLOT_ID> find_slot(const Use& use) const;
  Result<void> log_in(const Use& use, CK_SESSION_HANDLE session);
  Result<CK_OBJECT_HANDLE> find(const Use& use, CK_SESSION_HANDLE session,
                                CK_OBJECT_CLASS type) const;
  Result<VerifyKey> read_public(const Use& use, const Session& session) const;
  Result<void> generate(const Use& use);
  static Result<Bytes> sign_in(const Use& use, const Session& session, Octets digest);
  Result<Bytes> sign_once(const Use& use, Octets digest);

  const Address address_;
  const std::shared_ptr<Module> module_;
  std::optional<VerifyKey> public_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<Session> idle_;
  int open_ = 0;  ///< sessions, idle or in use
  std::optional<Sha256> wrong_pin_;
  std::atomic<std::chrono::steady_clock::time_point> good_until_{};  ///< for check()
};

/// An EVP_PKEY that signs in the token; its public half is in it too.
Pkey make_pkey(std::shared_ptr<TokenKey> key);
/// The key behind it; null for keys in memory.
TokenKey* token_of(const EVP_PKEY* key);
/// Why the last signature of this thread failed.
Error last_failure();

}  // namespace minben::trust::pkcs11
