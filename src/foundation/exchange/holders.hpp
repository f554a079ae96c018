#pragma once
// Whose seals are, told by the registry in a form that fits into a container of evidence. A
// certificate of an outside authority does not name the member; the configuration does, but it is
// megabytes long. So the registry also signs the root of a Merkle tree (RFC 6962 §2.1) of all seal
// certificates that it names, and whoever has the configuration can prove any one of them. A text,
// signed with the registry's key (Ed25519) as it is:
//
//   minben-seal-holders/1
//   <instance>
//   <version of the configuration>
//   <when it was issued, RFC 3339>
//   <when it expires>
//   <number of certificates>
//   <base64 of the root>
//
// and a leaf of the tree is
//
//   minben-seal-holder/1
//   <code of the member>
//   <hex SHA-256 of the certificate (DER)>
//
// A configuration that has outside authorities holds text and signature as {"seal_holders":
// {"statement", "signature" (base64url)}}.
//
// Every function is thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.hpp"

namespace minben::exchange {

struct SealHolder {
  std::string member;
  Sha256 certificate{};

  friend bool operator==(const SealHolder&, const SealHolder&) = default;
};
/// In the order of the configuration; a certificate that cannot be read is nobody's.
std::vector<SealHolder> seal_holders(const Configuration& configuration);

std::string write_seal_holder(const SealHolder& holder);
/// In the one spelling; error "not_a_holder".
Result<SealHolder> read_seal_holder(std::string_view text);

struct HoldersStatement {
  std::string instance;
  std::int64_t version = 0;  ///< of the configuration
  Instant issued_at{};
  Instant expires_at{};
  std::uint32_t size = 0;  ///< certificates, 1 to max_holders
  Sha256 root{};
};
inline constexpr std::uint32_t max_holders = 1u << 20;
std::string write_holders_statement(const HoldersStatement& statement);
/// In the one spelling; error "not_holders".
Result<HoldersStatement> read_holders_statement(std::string_view text);

/// Of this configuration; nothing when it names no certificate, or more than max_holders.
std::optional<HoldersStatement> holders_statement(const Configuration& configuration);

/// A statement with its signature.
struct SealHolders {
  std::string statement;
  Bytes signature;
  trust::VerifyKey signed_by;
};
/// Nothing where holders_statement() gives nothing.
std::optional<SealHolders> sign_seal_holders(const Configuration& configuration,
                                             const trust::SigningKey& registry);

/// That the registry named this certificate for that member.
struct HolderProof {
  std::string holder;  ///< write_seal_holder
  std::string path;    ///< its place in the tree: "minben-path/1", place, size, and a hash a line
  SealHolders holders;
};
/// Nothing when it is none of these.
std::optional<HolderProof> prove_holder(const SealHolders& holders,
                                        const std::vector<SealHolder>& all,
                                        const Sha256& certificate);

/// What a proof says, its signature not looked at. Errors: "not_a_holder", "not_a_path",
/// "not_holders", "holder_not_named" (path and statement do not belong together).
struct ProvenHolder {
  SealHolder holder;
  HoldersStatement statement;
};
Result<ProvenHolder> read_holder_proof(std::string_view holder, std::string_view path,
                                       std::string_view statement);

}  // namespace minben::exchange
