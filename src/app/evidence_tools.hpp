#pragma once
// What `minben evidence …` is told on the command line.
#include <filesystem>

namespace minben::app::command {

struct VerifyEvidenceOptions {
  std::filesystem::path container;
  std::filesystem::path roots;            ///< PEM, of gateways' certificates; "" = none is believed
  std::filesystem::path outside_roots;    ///< PEM, of authorities that name no members; "" = none
  std::filesystem::path registry_keys;    ///< PEM, public keys: who says whose certificates are
  std::filesystem::path ledger_keys;      ///< vkeys, one a line; "" = the ledger is not checked
  std::filesystem::path timestamp_roots;  ///< PEM; "" = timestamps are not checked
  std::filesystem::path policy;           ///< "" = nobody else need have seen it
  std::filesystem::path revocation_lists;  ///< PEM, beside those in the container
};
/// 0 when everything in the container is proven, else 1.
int verify_evidence(const VerifyEvidenceOptions& options);

}  // namespace minben::app::command
