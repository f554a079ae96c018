#pragma once
// Messages on a channel between two gateways: pieces out, pieces in, each sealed and in its place.
#include "body_copy.hpp"
#include "piece.hpp"
#include "signing.hpp"
#include "view.hpp"

namespace minben::gateway {

/// A piece in a buffer of its own.
struct OwnPiece {
  std::string bytes;
  Piece piece;
};
/// Waits for the next whole piece. Errors: those of receive(), "not_a_piece".
net::Task<Result<OwnPiece>> next_piece(net::Channel& channel);

/// Sends one message in pieces. The head goes with the first one.
class Outgoing {
 public:
  Outgoing(net::Channel& channel, Signing& signing, Side side, std::string request_id,
           std::string head, std::optional<std::uint64_t> announced);
  /// Of answers, before the first piece: the request's hash, base64.
  void answers(std::string request_hash) { request_hash_ = std::move(request_hash); }
  /// Where the body is copied to while it passes, from now on; outlives this.
  void copy_to(BodyCopy& copy) { copy_ = &copy; }

  /// All but the last one.
  net::Task<Result<void>> send(std::string_view body);
  /// Takes the last piece; the message's hash (base64) is known, and nothing is sent before
  /// send_end(), which needs the seal of end_leaf().
  std::string end(std::string body);
  [[nodiscard]] ledger::Hash end_leaf() const { return leaf(true, digest_); }
  net::Task<Result<void>> send_end(std::string seal);
  [[nodiscard]] std::uint32_t last_number() const { return number_; }  ///< before send_end()
  [[nodiscard]] std::string body_digest() const { return hash_.body_digest(); }  ///< after end()
  [[nodiscard]] const std::string& head() const { return head_; }
  [[nodiscard]] std::uint64_t size() const { return hash_.size(); }

 private:
  [[nodiscard]] ledger::Hash leaf(bool last, const Sha512& digest) const;
  net::Task<Result<void>> write(std::string_view body, bool last);
  net::Channel& channel_;
  Signing& signing_;
  const Side side_;
  const std::string request_id_;
  const std::string head_;
  const std::optional<std::uint64_t> announced_;
  std::string request_hash_;
  MessageHash hash_;
  BodyCopy* copy_ = nullptr;
  Sha512 digest_{};
  std::string last_;
  std::string seal_;
  std::uint32_t number_ = 0;
};

/// Checks the pieces of one message as they come.
class Incoming {
 public:
  /// `head` of the first piece; `request_hash`: of answers.
  Incoming(Side side, std::string request_id, std::string_view head, std::string request_hash = {})
      : side_(side),
        request_id_(std::move(request_id)),
        request_hash_(std::move(request_hash)),
        hash_(head) {}
  /// As Outgoing's.
  void copy_to(BodyCopy& copy) { copy_ = &copy; }
  /// Errors: those of check_seal, "not_a_piece" (another side or number than is due).
  Result<Seal> take(const View& view, std::string_view member, const Piece& piece);
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const std::string& hash() const { return text_; }  ///< base64, when ended
  [[nodiscard]] std::uint64_t size() const { return hash_.size(); }
  [[nodiscard]] const std::string& last_seal() const { return seal_; }
  [[nodiscard]] std::uint32_t last_number() const { return due_ - 1; }
  [[nodiscard]] std::string body_digest() const { return hash_.body_digest(); }

 private:
  const Side side_;
  const std::string request_id_;
  const std::string request_hash_;
  MessageHash hash_;
  BodyCopy* copy_ = nullptr;
  std::uint32_t due_ = 0;
  bool ended_ = false;
  std::string text_;
  std::string seal_;
};

}  // namespace minben::gateway
