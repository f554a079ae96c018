#include "receipt_verifier.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view format_name = "minben-receipt/1";
constexpr std::size_t max_receipt = 1u << 20;

Json claim_json(const Claim& claim) {
  return JsonObject{{"type", claim.type}, {"at", to_string(claim.at)}, {"content", claim.content}};
}

/// One line a string, so that people can read checkpoint and proof.
JsonArray lines_of(std::string_view text) {
  JsonArray out;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : split(text, '\n')) out.emplace_back(line);
  return out;
}

std::optional<std::string> text_of_lines(const Json* lines) {
  if (lines == nullptr || !lines->is_array()) return std::nullopt;
  std::string out;
  for (const Json& line : lines->get_array()) {
    if (!line.is_string()) return std::nullopt;
    out.append(line.get_string()).append("\n");
  }
  return out;
}

std::unexpected<Error> not_a_receipt(std::string_view detail) {
  return fail(Kind::invalid, "not_a_receipt", detail, "receipt");
}

/// The same failure, naming the part of the receipt it concerns.
std::unexpected<Error> in_part(Error error, std::string_view part) {
  error.field = part;
  return fail(std::move(error));
}

/// The file as it was written: what it claims, before anything is believed.
struct Parsed {
  Receipt receipt;
  Hash digest;
  Hash leaf;
};

std::optional<Hash> hash_member(const Json& object, std::string_view name) {
  const auto bytes = base64_decode(string_or(object, name));
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Json receipt_json(const Receipt& receipt, const Hash& digest, const Hash& leaf) {
  return JsonObject{{"format", format_name},
                    {"claim", claim_json(receipt.claim)},
                    {"salt", base64_encode(receipt.salt)},
                    {"digest", base64_encode(digest)},
                    {"leaf", base64_encode(leaf)},
                    {"proof", lines_of(write_tlog_proof(receipt.proof))}};
}

Result<Claim> parse_claim(const Json* claim) {
  if (claim == nullptr) return not_a_receipt("no claim");
  const Json* content = find(*claim, "content");
  auto at = parse_instant(string_or(*claim, "at"));
  if (content == nullptr || !at) return not_a_receipt("the claim lacks a time or content");
  return Claim{string_or(*claim, "type"), *at, *content};
}

Result<Parsed> parse_receipt(std::string_view text) {
  if (text.size() > max_receipt) return not_a_receipt("larger than 1 MiB");
  const auto json = parse_json(text, {.max_bytes = max_receipt, .max_depth = 32});
  if (!json || string_or(*json, "format") != format_name)
    return not_a_receipt("not JSON of format minben-receipt/1");
  MINBEN_TRY(claim, parse_claim(find(*json, "claim")));
  const auto salt = base64_decode(string_or(*json, "salt"));
  const auto digest = hash_member(*json, "digest");
  const auto leaf = hash_member(*json, "leaf");
  const auto proof_text = text_of_lines(find(*json, "proof"));
  if (!salt || salt->size() != salt_bytes || !digest || !leaf || !proof_text)
    return not_a_receipt("a part is missing or malformed");
  auto proof = parse_tlog_proof(*proof_text);
  if (!proof) return in_part(proof.error(), "proof");
  Parsed parsed{{std::move(claim), *salt, std::move(*proof)}, *digest, *leaf};
  // One spelling only: otherwise a changed byte could go unseen.
  if (write_json_pretty(receipt_json(parsed.receipt, *digest, *leaf)) != text) {
    return not_a_receipt("not spelled as receipts are written: a byte was changed");
  }
  return parsed;
}

}  // namespace

Result<Hash> commitment_digest(const Claim& claim, Octets salt) {
  MINBEN_TRY(canonical, canonical_json(claim_json(claim)));
  Sha256Stream stream;
  stream.add(salt);
  stream.add(as_bytes(canonical));
  return stream.finish();
}

Result<std::string> write_receipt(const Receipt& receipt) {
  MINBEN_TRY(digest, commitment_digest(receipt.claim, receipt.salt));
  return write_json_pretty(receipt_json(receipt, digest, leaf_hash(digest)));
}

Result<ReceiptVerifier> ReceiptVerifier::make(std::string_view vkeys) {
  std::vector<NoteVerifier> keys;
  for (const std::string_view line : split(trim(vkeys), '\n')) {
    if (trim(line).empty()) continue;
    MINBEN_TRY(key, NoteVerifier::parse(line));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return fail(NoteVerifier::parse(vkeys).error());
  return ReceiptVerifier(std::move(keys));
}

/// The one of the log that the checkpoint is of.
const NoteVerifier& ReceiptVerifier::key_for(std::string_view note) const {
  const auto origin = note.substr(0, note.find('\n'));
  const auto found = std::ranges::find(keys_, origin, &NoteVerifier::name);
  return found == keys_.end() ? keys_.front() : *found;
}

Result<Checkpoint> ReceiptVerifier::opened(const std::string& note) {
  if (const auto known = opened_.find(note); known != opened_.end()) return known->second;
  auto checkpoint = open_checkpoint(note, key_for(note));
  if (!checkpoint) return in_part(checkpoint.error(), "checkpoint");
  opened_.emplace(note, *checkpoint);
  return checkpoint;
}

Result<VerifiedReceipt> ReceiptVerifier::verify(std::string_view text) {
  MINBEN_TRY(parsed, parse_receipt(text));
  const TlogProof& proof = parsed.receipt.proof;
  MINBEN_TRY(checkpoint, opened(proof.checkpoint));
  const auto included =
      check_inclusion(proof.index, checkpoint.size, parsed.leaf, proof.hashes, checkpoint.root);
  if (!included) return in_part(included.error(), "proof");
  if (leaf_hash(parsed.digest) != parsed.leaf) {
    return fail(Kind::invalid, "leaf_mismatch", "the leaf is not the one of the digest", "leaf");
  }
  const auto digest = commitment_digest(parsed.receipt.claim, parsed.receipt.salt);
  if (!digest || *digest != parsed.digest) {
    return fail(Kind::invalid, "content_mismatch",
                "content, time, type or salt are not what was committed", "content");
  }
  return VerifiedReceipt{std::move(parsed.receipt.claim), proof.index, std::move(checkpoint),
                         proof.checkpoint};
}

Result<VerifiedReceipt> verify_receipt(std::string_view text, std::string_view vkeys) {
  MINBEN_TRY(verifier, ReceiptVerifier::make(vkeys));
  return verifier.verify(text);
}

}  // namespace minben::ledger
