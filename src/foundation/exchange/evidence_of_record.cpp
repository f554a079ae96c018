// From what a gateway keeps to what it can prove.
#include <fmt/format.h>

#include "evidence.hpp"

namespace minben::exchange {

namespace {

std::unexpected<Error> wrong(std::string_view why, std::string_view name) {
  return fail(Kind::invalid, "wrong_type", why, name);
}

template <class Digest>
std::optional<Digest> read_digest(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != sizeof(Digest)) return std::nullopt;
  Digest digest;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

Result<Seal> read_seal_of(const Json& json, const std::string& name) {
  MINBEN_TRY(text, get_string(json, name));
  const auto bytes = base64_decode(text);
  if (!bytes) return wrong("not base64", name);
  return read_seal(as_text(*bytes));
}

struct Said {
  Side side;
  std::string hash;          ///< of the whole message
  std::string request_hash;  ///< of responses
};

Result<std::string> statement_of(const Json& json, const EvidenceRecord& record, const Said& said) {
  const std::string name = fmt::format("{}_piece", to_string(said.side));
  MINBEN_TRY(piece, get_integer(json, name));
  if (piece < 0 || piece > UINT32_MAX) return wrong("not the number of a piece", name);
  const auto digest = read_digest<Sha512>(said.hash);
  if (!digest)
    return wrong("not a SHA-512 in base64", fmt::format("{}_hash", to_string(said.side)));
  Statement statement;
  statement.side = said.side;
  statement.request_id = record.request_id;
  statement.piece = static_cast<std::uint32_t>(piece);
  statement.digest = *digest;
  statement.request_hash = said.request_hash;
  return write_statement(statement);
}

Result<EvidenceMessage> message_of(const Json& json, const EvidenceRecord& record, const Said& said,
                                   const CertificateArchive& certificates) {
  const auto member = [&](std::string_view what) {
    return fmt::format("{}_{}", to_string(said.side), what);
  };
  EvidenceMessage message;
  MINBEN_TRY(head, get_string(json, member("head")));
  message.head = std::move(head);
  MINBEN_TRY(body, get_string(json, member("body_sha512")));
  if (!body.empty()) {
    message.body_digest = read_digest<Sha512>(body);
    if (!message.body_digest) return wrong("not a SHA-512 in base64", member("body_sha512"));
  }
  MINBEN_TRY(statement, statement_of(json, record, said));
  message.statement = std::move(statement);
  MINBEN_TRY(seal, read_seal_of(json, member("seal")));
  message.seal = std::move(seal);
  MINBEN_TRY(signer, certificates.find(message.seal.certificate, message.seal.at));
  message.signer = std::move(signer);
  return message;
}

}  // namespace

Result<EvidenceParts> evidence_of_record(std::string_view text,
                                         const CertificateArchive& certificates) {
  MINBEN_TRY(record, read_evidence_record(text));
  MINBEN_TRY(json, parse_json(text));
  if (string_or(json, "request_seal").empty() || record.request_hash.empty())
    return fail(Kind::conflict, "nothing_to_prove", "the request was refused before its end");
  EvidenceParts parts;
  parts.record = text;
  MINBEN_TRY(request,
             message_of(json, record, {Side::request, record.request_hash, {}}, certificates));
  parts.request = std::move(request);
  if (string_or(json, "response_seal").empty()) return parts;
  MINBEN_TRY(response,
             message_of(json, record, {Side::response, record.response_hash, record.request_hash},
                        certificates));
  parts.response = std::move(response);
  return parts;
}

}  // namespace minben::exchange
