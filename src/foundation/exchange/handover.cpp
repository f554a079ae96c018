#include "handover.hpp"

#include <algorithm>
#include <ranges>

#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view format = "minben-registry-key/1";

Bytes proof_bytes(const trust::VerifyKey& from) {
  const std::string text = "minben-registry-key-proof/1\n";
  Bytes bytes(text.begin(), text.end());
  std::ranges::copy(from.bytes(), std::back_inserter(bytes));
  return bytes;
}

std::unexpected<Error> malformed(const Error& cause) {
  return fail(Kind::invalid, "handover_malformed", describe(cause), cause.field);
}

Result<trust::VerifyKey> get_key(const Json& json, std::string_view name) {
  MINBEN_TRY(text, get_string(json, name));
  const auto bytes = base64url_decode(text);
  if (!bytes) return fail(Kind::invalid, "wrong_type", "not base64url", name);
  return trust::VerifyKey::from_bytes(trust::KeyType::ed25519, *bytes);
}

Result<Handover> read_content(const Json& json, Bytes& proof) {
  MINBEN_TRY(instance, get_string(json, "instance"));
  MINBEN_TRY(from, get_key(json, "from"));
  MINBEN_TRY(to, get_key(json, "to"));
  MINBEN_TRY(at, get_instant(json, "at"));
  MINBEN_TRY(text, get_string(json, "proof"));
  const auto bytes = base64url_decode(text);
  if (!bytes) return fail(Kind::invalid, "wrong_type", "not base64url", "proof");
  proof = *bytes;
  return Handover{std::move(instance), std::move(from), std::move(to), at};
}

}  // namespace

Result<std::string> sign_handover(std::string_view instance, const trust::SigningKey& from,
                                  const trust::SigningKey& to, Instant at) {
  const JsonObject content{{"instance", instance},
                           {"from", base64url_encode(from.verify_key().bytes())},
                           {"to", base64url_encode(to.verify_key().bytes())},
                           {"at", minben::to_string(at)},
                           {"proof", base64url_encode(to.sign(proof_bytes(from.verify_key())))}};
  return sign_document(format, content, from);
}

Result<Handover> read_handover(std::string_view text) {
  if (text.size() > max_handover)
    return malformed(fail(Kind::too_large, "too_large", "a statement is short").error());
  const auto document = read_document(text, format);
  if (!document) return malformed(document.error());
  Bytes proof;
  auto read = read_content(document->content, proof);
  if (!read) return malformed(read.error());
  if (!read->from.verify(as_bytes(document->signed_bytes), document->signature))
    return fail(Kind::forbidden, "handover_forged", "not signed with the old key");
  if (!read->to.verify(proof_bytes(read->from), proof))
    return fail(Kind::forbidden, "handover_forged", "nobody has shown the new key");
  return read;
}

std::vector<std::string> handovers_in(std::string_view text) {
  std::vector<std::string> all;
  for (const std::string_view line : split(text, '\n'))
    if (const auto statement = trim(line); !statement.empty()) all.emplace_back(statement);
  return all;
}

std::vector<trust::VerifyKey> successors(const trust::VerifyKey& key,
                                         std::span<const std::string> handovers) {
  std::vector<trust::VerifyKey> chain{key};
  for (const std::string& text : handovers.first(std::min(handovers.size(), max_handovers))) {
    const auto handover = read_handover(text);
    if (handover && handover->from == chain.back() &&
        std::ranges::find(chain, handover->to) == chain.end())
      chain.push_back(handover->to);
  }
  chain.erase(chain.begin());
  return chain;
}

std::vector<trust::VerifyKey> predecessors(const trust::VerifyKey& key,
                                           std::span<const std::string> handovers) {
  std::vector<trust::VerifyKey> chain{key};
  const auto known = handovers.first(std::min(handovers.size(), max_handovers));
  for (const std::string& text : known | std::views::reverse) {
    const auto handover = read_handover(text);
    if (handover && handover->to == chain.back() &&
        std::ranges::find(chain, handover->from) == chain.end())
      chain.push_back(handover->from);
  }
  chain.erase(chain.begin());
  return chain;
}

}  // namespace minben::exchange
