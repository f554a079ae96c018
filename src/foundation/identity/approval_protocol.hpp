#pragma once
// Requests of TW FidO's interface for service providers. Private to this room.
#include "mobile_approval.hpp"
#include "net/net.hpp"

namespace minben::identity {

/// hex(iv) ‖ hex(AES-256-GCM(hex(SHA-256(text)))). A fresh iv each time: the fixed one of the
/// specification's example gives away the key of GCM's authentication after two messages.
std::string approval_checksum(const Bytes& secret, std::string_view text, Random& random);

struct ApprovalRequest {
  std::string transaction_id;
  std::string national_id;  ///< "" when not known
  ApprovalMode mode = ApprovalMode::push;
  std::string hint;  ///< shown on the phone
  std::string data;  ///< to be signed
};

class ApprovalService {
 public:
  ApprovalService(const MobileApprovalConfig& config, Random& random);
  /// The ticket. "" when the service answered that it does not do this, for whatever reason.
  /// unavailable "approval_unavailable".
  Result<std::string> begin(const ApprovalRequest& request);
  /// LF-01: whether the person still has a registered phone. unavailable "approval_unavailable".
  Result<bool> is_registered(const std::string& transaction_id, const std::string& national_id);
  Result<ApprovalAnswer> result(const std::string& transaction_id);

 private:
  Result<std::string> send(std::string_view path, const JsonObject& body);
  const MobileApprovalConfig& config_;
  Random& random_;
  net::Client client_;
};

}  // namespace minben::identity
