#pragma once
// What a seal says of one message: the texts whose hashes are the leaves of a batch (seal.hpp), and
// the hashes that stand in them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/core.hpp"
#include "ledger/tlog.hpp"

namespace minben::exchange {

/// Which message of an exchange.
enum class Side { request, response };
std::string_view to_string(Side side);  ///< "request"

/// One sealed piece of a message, or, being the last, the whole message.
struct Statement {
  Side side = Side::request;
  std::string request_id;   ///< X-Road-Request-Id: 1 to 128 visible ASCII characters
  std::uint32_t piece = 0;  ///< number, from 0
  bool last = true;
  Sha512 digest{};  ///< message_hash of what the message is up to the end of this piece
  /// Of responses only: what they answer (X-Road-Request-Hash); "" when a request was refused
  /// before its end.
  std::string request_hash{};

  friend bool operator==(const Statement&, const Statement&) = default;
};

/// The text in seal.hpp.
std::string write_statement(const Statement& statement);
/// Of exactly this text; error "not_a_statement".
Result<Statement> read_statement(std::string_view text);
/// ledger::leaf_hash of the text.
Sha256 statement_leaf(std::string_view text);

// Both messages are hashed as X-Road hashes requests (message.hpp): H = SHA-512(head), and with a
// body SHA-512(H ‖ SHA-512(body)). The head of a request is "VERB\r\n" path["?"query] "\r\n", that
// of a response its status "200\r\n"; then in both for each field name ":" value "\r\n".
Sha512 message_hash(std::string_view head, const std::optional<Sha512>& body_digest);
/// With a body; of SHA-512(head).
Sha512 message_hash(const Sha512& head_digest, const Sha512& body_digest);

}  // namespace minben::exchange
