#pragma once
// The government's certificates in miniature, with the object identifiers that the real ones have:
// a root, the authority for citizens below it, citizens' certificates, lists of revoked ones, and
// answers about single ones. RSA throughout.
#include <map>
#include <mutex>

#include "citizen_authority/keys.hpp"

namespace outside::citizens {

namespace oid {  // as seen on certificates of the government's PKI
inline constexpr const char* subject_type = "2.16.886.1.100.2.1";
inline constexpr const char* last_four = "2.16.886.1.100.2.51";
inline constexpr const char* card_kind = "2.16.886.1.100.2.2";
inline constexpr const char* natural_person = "2.16.886.1.100.3.1.1";
inline constexpr const char* company = "2.16.886.1.100.3.2.2.1.1";
inline constexpr const char* company_number = "2.16.886.1.100.2.101";
inline constexpr const char* assurance_class_3 = "2.16.886.101.0.3.3";
inline constexpr const char* assurance_class_1 = "2.16.886.101.0.3.1";
}  // namespace oid

/// What is on a certificate. As it is, it is a citizen's for signing; each member is also a way to
/// make one that has to be refused.
struct Wish {
  std::string name{};       ///< common name
  std::string last_four{};  ///< of the national id; of a company its number
  std::string subject_type = oid::natural_person;
  std::string policy = oid::assurance_class_3;
  const char* key_usage = "critical,digitalSignature";
  bool primary_card = true;
  Instant not_before{};
  Instant not_after{};
  int bits = 2048;
  const EVP_MD* digest = EVP_sha256();
};
inline constexpr const char* for_encryption = "critical,keyEncipherment,dataEncipherment";

struct Withdrawn {
  Instant at{};
  int reason = 0;  ///< RFC 5280 §5.3.1
};

class Pki {
 public:
  /// Loads, or makes: root.pem, issuing.pem and their keys. `url`: where lists and answers are
  /// fetched, "http://127.0.0.1:7091"; it stands in every certificate.
  static Result<std::unique_ptr<Pki>> open(const std::filesystem::path& directory, std::string url,
                                           const Clock& clock);

  [[nodiscard]] std::string root_pem() const { return pem_of(root_.certificate.get()); }
  [[nodiscard]] std::string issuing_pem() const { return pem_of(issuing_.certificate.get()); }
  [[nodiscard]] X509* issuing() const { return issuing_.certificate.get(); }

  /// A certificate and its key, entered into the books.
  Result<Identity> issue(const Wish& wish);
  /// By its serial number. not_found "unknown_serial".
  Result<void> revoke(const std::string& serial, int reason);
  /// CertificateList (DER) of now, for a day. Its number grows with each.
  [[nodiscard]] Bytes list() const;
  /// The same of the root: whether the authority for citizens itself is revoked.
  [[nodiscard]] Bytes root_list() const;
  Result<void> revoke_issuing(int reason);
  /// OCSPResponse (DER) to an OCSPRequest, signed by the authority itself, good for an hour. A
  /// request that cannot be read gets the answer that says so.
  [[nodiscard]] Bytes answer(std::span<const std::uint8_t> request) const;

 private:
  Pki(std::filesystem::path directory, std::string url, const Clock& clock)
      : directory_(std::move(directory)), url_(std::move(url)), clock_(clock) {}
  Result<void> make();
  [[nodiscard]] bool issued(const std::string& serial) const;
  /// In this folder of the books.
  [[nodiscard]] std::map<std::string, Withdrawn> revoked(const char* folder = "revoked") const;
  [[nodiscard]] Bytes list_of(const Identity& by,
                              const std::map<std::string, Withdrawn>& withdrawn) const;

  std::filesystem::path directory_;
  std::string url_;
  const Clock& clock_;
  Identity root_;
  Identity issuing_;
};

}  // namespace outside::citizens
