#pragma once
// Private: RFC 1952, as HTTP's content coding (RFC 9110 §8.4.1.3).
#include <memory>
#include <string>
#include <string_view>

#include "ledger/tlog.hpp"

namespace minben::ledger {

std::string gzip(std::string_view text);

/// Unpacks as much as is asked for, so that a small body cannot fill the memory. `packed` outlives
/// it. Not thread-safe.
class Gunzip {
 public:
  explicit Gunzip(Octets packed);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  /// How many bytes were written; fewer than there is room for: the end, or what follows is broken.
  std::size_t read(std::span<std::uint8_t> out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace minben::ledger
