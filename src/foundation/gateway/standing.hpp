#pragma once
// Whether certificates of outside authorities are revoked. A gateway asks about its own (OCSP, RFC
// 6960) and hands the answers along: with its TLS certificate, and at the beginning of a channel.
// It believes what others hand along when their authority signed it, and fetches the lists of
// revoked certificates (RFC 5280 §5) of authorities that have some. What the registry's own
// authority issued has its list in the configuration, and is none of this.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "exchange/authorities.hpp"
#include "exchange/certificate_archive.hpp"
#include "gateway.hpp"
#include "trust/ocsp.hpp"

namespace minben::gateway {

/// A certificate of an outside authority, with what it takes to judge it.
struct OutsideCertificate {
  Bytes der;
  trust::Path path;
  std::string subject;  ///< trust::ocsp_subject
  std::string ocsp_url;
  std::vector<std::string> list_issuers;  ///< hex SHA-256 of each issuer on the path
};
/// Nothing when the path leads to the registry's own authority.
std::shared_ptr<const OutsideCertificate> outside_certificate(const Configuration& configuration,
                                                              trust::Octets der, trust::Path path);

/// What is known of the revocation of one certificate, for judge().
struct KnownStanding {
  std::optional<trust::OcspAnswer> answer;
  std::optional<trust::RevocationList> list;  ///< of the issuer
};
/// By the registry's policy, at `now`. Errors (forbidden): "certificate_revoked",
/// "revocation_unknown" (nothing that is recent enough is known, and the policy is hard).
Result<void> judge(const KnownStanding& known, const std::string& serial,
                   const RevocationPolicy& policy, Instant now);

/// What it learns is on disk within a second, and is known again after a restart. Thread-safe.
class Standing {
 public:
  Standing(const GatewayConfig& config, exchange::CertificateArchive& archive, const Clock& clock,
           Random& random);
  ~Standing() { stop(); }

  /// Authorities and policy of a configuration that is in use now.
  void take(std::shared_ptr<const Configuration> configuration);
  /// At most every so often what is due is asked for; once a second it is looked what is.
  void start();
  void stop();
  /// Asks for all of it now. The first error; the others are logged.
  Result<void> refresh();
  /// What was learnt is on the disk when this returns.
  void write_down();

  /// Errors: those of judge(). Certificates on the way are judged by lists only.
  [[nodiscard]] Result<void> check(const OutsideCertificate& certificate);
  /// An answer (DER) that came with a certificate, about any of those at hand; one that is not
  /// good, or older than what is known, is left.
  void offer(std::string_view response,
             std::span<const std::shared_ptr<const OutsideCertificate>> certificates);

  /// For others, DER: of the TLS certificate, and of all own ones. Empty where nothing is outside.
  [[nodiscard]] std::string own_tls() const;
  [[nodiscard]] std::vector<std::string> own() const;
  /// Changes with own().
  [[nodiscard]] std::uint64_t own_version() const { return own_version_; }
  /// What was judged under another one may be judged otherwise now; "" where nothing is outside.
  [[nodiscard]] std::string epoch() const;
  /// Of health and doctor: the own certificates, by check().
  [[nodiscard]] Result<void> check_own();

 private:
  struct Own {
    std::shared_ptr<const OutsideCertificate> certificate;
    std::string response;
    Instant again_at{};
  };
  struct List {
    std::string url;
    Instant again_at{};
  };
  Result<void> look(bool at_once);
  Result<void> ask(Own& own, Instant now);
  Result<void> fetch(const OutsideAuthority& authority, List& list, Instant now);
  Result<void> keep_list(const OutsideAuthority& authority, std::string_view body, Instant now,
                         Instant& again_at);
  void remember(const OutsideCertificate& certificate, trust::OcspAnswer answer,
                std::string_view response);
  Result<trust::OcspAnswer> read_offered(std::string_view response,
                                         const OutsideCertificate& certificate) const;
  void recall(const OutsideCertificate& certificate);
  void recall_own(std::vector<Own>& own);
  void recall_lists(const Configuration& configuration);
  [[nodiscard]] std::shared_ptr<const Configuration> configuration() const;
  std::vector<Own> read_own(const Configuration& configuration) const;

  const GatewayConfig& config_;
  exchange::CertificateArchive& archive_;
  const Clock& clock_;
  Random& random_;
  net::Client client_;

  mutable std::mutex mutex_;  ///< of what follows
  std::shared_ptr<const Configuration> configuration_;
  std::map<std::string, trust::OcspAnswer> answers_;    ///< by subject
  std::map<std::string, trust::RevocationList> lists_;  ///< by hex SHA-256 of the issuer
  std::set<std::string> recalled_;  ///< subjects that were looked for on the disk
  /// Not yet on the disk: answers with their use by fingerprint, and lists by issuer.
  std::map<std::pair<exchange::CertificateUse, std::string>, std::string> unwritten_;
  std::map<std::string, std::string> unwritten_lists_;
  std::vector<Own> own_;
  std::atomic<std::uint64_t> own_version_ = 0;
  std::atomic<std::uint64_t> changes_ = 0;

  std::mutex writing_;  ///< one at a time
  std::mutex looking_;  ///< one at a time; guards list_sources_
  std::map<std::string, List> list_sources_;

  std::mutex sleeping_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
