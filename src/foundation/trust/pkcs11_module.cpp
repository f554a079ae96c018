#include "pkcs11_module.hpp"

#include <map>

#include <fmt/format.h>

namespace minben::trust::pkcs11 {

namespace {
constexpr std::chrono::seconds between_tries{1};

/// Said that threads share it, or it locks nothing (§5.4).
CK_RV initialise(CK_FUNCTION_LIST* functions) {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  return functions->C_Initialize(&arguments);
}
}  // namespace

std::string name_of(CK_RV result) {
  return fmt::format("{} (0x{:x})", p11_kit_strerror(result), result);
}

std::unexpected<Error> token_failed(std::string_view step, CK_RV result) {
  return fail(Kind::unavailable, "token_failed", fmt::format("{}: {}", step, name_of(result)));
}

Result<std::shared_ptr<Module>> Module::of(const std::string& path) {
  // Never destroyed: threads may still sign while the process ends.
  static auto& mutex = *new std::mutex;
  static auto& loaded = *new std::map<std::string, std::shared_ptr<Module>>;
  const std::lock_guard lock(mutex);
  if (const auto found = loaded.find(path); found != loaded.end()) return found->second;
  p11_kit_be_quiet();  // or it writes to standard error by itself
  CK_FUNCTION_LIST* functions = p11_kit_module_load(path.c_str(), P11_KIT_MODULE_UNMANAGED);
  if (functions == nullptr) {
    const char* why = p11_kit_message();
    return fail(Kind::unavailable, "token_module", why ? why : "cannot be loaded", path);
  }
  if (const CK_RV result = initialise(functions);
      result != CKR_OK && result != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    p11_kit_module_release(functions);
    return fail(Kind::unavailable, "token_module", name_of(result), path);
  }
  return loaded.emplace(path, std::shared_ptr<Module>(new Module(functions))).first->second;
}

bool Module::revive(std::uint64_t epoch) {
  const std::unique_lock lock(guard_);
  if (epoch_ != epoch) return true;  // somebody else did
  const auto now = std::chrono::steady_clock::now();
  if (now < next_try_) return false;
  next_try_ = now + between_tries;
  // A driver that lost its server refuses even to end; that it begins anew is what counts.
  functions_->C_Finalize(nullptr);
  if (initialise(functions_) != CKR_OK) return false;
  ++epoch_;
  return true;
}

}  // namespace minben::trust::pkcs11
