#pragma once
// The keys with which a gateway seals messages and speaks TLS, and how it goes on with new ones
// without a stop. New keys and certificates lie beside those in use (next_file); they take their
// place when the published configuration has named the new seal certificate for key_overlap_s, so
// that other gateways know it by then, or at once when the one in use is good for nothing any more.
// Files that somebody replaced in place are taken as well.
#include <functional>
#include <mutex>

#include "gateway.hpp"
#include "view.hpp"

namespace minben::gateway {

/// Thread-safe.
class OwnKeys {
 public:
  /// Ends a change that was interrupted, and loads. Errors of files; "seal_certificate".
  static Result<std::unique_ptr<OwnKeys>> open(const GatewayConfig& config, const Clock& clock);

  [[nodiscard]] Sealer sealer() const;
  /// Called when other keys are in their files: everything that has read those reads them again.
  using Changed = std::function<Result<void>(const Sealer& sealer)>;
  void on_change(Changed changed) { changed_ = std::move(changed); }

  /// By each configuration, and again while it stays: takes up what is ready, and judges what is in
  /// use. Says in the log what has changed since it looked last.
  void look(const View& view);

  /// What others think of our seals. Errors (unavailable): "seal_not_published", and those of
  /// PathValidator; the detail is for people.
  [[nodiscard]] Result<void> sound() const;
  /// Whether the TLS key can be used now. Errors: those of SigningKey::check.
  [[nodiscard]] Result<void> check_tls_key() const;
  /// {"seal": {"serial", "ends"}, "next": "" | "not approved" | "not published" | …}
  [[nodiscard]] Json status() const;

 private:
  /// Of the four files together; each chain begins with the certificate.
  struct Set {
    Sealer sealer;
    trust::CertificateInfo seal;
    std::vector<trust::Certificate> seal_chain;
    trust::SigningKey tls_key;  ///< libssl has it too; here for its health
    trust::CertificateInfo tls;
    std::vector<trust::Certificate> tls_chain;
  };
  enum class Which { present, next };

  OwnKeys(const GatewayConfig& config, const Clock& clock, Set set)
      : config_(config), clock_(clock), in_use_(std::move(set)) {}
  static Result<Set> load(const GatewayConfig& config, Which which);
  [[nodiscard]] bool is_published(const View& view, const Set& set) const;
  [[nodiscard]] Result<void> judge(const View& view, const Set& set) const;
  Result<void> take_next(const View& view);
  Result<void> take_replaced(const View& view);
  void use(Set set);
  void take_up(const View& view);

  const GatewayConfig& config_;
  const Clock& clock_;
  Changed changed_;
  mutable std::mutex mutex_;
  Set in_use_;
  bool changed_now_ = false;               ///< and who has read the files is not told yet
  std::optional<Instant> next_published_;  ///< since when the next seal certificate is seen
  std::string next_state_;                 ///< for people; "" = there are no next keys
  Result<void> sound_;
};

}  // namespace minben::gateway
