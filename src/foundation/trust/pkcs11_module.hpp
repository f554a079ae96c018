#pragma once
// A PKCS #11 driver in this process. Private to trust.
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <p11-kit/p11-kit.h>

#include "trust/trust.hpp"

namespace minben::trust::pkcs11 {

/// "CKR_DEVICE_REMOVED (…)", for people.
std::string name_of(CK_RV result);
std::unexpected<Error> token_failed(std::string_view step, CK_RV result);

/// Loaded and initialised once in this process, as PKCS #11 §5.4 asks for, and never unloaded:
/// drivers are not good at it. Thread-safe.
class Module {
 public:
  /// The one for that path. Unavailable "token_module".
  static Result<std::shared_ptr<Module>> of(const std::string& path);

  /// While it lives, the driver is not initialised anew under its user's feet.
  class Use {
   public:
    explicit Use(Module& module) : module_(module), lock_(module.guard_) {}
    CK_FUNCTION_LIST* operator->() const { return module_.functions_; }
    [[nodiscard]] std::uint64_t epoch() const { return module_.epoch_; }

   private:
    Module& module_;
    std::shared_lock<std::shared_mutex> lock_;
  };
  Use use() { return Use(*this); }

  /// Initialises the driver anew, once for all that saw `epoch` fail: all sessions are gone then. A
  /// driver that lost its token or its server knows no other way back. At most once a second;
  /// false when that was not so long ago, or failed.
  bool revive(std::uint64_t epoch);

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  CK_FUNCTION_LIST* const functions_;
  std::shared_mutex guard_;
  std::uint64_t epoch_ = 1;
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace minben::trust::pkcs11
