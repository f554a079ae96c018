#pragma once
// Bodies in pieces of the size that goes between gateways.
#include "net/flow.hpp"
#include "piece.hpp"

namespace minben::gateway {

struct Gathered {
  std::string bytes;  ///< at most max_piece_body
  bool last = false;
};

/// `Source` has read() as Flow and Answering have it. A piece is the last one as soon as that can
/// be known; where the length is not announced, it may be empty.
template <class Source>
class Pieces {
 public:
  Pieces(Source& source, std::optional<std::uint64_t> length) : source_(source), length_(length) {}

  net::Task<Result<Gathered>> next() {
    std::string bytes = std::exchange(ahead_, {});
    while (bytes.size() < max_piece_body && !ended()) {
      const auto piece = co_await source_.read();
      if (!piece) co_return std::unexpected(piece.error());
      ended_ = piece->empty();
      got_ += piece->size();
      bytes += *piece;
    }
    if (bytes.size() > max_piece_body) {
      ahead_ = bytes.substr(max_piece_body);
      bytes.resize(max_piece_body);
    }
    const bool last = ended() && ahead_.empty();
    if (last && length_ && got_ != *length_)
      co_return fail(Kind::unavailable, "truncated", "the body is not as long as announced");
    co_return Gathered{std::move(bytes), last};
  }

 private:
  [[nodiscard]] bool ended() const { return ended_ || (length_ && got_ >= *length_); }
  Source& source_;
  const std::optional<std::uint64_t> length_;
  std::uint64_t got_ = 0;
  std::string ahead_;
  bool ended_ = false;
};

}  // namespace minben::gateway
