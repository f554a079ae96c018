#pragma once
// Private: what a log says to witnesses and mirrors, and how it reads their answers.
#include "ledger/cosignature.hpp"
#include "net/net.hpp"

namespace minben::ledger {

struct Submitted {
  std::string note;
  std::uint64_t size = 0;  ///< of its checkpoint
};
/// The consistency proof from that size to the submitted checkpoint's.
using ProofFrom = std::function<Result<std::vector<Hash>>(std::uint64_t old_size)>;

/// POST {url}/add-checkpoint. Follows at most `conflicts` answers 409 with the size that the other
/// side knows; `known_size` is what it is taken to know before, and what it knows after. Returns
/// the body of 200. Errors: conflict "witness_is_ahead" (it has a larger checkpoint),
/// "witness_busy", those of code_of, of `proof` and of the client.
Result<std::string> submit_checkpoint(net::Client& client, const std::string& url,
                                      const Submitted& submitted, std::uint64_t& known_size,
                                      int conflicts, const ProofFrom& proof);

/// "status 403: …" with the code for it: "witness_refused_signature" (403),
/// "witness_knows_no_such_log" (404), "witness_sees_inconsistency" (409, 422), "witness_busy" (429,
/// 503), "witness_failed".
std::unexpected<Error> refused_by_witness(const net::ClientResponse& response);

/// The good cosignature of this key among the lines; all others are ignored. Errors:
/// "witness_not_authentic", "not_a_note".
Result<NoteSignature> cosignature_in(std::string_view lines, const CosignatureVerifier& key,
                                     std::string_view text);

}  // namespace minben::ledger
