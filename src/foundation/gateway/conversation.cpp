#include "conversation.hpp"

namespace minben::gateway {

net::Task<Result<OwnPiece>> next_piece(net::Channel& channel) {
  while (true) {
    auto read = read_piece(channel.received);
    if (!read) co_return std::unexpected(read.error());
    if (*read) {
      const std::size_t size = (*read)->size;
      OwnPiece own;
      own.bytes.assign(channel.received, 0, size);
      channel.received.erase(0, size);
      own.piece = (*read_piece(own.bytes))->piece;
      co_return own;
    }
    auto more = co_await channel.receive();
    if (!more) co_return std::unexpected(std::move(more).error());
  }
}

Outgoing::Outgoing(net::Channel& channel, Signing& signing, Side side, std::string request_id,
                   std::string head, std::optional<std::uint64_t> announced)
    : channel_(channel),
      signing_(signing),
      side_(side),
      request_id_(std::move(request_id)),
      head_(std::move(head)),
      announced_(announced),
      hash_(head_) {}

net::Task<Result<void>> Outgoing::write(std::string_view body, bool last) {
  std::string bytes;
  bytes.reserve(64 + seal_.size() + (number_ == 0 ? head_.size() : 0) + body.size());
  write_piece({.side = side_,
               .first = number_ == 0,
               .last = last,
               .number = number_,
               .announced = announced_,
               .seal = seal_,
               .head = number_ == 0 ? std::string_view(head_) : std::string_view(),
               .body = body},
              bytes);
  ++number_;
  auto sent = co_await channel_.send(bytes);
  co_return sent;
}

ledger::Hash Outgoing::leaf(bool last, const Sha512& digest) const {
  return statement_leaf(
      write_statement({side_, request_id_, number_, last, digest, request_hash_}));
}

net::Task<Result<void>> Outgoing::send(std::string_view body) {
  if (copy_) copy_->add(body);
  auto sealed = co_await signing_.seal(leaf(false, hash_.add(body, false)));
  if (!sealed) co_return std::unexpected(std::move(sealed).error());
  seal_ = std::move(*sealed);
  auto sent = co_await write(body, false);
  co_return sent;
}

std::string Outgoing::end(std::string body) {
  last_ = std::move(body);
  if (copy_) copy_->add(last_);
  digest_ = hash_.add(last_, true);
  return base64_encode(digest_);
}

net::Task<Result<void>> Outgoing::send_end(std::string seal) {
  seal_ = std::move(seal);
  auto sent = co_await write(last_, true);
  co_return sent;
}

Result<Seal> Incoming::take(const View& view, std::string_view member, const Piece& piece) {
  if (piece.side != side_ || piece.number != due_ || ended_ || piece.standing)
    return fail(Kind::unauthorised, "signature_invalid", "a piece out of its place");
  if (copy_) copy_->add(piece.body);
  const Sha512 digest = hash_.add(piece.body, piece.last);
  ended_ = piece.last;
  if (ended_) text_ = base64_encode(digest);  // also of what is refused now
  MINBEN_TRY(
      seal, check_seal(view, member, piece.seal,
                       statement_leaf(write_statement({side_, request_id_, piece.number, piece.last,
                                                       digest, request_hash_}))));
  ++due_;
  if (ended_) seal_ = piece.seal;
  return seal;
}

}  // namespace minben::gateway
