#pragma once
// What goes over a channel between two gateways. A message, request or answer, comes in pieces of
// bounded size, each of which is sealed, so that it can be verified and handed on before the next
// one has come. A small message is one piece.
//
//   length   4  of what follows
//   side     1  1 request, 2 response
//   flags    1  1 first, 2 last; 4 alone: no piece of a message, but what is known of the sender's
//               certificates. It may come once before a message, without seal and head, and its
//               body are OCSP answers (RFC 6960), each with its length in 4 bytes before it. They
//               are signed by the authority, so that no seal is needed.
//   seal     2  length of the seal
//   number   4  of the piece, from 0
//   head     4  length of the head, of the first piece only
//   body     8  announced length of the whole body, of the first piece only; all ones: unknown
//   then seal, head, and a piece of the body.
//
// Numbers are big-endian. The announced length is a hint and not sealed: who relied on it sees a
// body that is longer or shorter.
#include "exchange/seal.hpp"
#include "exchange/statement.hpp"
#include "gateway.hpp"

namespace minben::gateway {

inline constexpr std::string_view channel_protocol = "minben-exchange/1";  ///< ALPN
inline constexpr std::size_t max_head = 16u << 10;
inline constexpr std::size_t max_piece_body = 64u << 10;

/// Views into the buffer it was read from.
struct Piece {
  Side side = Side::request;
  bool first = false;
  bool last = false;
  bool standing = false;  ///< of certificates; then only the body counts
  std::uint32_t number = 0;
  std::optional<std::uint64_t> announced{};  ///< of the whole body
  std::string_view seal;
  std::string_view head;  ///< header part, as it is hashed
  std::string_view body;
};

void write_piece(const Piece& piece, std::string& out);
/// Such a piece; answers that do not fit are left out. "" without any.
std::string write_standing(Side side, std::span<const std::string> answers);
/// Of its body, at most 8; what is not in that form ends the list.
std::vector<std::string_view> read_answers(std::string_view body);

struct ReadPiece {
  Piece piece;
  std::size_t size;  ///< bytes of the buffer that it took
};
/// Nothing when more bytes are needed. Error "not_a_piece".
Result<std::optional<ReadPiece>> read_piece(std::string_view buffer);

/// The hash (exchange::message_hash) of a message that comes in pieces. Each piece is sealed with
/// the hash of the message up to its end, so that what came first, the head above all, is as
/// certain as the piece itself, and no byte is hashed twice.
class MessageHash {
 public:
  explicit MessageHash(std::string_view head);
  MessageHash(const MessageHash&) = delete;
  MessageHash& operator=(const MessageHash&) = delete;
  ~MessageHash();
  /// Of the message up to the end of this piece. After the last one nothing can be added.
  Sha512 add(std::string_view piece, bool last);
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< of the body so far
  /// Base64 of the body's so far; "" without a body.
  [[nodiscard]] std::string body_digest() const;

 private:
  void add_to_body(std::string_view piece, bool last);
  const Sha512 head_;
  Sha512 body_{};
  void* context_ = nullptr;  ///< EVP_MD_CTX, of a message with several pieces: most have one
  std::uint64_t size_ = 0;
};

}  // namespace minben::gateway
