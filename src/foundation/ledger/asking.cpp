#include "asking.hpp"

#include "ledger/witness.hpp"

namespace minben::ledger {

namespace {

/// 409 has the size it knows; its type tells it from a mismatch of roots, for which some witnesses
/// answer 409 too.
std::optional<std::uint64_t> size_it_knows(const net::ClientResponse& response) {
  if (response.status != 409 || response.headers.get("Content-Type") != "text/x.tlog.size")
    return std::nullopt;
  if (!response.body.ends_with('\n')) return std::nullopt;
  const auto size = parse_integer(response.body.substr(0, response.body.size() - 1), 0);
  return size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
}

std::string_view code_of(int status) {
  switch (status) {
    case 403:
      return "witness_refused_signature";
    case 404:
      return "witness_knows_no_such_log";
    case 409:
    case 422:
      return "witness_sees_inconsistency";
    case 429:
    case 503:
      return "witness_busy";
    default:
      return "witness_failed";
  }
}

}  // namespace

std::unexpected<Error> refused_by_witness(const net::ClientResponse& response) {
  return fail(Kind::unavailable, code_of(response.status),
              fmt::format("status {}: {}", response.status,
                          trim(std::string_view(response.body).substr(0, 200))));
}

Result<NoteSignature> cosignature_in(std::string_view lines, const CosignatureVerifier& key,
                                     std::string_view text) {
  MINBEN_TRY(signatures, parse_signature_lines(lines));
  for (NoteSignature& line : signatures)
    if (key.made(line) && key.verify(text, line.signature)) return std::move(line);
  return fail(Kind::invalid, "witness_not_authentic", "no cosignature of its key that holds");
}

Result<std::string> submit_checkpoint(net::Client& client, const std::string& url,
                                      const Submitted& submitted, std::uint64_t& known_size,
                                      int conflicts, const ProofFrom& proof) {
  for (int conflict = 0; conflict <= conflicts; ++conflict) {
    if (known_size > submitted.size) {
      known_size = 0;  // asks again next time, perhaps with the newer checkpoint
      return fail(Kind::conflict, "witness_is_ahead", "it has cosigned a larger checkpoint");
    }
    MINBEN_TRY(hashes, proof(known_size));
    net::ClientRequest request{
        .method = net::Method::post,
        .url = url + "/add-checkpoint",
        .body = write_add_checkpoint({known_size, std::move(hashes), submitted.note})};
    request.headers.add("Content-Type", "text/plain; charset=utf-8");
    MINBEN_TRY(response, client.send(request));
    if (response.status == 200) {
      known_size = submitted.size;
      return std::move(response.body);
    }
    const auto size = size_it_knows(response);
    if (!size) return refused_by_witness(response);
    known_size = *size;
  }
  return fail(Kind::conflict, "witness_busy", "others advance it at the same time");
}

}  // namespace minben::ledger
