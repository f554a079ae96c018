#include "holders.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "merkle.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view holder_format = "minben-seal-holder/1";
constexpr std::string_view holders_format = "minben-seal-holders/1";
constexpr std::size_t longest = 1024;  ///< bytes of either text

std::vector<Hash> leaves_of(const std::vector<SealHolder>& holders) {
  std::vector<Hash> leaves;
  leaves.reserve(holders.size());
  for (const SealHolder& holder : holders)
    leaves.push_back(ledger::leaf_hash(as_bytes(write_seal_holder(holder))));
  return leaves;
}

std::optional<Sha256> digest_of(const std::optional<Bytes>& bytes) {
  if (!bytes || bytes->size() != sizeof(Sha256)) return std::nullopt;
  Sha256 digest{};
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

std::vector<SealHolder> seal_holders(const Configuration& configuration) {
  std::vector<SealHolder> holders;
  for (const Member& member : configuration.members)
    for (const GatewayEntry& gateway : member.gateways)
      for (const std::string& pem : gateway.certificates)
        if (const auto certificate = trust::certificate_from_pem(pem))
          holders.push_back({member.code.value, sha256(certificate->der)});
  return holders;
}

std::string write_seal_holder(const SealHolder& holder) {
  return fmt::format("{}\n{}\n{}\n", holder_format, holder.member, hex_encode(holder.certificate));
}

Result<SealHolder> read_seal_holder(std::string_view text) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "not_a_holder", why); };
  const auto lines = split(text.substr(0, longest), '\n');
  if (text.size() > longest || lines.size() != 4 || lines[1].empty())
    return refuse("not three lines");
  const auto certificate = digest_of(hex_decode(lines[2]));
  if (!certificate) return refuse("not a SHA-256 in hex");
  SealHolder holder{std::string(lines[1]), *certificate};
  if (write_seal_holder(holder) != text) return refuse("not in the one spelling");
  return holder;
}

std::string write_holders_statement(const HoldersStatement& statement) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n", holders_format, statement.instance,
                     statement.version, minben::to_string(statement.issued_at),
                     minben::to_string(statement.expires_at), statement.size,
                     base64_encode(statement.root));
}

Result<HoldersStatement> read_holders_statement(std::string_view text) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "not_holders", why); };
  const auto lines = split(text.substr(0, longest), '\n');
  if (text.size() > longest || lines.size() != 8) return refuse("not seven lines");
  const auto version = parse_integer(lines[2], 0);
  const auto issued_at = parse_instant(lines[3]);
  const auto expires_at = parse_instant(lines[4]);
  const auto size = parse_integer(lines[5], 1, max_holders);
  const auto root = digest_of(base64_decode(lines[6]));
  if (!version || !issued_at || !expires_at || !size || !root) return refuse("a line is no value");
  HoldersStatement statement{std::string(lines[1]),
                             *version,
                             *issued_at,
                             *expires_at,
                             static_cast<std::uint32_t>(*size),
                             *root};
  if (write_holders_statement(statement) != text) return refuse("not in the one spelling");
  return statement;
}

std::optional<HoldersStatement> holders_statement(const Configuration& configuration) {
  const std::vector<SealHolder> holders = seal_holders(configuration);
  if (holders.empty() || holders.size() > max_holders) return std::nullopt;
  return HoldersStatement{configuration.instance,
                          configuration.version,
                          configuration.issued_at,
                          configuration.expires_at,
                          static_cast<std::uint32_t>(holders.size()),
                          merkle_tree(leaves_of(holders)).back().front()};
}

std::optional<SealHolders> sign_seal_holders(const Configuration& configuration,
                                             const trust::SigningKey& registry) {
  const auto statement = holders_statement(configuration);
  if (!statement) return std::nullopt;
  std::string text = write_holders_statement(*statement);
  Bytes signature = registry.sign(as_bytes(text));
  return SealHolders{std::move(text), std::move(signature), registry.verify_key()};
}

std::optional<HolderProof> prove_holder(const SealHolders& holders,
                                        const std::vector<SealHolder>& all,
                                        const Sha256& certificate) {
  const auto found = std::ranges::find(all, certificate, &SealHolder::certificate);
  if (found == all.end()) return std::nullopt;
  const auto levels = merkle_tree(leaves_of(all));
  const auto index = static_cast<std::uint32_t>(found - all.begin());
  return HolderProof{
      write_seal_holder(*found),
      write_place({index, static_cast<std::uint32_t>(all.size()), path_in(levels, index)}),
      holders};
}

Result<ProvenHolder> read_holder_proof(std::string_view holder, std::string_view path,
                                       std::string_view statement) {
  MINBEN_TRY(named, read_seal_holder(holder));
  MINBEN_TRY(place, read_place(path, max_holders));
  MINBEN_TRY(said, read_holders_statement(statement));
  if (place.size != said.size || root_of(place, ledger::leaf_hash(as_bytes(holder))) != said.root)
    return fail(Kind::forbidden, "holder_not_named", "is not among those that the registry named");
  return ProvenHolder{std::move(named), std::move(said)};
}

}  // namespace minben::exchange
