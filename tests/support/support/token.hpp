#pragma once
// PKCS #11 tokens of SoftHSM, in a folder of this process; and p11-kit's server, a process of its
// own that shows one on a socket.
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace minben::test {

inline constexpr const char* soft_driver = "/usr/lib/softhsm/libsofthsm2.so";
inline constexpr const char* remote_driver = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";
inline constexpr const char* token_pin = "48151623";

/// One token. SoftHSM reads which there are when it is loaded: a process makes all it needs before
/// it opens the first key. Of a label that was made before: the same one.
class SoftToken {
 public:
  explicit SoftToken(std::string label);
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] const std::filesystem::path& pin_file() const { return pin_file_; }
  [[nodiscard]] std::string uri(std::string_view object, const char* driver = soft_driver) const;

 private:
  std::string label_;
  std::filesystem::path pin_file_;
};

/// Where remote_driver looks; one at a time.
class TokenServer {
 public:
  explicit TokenServer(const SoftToken& token);
  TokenServer(const TokenServer&) = delete;
  TokenServer& operator=(const TokenServer&) = delete;
  ~TokenServer() { stop(); }
  void start();
  void stop();  ///< at once, with all its sessions

 private:
  const std::string label_;
  pid_t process_ = 0;
};

}  // namespace minben::test
