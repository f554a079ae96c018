#pragma once
// The authority as a program: cards for people, and what everybody may ask about them over HTTP.
#include <atomic>

#include "citizen_authority/pki.hpp"
#include "net/net.hpp"

namespace outside::citizens {

/// Two certificates, as a card has them: one to sign with, one for others to encrypt to.
struct Holder {
  std::string number;  ///< national id
  std::string name;
};
/// Makes a card: cards/<number>/{signing,encryption}.{pem,key.pem} in `directory`. An earlier one
/// of the same number is replaced, and revoked as superseded.
Result<void> make_card(Pki& pki, const std::filesystem::path& directory, const Holder& holder);
std::filesystem::path card_of(const std::filesystem::path& directory, std::string_view number);
/// JSON lines {"number", "name"}.
Result<std::vector<Holder>> read_holders(const std::filesystem::path& file);

class Authority {
 public:
  static Result<std::unique_ptr<Authority>> start(std::uint16_t port, Pki& pki);
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  explicit Authority(Pki& pki) : pki_(pki) {}
  std::vector<net::Route> routes();
  Pki& pki_;
  std::atomic<std::int64_t> lists_ = 0, answers_ = 0;
  std::unique_ptr<net::Server> server_;
};

}  // namespace outside::citizens
